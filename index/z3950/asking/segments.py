"""Puts the records of a segmented response together (Z39.50-2003, 3.3)."""

from __future__ import annotations

from collections.abc import Iterable

from index.z3950.apdu.records import UNREADABLE, RawRecord


def join(records: Iterable[RawRecord]) -> tuple[RawRecord, ...]:
    """The records in their order, those in fragments (level 2) whole. A fragment without its start or end is lost
    and becomes a diagnostic."""
    whole: list[RawRecord] = []
    begun: RawRecord | None = None
    parts: list[bytes] = []
    for record in records:
        if record.fragment is None or record.fragment == "starting":
            if begun is not None:
                whole.append(_broken(begun))
            begun = None
            if record.fragment is None:
                whole.append(record)
            else:
                begun, parts = record, [record.payload]
        elif begun is None:
            if record.fragment == "final":
                whole.append(_broken(record))
        else:
            parts.append(record.payload)
            if record.fragment == "final":
                whole.append(
                    RawRecord(
                        syntax=begun.syntax, database=begun.database, payload=b"".join(parts), form=begun.form
                    )
                )
                begun = None
    if begun is not None:
        whole.append(_broken(begun))
    return tuple(whole)


def _broken(record: RawRecord) -> RawRecord:
    return RawRecord(database=record.database, diagnostic=UNREADABLE)
