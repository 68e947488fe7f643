"""Identifiers of a MARC record: 010 to 035, 020 with its qualifiers, and the numbers of other forms in 776."""

from __future__ import annotations

from index.crosswalk.marcform import Marc
from index.crosswalk.numbers import doi, isbns, issns, lccn, oclc
from index.crosswalk.text import clean
from index.record import Identifier

_MOST = 100
#: Characters of a field in which a standard number is looked for.
_LONGEST = 200
#: 024 second-hand: first indicator → kind, for what is no ISBN, DOI or URN.
_BY_INDICATOR = {"2": "ismn"}


def identifiers(marc: Marc) -> tuple[Identifier, ...]:
    """Every identifier once, in the order ISBN, ISSN, national numbers, OCLC, others."""
    fields = marc.fields
    found: list[Identifier] = []
    for _, _, subfields in fields.get("020", ()):
        for code, text in subfields:
            if code in "az":
                got = isbns(text[:_LONGEST], code == "a")
                # An ISSN in the ISBN's field is a habit of small systems.
                found.extend(got or issns(text[:_LONGEST], code == "a"))
    for _, _, subfields in fields.get("022", ()):
        for code, text in subfields:
            if code in "alymz":
                found.extend(issns(text[:_LONGEST], code in "al"))
    for first, _, subfields in fields.get("024", ()):
        found.extend(other_numbers(first, subfields))
    for _, _, subfields in fields.get("776", ()):
        for code, text in subfields:
            if code == "z":
                found.extend(isbns(text[:_LONGEST], False))
    for _, _, subfields in fields.get("010", ()):
        for code, text in subfields:
            if code in "az" and (value := lccn(text)):
                found.append(Identifier(kind="lccn", value=value, valid=code == "a"))
    for tag in ("015", "016"):
        for _, _, subfields in fields.get(tag, ()):
            agency = next((clean(t, 20) for c, t in subfields if c == "2"), "")
            for code, text in subfields:
                if code in "az" and (value := clean(text, 60)):
                    value = f"{agency}:{value}" if agency else value
                    found.append(Identifier(kind="nbn", value=value, valid=code == "a"))
    for _, _, subfields in fields.get("028", ()):
        if value := clean(" ".join(t for c, t in subfields if c == "a"), 80):
            found.append(Identifier(kind="publisher_number", value=value))
    found.extend(_system_numbers(marc))
    if len(found) > 1:
        valid = {(i.kind, i.value) for i in found if i.valid}
        found = [i for i in dict.fromkeys(found) if i.valid or (i.kind, i.value) not in valid]
    return tuple(found[:_MOST])


def other_numbers(first: str, subfields: list[tuple[str, str]]) -> list[Identifier]:
    """The numbers of one 024; `first` is its first indicator."""
    kind = next((text.strip().casefold() for code, text in subfields if code == "2"), "")
    found: list[Identifier] = []
    for code, text in subfields:
        value = clean(text, 200)
        if code not in "az" or not value:
            continue
        valid = code == "a"
        if kind in ("doi", "hdl", "urn", "uri") and (value_of := doi(value)):
            found.append(Identifier(kind="doi", value=value_of, valid=valid))
        elif kind in ("urn", "hdl", "uri"):
            found.append(Identifier(kind="urn", value=value, valid=valid))
        elif first == "3" and value[:3] in ("978", "979") and (numbers := isbns(value, valid)):
            found.extend(numbers)
        else:
            found.append(Identifier(kind=_BY_INDICATOR.get(first, "local"), value=value, valid=valid))
    return found


def _system_numbers(marc: Marc) -> list[Identifier]:
    """035, and 001 where it is an OCLC number: some systems leave 003 'OCoLC' on their own numbers."""
    found: list[Identifier] = []
    for _, _, subfields in marc.fields.get("035", ()):
        for code, text in subfields:
            if code not in "az":
                continue
            value = clean(text, 120)
            if value[:7].casefold() == "(ocolc)":
                if number := oclc(value[7:]):
                    found.append(Identifier(kind="oclc", value=number, valid=code == "a"))
            elif value:
                found.append(Identifier(kind="local", value=value, valid=code == "a"))
    for _, _, subfields in marc.fields.get("088", ()):
        found.extend(
            Identifier(kind="local", value=value)
            for c, t in subfields
            if c == "a" and (value := clean(t, 120))
        )
    number = clean(marc.control.get("001"), 120)
    if not number:
        return found
    known = any(i.kind == "oclc" for i in found)
    if number[:3].casefold() in ("ocm", "ocn", "on0", "on1") and (value := oclc(number)):
        if not known:
            found.append(Identifier(kind="oclc", value=value))
    elif (
        not known and marc.control.get("003", "").strip() == "OCoLC" and number.isdigit() and number[0] != "0"
    ):
        found.append(Identifier(kind="oclc", value=number))
    else:
        found.append(Identifier(kind="local", value=number))
    return found
