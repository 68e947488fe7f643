"""Dublin Core (oai_dc, qualified or not) → Record, with what SLiMS, INLISLite and repositories put into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from index.crosswalk.copies import barcodes
from index.crosswalk.dates import is_stamp, year_of
from index.crosswalk.errors import BadRecord
from index.crosswalk.kinds import format_of_extent, format_of_words, says_online
from index.crosswalk.languages import language_code
from index.crosswalk.marcfields import non_filing
from index.crosswalk.marcform import local_name
from index.crosswalk.numbers import doi, isbns, issns
from index.crosswalk.repairs import DOUBLE_UTF8, noted, undouble
from index.crosswalk.sale import sold_as
from index.crosswalk.text import LONG, SHORT, TEXT, clean, distinct, unbracket, uninline, unmarkup, untail
from index.record import Format, Identifier, Link, Name, Record

#: Local names that qualified Dublin Core and SLiMS use → the element they refine.
_SAME = {
    "created": "date",
    "issued": "date",
    "available": "stamp",
    "dateAccepted": "date",
    "abstract": "abstract",
    "alternative": "alternative",
    "medium": "format",
    "spatial": "coverage",
    "hasVersion": "edition",
    "isPartOf": "series",
    "identifier_isbn": "isbn",
    "bibliographicCitation": "citation",
    "tableOfContents": "contents",
}
_CLASS = re.compile(r"^\d{3}(?:\.\d+)?$")
_CALL_NUMBER = re.compile(r"^(?:[A-Z]{1,4}[ .]?)?\d{3}(?:\.\d+)?[ /-]+[A-Za-z]{1,4}\b.{0,40}$")
_LABELLED = re.compile(
    r"^(ISBN|ISSN|DOI|Call Number|No\.? Panggil|Nomor Panggil)\s*[:=]\s*(.*)$", re.IGNORECASE
)
_EXTENT = re.compile(
    r"\d+\s*(?:p\b|pages?\b|pp\b|hlm\b|hal\b|halaman\b|s\.|leaves\b|lembar\b|cm\b)", re.IGNORECASE
)
#: Words that only names of bodies have; Dublin Core does not tell them from persons.
_BODY_WORDS = (
    "universitas university institut institute departemen department kementerian ministry badan "
    "agency balai dinas direktorat directorate pusat centre center lembaga yayasan foundation "
    "perpustakaan library museum bureau biro survey politeknik polytechnic majelis panitia "
    "sekretariat service association asosiasi perhimpunan komisi commission kantor office sekolah "
    "school akademi academy organization organisasi (u.s.)"
)
_BODIES = frozenset(_BODY_WORDS.split())
_PICTURE = (".jpg", ".jpeg", ".png", ".gif")
_SUPPLIED_BY_SLIMS = ("slims", "slims_oai1", "slims_oai2")


def read(element: Any, profile: str = "generic", copies: Sequence[str] = ()) -> Record:
    """The Record of a Dublin Core element. Raises BadRecord.

    Profiles: generic, slims_oai1, slims_oai2, inlislite33 (whose type and format are the same for everything).
    """
    values, repairs = _values(element)
    title, subtitle, responsibility, other_titles = _titles(values)
    if not title:
        raise BadRecord("no_title", "no dc:title")
    identifiers, links, call_numbers = _identifiers(values)
    languages = tuple(
        dict.fromkeys(code for text in _split(values.get("language", [])) if (code := language_code(text)))
    )
    subjects, classes = _subjects(values, profile)
    forms = values.get("format", [])
    # 'xii, 80 p., 1 map' is the extent of a book.
    kinds = (
        []
        if profile == "inlislite33"
        else [*values.get("type", []), *(f for f in forms if not _EXTENT.search(f))]
    )
    # Other systems relate items and files by hasPart: a source that names another way has no copies there.
    named = not copies or "hasPart" in copies
    holdings = tuple(barcodes.read(values, call_numbers[0] if call_numbers else "")) if named else ()
    # A file beside a book on the shelf does not make the book a file.
    online = not holdings and (
        says_online([*kinds, *forms] if kinds else kinds) or any(link.kind == "fulltext" for link in links)
    )
    extent = _extent(values)
    kind = format_of_words(kinds) or Format.BOOK
    if kind is Format.BOOK:
        kind = format_of_extent(extent) or kind
    if kind is Format.BOOK and online:
        kind = Format.EBOOK
    summary = _summary(values)
    coverage = values.get("coverage", [])
    return Record(
        title=title,
        subtitle=subtitle,
        non_filing=non_filing(title, "", languages[0] if languages else ""),
        alternates=distinct([*other_titles, *values.get("alternative", [])], 40),
        responsibility=responsibility,
        authors=_names(values.get("creator", [])),
        contributors=_names(values.get("contributor", [])),
        subjects=subjects,
        identifiers=identifiers,
        publisher=untail(unbracket(_first(values, "publisher"))),
        place=coverage[0] if profile == "slims_oai2" and coverage else "",
        year=_date(values)[0],
        year_text=_date(values)[1],
        languages=languages,
        format=kind,
        online=online,
        level="serial" if kind is Format.JOURNAL else "part" if kind is Format.ARTICLE else "monograph",
        edition=_first(values, "edition"),
        extent=extent,
        series=_series(values, profile),
        contents=clean(" ".join(values.get("contents", [])), TEXT),
        summary=summary,
        call_numbers=call_numbers,
        classes=classes,
        links=links,
        host=_host(values, kind, profile),
        not_for_sale=sold_as(
            [*values.get("rights", []), *values.get("accessRights", [])], values.get("description", [])
        ),
        holdings=holdings,
        oddities=("mojibake_repaired",) if repairs else (),
        repairs=tuple(repairs),
    )


def _values(element: Any) -> tuple[dict[str, list[str]], list[str]]:
    """Element name → its cleaned, non-empty values in order; nested wrappers are looked through."""
    values: dict[str, list[str]] = {}
    repairs: list[str] = []
    # Some servers wrap the elements once more; a leaf is what has text and no children.
    leaves = [
        child
        for child in element.iter()
        if child is not element and isinstance(child.tag, str) and not len(child)
    ]
    if not leaves and not len(element):
        raise BadRecord("no_record", "empty Dublin Core element")
    for child in leaves:
        name = local_name(child.tag)
        name = _SAME.get(name, name)
        raw = child.text or ""
        if not raw.isascii() and (mended := undouble(raw)) is not raw:
            raw = mended
            noted(repairs, name, DOUBLE_UTF8)
        long = name in ("description", "abstract", "contents")
        text = clean(unmarkup(raw) if long else uninline(raw), TEXT if long else LONG)
        if not text:
            continue
        values.setdefault(name, []).append(text)
    return values, repairs


def _first(values: dict[str, list[str]], name: str) -> str:
    found = values.get(name)
    return found[0] if found else ""


def _split(texts: list[str]) -> list[str]:
    """Lists that were written into one value ('en; id')."""
    return [part for text in texts for part in re.split(r"[;,|]", text) if part.strip()]


def _titles(values: dict[str, list[str]]) -> tuple[str, str, str, list[str]]:
    """Title, subtitle, responsibility and other titles: ISBD marks with blanks around them divide the first."""
    titles = values.get("title", [])
    if not titles:
        return "", "", "", []
    whole, slash, responsibility = titles[0].rpartition(" / ")
    if not slash:
        whole, responsibility = titles[0], ""
    title, _, subtitle = whole.partition(" : ")
    return (
        untail(unbracket(title), more=bool(subtitle)),
        untail(subtitle),
        untail(responsibility),
        titles[1:],
    )


def _names(texts: list[str]) -> tuple[Name, ...]:
    names: dict[str, Name] = {}
    for text in texts:
        # INLISLite writes all names into one value; a comma inside of a name is not a division.
        for part in text.split(";"):
            name = untail(clean(part, SHORT))
            if name and name.casefold() not in ("anonymous", "anonim", "none", "-", "n/a"):
                corporate = "," not in name and not _BODIES.isdisjoint(name.casefold().split())
                names.setdefault(name.casefold(), Name(text=name, corporate=corporate))
    return tuple(names.values())[:100]


def _identifiers(
    values: dict[str, list[str]],
) -> tuple[tuple[Identifier, ...], tuple[Link, ...], tuple[str, ...]]:
    """Numbers, addresses and call numbers: dc:identifier holds all three."""
    numbers: dict[Identifier, None] = {}
    links: dict[str, Link] = {}
    shelf: list[str] = []
    for text in values.get("isbn", []):
        for number in isbns(text) or issns(text if "-" in text else f"{text[:4]}-{text[4:8]}"):
            numbers.setdefault(number)
    for text in values.get("identifier", []):
        label, value = "", text
        if labelled := _LABELLED.match(text):
            label, value = labelled.group(1).casefold(), labelled.group(2).strip()
        if label.startswith(("call", "no")):
            shelf.append(value[:200])
        elif value[:4].lower() == "http":
            if found := doi(value):
                numbers.setdefault(Identifier(kind="doi", value=found))
            links.setdefault(value, Link(url=value, kind=_link_kind(value)))
        elif value[:4].lower() == "urn:":
            for number in isbns(value) or issns(value) or (Identifier(kind="urn", value=value[:200]),):
                numbers.setdefault(number)
        elif (found := doi(value)) and (
            label == "doi" or value.lower().startswith(("10.", "doi", "info:doi"))
        ):
            numbers.setdefault(Identifier(kind="doi", value=found))
        elif got := isbns(value) or _bare_issn(value):
            for number in got:
                numbers.setdefault(number)
        elif _CALL_NUMBER.match(value) or _CLASS.match(value):
            shelf.append(value[:200])
        elif value and len(value) <= 200:
            numbers.setdefault(Identifier(kind="local", value=value))
    for text in values.get("image", []):  # oai2.php of SLiMS, in the namespace of OAI
        if text[:4].lower() == "http":
            links.setdefault(text, Link(url=text, kind="cover"))
    for text in values.get("relation", []):
        if text[:4].lower() == "http":
            links.setdefault(text, Link(url=text, kind=_link_kind(text)))
    return tuple(numbers)[:100], tuple(links.values())[:50], distinct(shelf, 20)


def _bare_issn(value: str) -> tuple[Identifier, ...]:
    """'1234-5679' or 'ISSN 1234-5679', nothing else around it: ranges of years look like ISSNs."""
    bare = re.sub(r"(?i)^e?-?issn:?\s*", "", value)
    found = issns(bare) if len(bare) in (8, 9) else ()
    return tuple(i for i in found if i.valid)


def _link_kind(url: str) -> str:
    path = url.partition("?")[0].lower()
    if path.endswith(_PICTURE):
        return "cover"
    return "fulltext" if path.endswith((".pdf", ".epub")) else "record"


def _subjects(values: dict[str, list[str]], profile: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Subjects and classes: SLiMS gives the class number as the last dc:subject."""
    found: list[str] = []
    classes: list[str] = []
    for text in values.get("subject", []):
        for part in text.split(";"):
            part = untail(part.strip())
            if _CLASS.match(part):
                classes.append(part)
            elif part:
                found.append(part[:SHORT])
    if profile != "slims_oai2":
        found.extend(text[:SHORT] for text in values.get("coverage", []))
    return distinct(found, 100), distinct(classes, 20)


def _date(values: dict[str, list[str]]) -> tuple[int | None, str]:
    """The first date that is not a machine's time stamp and holds a year, else any."""
    dates = values.get("date", [])
    for text in [d for d in dates if not is_stamp(d)] or dates or values.get("stamp", []):
        if (year := year_of(text)) is not None:
            return year, text[:80] if not is_stamp(text) else str(year)
    return None, dates[0][:80] if dates else ""


def _extent(values: dict[str, list[str]]) -> str:
    for text in [*values.get("extent", []), *values.get("format", [])]:
        if _EXTENT.search(text) or (text in values.get("extent", ())):
            return text[:SHORT]
    return ""


def _series(values: dict[str, list[str]], profile: str) -> tuple[str, ...]:
    found = [text for text in values.get("series", []) if text[:4].lower() != "http"]
    if profile in _SUPPLIED_BY_SLIMS:
        found.extend(values.get("source", []))
    return distinct([text[:SHORT] for text in found], 20)


def _host(values: dict[str, list[str]], kind: Format, profile: str) -> str:
    """What an article stands in: its citation or source."""
    if kind is not Format.ARTICLE or profile in _SUPPLIED_BY_SLIMS:
        return ""
    return next(
        (t[:LONG] for n in ("citation", "source") for t in values.get(n, ()) if t[:4].lower() != "http"), ""
    )


def _summary(values: dict[str, list[str]]) -> str:
    """The abstract, else the descriptions; one that is given twice is told once."""
    return clean(" ".join(distinct([*values.get("abstract", []), *values.get("description", [])], 10)), TEXT)
