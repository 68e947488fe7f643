"""Background work that people start in the admin pages and watch there: rebuilding the index, reading files in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from foundation.ids import uuid7
from foundation.tables import job
from web.wiring import Parts

log = logging.getLogger("silang.jobs")

#: A job whose worker is silent for so long is taken up again.
LEASE = timedelta(seconds=60)

OPEN = ("queued", "running")


class Stopped(Exception):
    """Somebody asked the job to stop, or another worker has taken it over."""


class Unreadable(Exception):
    """Nothing of a file could be read; the text calls it as whoever sent it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A job under way; `report` stores how far it is and raises Stopped when it is to end."""

    id: str
    kind: str
    subject: str
    payload: Mapping[str, Any]
    report: Callable[[int, int | None], None]


Work = Callable[[Parts, Running], Mapping[str, Any]]


def _reindex(parts: Parts, running: Running) -> Mapping[str, Any]:
    from index.feed import rebuild

    running.report(0, None)
    return {"clusters": rebuild(parts.db, parts.engine)}


def _read_file(parts: Parts, running: Running) -> Mapping[str, Any]:
    """Take uploaded files into the catalogue; they go when they were read.

    What is read is told after each batch, and there a job that is to stop ends; what was taken in stays. Files
    whose job was taken up again are read again: the same records change nothing.
    """
    from harvester.uploads import folder
    from harvester.uploads.load import load

    upload = folder.find(parts.data, str(running.payload["upload"]))
    if upload is None:
        raise Unreadable("the file is not there any more")
    running.report(0, upload.rows or None)
    try:
        slip = load(
            parts.harvesting(),
            upload.paths,
            upload.plan(running.payload.get("asked_by_id")),
            at=parts.clock(),
            report=lambda done, total: running.report(done, total or upload.rows or None),
        )
    except BaseException:
        if not parts.stopping.is_set():
            folder.save(replace(upload, job=""))  # it waits in the list again, for whoever wants to go on
        raise
    reason = upload.in_their_words(str(slip["reason"]))
    folder.remove(upload)
    if slip["state"] not in ("complete", "incomplete"):
        raise Unreadable(reason)
    names = ", ".join(f"{name} ({number})" for name, number in list(slip["unknown_libraries"].items())[:50])
    more = {
        "swept": slip["swept"],
        "without_library": slip["without_library"],
        "unknown_libraries": names,
        "copies_left": len(slip["copies_left"]),
        "reason": "; ".join(part for part in (reason, slip["held"]) if part),
    }
    return {
        "records": slip["records"],
        "rejected": slip.get("rejected_total") or len(slip["rejected"]),
        "harvests": slip["harvests"],
        **{name: value for name, value in more.items() if value},
    }


def _reprocess(parts: Parts, running: Running) -> Mapping[str, Any]:
    """Read stored records again from their raw bytes; each page that was read stays so when the job is stopped."""
    from harvester import reprocess

    running.report(0, None)
    source_id = running.payload.get("source_id")
    return reprocess.run(parts.harvesting(), source_id, running.report).value()


def _print_catalogue(parts: Parts, running: Running) -> Mapping[str, Any]:
    from web.printed.work import print_catalogue

    return print_catalogue(parts, running)


#: What can be asked for: kind -> the work; it returns what the page tells when it is done.
KINDS: dict[str, Work] = {"reindex": _reindex, "read_file": _read_file, "reprocess": _reprocess}
KINDS["print_catalogue"] = _print_catalogue


def _about_a_source(kind: str) -> Work:
    def work(parts: Parts, running: Running) -> Mapping[str, Any]:
        from web import source_jobs  # it knows the jobs, so it is loaded when it is needed

        return source_jobs.WORK[kind](parts, running)

    return work


def _about_a_target(kind: str) -> Work:
    def work(parts: Parts, running: Running) -> Mapping[str, Any]:
        from web import target_jobs  # it knows the jobs, so it is loaded when it is needed

        return target_jobs.WORK[kind](parts, running)

    return work


#: Somebody waits for these: they have a worker of their own.
QUICK = ("probe", "target_probe", "target_search")

KINDS |= {kind: _about_a_source(kind) for kind in ("delete_held", "bring_back", "retry_quarantine", "probe")}
KINDS |= {kind: _about_a_target(kind) for kind in ("target_probe", "target_search")}


def start(
    c: Connection, kind: str, *, now: datetime, asked_by: str | None, subject: str = "", **payload: Any
) -> str:
    """Ask for a job; the one that is open already where there is one. Returns its id."""
    if kind not in KINDS:
        raise ValueError(f"no such job: {kind}")
    before = c.execute(
        select(job.c.id).where(job.c.kind == kind, job.c.subject == subject, job.c.state.in_(OPEN))
    ).scalar()
    if before is not None:
        return str(before)
    made = uuid7()
    c.execute(
        job.insert().values(
            id=made, kind=kind, subject=subject, payload=payload, asked_by=asked_by, queued_at=now
        )
    )
    return made


def open_about(c: Connection, kind: str, subject: str) -> str | None:
    """The id of the job of this kind about this that waits or runs."""
    wanted = select(job.c.id).where(job.c.kind == kind, job.c.subject == subject, job.c.state.in_(OPEN))
    found: str | None = c.execute(wanted).scalar()
    return found


def recent(c: Connection, limit: int = 20) -> list[Row[Any]]:
    """The newest jobs, for the admin page."""
    return list(c.execute(select(job).order_by(job.c.queued_at.desc(), job.c.id.desc()).limit(limit)))


def ask_stop(c: Connection, job_id: str, now: datetime) -> None:
    """Let a job end at its next report; one that waits ends at once."""
    c.execute(
        job.update().where(job.c.id == job_id, job.c.state == "queued").values(state="stopped", ended_at=now)
    )
    c.execute(job.update().where(job.c.id == job_id, job.c.state == "running").values(stop_asked=True))


def work_on_one(parts: Parts, me: str, *, quick: bool = False) -> bool:
    """Take up the oldest job that waits, or whose worker fell silent, and bring it to its end.

    `quick` are those that somebody waits for, and no others.
    """
    with parts.db.begin() as c:
        row = _claim(c, me, parts.clock(), quick)
    if row is None:
        return False

    def report(done: int, total: int | None) -> None:
        now = parts.clock()
        with parts.db.begin() as c:
            mine = c.execute(
                job.update()
                .where(job.c.id == row.id, job.c.lease_owner == me, job.c.stop_asked.is_(False))
                .values(done=done, total=total, lease_until=now + LEASE)
            ).rowcount
        if not mine or parts.stopping.is_set():
            raise Stopped

    running = Running(id=row.id, kind=row.kind, subject=row.subject, payload=row.payload, report=report)
    try:
        result = KINDS[row.kind](parts, running)
        values: dict[str, Any] = {"state": "done", "result": dict(result)}
    except Stopped:
        values = {"state": "queued"} if parts.stopping.is_set() else {"state": "stopped"}
    except Exception as error:
        log.exception("job failed", extra={"job": row.id, "kind": row.kind})
        values = {"state": "failed", "error": f"{type(error).__name__}: {error}"[:1000]}
    with parts.db.begin() as c:
        c.execute(
            job.update()
            .where(job.c.id == row.id, job.c.lease_owner == me)
            .values(**values, lease_owner="", lease_until=None, ended_at=parts.clock())
        )
    return True


def _claim(c: Connection, me: str, now: datetime, quick: bool) -> Row[Any] | None:
    waits = (job.c.state == "queued") | ((job.c.state == "running") & (job.c.lease_until < now))
    row = c.execute(
        select(job)
        .where(waits, job.c.kind.in_(QUICK) if quick else job.c.kind.not_in(QUICK))
        .order_by(job.c.queued_at, job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is not None:
        c.execute(
            job.update()
            .where(job.c.id == row.id)
            .values(
                state="running", lease_owner=me, lease_until=now + LEASE, started_at=now, stop_asked=False
            )
        )
    return row
