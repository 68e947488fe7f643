"""20,000 records read again from the raw store after a change of crosswalk, without the network: records a CPU-second.

MARCXML and oai_dc of the corpus, as pages of 500 in a store made beforehand. First nothing that they say has changed,
as for most records after most changes; then one in a hundred; the last line is what a change of everything costs,
clusters and all. `python -m benchmarks.reprocess [records=20000]`
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update

from benchmarks.marc import ENVELOPE, PER_PAGE, marcxml, records
from benchmarks.measure import table
from foundation import libraries
from foundation.db import Database, metadata
from foundation.fetch import Fetcher, FetchPolicy
from foundation.ids import uuid7
from foundation.seal import seal_in
from harvester import process, reprocess, sources, store
from harvester.context import Harvesting
from harvester.settings import HarvestSettings
from harvester.sources import Source, SourceDraft
from harvester.tables import page
from harvester.wire import harvesting
from index import crosswalk
from index.crosswalk.dcwrite import write as dublin_core
from index.record import Record
from index.tables import record

#: Records a CPU-second where nothing changes.
MUST = 5_000


def envelope(first: int, found: list[str]) -> bytes:
    """A page of ListRecords."""
    body = "".join(
        f"<record><header><identifier>oai:b:{first + n}</identifier><datestamp>2026-01-01T00:00:00Z</datestamp>"
        f"</header><metadata>{payload}</metadata></record>"
        for n, payload in enumerate(found)
    )
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return ENVELOPE.format(
        now=now, base="http://127.0.0.1/oai", body=f"<ListRecords>{body}</ListRecords>"
    ).encode()


def fill(ctx: Harvesting, source: Source, payloads: list[str]) -> None:
    """Put the records into the catalogue as a harvest does: pages into the spool, then processed."""
    with ctx.db.begin() as c:
        mine = store.queue(c, source.id, at=ctx.clock())
        mine = store.take(c, mine.id, owner="benchmark", at=ctx.clock())
    for number, first in enumerate(range(0, len(payloads), PER_PAGE), 1):
        kept = ctx.spool.write(
            [envelope(first, payloads[first : first + PER_PAGE])], f"{source.id}/{number}.xml.zst"
        )
        with ctx.db.begin() as c:
            row = {
                "id": uuid7(),
                "source_id": source.id,
                "harvest_id": mine.id,
                "number": number,
                "path": kept.path,
                "sha256": kept.sha256,
                "size": kept.size,
                "stored": kept.stored,
                "records": len(kept.headers),
                "fetched_at": ctx.clock(),
            }
            c.execute(page.insert().values(**row))
        with ctx.db.read() as c:
            (waiting,) = process.pending(c, mine.id)
        process.process(ctx, source, mine, waiting)


def stale(ctx: Harvesting, source: Source) -> None:
    """As if the crosswalk had been another one."""
    with ctx.db.begin() as c:
        c.execute(update(record).where(record.c.source_id == source.id).values(crosswalk=0))


def timed(ctx: Harvesting, source: Source) -> tuple[float, reprocess.Tally]:
    """(CPU seconds, what was done) of reading everything again."""
    stale(ctx, source)
    gc.collect()
    gc.freeze()  # what the benchmark holds in memory is none of a worker's
    begun = time.process_time()
    tally = reprocess.run(ctx, source.id)
    return time.process_time() - begun, tally


def changing(one_in: int) -> Callable[..., Record]:
    """A crosswalk that reads something more out of some records."""
    plain: Any = crosswalk.read
    seen = 0

    def read(*how: Any) -> Record:
        nonlocal seen
        seen += 1
        found: Record = plain(*how)
        return found if seen % one_in else replace(found, notes=(*found.notes, "Read by another crosswalk."))

    return read


def main() -> int:
    """Print the figures; 1 where the unchanged ones are below MUST."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rows = []
    slowest = float("inf")
    with tempfile.TemporaryDirectory(prefix="silang-reprocess-") as name:
        folder = Path(name)
        db = Database(f"sqlite:///{folder / 'silang.db'}")
        metadata.create_all(db.engine)
        ctx = harvesting(
            db=db,
            data=folder,
            fetcher=Fetcher(FetchPolicy(user_agent="benchmark")),
            clock=lambda: datetime.now(UTC),
            seal=seal_in(folder),
            settings=HarvestSettings(),
        )
        given = list(records(count))
        forms: dict[str, Callable[[int, Record], str]] = {
            "marcxml": marcxml,
            "oai_dc": lambda _, one: dublin_core(one).decode(),
        }
        for code, form in forms.items():
            with db.begin() as c:
                library = libraries.add(
                    c, ctx.clock(), code=code.upper(), symbol=f"ISIL:XX-{code.upper()}", name=code
                )
                draft = SourceDraft(code=code, library_id=library.id, name=code, url="http://127.0.0.1/oai")
                source = sources.add(c, draft, seal=ctx.seal, at=ctx.clock())
            fill(ctx, source, [form(n, one) for n, one in enumerate(given, 1)])
            best = min((timed(ctx, source) for _ in range(3)), key=lambda one: one[0])
            lines = [("nothing changes", *best)]
            for label, one_in in (("1 in 100 changes", 100), ("everything changes", 1)):
                plain = crosswalk.read
                crosswalk.read = changing(one_in)
                try:
                    lines.append((label, *timed(ctx, source)))
                finally:
                    crosswalk.read = plain
            for label, seconds, tally in lines:
                rate = tally.read / seconds
                rows.append((code, label, tally.read, tally.changed, f"{seconds:.2f}", f"{rate:,.0f}"))
            slowest = min(slowest, lines[0][2].read / lines[0][1])
        db.close()
    table(("format", "what", "records", "changed", "CPU s", "records a CPU-second"), rows)
    print(f"where nothing changes, the slower format: {slowest:,.0f} a CPU-second; must be at least {MUST:,}")
    return 0 if slowest >= MUST else 1


if __name__ == "__main__":
    raise SystemExit(main())
