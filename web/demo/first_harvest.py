"""Watches the worker harvest all members: a bar for each on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from sqlalchemy import Connection

from foundation import libraries
from foundation.db import Database
from harvester import sources, store
from harvester.uploads.load import Plan, load
from index.feed import behind
from index.search import Engine
from web.demo import spreadsheet
from web.demo.catalogue import catalogue
from web.demo.libraries import LIBRARIES
from web.wiring import Parts

PAUSE = 0.2  # seconds between two looks at the database


class HarvestWentWrong(Exception):
    """A harvest of the demo did not end complete, or nothing moved for too long."""


def queue_all(c: Connection, now: datetime) -> dict[str, str]:
    """Ask for a harvest of every server; gives back harvest ids by the source's name."""
    return {
        source.name: store.queue(c, source.id, at=now).id
        for source in sources.listed(c, enabled_only=True)
        if source.kind == "oai"
    }


def read_spreadsheets(parts: Parts, folder: Path, console: Console) -> None:
    """Take in the catalogues of those who have a spreadsheet and no server. Raises HarvestWentWrong."""
    with parts.db.read() as c:
        ids = {library.code: library.id for library in libraries.every(c)}
    for library in LIBRARIES:
        if library.dialect:
            continue
        path = spreadsheet.write(
            catalogue()[library.code], folder / "members" / library.code / "daftar-buku.csv"
        )
        plan = Plan(library_id=ids[library.code], whole=True)
        slip = load(parts.harvesting(), [path], plan, at=parts.clock())
        console.print(f"{path.name} of {library.short}: {slip['state']}, {slip['records']} records")
        if slip["state"] != "complete":
            raise HarvestWentWrong(f"{path.name}: {slip['reason']}")


def watch(
    db: Database,
    engine: Engine,
    harvests: Mapping[str, str],
    console: Console,
    *,
    alive: Callable[[], None],
    patience: float = 900.0,
) -> int:
    """Wait until all harvests have ended and everything they brought is searchable; gives back how many clusters.

    `alive` raises when a process that is needed is gone. Raises HarvestWentWrong, after `patience` seconds at most.
    """
    deadline = time.monotonic() + patience
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {
            identifier: bars.add_task(name, total=None, state="waiting")
            for name, identifier in harvests.items()
        }
        while _follow(db, tasks, bars):
            _rest(alive, deadline)
        _must_be_complete(db, harvests, console)
        index = bars.add_task("Search index", total=None, state="")
        while (count := _searchable(db, engine)) is None:
            _rest(alive, deadline)
        bars.update(index, total=count, completed=count, state="ready")
    return count


def _rest(alive: Callable[[], None], deadline: float) -> None:
    alive()
    if time.monotonic() > deadline:
        raise HarvestWentWrong("the harvest took too long; see the logs")
    time.sleep(PAUSE)


def _follow(db: Database, tasks: Mapping[str, TaskID], bars: Progress) -> bool:
    """Draw where every harvest is; False when all have ended."""
    with db.read() as c:
        rows = [store.get(c, identifier) for identifier in tasks]
    for row in rows:
        done = row.records + row.deleted + row.rejected
        bars.update(
            tasks[row.id],
            total=row.expected or (done if row.ended_at else None),
            completed=done,
            state=row.state,
        )
    return any(row.ended_at is None for row in rows)


def _must_be_complete(db: Database, harvests: Mapping[str, str], console: Console) -> None:
    with db.read() as c:
        rows = {name: store.get(c, identifier) for name, identifier in harvests.items()}
    for name, row in rows.items():
        if not console.is_terminal:
            console.print(
                f"{name}: {row.state}, {row.records} records, {row.deleted} deleted, {row.rejected} rejected"
            )
    bad = [f"{name}: {row.state} ({row.reason})" for name, row in rows.items() if row.state != "complete"]
    if bad:
        raise HarvestWentWrong("; ".join(bad))


def _searchable(db: Database, engine: Engine) -> int | None:
    """How many clusters are searchable once the index holds the last change; None before that."""
    engine.refresh()
    return None if behind(db, engine) else engine.count()
