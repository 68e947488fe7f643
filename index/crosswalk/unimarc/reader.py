"""A UNIMARC record field by field. Source: UNIMARC Manual, Bibliographic Format."""

from __future__ import annotations

from collections.abc import Sequence

from index.crosswalk import copies as ways
from index.crosswalk.dates import coded_year, is_wide_guess, year_of
from index.crosswalk.errors import BadRecord
from index.crosswalk.languages import language_codes
from index.crosswalk.marcfields import (
    Subfields,
    heading,
    join,
    joined,
    marked_length,
    non_filing,
    says_something,
    texts,
)
from index.crosswalk.marcform import Marc
from index.crosswalk.numbers import doi, isbns, issns, oclc
from index.crosswalk.sale import sold_as
from index.crosswalk.text import (
    LONG,
    SHORT,
    TEXT,
    clean,
    distinct,
    letters,
    unbracket,
    unmarkup,
    unstop,
    untail,
)
from index.crosswalk.unimarc.kinds import carrier, format_of, level
from index.crosswalk.unimarc.names import names
from index.record import Identifier, Link, Record

_TITLE_TAGS = "500 501 510 512 513 514 515 516 517 518 520 530 531 532 540 541 545 423 481 482"
_OTHER_TITLES = tuple(_TITLE_TAGS.split())
_NOTE_TAGS = (
    "300 301 302 303 304 305 306 307 308 310 311 312 313 314 315 316 317 318 "
    "320 321 322 323 324 325 326 328 333 334 337 345"
)
_NOTES = tuple(_NOTE_TAGS.split())
_SUBJECTS = ("600", "601", "602", "604", "605", "606", "607", "608", "615", "616")
_MAIN = frozenset("abcdefghinrt")
_DIVISIONS = frozenset("jxyz")
_WIDEST_GUESS = 20


def is_unimarc(marc: Marc) -> bool:
    """Whether a record is UNIMARC by what it holds: MARC 21 has no 200, and UNIMARC no 245.

    With neither, the label decides ('450 ' where MARC 21 has '4500') beside UNIMARC's coded 100.
    """
    fields = marc.fields
    if "245" in fields:
        return False
    if "200" in fields:
        return True
    return (
        marc.leader[20:24] == "450 "
        and len(marc.first("100", "a")) >= 24
        and "," not in marc.first("100", "a")
    )


def record_of(marc: Marc, profile: str = "unimarc", copies: Sequence[str] = ()) -> Record:
    """The Record of a UNIMARC record in memory. Raises BadRecord."""
    title = _title(marc)
    coded = marc.first("100", "a")
    languages = _languages(marc)
    lies_on = carrier(marc)
    authors, contributors = names(marc)
    publisher, place, printed = _imprint(marc)
    number = clean(marc.control.get("001"), SHORT)
    extra = {"carrier": "micro"} if lies_on == "micro" else {}
    if number:
        extra["control_number"] = number
    main = title["title"]
    marked = int(title["marked"])
    notes = _notes(marc)
    return Record(
        title=main,
        subtitle=title["subtitle"],
        part_number=title["part_number"],
        part_name=title["part_name"],
        non_filing=marked
        if 0 < marked < len(main)
        else non_filing(main, "", languages[0] if languages else ""),
        alternates=distinct(_alternates(marc, title["parallel"]), 40),
        scripts=_scripts(marc),
        responsibility=title["responsibility"],
        authors=authors,
        contributors=contributors,
        subjects=distinct(_subjects(marc), 100),
        identifiers=_identifiers(marc),
        publisher=publisher,
        place=place,
        year=_year(coded, printed),
        year_text=unstop(printed),
        languages=languages,
        format=format_of(marc, lies_on),
        online=lies_on == "online",
        level=level(marc),
        edition=next((join(f[2], "ab", SHORT) for f in marc.get("205")), ""),
        extent=next((_extent(f[2]) for f in marc.get("215")), ""),
        series=_series(marc),
        contents=joined(marc, "327", "ab"),
        summary=clean(unmarkup(joined(marc, "330", "a")), TEXT),
        notes=notes,
        call_numbers=distinct([join(f[2], "ab", 200) for f in marc.get("680", "686") if len(f[2]) > 1], 20),
        classes=distinct(
            [
                clean(t, 80).replace("/", "")
                for tag in ("676", "675", "680", "686")
                for t in texts(marc, tag, "a")
            ],
            20,
        ),
        links=_links(marc),
        host=_host(marc),
        not_for_sale=sold_as([*texts(marc, "010", "d"), *texts(marc, "011", "d")], notes),
        holdings=ways.of_marc(marc, copies, profile, unimarc=True),
        oddities=tuple(marc.oddities),
        repairs=tuple(marc.repairs),
        extra=extra,
    )


def _title(marc: Marc) -> dict[str, str]:
    for _, _, subfields in marc.get("200"):
        got = _title_of(subfields)
        if says_something(got["title"]):
            return got
    for tag in ("500", "517", "461"):
        for _, _, subfields in marc.get(tag):
            text = join(subfields, "at")
            if says_something(text):
                return {**_title_of([("a", text)])}
    raise BadRecord("no_title", clean(marc.control.get("001"), SHORT))


def _title_of(subfields: Subfields) -> dict[str, str]:
    """200: $a title (a second one is another work by the same hand), $e subtitle, $h $i part, $f $g who, $d parallel."""
    got = {"title": "", "marked": "0", "parallel": ""}
    lists: dict[str, list[str]] = {"e": [], "h": [], "i": [], "fg": [], "more": []}
    parallel = False
    for place, (code, raw) in enumerate(subfields):
        text = untail(clean(raw), more=place < len(subfields) - 1)
        if not text:
            continue
        if code == "a" and not got["title"]:
            got["title"], got["marked"] = unbracket(text), str(marked_length(raw))
        elif code == "a":
            lists["more"].append(text)
        elif code == "d":
            got["parallel"] = got["parallel"] or text.removeprefix("= ")
            parallel = True
        elif code == "e" and not parallel:  # a subtitle behind a parallel title is in its language
            lists["e"].append(text)
        elif code in "hi":
            lists[code].append(text)
        elif code in "fg":
            lists["fg"].append(untail(clean(raw)))
    got["subtitle"] = " : ".join(lists["e"])[:LONG]
    got["part_number"] = ", ".join(lists["h"])[:SHORT]
    got["part_name"] = ", ".join(lists["i"])[:SHORT]
    got["responsibility"] = " ; ".join(lists["fg"])[:LONG]
    if not got["title"] and got["subtitle"]:
        got["title"], got["subtitle"] = got["subtitle"], ""
    return got


def _alternates(marc: Marc, parallel: str) -> list[str]:
    found = [parallel] if parallel else []
    for place, (_, _, subfields) in enumerate(marc.get("200")):
        titles = [untail(clean(text)) for code, text in subfields if code == "a"]
        found.extend(titles[1:] if place == 0 else titles)
    for tag in _OTHER_TITLES:
        found.extend(join(subfields, "aehit") for _, _, subfields in marc.get(tag))
    main = letters(join(marc.fields["200"][0][2], "a")) if "200" in marc.fields else ""
    return [text for text in found if text and letters(text) != main]


def _scripts(marc: Marc) -> tuple[str, ...]:
    """Titles of 880 and of the 200s that $7 says are in another script than the first."""
    found = [
        join(subfields, "aehi")
        for _, _, subfields in marc.get("880")
        if any(code == "6" and text[:3] == "200" for code, text in subfields)
    ]
    return distinct(found, 10)


def _year(coded: str, printed: str) -> int | None:
    """100/09-12 where it is a year, by the type of date in 100/08; else a year in the printed statement."""
    kind, first, last = coded[8:9], coded_year(coded[9:13]), coded_year(coded[13:17])
    if is_wide_guess(printed) or (kind == "f" and first and last and last - first > _WIDEST_GUESS):
        return None
    return first if first is not None and kind not in ("u", "|") else year_of(printed)


def _languages(marc: Marc) -> tuple[str, ...]:
    found = [code for text in texts(marc, "101", "a", 100) for code in language_codes(text)]
    return tuple(dict.fromkeys(found))


def _imprint(marc: Marc) -> tuple[str, str, str]:
    """Publisher, place and date: 214 with second indicator 0, else 210, else any 214."""
    fields = marc.fields.get("214", [])
    best = [f for f in fields if f[1] == "0"] or marc.fields.get("210", []) or fields
    got = {"a": "", "c": "", "d": ""}
    for _, _, subfields in best:
        for code, text in subfields:
            if code in got and not got[code]:
                got[code] = clean(text, SHORT)
    if not got["d"]:
        got["d"] = clean(next((text for f in fields for code, text in f[2] if code == "d"), ""), SHORT)
    publisher, place = (unbracket(untail(unbracket(got[code]), more=True)) for code in "ca")
    return publisher, place, untail(got["d"])


def _extent(subfields: Subfields) -> str:
    """215 in the punctuation of ISBD, which UNIMARC leaves out."""
    marks = {"a": "", "c": " : ", "d": " ; ", "e": " + "}
    text = ""
    for code, raw in subfields:
        if code in marks and (said := untail(clean(raw, SHORT))):
            text += (marks[code] if text else "") + said
    return text[:SHORT]


def _series(marc: Marc) -> tuple[str, ...]:
    """410 where the series is traced, else 225; 461 of a volume names its set."""
    found = [_linked_title(subfields) for _, _, subfields in marc.get("410")]
    if not found:
        for _, _, subfields in marc.get("225"):
            name, number = join(subfields, "aehi", SHORT), join(subfields, "v", SHORT)
            found.append(f"{name} ; {number}" if name and number else name)
    if level(marc) != "part":
        found.extend(_linked_title(subfields) for _, _, subfields in marc.get("461"))
    return distinct([text for text in found if text], 20)


def _linked_title(subfields: Subfields) -> str:
    """The title in a linking field, written plainly ($t) or as a field in the field ($1200 … $a)."""
    title = join(subfields, "t", SHORT)
    if not title:
        inside = ""
        for code, text in subfields:
            if code == "1":
                inside = text[:3]
            elif code == "a" and inside in ("", "200", "500"):
                title = untail(clean(text, SHORT))
                break
    number = join(subfields, "v", SHORT)
    return f"{title} ; {number}" if title and number else title


def _host(marc: Marc) -> str:
    """What an article stands in: the piece, else the level above it, with volume and pages."""
    for tag in ("463", "461", "464"):
        for _, _, subfields in marc.get(tag):
            if level(marc) == "part" and (title := _linked_title(subfields)):
                more = ", ".join(t for t in (join(subfields, "d", SHORT), join(subfields, "p", SHORT)) if t)
                return f"{title}, {more}" if more else title
    return ""


def _subjects(marc: Marc) -> list[str]:
    found = []
    for tag in _SUBJECTS:
        for _, second, subfields in marc.get(tag):
            if tag == "600" and second != "0":
                family = [text for code, text in subfields if code == "a"]
                given = [text for code, text in subfields if code == "b"]
                if family and given:
                    whole = f"{untail(clean(family[0], SHORT))}, {untail(clean(given[0], SHORT))}"
                    subfields = [("a", whole), *((c, t) for c, t in subfields if c not in "ab")]
            found.append(heading(subfields, _MAIN - {"3"}, _DIVISIONS))
    found.extend(untail(text) for text in texts(marc, "610", "a"))
    return [text for text in found if text]


def _identifiers(marc: Marc) -> tuple[Identifier, ...]:
    found: list[Identifier] = []
    for tag, of, wrong in (("010", isbns, "z"), ("011", issns, "yz")):
        for code, text in ((c, t) for f in marc.get(tag) for c, t in f[2]):
            if code in "a" + wrong or (tag == "011" and code == "f"):
                found.extend(
                    of(text[:200], code in "af") or (issns(text[:200], code == "a") if tag == "010" else ())
                )
    for text in texts(marc, "013", "a"):
        found.append(Identifier(kind="ismn", value=text))
    for text in texts(marc, "073", "a"):
        found.extend(number for number in isbns(text) if number.valid)
    for _, _, subfields in marc.get("014", "015", "017"):
        for code, text in subfields:
            if code == "a" and (value := clean(text, 200)):
                number = doi(value)
                found.append(
                    Identifier(kind="doi", value=number) if number else Identifier(kind="local", value=value)
                )
    for _, _, subfields in marc.get("020"):
        country, number = join(subfields, "a", 20), join(subfields, "b", 60)
        if number:
            found.append(Identifier(kind="nbn", value=f"{country}:{number}" if country else number))
    for text in texts(marc, "071", "a", 80):
        found.append(Identifier(kind="publisher_number", value=text))
    for code, text in ((c, t) for f in marc.get("035") for c, t in f[2] if c in "az"):
        value = clean(text, 120)
        if value[:7].casefold() == "(ocolc)" and (number := oclc(value[7:])):
            found.append(Identifier(kind="oclc", value=number, valid=code == "a"))
        elif value:
            found.append(Identifier(kind="local", value=value, valid=code == "a"))
    if number := clean(marc.control.get("001"), 120):
        found.append(Identifier(kind="local", value=number))
    valid = {(i.kind, i.value) for i in found if i.valid}
    return tuple(i for i in dict.fromkeys(found) if i.valid or (i.kind, i.value) not in valid)[:100]


def _notes(marc: Marc) -> tuple[str, ...]:
    found = []
    for tag in _NOTES:
        for _, _, subfields in marc.get(tag):
            found.append(clean(" ".join([t for c, t in subfields if c.isalpha() and c not in "uxz"])))
    return distinct(found, 20)


def _links(marc: Marc) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    for _, _, subfields in marc.get("856"):
        label = next((clean(t, SHORT) for code in "3z2" for c, t in subfields if c == code), "")
        words = label.casefold()
        cover = "couverture" in words or "cover" in words or "sampul" in words
        aside = any(word in words for word in ("sommaire", "table of contents", "résumé", "compte rendu"))
        for code, text in subfields:
            url = clean(text, 2000) if code == "u" else ""
            if url[:4].lower() == "http" or url[:6].lower() == "ftp://":
                kind = "cover" if cover else "related" if aside else "fulltext"
                found.setdefault(url, Link(url=url, label=label, kind=kind))
    return tuple(found.values())[:50]
