"""A harvest that touches nothing: a scratch database and spool, thrown away with the receipt in hand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, event

from foundation.clock import Clock
from foundation.db import Database, metadata
from foundation.fetch import Fetcher
from foundation.ids import uuid7
from foundation.seal import Seal, seal_in
from foundation.tables import library
from harvester import profiles, sources, store, tables
from harvester.context import Found, Harvesting
from harvester.receipt import Receipt
from harvester.run import carry_out
from harvester.settings import HarvestSettings
from harvester.sources import Source, SourceDraft
from harvester.spool import Spool
from harvester.tables import harvest
from harvester.transport import Wire
from harvester.wire import FetchWire
from index.tables import record

_TABLES = [library, record, *(one for one in vars(tables).values() if isinstance(one, Table))]


#: Seconds for a list without a size, beside twice the patience.
_LONGEST = 30.0


class NoCatalogue:
    """A catalogue that keeps nothing: the crosswalk has read the record, and that is all one wants to know."""

    def take(self, c: Connection, source: Source, found: Sequence[Found], at: datetime) -> None:
        """As Catalogue.take."""

    def withdraw(self, c: Connection, source: Source, identifiers: Sequence[str], at: datetime) -> None:
        """As Catalogue.withdraw."""

    def unseen(
        self, c: Connection, source: Source, since: datetime, limit: int | None
    ) -> tuple[list[str], int, int]:
        """As Catalogue.unseen."""
        return [], 0, 0


def context(folder: Path, wire: Wire, clock: Clock, seal: Seal | None = None) -> Harvesting:
    """Everything a run needs, in an empty folder."""
    db = Database(f"sqlite:///{folder / 'scratch.db'}")
    event.listen(db.engine, "connect", _careless)
    metadata.create_all(db.engine, tables=_TABLES)
    return Harvesting(
        db=db,
        spool=Spool(folder / "raw", durable=False),
        wire_of=lambda _: wire,
        clock=clock,
        seal=seal or seal_in(folder),
        catalogue=NoCatalogue(),
        settings=HarvestSettings(),
    )


def _careless(connection: Any, _: object) -> None:
    """Nothing here has to survive the process."""
    connection.execute("PRAGMA synchronous=OFF")


def add_source(ctx: Harvesting, draft_of: Callable[[str], SourceDraft]) -> Source:
    """A library to hold it, and the source: `draft_of(library id)`. Raises BadSource."""
    library_id = uuid7()
    with ctx.db.begin() as c:
        c.execute(
            library.insert().values(
                id=library_id, code="TRY", symbol="NPP:TRY", name="Scratch", created_at=ctx.clock()
            )
        )
        return sources.add(c, draft_of(library_id), seal=ctx.seal, at=ctx.clock())


def try_out(
    fetcher: Fetcher,
    url: str,
    *,
    clock: Clock,
    prefix: str = "",
    profile: str = "generic",
    set_spec: str = "",
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    patience: float = 60.0,
    ca_pem: str = "",
    username: str = "",
    password: str = "",
    on_page: Callable[[Harvesting, str], None] | None = None,
) -> Receipt:
    """Harvest an endpoint and give back the receipt; nothing else is left. Raises BadSource for what is no URL.

    `patience` bounds all waiting, in seconds; a list that announces no size is given up after twice as long and
    half a minute.
    """
    with tempfile.TemporaryDirectory(prefix="silang-try-") as name:
        folder = Path(name)
        ca_file = folder / "ca.pem" if ca_pem else None
        if ca_file is not None:
            ca_file.write_text(ca_pem)
        ctx = context(folder, FetchWire(fetcher, ca_file), clock)
        try:
            source = add_source(
                ctx,
                lambda library_id: SourceDraft(
                    code="try",
                    library_id=library_id,
                    name="try",
                    url=url,
                    prefix=prefix,
                    profile=profile,
                    delay_ms=profiles.of(profile).pause_ms,
                    set_spec=set_spec,
                    username=username,
                    password=password or None,
                ),
            )
            return _run(ctx, source, from_at, until_at, patience, on_page)
        finally:
            ctx.db.close()


def _run(
    ctx: Harvesting,
    source: Source,
    from_at: datetime | None,
    until_at: datetime | None,
    patience: float,
    on_page: Callable[[Harvesting, str], None] | None,
) -> Receipt:
    ctx = replace(ctx, patience=patience, longest=_LONGEST + 2 * patience)
    if on_page is not None:
        hear, quiet = on_page, ctx
        ctx = replace(ctx, on_page=lambda harvest_id: hear(quiet, harvest_id))
    with ctx.db.begin() as c:
        asked = store.queue(c, source.id, at=ctx.clock(), kind="full")
        c.execute(harvest.update().where(harvest.c.id == asked.id).values(from_at=from_at, until_at=until_at))
        mine = store.take(c, asked.id, owner="try", at=ctx.clock())
    slip = carry_out(ctx, mine)
    assert slip is not None  # nobody else can have taken it over
    return slip
