"""A member's records as its OAI-PMH server serves them: the catalogue plus what was changed since, kept in a file."""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from web.demo import marcxml, mods, oai_dc
from web.demo.catalogue import Entry, catalogue
from web.demo.libraries import BY_CODE, DemoLibrary

Writer = Callable[[Entry], etree._Element]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A metadata format on offer."""

    prefix: str
    namespace: str
    schema: str
    write: Writer


FORMS: tuple[Form, ...] = (
    Form(prefix="oai_dc", namespace=oai_dc.OAI_DC, schema=oai_dc.SCHEMA, write=oai_dc.write),
    Form(prefix="marcxml", namespace=marcxml.MARC, schema=marcxml.SCHEMA, write=marcxml.write),
    Form(prefix="marc21", namespace=marcxml.MARC, schema=marcxml.SCHEMA, write=marcxml.write),
    Form(prefix="mods", namespace=mods.MODS, schema=mods.SCHEMA, write=mods.write),
)


class UnknownRecord(Exception):
    """No record has this number, or the change asked for is none that a cataloguer can make."""


class Shelf:
    """All records of one member, in the order of their datestamps; safe to use from several threads.

    Changes are appended to `changes.jsonl` in `folder` and made again when the server starts anew.
    """

    def __init__(self, library: DemoLibrary, folder: Path, now: Callable[[], datetime]) -> None:
        self.library = library
        self._now = now
        self._lock = threading.Lock()
        self._file = folder / "changes.jsonl"
        self._entries: dict[str, Entry] = {entry.identifier: entry for entry in catalogue()[library.code]}
        self._order: list[Entry] = []
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                self._apply(json.loads(line))
        self._sort()

    @property
    def forms(self) -> tuple[Form, ...]:
        """Formats on offer: Dublin Core, which every repository must have, and the member's own."""
        return tuple(form for form in FORMS if form.prefix in ("oai_dc", self.library.prefix))

    def _sort(self) -> None:
        self._order = sorted(self._entries.values(), key=_key)

    def get(self, identifier: str) -> Entry | None:
        """The record with this OAI identifier, deleted ones included."""
        return self._entries.get(identifier)

    def entries(self) -> list[Entry]:
        """All records in the order of their numbers, deleted ones included."""
        return sorted(self._entries.values(), key=lambda entry: entry.number)

    def sets(self) -> dict[str, str]:
        """setSpec and setName of all sets, parents before children."""
        specs = sorted({spec for entry in self._entries.values() for spec in entry.sets})
        return {"jenis": "Jenis bahan", "kelas": "Kelas utama"} | {
            spec: f"{'Jenis' if spec.startswith('jenis') else 'Kelas'} {spec.partition(':')[2]}"
            for spec in specs
        }

    def select(self, start: datetime | None, end: datetime | None, of_set: str) -> list[Entry]:
        """Records changed from `start` to `end` (both included, None is open) that are in a set ('' is all)."""
        order = self._order
        return [
            entry
            for entry in order
            if (start is None or entry.datestamp >= start)
            and (end is None or entry.datestamp <= end)
            and (not of_set or any(spec == of_set or spec.startswith(f"{of_set}:") for spec in entry.sets))
        ]

    def earliest(self) -> datetime:
        """The oldest datestamp."""
        return self._order[0].datestamp

    def change(self, change: Mapping[str, object]) -> Entry:
        """Make a change now and remember it: {'action': 'update' | 'delete' | 'hide' | 'restore', 'number': n, …}.

        Raises UnknownRecord.
        """
        with self._lock:
            stamped = {**change, "at": self._now().astimezone(UTC).replace(microsecond=0).isoformat()}
            entry = self._apply(stamped)
            self._sort()
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(stamped, ensure_ascii=False) + "\n")
            return entry

    def _apply(self, change: Mapping[str, object]) -> Entry:
        identifier = f"oai:{self.library.domain}:{change.get('number')}"
        old = self._entries.get(identifier)
        at = datetime.fromisoformat(str(change["at"]))
        if old is None:
            raise UnknownRecord(f"no record {change.get('number')}")
        match change.get("action"):
            case "update":
                new = replace(old, title=str(change.get("title", old.title)), datestamp=at)
            case "delete":
                new = replace(old, deleted=True, datestamp=at)
            case "hide":
                new = replace(old, hidden=True, datestamp=at)
            case "restore":
                new = replace(old, deleted=False, hidden=False, datestamp=at)
            case action:
                raise UnknownRecord(f"no such action: {action}")
        self._entries[identifier] = new
        return new


def _key(entry: Entry) -> tuple[datetime, int]:
    return entry.datestamp, entry.number


def after(entries: list[Entry], datestamp: datetime, number: int) -> int:
    """Where the list goes on after this record, also when that record itself has moved away meanwhile."""
    return bisect_right(entries, (datestamp, number), key=_key)


def open_shelf(code: str, folder: Path, now: Callable[[], datetime]) -> Shelf:
    """The shelf of a member by its code; makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Shelf(BY_CODE[code], folder, now)
