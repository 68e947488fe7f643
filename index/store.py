"""The union catalogue's records and copies: taking them in, letting them go, keeping clusters true meanwhile.

Functions take a Connection inside of a unit of work, at most a few hundred records at a time; they commit nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from foundation import libraries
from index import normal, positions
from index.assignment import Change, lots
from index.clusters import norm_bytes, norm_hash, settle
from index.crosswalk.registry import content_hash, version_of
from index.folding import fold
from index.packing import said, squeeze, to_json, to_value, unpack
from index.record import Holding, Record
from index.tables import holding, record


class Origin(Protocol):
    """Where records come from: a source of one library."""

    @property
    def id(self) -> str:
        """The source's id."""
        ...

    @property
    def library_id(self) -> str:
        """The library whose catalogue it is."""
        ...


class Arrival(Protocol):
    """A record that came in, with the place of its raw bytes (None where they were not kept)."""

    @property
    def identifier(self) -> str:
        """Unique within the source, at most 512 characters."""
        ...

    @property
    def datestamp(self) -> str:
        """As the source gives it."""
        ...

    @property
    def schema(self) -> str:
        """marc21, mods or oai_dc."""
        ...

    @property
    def raw(self) -> bytes:
        """The bytes it was read from: the same bytes change nothing."""
        ...

    @property
    def record(self) -> Record:
        """What the crosswalk made of it."""
        ...

    @property
    def page_id(self) -> str | None:
        """The page of the spool that holds the raw bytes."""
        ...

    @property
    def page_offset(self) -> int | None:
        """Where in the page, in bytes from 0."""
        ...

    @property
    def page_length(self) -> int | None:
        """How many bytes."""
        ...


def take(c: Connection, source: Origin, found: Sequence[Arrival], at: datetime) -> None:
    """Add or change records, with their copies; those that say the same are only marked as seen.

    Of several arrivals with one identifier the last counts. Doing it again changes nothing.
    """
    arrivals = {arrival.identifier: arrival for arrival in found}
    if not arrivals:
        return
    positions.hold(c)
    known = _known(c, source.id, arrivals)
    hashes = {name: content_hash(arrival.schema, arrival.raw) for name, arrival in arrivals.items()}
    same = {n: r for n, r in known.items() if r.gone_at is None and _says_the_same(r, arrivals[n], hashes[n])}
    _see(c, same, arrivals, hashes, at)
    _take(c, source, arrivals, hashes, known, same, at)


def take_again(c: Connection, source: Origin, found: Sequence[Arrival], at: datetime) -> int:
    """Change records to what a newer crosswalk makes of the bytes that are here already; returns how many are changed.

    Records whose bytes came anew meanwhile (they lie on another page now) and those that are gone are left alone.
    Nothing is marked as seen: no source has told of anything.
    """
    arrivals = {arrival.identifier: arrival for arrival in found}
    if not arrivals:
        return 0
    positions.hold(c)
    known = {
        n: r
        for n, r in _known(c, source.id, arrivals).items()
        if r.gone_at is None and r.page_id == arrivals[n].page_id and r.page_offset == arrivals[n].page_offset
    }
    arrivals = {name: arrivals[name] for name in known}
    hashes = {name: content_hash(arrival.schema, arrival.raw) for name, arrival in arrivals.items()}
    _take(c, source, arrivals, hashes, known, {}, at, seen=False)
    return len(known)


def read_again(c: Connection, record_ids: Collection[int], page_id: str | None, version: int) -> None:
    """These records on this page were read by this version of their crosswalk and say the same as before."""
    for lot in lots(record_ids):
        on_page = record.c.page_id == page_id if page_id is not None else record.c.page_id.is_(None)
        c.execute(update(record).where(record.c.id.in_(lot), on_page).values(crosswalk=version))


def _says_the_same(row: Row[Any], arrival: Arrival, raw_hash: bytes) -> bool:
    """Whether the same bytes were read by the same crosswalk, or what it makes of others is what is known."""
    if row.hash == raw_hash and row.crosswalk == version_of(arrival.schema):
        return True
    return bool(row.said is not None and row.schema == arrival.schema and row.said == said(arrival.record))


def _take(
    c: Connection,
    source: Origin,
    arrivals: Mapping[str, Arrival],
    hashes: Mapping[str, bytes],
    known: Mapping[str, Row[Any]],
    same: Mapping[str, Row[Any]],
    at: datetime,
    *,
    seen: bool = True,
) -> None:
    """Write what is new or changed, and let the clusters follow."""
    fresh = {name: arrival for name, arrival in arrivals.items() if name not in known}
    changed = {name: arrival for name, arrival in arrivals.items() if name in known and name not in same}
    if not fresh and not changed:
        return
    norms = {
        n: normal.normal_form(a.record, source.library_id, source.id) for n, a in (fresh | changed).items()
    }
    norm_hashes = {name: norm_hash(norm_bytes(norm)) for name, norm in norms.items()}
    rows = {n: _row(arrivals[n], hashes[n], norm_hashes[n], at) for n in norms}
    if not seen:
        for name in rows:
            rows[name]["last_seen"] = known[name].last_seen
    change = Change()
    if fresh:
        ids = _insert(c, source, [rows[name] for name in fresh], at)
        change.fresh.update(ids.values())
        change.norms.update((ids[name], norms[name]) for name in fresh)
    else:
        ids = {}
    for name in changed:
        before = known[name]
        ids[name] = before.id
        compared = before.norm_hash == norm_hashes[name] and before.norm_version == normal.VERSION
        if compared and before.gone_at is None:
            change.touched.add(before.id)
        else:
            change.norms[before.id] = norms[name]
    if changed:
        _update(c, [rows[name] | {"record": ids[name], "identifier": name} for name in changed])
    _write_copies(c, source, {ids[n]: arrivals[n].record for n in ids}, {ids[n] for n in changed})
    settle(c, change, at)


def withdraw(c: Connection, source: Origin, identifiers: Sequence[str], at: datetime) -> None:
    """These records are gone: their copies go, their clusters shrink, split or end. Unknown ones are no error."""
    known = _known(c, source.id, identifiers)
    _let_go(c, [row.id for row in known.values() if row.gone_at is None], at)


def unseen(c: Connection, source: Origin, since: datetime, limit: int | None) -> tuple[list[str], int, int]:
    """(identifiers of living records not seen since then, how many those are, how many living ones there are).

    At most `limit` identifiers are given, sorted; None gives all.
    """
    living = (record.c.source_id == source.id, record.c.gone_at.is_(None))
    total = c.execute(select(func.count()).select_from(record).where(*living)).scalar_one()
    lost = (*living, record.c.last_seen < since)
    missing = c.execute(select(func.count()).select_from(record).where(*lost)).scalar_one()
    query = select(record.c.identifier).where(*lost).order_by(record.c.identifier).limit(limit)
    return list(c.execute(query).scalars()), int(missing), int(total)


def compare_again(c: Connection, at: datetime, limit: int = 200) -> int:
    """Bring up to `limit` records to the normal form of today; returns how many were out of date.

    For after an upgrade that changed the rules: called until it returns 0.
    """
    old = (record.c.gone_at.is_(None), record.c.norm_version != normal.VERSION)
    query = (
        select(record.c.id, record.c.body, record.c.library_id, record.c.source_id).where(*old).limit(limit)
    )
    rows = c.execute(query).all()
    if not rows:
        return 0
    positions.hold(c)
    norms = {row.id: normal.normal_form(unpack(row.body), row.library_id, row.source_id) for row in rows}
    values = [
        {"record": record_id, "norm_hash_now": norm_hash(norm_bytes(norm)), "version_now": normal.VERSION}
        for record_id, norm in norms.items()
    ]
    c.execute(
        update(record)
        .where(record.c.id == bindparam("record"))
        .values(norm_hash=bindparam("norm_hash_now"), norm_version=bindparam("version_now")),
        values,
    )
    settle(c, Change(norms=norms), at)
    return len(rows)


# --- records ---------------------------------------------------------------------------------------


def _known(c: Connection, source_id: str, identifiers: Collection[str]) -> dict[str, Row[Any]]:
    known: dict[str, Row[Any]] = {}
    for lot in lots(identifiers):
        query = select(
            record.c.id,
            record.c.identifier,
            record.c.hash,
            record.c.crosswalk,
            record.c.said,
            record.c.schema,
            record.c.page_id,
            record.c.page_offset,
            record.c.last_seen,
            record.c.datestamp,
            record.c.gone_at,
            record.c.norm_hash,
            record.c.norm_version,
        ).where(record.c.source_id == source_id, record.c.identifier.in_(lot))
        known.update({row.identifier: row for row in c.execute(query)})
    return known


def _see(
    c: Connection,
    same: Mapping[str, Row[Any]],
    arrivals: Mapping[str, Arrival],
    hashes: Mapping[str, bytes],
    at: datetime,
) -> None:
    """Mark as seen. The raw bytes are now also on a newer page, so the old one may be let go."""
    if not same:
        return
    c.execute(
        update(record)
        .where(record.c.id == bindparam("record"))
        .values(
            last_seen=bindparam("seen"),
            datestamp=bindparam("datestamp_now"),
            hash=bindparam("hash_now"),
            crosswalk=bindparam("crosswalk_now"),
            page_id=bindparam("page"),
            page_offset=bindparam("offset"),
            page_length=bindparam("length"),
        ),
        [
            {
                "record": row.id,
                "seen": at,
                "datestamp_now": arrivals[name].datestamp[:40],
                "hash_now": hashes[name],
                "crosswalk_now": version_of(arrivals[name].schema),
                "page": arrivals[name].page_id,
                "offset": arrivals[name].page_offset,
                "length": arrivals[name].page_length,
            }
            for name, row in same.items()
        ],
    )


def _row(arrival: Arrival, raw_hash: bytes, compared: bytes, at: datetime) -> dict[str, Any]:
    body = to_json(to_value(arrival.record))
    return {
        "identifier": arrival.identifier,
        "datestamp": arrival.datestamp[:40],
        "schema": arrival.schema,
        "hash": raw_hash,
        "crosswalk": version_of(arrival.schema),
        "said": said(arrival.record, body),
        "body": squeeze(body),
        "page_id": arrival.page_id,
        "page_offset": arrival.page_offset,
        "page_length": arrival.page_length,
        "last_seen": at,
        "changed_at": at,
        "norm_version": normal.VERSION,
        "norm_hash": compared,
    }


def _insert(c: Connection, source: Origin, rows: list[dict[str, Any]], at: datetime) -> dict[str, int]:
    """New rows; returns their ids by identifier."""
    whole = [
        {**row, "source_id": source.id, "library_id": source.library_id, "first_seen": at} for row in rows
    ]
    query = insert(record).returning(record.c.identifier, record.c.id)
    return {row.identifier: row.id for row in c.execute(query, whole)}


_CHANGED = (
    "datestamp",
    "schema",
    "hash",
    "crosswalk",
    "said",
    "body",
    "page_id",
    "page_offset",
    "page_length",
    "last_seen",
    "changed_at",
    "norm_version",
    "norm_hash",
)


def _update(c: Connection, rows: list[dict[str, Any]]) -> None:
    values = [{"record": row["record"], **{f"{name}_now": row[name] for name in _CHANGED}} for row in rows]
    statement = update(record).where(record.c.id == bindparam("record"))
    now: dict[str, Any] = {name: bindparam(f"{name}_now") for name in _CHANGED}
    c.execute(statement.values(gone_at=None, **now), values)


def _let_go(c: Connection, record_ids: list[int], at: datetime) -> None:
    if not record_ids:
        return
    positions.hold(c)
    for lot in lots(record_ids):
        c.execute(
            update(record).where(record.c.id.in_(lot)).values(gone_at=at, changed_at=at, norm_hash=None)
        )
        c.execute(delete(holding).where(holding.c.record_id.in_(lot)))
    settle(c, Change(gone=set(record_ids)), at)


# --- copies ----------------------------------------------------------------------------------------


def _write_copies(c: Connection, source: Origin, records: Mapping[int, Record], replaced: set[int]) -> None:
    """The copies as the source tells them. What the library's desk entered stays, and hides the source's copy
    with the same barcode."""
    kept: set[tuple[int, str]] = set()
    for lot in lots(replaced):
        of_these = holding.c.record_id.in_(lot)
        c.execute(delete(holding).where(of_these, holding.c.origin == "harvest"))
        query = select(holding.c.record_id, holding.c.barcode).where(of_these, holding.c.barcode != "")
        kept.update((row.record_id, row.barcode) for row in c.execute(query))
    if not any(r.holdings for r in records.values()):
        return
    place = branch_finder(c, source.library_id)
    rows = [
        _copy_row(record_id, source.library_id, copy, place)
        for record_id, r in records.items()
        for copy in r.holdings
        if (record_id, copy.barcode) not in kept
    ]
    if rows:
        c.execute(insert(holding), rows)


def _copy_row(
    record_id: int, library_id: str, copy: Holding, place: Callable[[Holding], str | None]
) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "library_id": library_id,
        "branch_id": place(copy),
        "branch_text": copy.branch[:200],
        "location": copy.location[:200],
        "call_number": copy.call_number[:200],
        "copies": max(1, min(copy.copies, 100_000)),
        "barcode": copy.barcode[:80],
        "availability": copy.availability.value,
        "lendable": copy.lendable,
        "for_sale": copy.for_sale,
        "due": copy.due[:40],
        "coverage": copy.coverage[:200],
        "note": copy.note[:500],
        "origin": "harvest",
    }


def branch_finder(c: Connection, library_id: str) -> Callable[[Holding], str | None]:
    """From a copy to the library's branch: by its code, name or an alias, in the branch's or the location's text.

    An alias such as 'KED*' is how the barcodes of a branch begin: Dublin Core has nothing else to go by.
    A library with one branch has everything there. None where no branch is meant or two are.
    """
    branches = libraries.branches(c, library_id)
    names: dict[str, set[str]] = {}
    barcodes: list[tuple[str, str]] = []
    for branch in branches:
        for text in (branch.code, branch.name, *branch.aliases):
            if text.endswith("*") and len(text) > 1:
                barcodes.append((text[:-1].casefold(), branch.id))
            elif key := fold(text):
                names.setdefault(key, set()).add(branch.id)
    only = branches[0].id if len(branches) == 1 else None
    cache: dict[tuple[str, str], str | None] = {}

    def find(copy: Holding) -> str | None:
        texts = (copy.branch, copy.location)
        if texts not in cache:
            hits = [names[key] for text in texts if (key := fold(text)) in names]
            cache[texts] = next((next(iter(ids)) for ids in hits if len(ids) == 1), only)
        return cache[texts] or _by_barcode(barcodes, copy.barcode)

    return find


def _by_barcode(beginnings: Sequence[tuple[str, str]], barcode: str) -> str | None:
    """The branch with the longest beginning that this barcode has."""
    fitting = [(len(text), branch) for text, branch in beginnings if barcode.casefold().startswith(text)]
    return max(fitting)[1] if fitting else None
