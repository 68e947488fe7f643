"""The sources of the catalogue: how each does, what runs now, what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from time import monotonic
from typing import Any

from flask import Response, abort, flash, g, jsonify, redirect, render_template, request
from sqlalchemy import Connection, func, select

from harvester import sources, store
from harvester.guard import blackout, held
from harvester.guard.due import sweeps_every
from harvester.health import store as cards
from harvester.schedule import habits
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import quarantine as quarantine_table
from index.tables import cluster, record
from web import health_words, jobs
from web.admin import words
from web.admin.harvests import far_of
from web.admin.room import PER_PAGE, at, blueprint, libraries_by_id, note, now, page_number
from web.app import parts
from web.app import t as say
from web.desk.paging import paging
from web.may import needs

#: Runs that the little drawing of a source shows.
RUNS = 14

#: Harvests on one page of a source's history.
HISTORY = 20

#: Counting that takes longer than this is not done for every page (seconds).
_LONG = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the list: the source, what runs, its last runs as bars, its last harvest, how much it holds."""

    source: Source
    running: Harvest | None
    bars: list[tuple[int, str]]
    last: Harvest | None
    records: int


@blueprint.get("/sources", endpoint="sources")
@needs("network")
def source_list() -> str:
    """All sources, the worst first among tiles and warnings, in the table by code."""
    text = request.args.get("q", "").strip()[:100]
    page = page_number()
    with parts().db.read() as c:
        every = sources.listed(c)
        shown = [one for one in every if _matches(one, text)]
        of_page = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
        open_ones = store.running(c)
        held_by = {one.source_id: one for one in open_ones}
        amounts = records_by_source(c)
        lines = [line(c, one, held_by.get(one.id), amounts) for one in of_page]
        by_id = {one.id: one for one in every}
        bad = store.quarantined(c, limit=5)
        bad_count = int(
            c.execute(select(func.count()).where(quarantine_table.c.resolved_at.is_(None))).scalar_one()
        )
        waiting = held.listed(c, states=("held",), limit=20)
        removed = [one for one in open_ones if one.source_id not in by_id]
        of_removed = {one.source_id: sources.get(c, one.source_id) for one in removed}
    panels = [one for one in open_ones if one.state == "running" or one.source_id in of_removed]
    running = [(by_id.get(one.source_id) or of_removed[one.source_id], one, far_of(one)) for one in panels]
    return render_template(
        "admin/sources.html",
        lines=lines,
        every=every,
        text=text,
        health=health_counts(every, held_by),
        total=sum(amounts.get(one.id, 0) for one in every),
        next_one=next_harvest(every),
        held=[(by_id[one.source_id], one) for one in waiting if one.source_id in by_id],
        running=running,
        queued=len(open_ones) - len(panels),
        bad=[(by_id.get(one.source_id), one) for one in bad],
        bad_count=bad_count,
        paging=paging(page, total=len(shown), size=PER_PAGE),
    )


@blueprint.post("/sources/run-all")
@needs("network")
def sources_run() -> Any:
    """Ask for an incremental harvest of every source that is switched on."""
    with parts().db.begin() as c:
        chosen = [one for one in sources.listed(c, enabled_only=True) if one.kind == "oai"]
        for one in chosen:
            store.queue(c, one.id, at=now(), asked_by=g.viewer.user_id)
    flash(say("admin.run_all.done", n=len(chosen)), "ok")
    return redirect(at("sources"))


@blueprint.get("/sources/<code>")
@needs("network")
def source(code: str) -> str:
    """One source: how it does, what is known about it, every harvest."""
    page = page_number()
    with parts().db.read() as c:
        one = sources.by_code(c, code)
        running = store.open_one(c, one.id)
        history = store.history(c, one.id, limit=HISTORY + 1, offset=(page - 1) * HISTORY)
        amount = records_by_source(c).get(one.id, 0)
        bad = store.quarantine_count(c, one.id)
        disk = store.disk_use(c, one.id)
        last_good = store.last_complete(c, one.id)
        waiting = held.waiting(c, one.id)
        card = cards.get(c, one.id)
        looking = jobs.open_about(c, "probe", one.id)
    return render_template(
        "admin/source.html",
        source=one,
        running=running,
        far=far_of(running) if running else None,
        history=history[:HISTORY],
        amount=amount,
        bad=bad,
        disk=disk,
        last_good=last_good,
        held=waiting,
        health=card,
        looking=looking is not None,
        health_lines=lambda card: health_words.lines(card, g.language),
        health_advice=lambda one: health_words.advice(one, g.language),
        rests=one.rests_until is not None and one.rests_until > now(),
        waits=waits_for(one, running) if running else None,
        sweeps=sweeps_every(habits(one)),
        full=habits(one).full_days,
        known=sorted(key for key in one.quirks if not key.startswith("sweep_")),
        paging=paging(page, more=len(history) > HISTORY),
    )


@blueprint.post("/sources/<code>/run")
@needs("network")
def source_run(code: str) -> Any:
    """Ask for a harvest now: what changed, or the whole list."""
    kind = request.form.get("kind", "")
    kind = kind if kind in ("full", "sweep") else "incremental"
    with parts().db.begin() as c:
        one = sources.by_code(c, code)
        if not one.enabled or one.kind != "oai":
            flash(say("admin.run.off"), "warn")
            return redirect(at("source", code=code))
        asked = store.queue(c, one.id, at=now(), kind=kind, asked_by=g.viewer.user_id)
        note(c, "source", one.id, f"run_{kind}", code=code)
    flash(say("admin.run.done", name=one.name), "ok")
    return redirect(at("harvest", harvest_id=asked.id))


@blueprint.post("/sources/<code>/look")
@needs("network")
def source_look(code: str) -> Any:
    """Have the worker look at the endpoint and make the health card anew."""
    with parts().db.begin() as c:
        one = sources.by_code(c, code)
        if one.kind == "oai":
            asked = {"source": one.id, "code": one.code}
            jobs.start(c, "probe", now=now(), asked_by=g.viewer.user_id, subject=one.id, **asked)
            note(c, "source", one.id, "looked_at", code=code)
    flash(say("health.looked"), "ok")
    return redirect(at("source", code=code))


@blueprint.get("/sources/<code>/health.json", endpoint="source_health")
@needs("network")
def source_health(code: str) -> Response:
    """The health card as JSON, its strategy in words of each language."""
    with parts().db.read() as c:
        one = sources.by_code(c, code)
        card = cards.get(c, one.id)
    if card is None:
        abort(404)
    return jsonify({"source": one.code, "at": card.at.isoformat(), **health_words.value(card.card)})


@blueprint.post("/sources/<code>/enabled")
@needs("network")
def source_enabled(code: str) -> Any:
    """Switch a source on or off; what it brought stays. One from the configuration file is switched there."""
    wanted = request.form.get("on") == "yes"
    with parts().db.begin() as c:
        one = sources.by_code(c, code)
        if one.provisioned:
            flash(say("admin.from_file.why"), "warn")
            return redirect(at("source", code=code))
        sources.set_enabled(c, one.id, wanted, at=now())
        note(c, "source", one.id, "switched_on" if wanted else "switched_off", code=code)
    flash(say("admin.source.on" if wanted else "admin.source.off", name=one.name), "ok")
    return redirect(at("source", code=code))


# --- what the pages show ---------------------------------------------------------------------------


def waits_for(one: Source, harvest: Harvest) -> tuple[str, datetime] | None:
    """Why a harvest that is open does not run, and until when: (put_off, rest, room or hours, instant)."""
    if harvest.state == "running":
        return None
    moment = now()
    if harvest.not_before is not None and harvest.not_before > moment:
        if one.rests_until is not None and harvest.not_before <= one.rests_until:
            return "rest", harvest.not_before
        return "put_off" if harvest.deferrals else "room", harvest.not_before
    until = blackout.ends(blackout.read(one.blackout), one.zone, moment) if harvest.asked_by is None else None
    return ("hours", until) if until is not None else None


def line(c: Connection, one: Source, running: Harvest | None, amounts: Mapping[str, int]) -> Line:
    """What the list shows of a source."""
    history = [run for run in store.history(c, one.id, limit=RUNS + 1) if not run.is_open][:RUNS]
    return Line(
        source=one,
        running=running,
        bars=bars(history),
        last=history[0] if history else None,
        records=amounts.get(one.id, 0),
    )


def bars(history: Iterable[Harvest]) -> list[tuple[int, str]]:
    """(height of 22, class) of each run, the oldest first: what failed is high and coloured."""
    runs = list(history)[::-1]
    most = max((run.records + run.deleted for run in runs), default=0)
    found = []
    for run in runs:
        kind = {"failed": "x", "incomplete": "w"}.get(run.state, "")
        share = sqrt((run.records + run.deleted) / most) if most else 0.0
        found.append((20 if kind == "x" else 18 if kind else 2 + round(12 * share), kind))
    return found


def records_by_source(c: Connection) -> Mapping[str, int]:
    """How many living records each source has in the catalogue.

    Counting reads the whole table. The counts are kept until a cluster changes, and where counting takes
    long (a harvest changes clusters all the time) for thirty times as long as it took.
    """
    position = c.execute(select(func.max(cluster.c.position))).scalar()
    kept: Any = parts().cache.get("records_by_source")
    if kept is not None:
        before, counted_at, seconds, counts = kept
        if before == position or (seconds > _LONG and monotonic() - counted_at < 30 * seconds):
            found: Mapping[str, int] = counts
            return found
    began = monotonic()
    wanted = select(record.c.source_id, func.count()).where(record.c.gone_at.is_(None))
    found = {name: int(number) for name, number in c.execute(wanted.group_by(record.c.source_id))}
    parts().cache["records_by_source"] = (position, monotonic(), monotonic() - began, found)
    return found


def health_counts(every: Iterable[Source], running: Mapping[str, Harvest]) -> dict[str, int]:
    """How many sources do well, are held, fail; one that is switched off counts as neither."""
    found = {"ok": 0, "held": 0, "bad": 0, "all": 0}
    for one in every:
        found["all"] += 1
        if one.health in ("failing", "late"):
            found["bad"] += 1
        elif one.health == "held":
            found["held"] += 1
        elif one.health == "ok" and one.enabled:
            found["ok"] += 1
    return found


def next_harvest(every: Iterable[Source]) -> tuple[Source, Any] | None:
    """Which source the schedule takes next, and when."""
    due = []
    for one in every:
        if one.enabled and one.schedule and (runs := words.next_runs(one.schedule, one.zone, now(), 1)):
            due.append((runs[0], one.code, one))
    if not due:
        return None
    first = min(due)
    return first[2], first[0]


def _matches(one: Source, text: str) -> bool:
    library = libraries_by_id().get(one.library_id)
    heap = " ".join(
        (one.code, one.name, one.url, library.name if library else "", library.code if library else "")
    )
    return text.casefold() in heap.casefold()
