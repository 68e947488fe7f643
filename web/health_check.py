"""Does everything hold together, and is the installation able to work? For `fsck`, `check` and the admin page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import packages_distributions

from sqlalchemy import Connection, func, select, text

from broker import audit
from broker.privacy import purge
from foundation.db import Database
from foundation.tables import lease, outbox
from harvester.tables import harvest, source
from index.tables import cluster, cluster_alias, record
from web import migrate
from web.wiring import Parts
from web.z3950 import figures

PACKAGES = ("foundation", "index", "harvester", "broker", "cooperation", "web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: what, whether it is well, and what to do when it is not."""

    name: str
    ok: bool
    text: str = ""


# --- fsck: does what is stored hold together -------------------------------------------------------


def problems(parts: Parts) -> list[str]:
    """Everything that contradicts itself, in words; empty when all is well."""
    found: list[str] = []
    with parts.db.read() as c:
        found += _database(c, parts.db)
        found += audit.problems(c)
        found += _clusters(c)
        found += _harvests(c, parts)
    found += _index(parts)
    return found


def _database(c: Connection, db: Database) -> Iterator[str]:
    if not db.is_sqlite:
        return
    for (line,) in c.execute(text("PRAGMA integrity_check")):
        if line != "ok":
            yield f"database: {line}"
    for row in c.execute(text("PRAGMA foreign_key_check")):
        yield f"database: row {row[1]} of {row[0]} points to a row of {row[2]} that is not there"


def _clusters(c: Connection) -> Iterator[str]:
    live = select(record.c.cluster_id).where(record.c.gone_at.is_(None))
    lost = c.execute(
        select(func.count())
        .select_from(record)
        .where(record.c.gone_at.is_(None), record.c.cluster_id.is_(None))
    ).scalar_one()
    if lost:
        yield f"{lost} records belong to no cluster"
    empty = c.execute(
        select(func.count())
        .select_from(cluster)
        .where(cluster.c.gone_at.is_(None), cluster.c.id.not_in(live))
    ).scalar_one()
    if empty:
        yield f"{empty} clusters hold no record and are not marked as gone"
    wrong = c.execute(
        select(func.count())
        .select_from(record.join(cluster, cluster.c.id == record.c.cluster_id))
        .where(record.c.gone_at.is_(None), cluster.c.gone_at.is_not(None))
    ).scalar_one()
    if wrong:
        yield f"{wrong} records lie in clusters that are marked as gone"
    blind = c.execute(
        select(func.count())
        .select_from(cluster_alias.outerjoin(cluster, cluster.c.id == cluster_alias.c.new_id))
        .where(cluster.c.id.is_(None))
    ).scalar_one()
    if blind:
        yield f"{blind} redirects lead nowhere"


def _harvests(c: Connection, parts: Parts) -> Iterator[str]:
    rows = c.execute(
        select(source.c.code, harvest.c.state, harvest.c.receipt)
        .join(source, source.c.id == harvest.c.source_id)
        .where(harvest.c.state == "complete")
    )
    for row in rows:
        if not row.receipt or row.receipt.get("state") != "complete":
            yield f"source {row.code}: a harvest counts as complete without a receipt that proves it"


def _index(parts: Parts) -> Iterator[str]:
    with parts.db.read() as c:
        live = c.execute(
            select(func.count()).select_from(cluster).where(cluster.c.gone_at.is_(None))
        ).scalar_one()
        last = c.execute(select(func.max(cluster.c.position))).scalar_one() or 0
    parts.engine.refresh()
    position, count = parts.engine.position(), parts.engine.count()
    if position > last:
        yield f"index: it claims position {position}, the database knows only {last}; run silang reindex"
    elif position == last and count != live:
        yield f"index: {count} clusters in it, {live} in the database; run silang reindex"


# --- check: can it work ----------------------------------------------------------------------------


def _tables(parts: Parts) -> Finding:
    now, wanted = migrate.revision(parts.db), migrate.newest()
    return Finding(name="tables", ok=now == wanted, text=f"{now or 'none'}, expected {wanted}: silang init")


def _names(parts: Parts) -> Finding:
    owners = packages_distributions()
    strange = {name: owners[name] for name in PACKAGES if set(owners.get(name, ["silang"])) - {"silang"}}
    told = "; ".join(f"{name} also comes from {', '.join(who)}" for name, who in strange.items())
    return Finding(name="package names", ok=not strange, text=f"{told}: use a virtual environment of its own")


def _keys(parts: Parts) -> Finding:
    loose = [
        name
        for name in ("secret.key", "web.key", "silang.db")
        if (parts.data / name).exists()
        and (parts.data / name).stat().st_mode & 0o077
        and parts.data.stat().st_mode & 0o077
    ]
    return Finding(
        name="data folder", ok=not loose, text=f"others can read {', '.join(loose)}: chmod 700 {parts.data}"
    )


def _room(parts: Parts) -> Finding:
    disk = shutil.disk_usage(parts.data)
    return Finding(
        name="disk",
        ok=disk.free > disk.total // 20,
        text=f"{disk.free // 10**6:,} MB free on the data folder's disk",
    )


def _lag(parts: Parts) -> Finding:
    with parts.db.read() as c:
        last = c.execute(select(func.max(cluster.c.position))).scalar_one() or 0
    parts.engine.refresh()
    behind = last - parts.engine.position()
    return Finding(name="index", ok=behind <= 20_000, text=f"{behind} changes behind the database")


def _working(parts: Parts) -> Finding:
    with parts.db.read() as c:
        ends = c.execute(select(func.max(lease.c.ends_at)).where(lease.c.name.like("duty:%"))).scalar_one()
    ok = ends is not None and ends > parts.clock() - timedelta(seconds=60)
    return Finding(name="worker", ok=ok, text="no worker has been at work in the last minute: silang worker")


def _waiting(parts: Parts) -> Finding:
    with parts.db.read() as c:
        dead = c.execute(select(func.count()).where(outbox.c.state == "dead")).scalar_one()
        late = c.execute(
            select(func.count()).where(
                outbox.c.state == "waiting", outbox.c.due_at < parts.clock() - timedelta(minutes=15)
            )
        ).scalar_one()
    return Finding(name="outbox", ok=not dead and not late, text=f"{dead} undeliverable, {late} late")


def _forgetting(parts: Parts) -> Finding:
    with parts.db.read() as c:
        late = purge.report(c, parts.clock() - timedelta(days=1)).due
    return Finding(
        name="readers' data",
        ok=not late,
        text=f"{late} closed requests still name their readers after their retention: silang worker, or silang purge",
    )


def _target(parts: Parts) -> Finding:
    settings = parts.settings.z3950
    ok = not settings.port or bool(figures.read(parts.data))
    who = "silang worker" if settings.in_worker else "silang z3950"
    return Finding(
        name="z3950", ok=ok, text=f"nobody answers Z39.50 at {settings.host}:{settings.port}: {who}"
    )


CHECKS: tuple[Callable[[Parts], Finding], ...] = (
    _tables,
    _room,
    _lag,
    _names,
    _keys,
    _working,
    _waiting,
    _forgetting,
    _target,
)


def _tables_if_known(parts: Parts) -> Finding:
    """As _tables; a database that no migration has written is judged by whether it answers."""
    now = migrate.revision(parts.db)
    return Finding(name="tables", ok=now is None or now == migrate.newest())


#: What decides whether requests can be served: cheap enough for a load balancer's every question. That a worker is
#: missing, post is late or the index behind makes pages stale, not wrong: those are for /metrics and `silang check`.
READY: tuple[Callable[[Parts], Finding], ...] = (_tables_if_known, _room)


def look(parts: Parts, checks: tuple[Callable[[Parts], Finding], ...] = CHECKS) -> list[Finding]:
    """Each finding; a check that cannot be carried out is one that failed."""
    found = []
    for check in checks:
        try:
            found.append(check(parts))
        except Exception as error:
            found.append(
                Finding(name=check.__name__.strip("_"), ok=False, text=f"{type(error).__name__}: {error}")
            )
    return found
