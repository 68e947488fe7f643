"""A member's own Z39.50 server on loopback, to be searched live: python -m web.demo.searched --library AGR --state DIR."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from lxml import etree
from sqlalchemy import Connection

from foundation import libraries
from foundation.db import metadata
from index import store
from index.crosswalk import registry
from index.feed import feed
from index.record import Record
from index.settings import IndexSettings
from web.demo import marcxml
from web.demo.catalogue import Entry
from web.demo.layout import DATABASE
from web.demo.libraries import BY_CODE, SERVERS, DemoLibrary
from web.demo.member import stop_when_parent_goes, utc_now
from web.demo.shelf import open_shelf
from web.settings import Settings, Z3950Settings
from web.sru import read_profile
from web.wiring import Parts, build
from web.z3950.running import listen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    id: str
    library_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    identifier: str
    record: Record
    raw: bytes
    datestamp: str = ""
    schema: str = "marc21"
    page_id: str | None = None
    page_offset: int | None = None
    page_length: int | None = None


def _arrival(entry: Entry, profile: str) -> _Arrival:
    made = marcxml.write(entry)
    record = registry.read("marc21", made, profile)
    return _Arrival(identifier=entry.identifier, record=record, raw=etree.tostring(made))


def filled(code: str, folder: Path, port: int) -> Parts:
    """A small catalogue of one library with nothing but its own records, in memory and in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        data="own",
        index=IndexSettings(engine="memory"),
        z3950=Z3950Settings(port=port, database=DATABASE),
    )
    parts = build(settings, folder)
    metadata.drop_all(parts.db.engine)  # made anew at each start: the shelf is the truth
    metadata.create_all(parts.db.engine)
    shelf = open_shelf(code, folder, utc_now)
    arrivals = [
        _arrival(entry, BY_CODE[code].profile)
        for entry in shelf.entries()
        if not entry.deleted and not entry.hidden
    ]
    with parts.db.begin() as c:
        origin = _Origin(id=code.lower(), library_id=_library(c, parts, BY_CODE[code]))
        for start in range(0, len(arrivals), 200):
            store.take(c, origin, arrivals[start : start + 200], parts.clock())
    while feed(parts.db, parts.engine):
        pass
    return parts


def _library(c: Connection, parts: Parts, told: DemoLibrary) -> str:
    made = libraries.add(
        c,
        parts.clock(),
        code=told.code,
        symbol=":".join(told.symbol),
        name=told.name,
        zone=told.zone,
    )
    for branch in told.branches:
        libraries.add_branch(c, made.id, code=branch.code, name=branch.name, aliases=branch.aliases)
    return made.id


def main() -> int:
    """Serve until SIGTERM, Ctrl-C or, with --tethered, the end of standard input. The first line names the port."""
    parser = argparse.ArgumentParser(prog="python -m web.demo.searched", description=__doc__)
    parser.add_argument("--library", required=True, choices=[library.code for library in SERVERS])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder for its database")
    parser.add_argument("--tethered", action="store_true", help="stop when standard input closes")
    options = parser.parse_args()
    parts = filled(options.library, options.state, options.port)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())

    def ready(port: int) -> None:
        sys.stdout.write(json.dumps({"library": options.library, "port": port}) + "\n")
        sys.stdout.flush()

    if options.tethered:
        threading.Thread(target=stop_when_parent_goes, args=(stop.set,), daemon=True).start()
    try:
        asyncio.run(listen(parts, read_profile(parts), stop, ready))
    finally:
        parts.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
