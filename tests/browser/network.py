"""What the admin looks at: a source that does well, one that does not, a record that could not be read, a job."""

from __future__ import annotations

from datetime import timedelta

import zstandard

from foundation.ids import uuid7
from harvester import sources, store
from harvester.push import nodes
from harvester.sources import SourceDraft
from harvester.tables import harvest, held, held_record, quarantine
from harvester.uploads import folder
from tests.harvester.tables_made import listed
from tests.web.conftest import World
from tests.web.samples import HOSTILE
from web import jobs


def set_up(world: World) -> dict[str, str]:
    """Ids by what they are: ended, failed, waiting (harvests), item (quarantined record), held (deletions)."""
    at = world.parts.clock()
    made = {name: uuid7() for name in ("ended", "failed", "item", "held")}
    counted = {"pages": 3, "requests": 4, "bytes": 512_000, "records": 240, "deleted": 2, "rejected": 1}
    receipt = {
        "state": "complete",
        "records": 240,
        "deleted": 2,
        "rejected": [{"identifier": "oai:kng:77", "reason": "no_metadata", "position": "page 2, record 7"}],
        "pages": 3,
        "requests": 4,
        "bytes": 512_000,
        "seconds": 3.6,
        "oddities": [],
        "reason": "",
    }
    with world.parts.db.begin() as c:
        for code, name in (("KNG", "Katalog Kenanga"), ("TRT", "Katalog Teratai")):
            draft = SourceDraft(
                code=code.lower(),
                library_id=world.library[code],
                name=name,
                url=f"https://{code.lower()}.example/oai",
                schedule="10 2 * * *",
            )
            made[code] = sources.add(c, draft, seal=world.parts.seal, at=at).id
        times = {
            "queued_at": at - timedelta(hours=2),
            "started_at": at - timedelta(hours=2),
            "ended_at": at - timedelta(hours=1),
        }
        c.execute(
            harvest.insert().values(
                id=made["ended"],
                source_id=made["KNG"],
                state="complete",
                oddities=[],
                receipt=receipt,
                **counted,
                **times,
            )
        )
        c.execute(
            harvest.insert().values(
                id=made["failed"],
                source_id=made["TRT"],
                state="failed",
                oddities=[],
                reason="the server answered with a web page",
                **times,
            )
        )
        c.execute(
            quarantine.insert().values(
                id=made["item"],
                source_id=made["KNG"],
                harvest_id=made["ended"],
                identifier="oai:kng:77",
                position="page 2, record 7",
                reason="no_metadata",
                raw=zstandard.compress(b"<record><header/></record>"),
                at=at,
            )
        )
        c.execute(
            held.insert().values(
                id=made["held"],
                source_id=made["KNG"],
                harvest_id=made["ended"],
                kind="mass",
                state="held",
                missing=2,
                living=30,
                delivered=28,
                at=at,
            )
        )
        names = [{"held_id": made["held"], "identifier": f"oai:kng:{n}"} for n in (5, 6)]
        c.execute(held_record.insert(), names)
        made["waiting"] = store.queue(c, made["TRT"], at=at, asked_by=world.user["ada"]).id
        jobs.start(c, "reindex", now=at, asked_by=world.user["ada"])
    made["upload"] = send_a_list(world)
    return made


def send_a_list(world: World) -> str:
    """A list of several libraries, hostile throughout, that waits to be taken in; returns its key. A SLiMS, too."""
    with world.parts.db.begin() as c:
        nodes.add(
            c,
            library_id=world.library["KNG"],
            node="slims-kng",
            seal=world.parts.seal,
            at=world.parts.clock(),
        )
        node = nodes.listed(c)[0]
        nodes.heard(c, node.source_id, name=HOSTILE, status="UPLOADED", at=world.parts.clock())
    upload = folder.open_one(
        world.parts.data,
        at=world.parts.clock(),
        names=[f"{HOSTILE}.csv"],
        library_id=None,
        library="",
        source="",
        sent_by=world.user["ada"],
    )
    rows = [("Judul", "Pengarang", "Perpustakaan", HOSTILE), (HOSTILE, HOSTILE, f"KNG;{HOSTILE}", HOSTILE)]
    listed(upload.paths[0], [*rows, ("", "Tanpa Judul", "KNG", "")])
    return upload.key
