"""MODS 3 → Record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.crosswalk.copies import modscopies
from index.crosswalk.dates import year_of
from index.crosswalk.errors import BadRecord
from index.crosswalk.kinds import format_of_words, says_online
from index.crosswalk.languages import language_code
from index.crosswalk.marcfields import non_filing
from index.crosswalk.marcform import local_name
from index.crosswalk.numbers import doi, isbns, issns, lccn, oclc
from index.crosswalk.relators import MAKERS, role
from index.crosswalk.repairs import DOUBLE_UTF8, noted, undouble
from index.crosswalk.sale import sold_as
from index.crosswalk.text import LONG, SHORT, TEXT, clean, distinct, unbracket, unmarkup, untail
from index.crosswalk.xmlparts import child_text, children, text_of
from index.record import Format, Holding, Identifier, Link, Name, Record

NAMESPACE = "http://www.loc.gov/mods/v3"

#: typeOfResource values that say nothing: SLiMS gives 'mixed material' for everything.
_SAYS_NOTHING = ("mixed material", "")
#: And calls all of it a bibliography.
_GENRE_OF_EVERYTHING = "bibliography"
_SUBJECT_PARTS = ("topic", "geographic", "temporal", "genre", "titleInfo", "name", "hierarchicalGeographic")
_DATES = ("dateIssued", "copyrightDate", "dateCreated", "dateOther")


def read(element: Any, profile: str = "generic", copies: Sequence[str] = ()) -> Record:
    """The Record of a MODS element (or a modsCollection around one). Raises BadRecord."""
    while local_name(element.tag) in ("modsCollection", "metadata"):
        inner = next((child for child in element if local_name(child.tag)), None)
        if inner is None:
            raise BadRecord("no_record", "empty wrapper")
        element = inner
    top: dict[str, list[Any]] = {}
    for child in element:
        if name := local_name(child.tag):
            top.setdefault(name, []).append(child)
    repairs = _mend(element)
    title, alternates, scripts = _titles(top.get("titleInfo", []))
    if not title.get("title"):
        raise BadRecord("no_title", "no titleInfo/title")
    authors, contributors = _names(top.get("name", []))
    publisher, place, year, printed, edition, issuance = _origin(top.get("originInfo", []))
    languages = _languages(top.get("language", []))
    call_numbers, holdings, links = _location(top.get("location", []), profile)
    if copies and "mods_copies" not in copies:
        holdings = ()
    subjects, genres = (
        _subjects(top.get("subject", [])),
        [g for g in map(text_of, top.get("genre", [])) if g != _GENRE_OF_EVERYTHING],
    )
    physical = top.get("physicalDescription", [])
    forms = [text_of(f) for p in physical for f in children(p, "form", "internetMediaType", "digitalOrigin")]
    kinds = [t for t in map(text_of, top.get("typeOfResource", [])) if t.casefold() not in _SAYS_NOTHING]
    # A file beside a book on the shelf does not make the book a file.
    online = says_online(forms) or (
        not any(copy.barcode for copy in holdings) and any(link.kind == "fulltext" for link in links)
    )
    kind = format_of_words([*genres, *kinds]) or format_of_words(forms) or Format.BOOK
    level = "monograph"
    host = "; ".join(_related_titles(top.get("relatedItem", []), "host"))
    if issuance in ("continuing", "serial", "integrating resource"):
        level = "serial"
        kind = Format.JOURNAL if kind is Format.BOOK else kind
    elif kind is Format.ARTICLE or (host and not issuance):
        level = "part"
    elif any(t.get("collection") == "yes" for t in top.get("typeOfResource", [])) and (
        kinds or "collection" in genres  # SLiMS says it of every book
    ):
        level = "collection"
    if kind is Format.BOOK and online:
        kind = Format.EBOOK
    notes, responsibility = _notes(top.get("note", []))
    main = title["title"]
    count = int(title["skip"]) if title["skip"] else non_filing(main, "", languages[0] if languages else "")
    return Record(
        title=main,
        subtitle=title["subtitle"],
        part_number=title["part_number"],
        part_name=title["part_name"],
        non_filing=count,
        alternates=distinct(alternates, 40),
        scripts=distinct(scripts, 10),
        responsibility=responsibility,
        authors=authors,
        contributors=contributors,
        # A genre that names the kind of thing is told by the format already.
        subjects=distinct([*subjects, *(g for g in genres if format_of_words([g]) is None)], 100),
        identifiers=_identifiers(top),
        publisher=publisher,
        place=place,
        year=year,
        year_text=printed,
        languages=languages,
        format=kind,
        online=online,
        level=level,
        edition=edition,
        extent=untail(next((text_of(e) for p in physical for e in children(p, "extent")), "")),
        series=_related_titles(top.get("relatedItem", []), "series"),
        contents=clean(" ".join(text_of(t, TEXT) for t in top.get("tableOfContents", [])), TEXT),
        summary=clean(unmarkup(" ".join(text_of(t, TEXT) for t in top.get("abstract", []))), TEXT),
        notes=notes,
        call_numbers=call_numbers,
        classes=distinct([text_of(c).replace("/", "") for c in top.get("classification", [])], 20),
        links=links,
        host=host,
        not_for_sale=sold_as([text_of(a) for a in top.get("accessCondition", [])], notes),
        holdings=holdings,
        oddities=("mojibake_repaired",) if repairs else (),
        repairs=tuple(repairs),
    )


def _mend(element: Any) -> list[str]:
    """Undo double encoding wherever it stands; which elements were mended."""
    repairs: list[str] = []
    for part in element.iter():
        text = part.text
        if text and not text.isascii() and (mended := undouble(text)) is not text:
            try:
                part.text = mended
            except ValueError:  # what XML cannot hold
                continue
            noted(repairs, local_name(part.tag), DOUBLE_UTF8)
    return repairs


def _titles(infos: list[Any]) -> tuple[dict[str, str], list[str], list[str]]:
    """The main title by part, alternative titles, and the main title in other scripts."""
    main: dict[str, str] = {}
    alternates: list[str] = []
    scripts: list[str] = []
    for info in infos:
        parts = _title(info)
        if not parts["title"]:
            continue
        if not info.get("type") and not main:
            main = parts
        else:
            whole = _whole(parts)
            (scripts if info.get("script") and not info.get("type") else alternates).append(whole)
    if not main and infos:  # every titleInfo has a type: the first is all we have
        main = next((p for p in map(_title, infos) if p["title"]), {})
    return main, alternates, scripts


def _whole(parts: dict[str, str]) -> str:
    return " : ".join(t for t in (parts["title"], parts["subtitle"]) if t)


def _title(info: Any) -> dict[str, str]:
    article, title = child_text(info, "nonSort")[:60], child_text(info, "title")
    subtitle = untail(child_text(info, "subTitle"))
    if not subtitle and " : " in title:
        title, _, subtitle = title.partition(" : ")
    # Some servers leave the mark in front of the subtitle at the end of the title.
    title = unbracket(untail(title, more=bool(subtitle)))
    head = f"{article}" if article.endswith(("'", "’", "-")) or not article else f"{article} "
    if title.casefold().startswith(head.casefold()) and head:
        article = title[: len(head)]
        title = title[len(head) :]
        head = article
    return {
        "title": (head + title)[:LONG].rstrip() if title else "",
        "skip": str(len(head)) if head and title else "",
        "subtitle": untail(subtitle),
        "part_number": child_text(info, "partNumber"),
        "part_name": child_text(info, "partName"),
    }


def _names(elements: list[Any]) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    authors: dict[str, Name] = {}
    others: dict[str, Name] = {}
    for element in elements:
        text = _name(element)
        if not text:
            continue
        roles = [role(text_of(term)) for r in children(element, "role") for term in children(r, "roleTerm")]
        said = next((r for r in roles if r), "")
        dates = next((text_of(p, 60) for p in children(element, "namePart") if p.get("type") == "date"), "")
        kind = (element.get("type") or "").casefold()
        name = Name(
            text=text,
            role=said,
            corporate=kind.startswith(("corporate", "organi", "conference")),
            dates=dates,
        )
        first = not authors and not others and not said
        (
            authors if said in MAKERS or first or element.get("usage") == "primary" or not roles else others
        ).setdefault(text, name)
    return tuple(authors.values())[:100], tuple(n for t, n in others.items() if t not in authors)[:100]


def _name(element: Any) -> str:
    parts = {"": [], "family": [], "given": [], "termsOfAddress": []}  # type: dict[str, list[str]]
    for part in children(element, "namePart"):
        kind = part.get("type") or ""
        if kind in parts:
            parts[kind].append(text_of(part, SHORT))
    if parts["family"]:
        return untail(", ".join(p for p in (" ".join(parts["family"]), " ".join(parts["given"])) if p))
    return untail(" ".join([*parts[""], *parts["given"], *parts["termsOfAddress"]])[:SHORT])


def _origin(elements: list[Any]) -> tuple[str, str, int | None, str, str, str]:
    """Publisher, place, year, printed date, edition, issuance; the first that says each."""
    publisher = place = printed = edition = issuance = ""
    year: int | None = None
    for element in elements:
        for holder in children(element, "place"):
            for term in children(holder, "placeTerm"):
                if term.get("type") != "code" and not place:
                    place = untail(unbracket(text_of(term, SHORT)), more=True)
            # SLiMS nests the publisher and the date in the place.
            publisher = publisher or untail(unbracket(child_text(holder, "publisher")), more=True)
        holders = (element, *children(element, "place"))
        publisher = publisher or untail(unbracket(child_text(element, "publisher")), more=True)
        edition = edition or untail(child_text(element, "edition"))
        issuance = issuance or child_text(element, "issuance").casefold()
        for name in _DATES:
            for date in (d for e in holders for d in children(e, name)):
                text = text_of(date, 80)
                found = year_of(text)
                if found is not None and (year is None or (date.get("keyDate") == "yes")):
                    year = found
                if text and not printed and date.get("encoding") is None:
                    printed = untail(text)
    return publisher, place, year, printed or (str(year) if year else ""), edition, issuance


def _languages(elements: list[Any]) -> tuple[str, ...]:
    codes: dict[str, None] = {}
    for element in elements:
        terms = children(element, "languageTerm") or [element]
        terms.sort(key=lambda t: t.get("type") != "code")
        code = next((c for t in terms if (c := language_code(text_of(t, 60)))), "")
        if code:
            codes.setdefault(code)
    return tuple(codes)


def _subjects(elements: list[Any]) -> list[str]:
    """One heading for each subject: its parts in order, joined as in MARC."""
    found = []
    for element in elements:
        parts = [
            _name(part) if local_name(part.tag) == "name" else text_of(part, SHORT)
            for part in element
            if local_name(part.tag) in _SUBJECT_PARTS
        ]
        found.append(" -- ".join(untail(p) for p in parts if p)[:SHORT])
    return found


def _identifiers(top: dict[str, list[Any]]) -> tuple[Identifier, ...]:
    found: dict[Identifier, None] = {}
    for element in top.get("identifier", []):
        kind = (element.get("type") or "").casefold()
        valid = element.get("invalid") != "yes"
        text = text_of(element, 200)
        if not text:
            continue
        got: tuple[Identifier, ...] = ()
        if kind in ("isbn", "issn", "issn-l", "issn l"):
            # One column serves both in small systems: what it looks like decides.
            got = isbns(text, valid) or issns(text, valid)
        elif kind == "doi" or (kind in ("uri", "hdl") and doi(text)):
            got = (Identifier(kind="doi", value=doi(text) or text.lower(), valid=valid),)
        elif kind == "oclc" and oclc(text):
            got = (Identifier(kind="oclc", value=oclc(text), valid=valid),)
        elif kind == "lccn" and lccn(text):
            got = (Identifier(kind="lccn", value=lccn(text), valid=valid),)
        elif kind in ("urn", "nbn", "ismn"):
            got = (Identifier(kind=kind, value=text, valid=valid),)
        elif kind in ("music publisher", "matrix number", "music plate", "videorecording identifier"):
            got = (Identifier(kind="publisher_number", value=text, valid=valid),)
        elif kind == "local":
            got = (Identifier(kind="local", value=text, valid=valid),)
        elif kind not in ("uri", "hdl"):
            got = isbns(text, valid) or (Identifier(kind="local", value=text, valid=valid),)
        for identifier in got:
            found.setdefault(identifier)
    for info in top.get("recordInfo", []):
        for element in children(info, "recordIdentifier"):
            if text := text_of(element, 200):
                found.setdefault(Identifier(kind="local", value=text))
    return tuple(found)[:100]


def _related_titles(elements: list[Any], kind: str) -> tuple[str, ...]:
    """Titles of related items of a type; an untyped one counts as the series, as SLiMS means it."""
    found = []
    for element in elements:
        if (element.get("type") or "series") != kind:
            continue
        title = next((_whole(_title(info)) for info in children(element, "titleInfo")), "") or child_text(
            element, "title"
        )
        number = next((child_text(info, "partNumber") for info in children(element, "titleInfo")), "")
        detail = " ".join(text_of(p, SHORT) for p in children(element, "part")) if kind == "host" else ""
        whole = f"{title} ; {number}" if title and number else title
        found.append(f"{whole}, {detail}" if whole and detail else whole)
    return distinct([t[:SHORT] for t in found if t], 20)


def _notes(elements: list[Any]) -> tuple[tuple[str, ...], str]:
    notes: list[str] = []
    responsibility = ""
    for element in elements:
        text = text_of(element)
        if (element.get("type") or "").casefold() == "statement of responsibility":
            responsibility = responsibility or untail(text)
        elif text:
            notes.append(text)
    return distinct(notes, 20), responsibility


def _location(
    elements: list[Any], profile: str
) -> tuple[tuple[str, ...], tuple[Holding, ...], tuple[Link, ...]]:
    """Shelf marks, copies and addresses."""
    shelf: list[str] = []
    # SLiMS names its library in each record, also where it has no copy.
    copies = modscopies.read(elements, bare=not profile.startswith("slims"))
    links: dict[str, Link] = {}
    for element in elements:
        shelf.extend(text_of(m, 200) for m in children(element, "shelfLocator"))
        for url in children(element, "url"):
            text = text_of(url, 2000)
            if text[:4].lower() != "http":
                continue
            access = url.get("access") or ""
            kind = {"preview": "cover", "raw object": "fulltext", "object in context": "record"}.get(
                access, "related"
            )
            if kind == "related" and text.lower().endswith(".pdf"):
                kind = "fulltext"
            links.setdefault(text, Link(url=text, label=clean(url.get("displayLabel"), SHORT), kind=kind))
    shelf.extend(copy.call_number for copy in copies)
    return distinct(shelf, 20), tuple(copies[:2000]), tuple(links.values())[:50]
