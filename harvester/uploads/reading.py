"""A file of any kind as records, and what a person is shown of it before it is taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from harvester import files
from harvester.files import BadFile, FileRecord
from harvester.uploads import columns, inlislite, opening, rows
from harvester.uploads.copies import Copies
from harvester.uploads.table import MOST_ROWS, BadTable, Table
from index.crosswalk import BadRecord
from index.record import Record

#: Rows that a preview reads, and records of it that are shown.
LOOKED_AT = 1_000
SHOWN = 20

#: Kinds whose columns a person may map.
MAPPED = ("sheet", "slims_biblio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file would bring. `looked_at` records at most were read; `whole` says whether these were all.

    `columns` are (name, field, first texts) of a table, `problems` codes of what its mapping lacks; `holders`
    the libraries its rows name, with how many rows each.
    """

    kind: str
    encoding: str
    separator: str
    columns: tuple[tuple[str, str, tuple[str, ...]], ...]
    problems: tuple[str, ...]
    records: tuple[FileRecord, ...]
    rejected: tuple[tuple[FileRecord, BadRecord], ...]
    good: int
    bad: int
    copies: int
    whole: bool
    holders: Mapping[str, int] = field(default_factory=dict)

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Columns that are kept and not read."""
        return tuple(name for name, told, texts in self.columns if not told and (name or texts))


def mapping_of(table: Table, saved: Mapping[str, str]) -> tuple[str, ...]:
    """A field for each column: what was chosen for it, else what its name says."""
    return columns.chosen(
        table.header, saved, columns.guess(table.header, slims=table.kind == "slims_biblio")
    )


def records(
    path: Path,
    *,
    kind: str = "",
    saved: Mapping[str, str] | None = None,
    copies: Copies | None = None,
    several: bool = False,
    most: int = MOST_ROWS,
    beat: rows.Beat | None = None,
) -> Iterator[FileRecord]:
    """The records of a file of any kind. Raises BadTable, BadFile; OSError where it is not there.

    `saved` maps folded names of columns to fields; `several` says that rows must name their libraries.
    """
    kind = kind or opening.kind_of(path)
    if several and kind not in MAPPED:
        raise BadTable("no_libraries")
    if kind == "records":
        yield from islice(files.read(path), most)
        return
    table = opening.table(path, kind)
    if kind == "inlislite_text":
        yield from islice(inlislite.from_text(path), most)
    elif kind == "inlislite_sheet":
        yield from islice(inlislite.from_sheet(table), most)
    elif kind in MAPPED:
        mapping = mapping_of(table, saved or {})
        if wrong := columns.problems(mapping, several=several):
            raise BadTable(wrong[0])
        found = rows.records(table, mapping, copies=copies, most=most, beat=beat)
        first = next(found, None)
        if first is None:
            raise BadTable("empty")
        yield first
        yield from found
    else:
        raise BadTable("copies_alone" if kind == "slims_items" else "unknown_kind", kind)


def copies_of(paths: Sequence[Path]) -> Copies | None:
    """The copies of those files that are SLiMS's export of copies; None where none is. Raises BadTable, OSError."""
    tables = [opening.table(path, "slims_items") for path in paths]
    return Copies(tables) if tables else None


def preview(
    path: Path,
    *,
    kind: str = "",
    saved: Mapping[str, str] | None = None,
    copies: Copies | None = None,
    several: bool = False,
) -> Preview:
    """What a file would bring, from its first LOOKED_AT rows. Raises BadTable, BadFile, OSError."""
    kind = kind or opening.kind_of(path)
    if kind == "slims_items":
        raise BadTable("copies_alone")
    if several and kind not in MAPPED:
        raise BadTable("no_libraries")
    table = opening.table(path, kind) if kind != "records" else None
    mapping: tuple[str, ...] = ()
    shown: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    problems: tuple[str, ...] = ()
    if table is not None and kind in MAPPED:
        mapping = mapping_of(table, saved or {})
        problems = columns.problems(mapping, several=several)
        shown = _columns(table, mapping)
    found: list[FileRecord] = []
    if not problems:
        chosen = {columns.fold(n) or f"column_{i + 1}": f for i, (n, f, _) in enumerate(shown)}
        found = list(records(path, kind=kind, saved=chosen, copies=copies, several=several, most=LOOKED_AT))
    bad = [(one, one.outcome) for one in found if isinstance(one.outcome, BadRecord)]
    good = [one for one in found if isinstance(one.outcome, Record)]
    number = (
        len(found)
        if table is None or kind not in MAPPED
        else sum(1 for _ in islice(table.lines(), LOOKED_AT + 1))
    )
    return Preview(
        kind=kind,
        encoding=table.encoding if table else "",
        separator=table.separator if table else "",
        columns=shown,
        problems=problems,
        records=tuple(good[:SHOWN]),
        rejected=tuple(bad[:100]),
        good=len(good),
        bad=len(bad),
        copies=sum(
            copy.copies for one in good if isinstance(one.outcome, Record) for copy in one.outcome.holdings
        ),
        whole=number < LOOKED_AT or (kind in MAPPED and number == LOOKED_AT),
        holders=Counter(name for one in good for name in one.holders),
    )


def _columns(table: Table, mapping: Sequence[str]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    sample = [cells for _, cells in islice(table.lines(), 50)]
    return tuple(
        (name, told, tuple([row[at][:80] for row in sample if len(row) > at and row[at]][:3]))
        for at, (name, told) in enumerate(zip(table.header, mapping, strict=True))
    )


__all__ = ["BadFile", "BadTable", "Preview", "copies_of", "mapping_of", "preview", "records"]
