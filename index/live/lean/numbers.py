"""Identifiers of a lean record, in the order and with the checks of `index.crosswalk.marcnumbers`."""

from __future__ import annotations

from functools import lru_cache

from index.crosswalk.marcnumbers import other_numbers
from index.crosswalk.numbers import isbns, issns, lccn, oclc
from index.crosswalk.text import clean
from index.live.lean.parts import first_of, spaced
from index.live.lean.raw import pairs
from index.live.lean.record import Number
from index.record import Identifier

_MOST = 100
_LONGEST = 200

#: (kind, value, valid), made a Number at the end: many are told twice.
_Told = tuple[str, str, bool]
_number = Number._make


def identifiers(fields: dict[str, list[str]], number: str, agency: str) -> tuple[Number, ...]:
    """Every identifier once; `number` is the cleaned 001, `agency` the 003 as it is."""
    found: list[_Told] = []
    get = fields.get
    for content in get("020", ()):
        for code, text in pairs(content):
            if code in "az":
                cut = text[:_LONGEST]
                found.extend(_as_told(isbns(cut, code == "a") or issns(cut, code == "a")))
    for content in get("022", ()):
        for code, text in pairs(content):
            if code in "alymz":
                found.extend(_as_told(issns(text[:_LONGEST], code in "al")))
    for content in get("024", ()):
        found.extend(_as_told(other_numbers(content[0], pairs(content))))
    for content in get("776", ()):
        if "\x1fz" in content:
            for code, text in pairs(content):
                if code == "z":
                    found.extend(_as_told(isbns(text[:_LONGEST], False)))
    for content in get("010", ()):
        for code, text in pairs(content):
            if code in "az" and (value := lccn(text)):
                found.append(("lccn", value, code == "a"))
    for tag in ("015", "016"):
        if tag in fields:
            for content in fields[tag]:
                found.extend(_national(content))
    for content in get("028", ()):
        if value := clean(spaced(content, "a"), 80):
            found.append(("publisher_number", value, True))
    _system_numbers(fields, number, agency, found)
    if len(found) > 1:
        found = list(dict.fromkeys(found))
        if False in [valid for _, _, valid in found]:
            valid_ones = {(kind, value) for kind, value, valid in found if valid}
            found = [told for told in found if told[2] or told[:2] not in valid_ones]
    return tuple([_number(told) for told in found[:_MOST]])


def _as_told(numbers: tuple[Identifier, ...] | list[Identifier]) -> list[_Told]:
    return [(i.kind, i.value, i.valid) for i in numbers]


def _national(content: str) -> list[_Told]:
    agency = clean(first_of(content, "2"), 20)
    return [
        ("nbn", f"{agency}:{value}" if agency else value, code == "a")
        for code, text in pairs(content)
        if code in "az" and (value := clean(text, 60))
    ]


@lru_cache(maxsize=4096)
def _system_number(code: str, text: str) -> _Told | None:
    value = clean(text, 120)
    if value[:7].casefold() == "(ocolc)":
        number = oclc(value[7:])
        return ("oclc", number, code == "a") if number else None
    return ("local", value, code == "a") if value else None


def _system_numbers(fields: dict[str, list[str]], number: str, agency: str, found: list[_Told]) -> None:
    """035, 088, and 001 where it is an OCLC number or else the record's own."""
    known = False
    for content in fields.get("035", ()):
        for code, text in pairs(content):
            if code in "az" and (told := _system_number(code, text[:_LONGEST])):
                found.append(told)
                known = known or told[0] == "oclc"
    for content in fields.get("088", ()):
        found.extend(
            ("local", value, True)
            for code, text in pairs(content)
            if code == "a" and (value := clean(text, 120))
        )
    if not number:
        return
    if number[:3].casefold() in ("ocm", "ocn", "on0", "on1") and (value := oclc(number)):
        if not known:
            found.append(("oclc", value, True))
    elif not known and agency.strip() == "OCoLC" and number.isdigit() and number[0] != "0":
        found.append(("oclc", number, True))
    else:
        found.append(("local", number, True))
