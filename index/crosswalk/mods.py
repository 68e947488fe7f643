"""MODS 3 → Record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from index.crosswalk.dates import year_of
from index.crosswalk.errors import BadRecord
from index.crosswalk.kinds import format_of_words, says_online
from index.crosswalk.languages import article_length, language_code
from index.crosswalk.marcform import local_name
from index.crosswalk.numbers import doi, isbns, issns, lccn, oclc
from index.crosswalk.relators import MAKERS, role
from index.crosswalk.repairs import DOUBLE_UTF8, noted, undouble
from index.crosswalk.text import LONG, SHORT, TEXT, clean, distinct, unbracket, unmarkup, untail
from index.record import Availability, Format, Holding, Identifier, Link, Name, Record

NAMESPACE = "http://www.loc.gov/mods/v3"

#: typeOfResource values that say nothing: SLiMS gives 'mixed material' for everything.
_SAYS_NOTHING = ("mixed material", "")
#: And calls all of it a bibliography.
_GENRE_OF_EVERYTHING = "bibliography"
_SUBJECT_PARTS = ("topic", "geographic", "temporal", "genre", "titleInfo", "name", "hierarchicalGeographic")
_DATES = ("dateIssued", "copyrightDate", "dateCreated", "dateOther")

#: Notes of a copy, folded, that say what can be done with it now, and whether it may leave the house at all.
_STATES: Mapping[str, tuple[Availability, bool | None]] = MappingProxyType(
    {
        "available": (Availability.AVAILABLE, True),
        "on shelf": (Availability.AVAILABLE, True),
        "tersedia": (Availability.AVAILABLE, True),
        "on loan": (Availability.ON_LOAN, True),
        "checked out": (Availability.ON_LOAN, True),
        "dipinjam": (Availability.ON_LOAN, True),
        "library use only": (Availability.ON_SITE, False),
        "not for loan": (Availability.ON_SITE, False),
        "baca di tempat": (Availability.ON_SITE, False),
        "on order": (Availability.ON_ORDER, None),
        "dipesan": (Availability.ON_ORDER, None),
        "in process": (Availability.IN_PROCESS, None),
        "diproses": (Availability.IN_PROCESS, None),
        "lost": (Availability.LOST, False),
        "hilang": (Availability.LOST, False),
    }
)


def read(element: Any, profile: str = "generic") -> Record:
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
    call_numbers, holdings, links = _location(top.get("location", []))
    subjects, genres = (
        _subjects(top.get("subject", [])),
        [g for g in map(_text, top.get("genre", [])) if g != _GENRE_OF_EVERYTHING],
    )
    physical = top.get("physicalDescription", [])
    forms = [_text(f) for p in physical for f in _all(p, "form", "internetMediaType", "digitalOrigin")]
    kinds = [t for t in map(_text, top.get("typeOfResource", [])) if t.casefold() not in _SAYS_NOTHING]
    online = says_online(forms) or any(link.kind == "fulltext" for link in links)
    kind = format_of_words([*genres, *kinds]) or format_of_words(forms) or Format.BOOK
    level = "monograph"
    if issuance in ("continuing", "serial", "integrating resource"):
        level = "serial"
        kind = Format.JOURNAL if kind is Format.BOOK else kind
    elif kind is Format.ARTICLE:
        level = "part"
    if kind is Format.BOOK and online:
        kind = Format.EBOOK
    notes, responsibility = _notes(top.get("note", []))
    main = title["title"]
    count = int(title["skip"]) if title["skip"] else article_length(main, languages[0] if languages else "")
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
        extent=untail(next((_text(e) for p in physical for e in _all(p, "extent")), "")),
        series=_related_titles(top.get("relatedItem", []), "series"),
        contents=clean(" ".join(_text(t, TEXT) for t in top.get("tableOfContents", [])), TEXT),
        summary=clean(unmarkup(" ".join(_text(t, TEXT) for t in top.get("abstract", []))), TEXT),
        notes=notes,
        call_numbers=call_numbers,
        classes=distinct([_text(c).replace("/", "") for c in top.get("classification", [])], 20),
        links=links,
        host="; ".join(_related_titles(top.get("relatedItem", []), "host")),
        holdings=holdings,
        oddities=("mojibake_repaired",) if repairs else (),
        repairs=tuple(repairs),
    )


def _text(element: Any, cap: int = LONG) -> str:
    raw = element.text or ""
    if len(element):
        raw = " ".join(element.itertext())
    return clean(raw, cap)


def _all(element: Any, *names: str) -> list[Any]:
    """Children of these names."""
    return [child for child in element if local_name(child.tag) in names]


def _one(element: Any, name: str) -> str:
    found = _all(element, name)
    return _text(found[0]) if found else ""


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
            whole = " : ".join(t for t in (parts["title"], parts["subtitle"]) if t)
            (scripts if info.get("script") and not info.get("type") else alternates).append(whole)
    if not main and infos:  # every titleInfo has a type: the first is all we have
        main = next((p for p in map(_title, infos) if p["title"]), {})
    return main, alternates, scripts


def _title(info: Any) -> dict[str, str]:
    article, title = _one(info, "nonSort")[:60], _one(info, "title")
    subtitle = untail(_one(info, "subTitle"))
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
        "part_number": _one(info, "partNumber"),
        "part_name": _one(info, "partName"),
    }


def _names(elements: list[Any]) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    authors: dict[str, Name] = {}
    others: dict[str, Name] = {}
    for element in elements:
        text = _name(element)
        if not text:
            continue
        roles = [role(_text(term)) for r in _all(element, "role") for term in _all(r, "roleTerm")]
        said = next((r for r in roles if r), "")
        dates = next((_text(p, 60) for p in _all(element, "namePart") if p.get("type") == "date"), "")
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
    for part in _all(element, "namePart"):
        kind = part.get("type") or ""
        if kind in parts:
            parts[kind].append(_text(part, SHORT))
    if parts["family"]:
        return untail(", ".join(p for p in (" ".join(parts["family"]), " ".join(parts["given"])) if p))
    return untail(" ".join([*parts[""], *parts["given"], *parts["termsOfAddress"]])[:SHORT])


def _origin(elements: list[Any]) -> tuple[str, str, int | None, str, str, str]:
    """Publisher, place, year, printed date, edition, issuance; the first that says each."""
    publisher = place = printed = edition = issuance = ""
    year: int | None = None
    for element in elements:
        for holder in _all(element, "place"):
            for term in _all(holder, "placeTerm"):
                if term.get("type") != "code" and not place:
                    place = untail(unbracket(_text(term, SHORT)), more=True)
            # SLiMS nests the publisher and the date in the place.
            publisher = publisher or untail(unbracket(_one(holder, "publisher")), more=True)
        holders = (element, *_all(element, "place"))
        publisher = publisher or untail(unbracket(_one(element, "publisher")), more=True)
        edition = edition or untail(_one(element, "edition"))
        issuance = issuance or _one(element, "issuance").casefold()
        for name in _DATES:
            for date in (d for e in holders for d in _all(e, name)):
                text = _text(date, 80)
                found = year_of(text)
                if found is not None and (year is None or (date.get("keyDate") == "yes")):
                    year = found
                if text and not printed and date.get("encoding") is None:
                    printed = untail(text)
    return publisher, place, year, printed or (str(year) if year else ""), edition, issuance


def _languages(elements: list[Any]) -> tuple[str, ...]:
    codes: dict[str, None] = {}
    for element in elements:
        terms = _all(element, "languageTerm") or [element]
        terms.sort(key=lambda t: t.get("type") != "code")
        code = next((c for t in terms if (c := language_code(_text(t, 60)))), "")
        if code:
            codes.setdefault(code)
    return tuple(codes)


def _subjects(elements: list[Any]) -> list[str]:
    """One heading for each subject: its parts in order, joined as in MARC."""
    found = []
    for element in elements:
        parts = [
            _name(part) if local_name(part.tag) == "name" else _text(part, SHORT)
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
        text = _text(element, 200)
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
        elif kind not in ("uri", "hdl"):
            got = isbns(text, valid) or (Identifier(kind="local", value=text, valid=valid),)
        for identifier in got:
            found.setdefault(identifier)
    for info in top.get("recordInfo", []):
        for element in _all(info, "recordIdentifier"):
            if text := _text(element, 200):
                found.setdefault(Identifier(kind="local", value=text))
    return tuple(found)[:100]


def _related_titles(elements: list[Any], kind: str) -> tuple[str, ...]:
    """Titles of related items of a type; an untyped one counts as the series, as SLiMS means it."""
    found = []
    for element in elements:
        if (element.get("type") or "series") != kind:
            continue
        title = next((_title(info)["title"] for info in _all(element, "titleInfo")), "") or _one(
            element, "title"
        )
        number = next((_one(info, "partNumber") for info in _all(element, "titleInfo")), "")
        detail = " ".join(_text(p, SHORT) for p in _all(element, "part")) if kind == "host" else ""
        whole = f"{title} ; {number}" if title and number else title
        found.append(f"{whole}, {detail}" if whole and detail else whole)
    return distinct([t[:SHORT] for t in found if t], 20)


def _notes(elements: list[Any]) -> tuple[tuple[str, ...], str]:
    notes: list[str] = []
    responsibility = ""
    for element in elements:
        text = _text(element)
        if (element.get("type") or "").casefold() == "statement of responsibility":
            responsibility = responsibility or untail(text)
        elif text:
            notes.append(text)
    return distinct(notes, 20), responsibility


def _location(elements: list[Any]) -> tuple[tuple[str, ...], tuple[Holding, ...], tuple[Link, ...]]:
    """Shelf marks, copies and addresses."""
    shelf: list[str] = []
    copies: list[Holding] = []
    links: dict[str, Link] = {}
    for element in elements:
        branch = _one(element, "physicalLocation")[:200]
        marks = [_text(m, 200) for m in _all(element, "shelfLocator")]
        shelf.extend(marks)
        got = [
            _copy(info, branch, marks[0] if marks else "")
            for simple in _all(element, "holdingSimple")
            for info in _all(simple, "copyInformation")
        ]
        if not got and branch:
            got = [Holding(branch=branch, call_number=marks[0] if marks else "")]
        copies.extend(got)
        for url in _all(element, "url"):
            text = _text(url, 2000)
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


def _copy(info: Any, branch: str, mark: str) -> Holding:
    """One copyInformation; its enumeration holds the copy's code in SLiMS."""
    place = _one(info, "subLocation") or _one(info, "sublocation")
    code = _one(info, "itemIdentifier") or _one(info, "numerationAndChronology")
    is_code = bool(code) and " " not in code and len(code) <= 80
    notes = [(note.get("type") or "", _text(note, 200)) for note in _all(info, "note")]
    state = next((text.casefold() for _, text in notes if text.casefold() in _STATES), "")
    availability, lendable = _STATES.get(state, (Availability.UNKNOWN, None))
    due = next((text[:40] for kind, text in notes if kind.casefold() in ("due date", "due")), "")
    return Holding(
        branch=branch,
        location=place[:200],
        call_number=_one(info, "shelfLocator")[:200] or mark,
        barcode=code if is_code else "",
        availability=availability,
        lendable=lendable,
        due=due,
        coverage="" if is_code else code[:200],
        note=next((text for _, text in notes if text not in ("", due) and text.casefold() != state), ""),
    )
