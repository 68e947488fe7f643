"""The first admin page: is everything well, and if not, what to do; and what admins did."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from flask import render_template
from sqlalchemy import Connection, func, select, text

from foundation.tables import document, lease, outbox
from harvester import sources, store
from harvester.tables import harvest as harvest_table
from harvester.tables import quarantine as quarantine_table
from harvester.tables import source as source_table
from index.tables import cluster
from web import engine_choice, health_check
from web.admin.room import PER_PAGE, blueprint, names_of_users, page_number, written_down
from web.admin.sources import health_counts, line, next_harvest, records_by_source
from web.admin.targets.listing import troubled
from web.app import parts
from web.desk.paging import paging
from web.may import needs
from web.worker import LEASE_SECONDS

#: Harvests and sources that the overview shows.
LATEST = 8
SOURCES = 12


@blueprint.get("", strict_slashes=False)
@needs("network")
def overview() -> str:
    """Health, sources at a glance, the worker, what waits, how full the disk is, the last harvests."""
    here = parts()
    findings = health_check.look(here)
    with here.db.read() as c:
        every = sources.listed(c)
        running = {one.source_id: one for one in store.running(c)}
        amounts = records_by_source(c)
        worst = sorted(every, key=lambda one: (_rank(one.health, one.enabled), one.code))[:SOURCES]
        lines = [line(c, one, running.get(one.id), amounts) for one in worst]
        h = harvest_table.c
        rows = c.execute(
            select(h.id, h.kind, h.state, h.records, h.deleted, h.ended_at, h.queued_at, h.source_id)
            .order_by(h.queued_at.desc(), h.id.desc())
            .limit(LATEST)
        ).all()
        names = {
            row.id: row
            for row in c.execute(select(source_table.c.id, source_table.c.code, source_table.c.name))
        }
        clusters = c.execute(
            select(func.count()).select_from(cluster).where(cluster.c.gone_at.is_(None))
        ).scalar_one()
        workers = c.execute(select(lease).where(lease.c.name.like("duty:%")).order_by(lease.c.name)).all()
        o = outbox.c
        waiting = c.execute(select(func.count(), func.min(o.due_at)).where(o.state == "waiting")).one()
        dead = c.execute(select(func.count()).where(o.state == "dead")).scalar_one()
        quarantined = c.execute(
            select(func.count()).where(quarantine_table.c.resolved_at.is_(None))
        ).scalar_one()
        used = disk(c)
    beats = [one.ends_at - timedelta(seconds=LEASE_SECONDS) for one in workers]
    return render_template(
        "admin/overview.html",
        findings=sorted(findings, key=lambda one: one.ok),
        troubled=troubled(),
        every=every,
        lines=lines,
        health=health_counts(every, running),
        next_one=next_harvest(every),
        rows=[(row, names.get(row.source_id)) for row in rows],
        total=sum(amounts.values()),
        clusters=clusters,
        workers=workers,
        beat=max(beats, default=None),
        waiting=waiting,
        dead=dead,
        quarantined=quarantined,
        engine=engine_choice.choice(here),
        engine_words=engine_choice.words,
        used=used,
        most=max(used.values(), default=0),
    )


@blueprint.get("/log")
@needs("network")
def log() -> str:
    """What admins did, the newest first."""
    page = page_number()
    with parts().db.read() as c:
        rows = written_down(c, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
        by = names_of_users(c, [row.user_id for row in rows])
    return render_template(
        "admin/log.html",
        rows=rows[:PER_PAGE],
        by=by,
        paging=paging(page, more=len(rows) > PER_PAGE),
    )


def disk(c: Connection) -> Mapping[str, int]:
    """Bytes on disk by part: database, raw pages, index, documents."""
    here = parts()
    database = 0
    if here.db.is_sqlite:
        name = here.db.engine.url.database or ""
        database = sum(_size(Path(name + end)) for end in ("", "-wal", "-shm"))
    else:
        database = int(c.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return {
        "database": database,
        "raw": store.disk_use(c),
        "index": _folder(here.data / "index") + _folder(here.data / "index-tantivy"),
        "documents": int(c.execute(select(func.coalesce(func.sum(document.c.size), 0))).scalar_one()),
        "uploads": _folder(here.data / "uploads"),
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # it may go while we look


def _folder(path: Path) -> int:
    """Bytes of the files of a folder; the index has a few dozen, so this is quick."""
    return sum(_size(Path(folder) / name) for folder, _, names in os.walk(path) for name in names)


def _rank(health: str, enabled: bool) -> int:
    order = ("failing", "held", "late", "new", "ok")
    return order.index(health) if enabled and health in order else len(order)
