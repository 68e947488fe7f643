"""One harvest: how far it is while it runs, its receipt in words afterwards, stop and resume."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, abort, flash, g, jsonify, redirect, render_template

from harvester import sources, store
from harvester.store import Harvest
from web import formats, texts
from web.admin import words
from web.admin.room import at, blueprint, names_of_users, note, now
from web.app import parts
from web.app import t as say
from web.may import needs

#: Rejected records that the page of a harvest lists; the quarantine has all.
REJECTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Far:
    """How far a harvest is, in words. `share` is 0.0 to 1.0, None where nobody knows the size of the list."""

    open: bool
    share: float | None
    done: str
    left: str
    more: str


def far_of(one: Harvest) -> Far:
    """The words of a harvest's progress."""
    step = store.progress(one, now())

    def count(value: float) -> str:
        return formats.count(round(value), g.language)

    if one.state == "queued":
        done, left = texts.say("admin.far.queued", g.language), ""
    elif one.kind == "removal":
        done, left = texts.say("admin.far.removed", g.language, n=one.deleted, count=count(one.deleted)), ""
    elif step.share is not None:
        done = texts.say(
            "admin.far.share",
            g.language,
            percent=round(step.share * 100),
            count=count(step.records),
            expected=count(step.expected or 0),
        )
        left = _left(step)
    else:
        done = texts.say("admin.far.count", g.language, n=step.records, count=count(step.records))
        left = _left(step)
    more = texts.say("admin.far.page", g.language, page=count(step.pages), processed=count(step.processed))
    if one.rejected:
        more += " " + texts.say("admin.far.rejected", g.language, n=one.rejected, count=count(one.rejected))
    if one.stop_asked:
        more += " " + texts.say("admin.far.stopping", g.language)
    if one.state == "interrupted":
        more += " " + texts.say("admin.far.interrupted", g.language)
    return Far(open=one.is_open, share=step.share, done=done, left=left, more=more)


def _left(step: store.Progress) -> str:
    said = []
    if step.seconds_left is not None:
        said.append(texts.say("admin.far.left", g.language, span=words.span(step.seconds_left)))
    if step.rate >= 1:
        rate = formats.count(round(step.rate), g.language)
        said.append(texts.say("admin.far.rate", g.language, count=rate, n=round(step.rate)))
    return ", ".join(said)


@blueprint.get("/harvests/<harvest_id>")
@needs("network")
def harvest(harvest_id: str) -> str:
    """A harvest that waits, runs or has ended, with its receipt."""
    with parts().db.read() as c:
        one = store.get(c, harvest_id)
        source = sources.get(c, one.source_id)
        bad = store.quarantined(c, harvest_id=one.id, unresolved_only=False, limit=REJECTED)
        by = names_of_users(c, [one.asked_by])
        newest = store.history(c, source.id, limit=1)
    slip = one.receipt or {}
    odd = {item["code"]: item.get("text", "") for item in slip.get("oddities", one.oddities) or []}
    return render_template(
        "admin/harvest.html",
        harvest=one,
        source=source,
        far=far_of(one),
        step=store.progress(one, now()),
        slip=slip,
        odd=odd,
        bad=bad,
        by=by.get(one.asked_by or "", ""),
        raw=json.dumps(slip, ensure_ascii=False, indent=2) if slip else "",
        may_resume=not one.is_open
        and one.state in ("stopped", "incomplete", "failed")
        and one.kind in ("incremental", "full")
        and source.deleted_at is None
        and source.enabled
        and bool(newest and newest[0].id == one.id),
    )


@blueprint.get("/harvests/<harvest_id>/progress")
@needs("network")
def harvest_progress(harvest_id: str) -> Response:
    """The same figures for the script of the page."""
    with parts().db.read() as c:
        one = store.get(c, harvest_id)
    return jsonify(asdict(far_of(one)))


@blueprint.get("/harvests/<harvest_id>/receipt.json")
@needs("network")
def harvest_receipt(harvest_id: str) -> Response:
    """The receipt as it is stored."""
    with parts().db.read() as c:
        one = store.get(c, harvest_id)
    if not one.receipt:
        abort(404)
    answer = jsonify(one.receipt)
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{one.id}.json"'
    return answer


@blueprint.post("/harvests/<harvest_id>/stop")
@needs("network")
def harvest_stop(harvest_id: str) -> Any:
    """Let it stop at the next page."""
    with parts().db.begin() as c:
        one = store.get(c, harvest_id)
        if one.is_open:
            store.ask_stop(c, one.id, at=now())
            note(c, "source", one.source_id, "harvest_stopped", code=sources.get(c, one.source_id).code)
    flash(say("admin.stop.done") if one.is_open else say("admin.stop.late"), "ok" if one.is_open else "warn")
    return redirect(at("harvest", harvest_id=harvest_id))


@blueprint.post("/harvests/<harvest_id>/resume")
@needs("network")
def harvest_resume(harvest_id: str) -> Any:
    """Let it go on at the page where it was; a list that was read to its end begins anew."""
    with parts().db.begin() as c:
        one = store.get(c, harvest_id)
        source = sources.get(c, one.source_id)
        if (
            source.deleted_at is not None
            or not source.enabled
            or one.state
            not in (
                "stopped",
                "incomplete",
                "failed",
            )
        ):
            flash(say("admin.resume.late"), "warn")
            return redirect(at("harvest", harvest_id=harvest_id))
        going = store.resume(c, one.id, at=now())
        note(c, "source", source.id, "harvest_resumed", code=source.code)
    flash(say("admin.resume.done" if going.id == one.id else "admin.resume.anew"), "ok")
    return redirect(at("harvest", harvest_id=going.id))
