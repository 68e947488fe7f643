"""MARC 21 → Record: what a bibliographic record says, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.crosswalk import copies as ways
from index.crosswalk import unimarc
from index.crosswalk.dates import coded_year, is_wide_guess, year_of
from index.crosswalk.errors import BadRecord
from index.crosswalk.languages import language_code, language_codes
from index.crosswalk.marcevidence import evidence
from index.crosswalk.marcfields import heading, join, joined, marked_length, non_filing, says_something, texts
from index.crosswalk.marcform import Marc, from_iso2709, from_xml
from index.crosswalk.marckind import carrier, format_of, level
from index.crosswalk.marcnames import names
from index.crosswalk.marcnumbers import identifiers
from index.crosswalk.sale import sold_as
from index.crosswalk.text import SHORT, clean, distinct, unbracket, unstop, untail
from index.record import Link, Record

#: Subfields of 6XX that are the heading itself, and those that subdivide it.
_HEADING = frozenset("abcdfghklmnopqrst")
_SUBDIVISION = frozenset("vxyz")
_SUBJECTS = ("600", "610", "611", "630", "648", "650", "651", "655")
_TITLES_ELSEWHERE = (
    ("130", "anp"),
    ("240", "anp"),
    ("246", "abnp"),
    ("247", "abnp"),
    ("730", "anp"),
    ("740", "anp"),
)
_NOTE_TAGS = "500 501 504 506 508 511 513 515 518 521 525 530 533 534 536 538 545 546 550 555 580 586"
_NOTES = tuple(_NOTE_TAGS.split())
_CALL_NUMBERS = (
    ("050", "ab"),
    ("060", "ab"),
    ("084", "ab"),
    ("086", "a"),
    ("090", "ab"),
    ("098", "a"),
    ("099", "a"),
)
_CLASSES = ("082", "083", "080", "084", "050", "060")
_TERMS = (("020", "c"), ("022", "c"), ("024", "c"), ("037", "cf"))
#: Sources whose records are UNIMARC even where the fields leave it open.
_UNIMARC_PROFILES = ("unimarc", "koha_unimarc")
_MOST_NOTES = 20
_MOST_SUBJECTS = 100
_WIDEST_GUESS = 20


def read(element: Any, profile: str = "generic", copies: Sequence[str] = ()) -> Record:
    """The Record of a MARCXML element, MARC 21 or UNIMARC; `copies` names where copies stand. Raises BadRecord."""
    return record_of(from_xml(element), profile, copies)


def read_unimarc(element: Any, profile: str = "unimarc", copies: Sequence[str] = ()) -> Record:
    """The Record of an element that its source says is UNIMARC. Raises BadRecord."""
    return unimarc.record_of(from_xml(element), profile, copies)


def read_iso2709(data: bytes, profile: str = "generic", copies: Sequence[str] = ()) -> Record:
    """The Record of one ISO 2709 record, UTF-8 or MARC-8, MARC 21 or UNIMARC. Raises BadRecord."""
    return record_of(from_iso2709(data), profile, copies)


def control_number(marc: Marc) -> str:
    """001 behind its agency in 003 where it names one: what tells records of one file apart."""
    number, agency = clean(marc.control.get("001"), SHORT), clean(marc.control.get("003"), 40)
    return f"{agency}:{number}" if agency and number else number


def record_of(marc: Marc, profile: str = "generic", copies: Sequence[str] = ()) -> Record:
    """The Record of a MARC record in memory; one that is UNIMARC by its fields is read as that. Raises BadRecord."""
    if "245" not in marc.fields and (profile in _UNIMARC_PROFILES or unimarc.is_unimarc(marc)):
        return unimarc.record_of(marc, profile, copies)
    title = _title(marc)
    fixed = marc.control.get("008", "")
    languages = _languages(marc, fixed)
    lies_on = carrier(marc)
    authors, contributors, analytic = names(marc)
    publisher, place, printed = _imprint(marc)
    call_numbers, classes = _shelf(marc, profile)
    notes = _notes(marc)
    how = level(marc)
    extra = evidence(marc)
    if lies_on == "micro":
        extra["carrier"] = "micro"
    number = control_number(marc)
    if number:
        extra["control_number"] = number
    other = _other_script(marc)
    if other["names"]:
        extra["script_names"] = "; ".join(other["names"])
    online = lies_on == "online"
    main = title["title"]
    return Record(
        title=main,
        subtitle=title["subtitle"],
        part_number=title["part_number"],
        part_name=title["part_name"],
        non_filing=non_filing(main, title["skip"], languages[0] if languages else ""),
        alternates=distinct(_alternates(marc, title["parallel"]) + analytic, 40),
        scripts=distinct(other["titles"], 10),
        responsibility=title["responsibility"],
        authors=authors,
        contributors=contributors,
        subjects=distinct(_subjects(marc) + other["subjects"], _MOST_SUBJECTS),
        identifiers=identifiers(marc),
        publisher=publisher,
        place=place,
        year=_year(fixed, printed),
        year_text=unstop(printed),
        languages=languages,
        format=format_of(marc, lies_on),
        online=online,
        level=how,
        edition=_edition(marc),
        extent=_extent(marc),
        series=_series(marc),
        contents=joined(marc, "505", "agrt"),
        summary=joined(marc, "520", "ab", not_first="4"),
        notes=notes,
        call_numbers=call_numbers,
        classes=classes,
        links=_links(marc, online),
        host=_host(marc),
        not_for_sale=_sale(marc, notes),
        holdings=ways.of_marc(marc, copies, profile),
        oddities=tuple(marc.oddities),
        repairs=tuple(marc.repairs),
        extra=extra,
    )


def _title(marc: Marc) -> dict[str, str]:
    """245: title, subtitle, part, responsibility, the parallel title and the count of what sorting skips."""
    fields = marc.fields.get("245") or marc.fields.get("240") or marc.fields.get("130") or []
    for _, skip, subfields in fields:
        got = _title_of(subfields)
        if says_something(got["title"]):
            got["skip"] = got.get("marked") or skip
            return got
    for _, skip, subfields in marc.fields.get("880", ()):
        # A record in another script alone: its title field has no partner.
        if any(code == "6" and text.startswith("245") for code, text in subfields):
            got = _title_of(subfields)
            if says_something(got["title"]):
                got["skip"] = skip
                return got
    raise BadRecord("no_title", control_number(marc))


def _title_of(subfields: list[tuple[str, str]]) -> dict[str, str]:
    got = {
        "title": "",
        "subtitle": "",
        "part_number": "",
        "part_name": "",
        "responsibility": "",
        "parallel": "",
    }
    last = len(subfields) - 1
    parallel = False
    for place, (code, raw) in enumerate(subfields):
        if code == "a" or (code in "kft" and not got["title"]):
            text = clean(raw)
            parallel = text.endswith("=")
            text = untail(text, more=place < last)
            if not got["title"]:
                got["title"] = unbracket(text)
                if marked := marked_length(raw):
                    got["marked"] = str(marked)
        elif code == "b":
            text = untail(clean(raw), more=place < last)
            if parallel:
                got["parallel"] = text
            else:
                got["subtitle"] = f"{got['subtitle']} : {text}" if got["subtitle"] else text
        elif code in "np":
            key = "part_number" if code == "n" else "part_name"
            text = untail(clean(raw, SHORT), more=place < last)
            got[key] = f"{got[key]}, {text}" if got[key] else text
        elif code == "c":
            text = untail(clean(raw))
            got["responsibility"] = f"{got['responsibility']} {text}" if got["responsibility"] else text
    if not got["title"] and got["subtitle"]:
        got["title"], got["subtitle"] = got["subtitle"], ""
    return got


def _alternates(marc: Marc, parallel: str) -> list[str]:
    found = [parallel] if parallel else []
    fields = marc.fields
    for tag, codes in _TITLES_ELSEWHERE:
        if tag in fields:
            for _, _, subfields in fields[tag]:
                found.append(join(subfields, codes))
    for _, _, subfields in fields.get("245", ())[1:]:
        found.append(join(subfields, "abnp"))
    return found


def _other_script(marc: Marc) -> dict[str, list[str]]:
    """What the 880 fields repeat in another script ('245-01/$1'; occurrence 00 stands for itself)."""
    got: dict[str, list[str]] = {"titles": [], "names": [], "subjects": []}
    for _, _, subfields in marc.fields.get("880", ()):
        tag = next((text[:3] for code, text in subfields if code == "6"), "")
        if tag in ("245", "246", "240", "130", "730", "740"):
            got["titles"].append(join(subfields, "abnp"))
        elif tag in ("100", "110", "111", "700", "710", "711"):
            got["names"].append(join(subfields, "abc"))
        elif tag[:1] == "6":
            got["subjects"].append(heading(subfields, _HEADING, _SUBDIVISION))
    return got


def _subjects(marc: Marc) -> list[str]:
    found = []
    fields = marc.fields
    for tag in _SUBJECTS:
        if tag in fields:
            for _, _, subfields in fields[tag]:
                found.append(heading(subfields, _HEADING, _SUBDIVISION))
    for _, _, subfields in fields.get("653", ()):
        found.extend(untail(clean(text, SHORT)) for code, text in subfields if code == "a")
    return found


def _imprint(marc: Marc) -> tuple[str, str, str]:
    """Publisher, place and printed date: from 264 with second indicator 1, any other 264, or 260."""
    fields = marc.fields.get("264", [])
    best = (
        [f for f in fields if f[1] == "1"] or [f for f in fields if f[1] != "4"] or marc.fields.get("260", [])
    )
    got = {"a": "", "b": "", "c": ""}
    for _, _, subfields in best:
        for code, text in subfields:
            if code in got and not got[code]:
                got[code] = clean(text, SHORT)
    if not got["c"]:
        got["c"] = clean(next((text for f in fields for code, text in f[2] if code == "c"), ""), SHORT)
    publisher = unbracket(untail(unbracket(got["b"]), more=True))
    place = unbracket(untail(unbracket(got["a"]), more=True))
    return publisher, place, untail(got["c"])


def _year(fixed: str, printed: str) -> int | None:
    """008/07-10 where it is a year (not '19uu', '||||' or 9999), else a year in the printed statement."""
    if fixed[6:7] in ("b", "n", "|"):
        return year_of(printed)
    year = coded_year(fixed[7:11])
    last = coded_year(fixed[11:15])
    if is_wide_guess(printed) or (fixed[6:7] == "q" and year and last and last - year > _WIDEST_GUESS):
        return None  # 'between 1900 and 1999' is no year
    return year if year is not None else year_of(printed)


def _languages(marc: Marc, fixed: str) -> tuple[str, ...]:
    """008/35-37, then 041 $a $d, where old records write several codes into one subfield ('engfre')."""
    codes = []
    if code := language_code(fixed[35:38]):
        codes.append(code)
    for _, _, subfields in marc.fields.get("041", ()):
        for name, text in subfields:
            if name in "ad":
                codes.extend(language_codes(text))
    return tuple(dict.fromkeys(codes))


def _edition(marc: Marc) -> str:
    for _, _, subfields in marc.fields.get("250", ()):
        return unbracket(untail(clean(" ".join([t for c, t in subfields if c in "ab"]), SHORT)))
    return ""


def _extent(marc: Marc) -> str:
    for _, _, subfields in marc.fields.get("300", ()):
        return untail(clean(" ".join([t for c, t in subfields if c in "abcef"]), SHORT))
    return ""


def _series(marc: Marc) -> tuple[str, ...]:
    """8XX where the series is traced, else 490; a series that is in both is named once."""
    fields = marc.fields
    found = [
        join(subfields, "abcdnptv", SHORT)
        for tag in ("800", "810", "811", "830")
        if tag in fields
        for _, _, subfields in fields[tag]
    ]
    traced = len(found)
    for tag in ("490", "440"):
        for first, _, subfields in fields.get(tag, ()):
            if first == "1" and traced:
                continue
            found.append(join(subfields, "anpv", SHORT))
    return distinct(found, 20)


def _notes(marc: Marc) -> tuple[str, ...]:
    fields = marc.fields
    found: list[str] = []
    if "502" in fields:
        found.extend(clean(" ".join([t for c, t in f[2] if c in "abcdg"])) for f in fields["502"])
    for tag in _NOTES:
        if tag in fields:
            for _, _, subfields in fields[tag]:
                found.append(clean(" ".join([t for c, t in subfields if c.isalpha() and c not in "uwx"])))
    return distinct(found, _MOST_NOTES)


def _shelf(marc: Marc, profile: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Call numbers (whole) and classes (the number alone, without the marks of division).

    084 is a class where SLiMS writes it and the call number where INLISLite does; elsewhere it may be either.
    """
    fields = marc.fields
    is_class, is_mark = profile.startswith("slims"), profile.startswith("inlis")
    numbers = [
        clean(" ".join([t for c, t in f[2] if c in codes]), 200)
        for tag, codes in _CALL_NUMBERS
        if tag in fields and not (tag == "084" and is_class)
        for f in fields[tag]
    ]
    classes = [
        clean(text, 80).replace("/", "").replace("'", "")
        for tag in _CLASSES
        if tag in fields
        for f in fields[tag]
        for code, text in f[2]
        if code == "a" and (tag != "084" or (" " not in text.strip() and not is_mark))
    ]
    return distinct(numbers, 20), distinct(classes, 20)


def _sale(marc: Marc, notes: tuple[str, ...]) -> bool | None:
    """Terms of availability: 020 $c, 022 $c, 037 $c and $f, 365 $b with its currency; else a note that says it."""
    fields = marc.fields
    terms: list[str] = []
    for tag, codes in _TERMS:
        if tag in fields:
            terms.extend(texts(marc, tag, codes))
    for _, _, subfields in fields.get("365", ()):
        terms.append(
            " ".join(clean(text, 40) for wanted in "cb" for code, text in subfields if code == wanted)
        )
    return sold_as(terms, notes)


def _links(marc: Marc, online: bool) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    for _, second, subfields in marc.fields.get("856", ()):
        label = next((clean(t, SHORT) for code in "3yz" for c, t in subfields if c == code), "")
        words = label.casefold()
        if "cover" in words or "sampul" in words:
            kind = "cover"
        elif second == "2" or (second not in "01" and not online) or "table of contents" in words:
            kind = "related"
        else:
            kind = "fulltext"
        for code, text in subfields:
            url = clean(text, 2000) if code == "u" else ""
            if url[:7].lower() in ("http://", "https:/") or url[:6].lower() == "ftp://":
                found.setdefault(url, Link(url=url, label=label, kind=kind))
    return tuple(found.values())[:50]


def _host(marc: Marc) -> str:
    for _, _, subfields in marc.fields.get("773", ()):
        return join(subfields, "tga")
    return ""
