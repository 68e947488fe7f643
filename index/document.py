"""From a cluster's records to what an engine indexes: one pure function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from index.analysis import GAP, held, sort_key, stems, tokens, value_tokens, without_degrees
from index.finding.headings import doc_headings
from index.identifiers import call_number_tokens, identifier_key
from index.packing import to_json
from index.record import Availability, Format, Holding, Record
from index.search import IndexDoc

#: A description with its library's code and that library's region ('' where nobody entered one).
Described = tuple[Record, str, str]

#: Caps, so that one record that holds a whole book in its summary weighs as much as others.
LONG_TEXT = 6000
OTHER_TOKENS = 1500
BRIEF_SUBJECTS = 6
BRIEF_HOLDERS = 60
SUMMARY = 300


def document(
    cluster_id: str, records: Sequence[Described], added: int, position: int, displayed: int
) -> IndexDoc:
    """The document of a cluster.

    `records` are its descriptions, `displayed` the index (from 0) of the one a hit shows; `added` is when the
    cluster was first seen (seconds since 1970), `position` its change position. Raises ValueError without records.
    """
    if not records:
        raise ValueError(f"cluster {cluster_id} has no records")
    all_records = [record for record, _, _ in records]
    shown = all_records[displayed if 0 <= displayed < len(records) else 0]
    ordered = [shown, *(r for r in all_records if r is not shown)]

    titles = value_tokens(_once(text for r in ordered for text in _titles(r)))
    authors = value_tokens(_once(text for r in ordered for text in _names(r)))
    subjects = _once(text for r in ordered for text in r.subjects)
    subject_words = value_tokens(subjects)
    publishers = value_tokens(_once(text for r in ordered for text in (r.publisher, r.place)))
    series = value_tokens(_once(text for r in ordered for text in r.series))
    rest = value_tokens(_once(text for r in ordered for text in _rest(r)))[:OTHER_TOKENS]
    languages = tuple(_once(code for r in ordered for code in r.languages))
    words = {*titles, *subject_words, *series, *rest} - {GAP}
    library, availability, held_tokens = _holders(records)
    year = (
        shown.year if shown.year is not None else next((r.year for r in ordered if r.year is not None), None)
    )
    author = next((name.text for r in ordered for name in r.authors), "")

    return IndexDoc(
        id=cluster_id,
        title=titles,
        author=authors,
        subject=subject_words,
        publisher=publishers,
        series=series,
        any=rest,
        stems=stems(words, shown.languages or languages),
        isbn=_identifiers(ordered, "isbn"),
        issn=_identifiers(ordered, "issn"),
        identifier=_other_identifiers(ordered),
        call_number=tuple(
            _once(token for text in _call_numbers(ordered) for token in call_number_tokens(text))
        ),
        held=held_tokens,
        library=library,
        availability=availability,
        region=tuple(_once(region for _, _, region in records)),
        language=languages,
        format=tuple(_once(str(r.format) for r in ordered if r.format is not Format.OTHER))
        or (str(Format.OTHER),),
        subject_facet=tuple(_headings(subjects)),
        # One library that knows it is enough: nobody can buy it, whatever the others leave out.
        sale=("not_for_sale",) if any(r.not_for_sale for r in ordered) else (),
        heading=doc_headings(
            [name.text for r in ordered for name in (*r.authors, *r.contributors)],
            (text.rstrip(". ") for text in subjects),
            _call_numbers(ordered),
        ),
        year=year,
        sort_title=sort_key(shown.title, shown.non_filing),
        sort_author=sort_key(without_degrees(author)),
        added=added,
        position=position,
        brief=to_json(brief(records, displayed, year)).decode(),
    )


def brief(records: Sequence[Described], displayed: int, year: int | None) -> dict[str, Any]:
    """What a hit list is drawn from, as a JSON value without empty parts.

    title, subtitle, part, authors, responsibility, publisher, place, year, year_text, edition, extent, format, online,
    not_for_sale, languages, subjects, series, host, isbn, issn, summary, cover, fulltext; `holders`: one entry a library
    with `library`, `copies`, `calls` (call numbers, at most 3), `has` (availability values, `on_loan`);
    `holder_count`.
    """
    shown = records[displayed if 0 <= displayed < len(records) else 0][0]
    holders = _holder_entries(records)
    links = [link for record, _, _ in records for link in record.links]
    value: dict[str, Any] = {
        "title": shown.title,
        "subtitle": shown.subtitle,
        "part": " ".join(part for part in (shown.part_number, shown.part_name) if part),
        "authors": [name.text for name in shown.authors][:4],
        "contributors": [name.text for name in shown.contributors][:4] if not shown.authors else [],
        "responsibility": shown.responsibility[:SUMMARY],
        "publisher": shown.publisher,
        "place": shown.place,
        "year": year,
        "year_text": shown.year_text,
        "edition": shown.edition,
        "extent": shown.extent,
        "format": str(shown.format),
        "online": any(record.online for record, _, _ in records),
        "not_for_sale": any(record.not_for_sale for record, _, _ in records),
        "languages": list(shown.languages[:3]),
        "subjects": list(shown.subjects[:BRIEF_SUBJECTS]),
        "series": list(shown.series[:2]),
        "host": shown.host,
        "isbn": list(_identifiers([record for record, _, _ in records], "isbn")[:3]),
        "issn": list(_identifiers([record for record, _, _ in records], "issn")[:2]),
        "summary": _cut(shown.summary),
        "cover": next((link.url for link in links if link.kind == "cover"), ""),
        "fulltext": next((link.url for link in links if link.kind == "fulltext"), ""),
        "holders": holders[:BRIEF_HOLDERS],
        "holder_count": len(holders),
    }
    return {key: found for key, found in value.items() if found not in ("", None, [], False)}


def _cut(text: str) -> str:
    return text if len(text) <= SUMMARY else text[:SUMMARY].rsplit(" ", 1)[0] + "…"


def _once(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _titles(record: Record) -> tuple[str, ...]:
    parts = (record.title, record.subtitle, record.part_number, record.part_name)
    return (" ".join(part for part in parts if part), *record.alternates, *record.scripts)


def _names(record: Record) -> tuple[str, ...]:
    # 'script_names' is what MARC 880 says of the names in their own script.
    other_script = record.extra.get("script_names", "").split("; ")
    return (*(name.text for name in (*record.authors, *record.contributors)), *other_script)


def _rest(record: Record) -> tuple[str, ...]:
    """Everything else that is worth finding by a word."""
    return (
        record.responsibility,
        record.edition,
        record.host,
        record.contents[:LONG_TEXT],
        record.summary[:LONG_TEXT],
        *(note[:LONG_TEXT] for note in record.notes),
        *record.classes,
    )


def _headings(subjects: Iterable[str]) -> list[str]:
    """Subjects as a facet offers them: without a final stop, each once whatever its capitals, the first form stays."""
    found: dict[str, str] = {}
    for text in subjects:
        plain = text.strip().rstrip(".;, ")
        if plain and len(plain) <= 120:
            found.setdefault(" ".join(tokens(plain)) or plain, plain)
    return list(found.values())


def _identifiers(records: Iterable[Record], kind: str) -> tuple[str, ...]:
    """Keys of one kind of identifier, the wrong ones too: they are searched, never matched on."""
    return tuple(
        _once(identifier_key(kind, i.value) for r in records for i in r.identifiers if i.kind == kind)
    )


def _other_identifiers(records: Iterable[Record]) -> tuple[str, ...]:
    return tuple(
        _once(
            identifier_key(i.kind, i.value)
            for r in records
            for i in r.identifiers
            if i.kind not in ("isbn", "issn")
        )
    )


def _call_numbers(records: Iterable[Record]) -> list[str]:
    return _once(text for r in records for text in (*(h.call_number for h in r.holdings), *r.call_numbers))


def ways(record: Record, holding: Holding | None) -> set[str]:
    """The values of the availability facet that a copy has; `holding` is None for a description without copies."""
    found: set[str] = set()
    if record.online or (holding is not None and holding.availability is Availability.ONLINE):
        found.add("online")
    if holding is None:
        return found
    if holding.availability is Availability.AVAILABLE:
        found.add("available")
    reading_room = holding.availability is Availability.AVAILABLE and holding.lendable is False
    if reading_room or holding.availability is Availability.ON_SITE:
        found.add("on_site")
    elif holding.lendable and holding.availability not in (Availability.LOST, Availability.ONLINE):
        found.add("lendable")
    return found


def _library_ways(record: Record) -> set[str]:
    return set().union(*(ways(record, holding) for holding in record.holdings or (None,)))


def _holders(records: Sequence[Described]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Libraries, availability values of the whole cluster, and the tokens that say which library has it how."""
    by_library: dict[str, set[str]] = {}
    for record, library, _ in records:
        if library:
            by_library.setdefault(library, set()).update(_library_ways(record))
    everywhere = sorted(set().union(*by_library.values())) if by_library else []
    tokens_held = [
        token
        for library, found in by_library.items()
        for token in (held(library), *(held(library, way) for way in sorted(found)))
    ]
    return tuple(by_library), tuple(everywhere), tuple(tokens_held)


def _holder_entries(records: Sequence[Described]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for record, library, _ in records:
        if not library:
            continue
        entry = found.setdefault(library, {"library": library, "copies": 0, "calls": [], "has": set()})
        entry["copies"] += sum(holding.copies for holding in record.holdings)
        entry["has"] |= _library_ways(record)
        if any(holding.availability is Availability.ON_LOAN for holding in record.holdings):
            entry["has"].add("on_loan")  # for people to see; nothing can be filtered by it
        for text in _call_numbers([record]):
            if text not in entry["calls"] and len(entry["calls"]) < 3:
                entry["calls"].append(text)
    return [{**entry, "has": sorted(entry["has"])} for entry in found.values()]
