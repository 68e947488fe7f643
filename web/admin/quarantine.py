"""Records that could not be read: why, with their bytes as they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, g, redirect, render_template, request
from sqlalchemy import Connection, func, select

from harvester import sources, store
from harvester.errors import UnknownSource
from harvester.reprocess import quarantined as quarantined_again
from harvester.sources import Source
from harvester.store import Quarantined
from harvester.tables import quarantine as quarantine_table
from web import jobs
from web.admin.room import PER_PAGE, at, blueprint, note, now, page_number
from web.app import parts
from web.app import t as say
from web.desk.paging import paging
from web.may import needs

#: Characters of the raw bytes that the page itself shows.
SHOWN = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """The bytes of a record as text, with signs for what is none; `cut` when only the beginning is shown."""

    text: str
    size: int
    cut: bool


@blueprint.get("/quarantine")
@needs("network")
def quarantine() -> str:
    """What could not be read, the newest first; of one source when the address says so."""
    code, everything = request.args.get("source", ""), request.args.get("view") == "all"
    page = page_number()
    with parts().db.read() as c:
        of = {one.id: one for one in sources.listed(c)}
        chosen = next((one for one in of.values() if one.code == code), None)
        if code and chosen is None:
            abort(404)
        found = store.quarantined(
            c,
            source_id=chosen.id if chosen else None,
            unresolved_only=not everything,
            limit=PER_PAGE,
            offset=(page - 1) * PER_PAGE,
        )
        total = _count(c, chosen, everything)
    return render_template(
        "admin/quarantine.html",
        found=found,
        of=of,
        chosen=chosen,
        everything=everything,
        total=total,
        paging=paging(page, total=total, size=PER_PAGE),
    )


@blueprint.post("/quarantine")
@needs("network")
def quarantine_resolve() -> Any:
    """Mark the ticked records as looked at, or all that still wait of one source."""
    code = request.form.get("source", "")
    rows = request.form.getlist("row")[:500]
    with parts().db.begin() as c:
        if request.form.get("do") == "all" and code:
            one = sources.by_code(c, code)
            table = quarantine_table
            waiting = (table.c.source_id == one.id, table.c.resolved_at.is_(None))
            number = c.execute(table.update().where(*waiting).values(resolved_at=now())).rowcount
            note(c, "source", one.id, "quarantine_resolved", code=code, number=number)
        else:
            for name in rows:
                store.resolve(c, name, at=now())
            number = len(rows)
    kind = "ok" if number else "warn"
    flash(say("admin.quarantine.resolved" if number else "admin.quarantine.nothing", n=number), kind)
    return redirect(at("quarantine", source=code or None))


@blueprint.get("/quarantine/<item>")
@needs("network")
def quarantined(item: str) -> str:
    """One record: where it stood, what is wrong, its bytes as text."""
    with parts().db.read() as c:
        one = find(c, item)
        source = sources.get(c, one.source_id)
        raw = store.quarantined_raw(c, item)
    return render_template("admin/quarantined.html", one=one, source=source, raw=as_text(raw))


@blueprint.post("/quarantine/<item>/retry")
@needs("network")
def quarantine_retry(item: str) -> Any:
    """Read one again from its bytes with today's crosswalk, or have the worker ask its source for it anew."""
    here = parts()
    with here.db.read() as c:
        one = find(c, item)
        source = sources.get(c, one.source_id)
    if one.resolved_at is not None:
        flash(say("admin.retry.late"), "warn")
    elif request.form.get("do") == "ask":
        with here.db.begin() as c:
            note(c, "source", source.id, "quarantine_asked", code=source.code, item=item)
            jobs.start(
                c,
                "retry_quarantine",
                now=now(),
                asked_by=g.viewer.user_id,
                subject=item,
                source=source.id,
                item=item,
                ask=True,
                code=source.code,
            )
        flash(say("admin.retry.asked"), "ok")
    else:
        outcome = quarantined_again.retry(here.harvesting(), item)
        with here.db.begin() as c:
            note(
                c,
                "source",
                source.id,
                "quarantine_retried",
                code=source.code,
                item=item,
                outcome=outcome.code,
            )
        flash(say(f"admin.retry.{outcome.code}"), "ok" if outcome.code != "still" else "warn")
    return redirect(at("quarantined", item=item))


@blueprint.post("/quarantine/retry-all")
@needs("network")
def quarantine_retry_all() -> Any:
    """Have the worker read everything that waits of one source again, or ask the source for it anew."""
    ask = request.form.get("do") == "ask"
    with parts().db.begin() as c:
        one = sources.by_code(c, request.form.get("source", ""))
        note(c, "source", one.id, "quarantine_asked" if ask else "quarantine_retried", code=one.code)
        jobs.start(
            c,
            "retry_quarantine",
            now=now(),
            asked_by=g.viewer.user_id,
            subject=one.id,
            source=one.id,
            ask=ask,
            code=one.code,
        )
    flash(say("admin.retry.asked"), "ok")
    return redirect(at("jobs"))


@blueprint.get("/quarantine/<item>/raw")
@needs("network")
def quarantined_raw(item: str) -> Response:
    """The bytes themselves, to be saved: never shown by the browser, whatever they are."""
    with parts().db.read() as c:
        raw = store.quarantined_raw(c, item)
    answer = Response(raw, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="record-{item[:36]}.bin"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def find(c: Connection, item: str) -> Quarantined:
    """One quarantined record. Raises UnknownSource."""
    columns = [quarantine_table.c[name] for name in Quarantined.__dataclass_fields__]
    row = c.execute(select(*columns).where(quarantine_table.c.id == item)).first()
    if row is None:
        raise UnknownSource(item)
    return Quarantined(**row._mapping)


def as_text(raw: bytes) -> Raw:
    """Bytes that nobody can trust to be text, as text: damaged ones become signs, controls are made visible."""
    text = raw[: SHOWN * 4].decode("utf-8", "backslashreplace")
    shown = "".join(_visible(ch) for ch in text[:SHOWN])
    return Raw(text=shown, size=len(raw), cut=len(text) > SHOWN or len(raw) > SHOWN * 4)


def _visible(ch: str) -> str:
    if ch in "\n\t":
        return ch
    if ch < " ":
        return chr(0x2400 + ord(ch))  # the picture of a control character
    if ch == "\x7f":
        return "\u2421"
    # Marks that turn the direction of reading could make text look like something else.
    return (
        f"\\u{ord(ch):04x}"
        if ch in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
        else ch
    )


def _count(c: Connection, chosen: Source | None, everything: bool) -> int:
    wanted = select(func.count()).select_from(quarantine_table)
    if chosen is not None:
        wanted = wanted.where(quarantine_table.c.source_id == chosen.id)
    if not everything:
        wanted = wanted.where(quarantine_table.c.resolved_at.is_(None))
    return int(c.execute(wanted).scalar_one())
