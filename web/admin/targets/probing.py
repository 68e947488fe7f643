"""Probing a target: asked for here, done by the worker; what it found, and taking that into the profile."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, g, jsonify, redirect, render_template, request

from index.targets import card as cards
from index.targets import probes, store
from index.targets.errors import BadTarget, ReadOnlyTarget, StaleTarget
from web import jobs
from web.admin.room import at, blueprint, names_of_users, note, now
from web.admin.targets.listing import trait, verdict
from web.app import parts
from web.app import t as say
from web.may import needs


@blueprint.post("/targets/<code>/probe")
@needs("network")
def target_probe(code: str) -> Any:
    """Have the worker probe the target."""
    with parts().db.begin() as c:
        one = store.by_code(c, code)
        asked = {"target": one.id, "code": one.code, "by": g.viewer.user_id}
        jobs.start(c, "target_probe", now=now(), asked_by=g.viewer.user_id, subject=one.id, **asked)
        note(c, "target", one.id, "probed", code=code)
    flash(say("targets.probe.asked"), "ok")
    return redirect(at("target", code=code))


@blueprint.get("/targets/<code>/probes/<probe_id>", endpoint="target_card")
@needs("network")
def target_card(code: str, probe_id: str) -> str:
    """One probe, whole: what was asked, what was answered, the verdict, and what had changed."""
    with parts().db.read() as c:
        one = store.by_code(c, code)
        found = probes.get(c, one.id, probe_id)
        if found is None:
            abort(404)
        before = probes.last(c, one.id, before=found.at, whole=True if found.whole else None)
        by = names_of_users(c, [found.asked_by])
    return render_template(
        "admin/target_card.html",
        target=one,
        probe=found,
        drift=cards.drift(before.card, found.card) if before else (),
        before=before,
        by=by,
        proposed=cards.differences(one.profile, found.card),
        verdict=verdict,
        trait=trait,
    )


@blueprint.get("/targets/<code>/card.json", endpoint="target_card_json")
@needs("network")
def target_card_json(code: str) -> Response:
    """The newest whole probe as JSON."""
    with parts().db.read() as c:
        one = store.by_code(c, code)
        found = probes.last(c, one.id, whole=True)
    if found is None:
        abort(404)
    return jsonify({"target": one.code, "at": found.at.isoformat(), **found.card.value()})


@blueprint.post("/targets/<code>/take")
@needs("network")
def target_take(code: str) -> Any:
    """Take what a probe speaks for into the profile, value by value as ticked."""
    with parts().db.begin() as c:
        one = store.by_code(c, code)
        found = probes.get(c, one.id, request.form.get("probe", ""))
        if found is None:
            abort(404)
        ticked = set(request.form.getlist("value"))
        wanted = {name: value for name, value in found.card.takes.items() if name in ticked}
        if not wanted:
            flash(say("targets.take.nothing"), "warn")
            return redirect(at("target", code=code))
        profile = cards.taken(one.profile, cards.Card(takes=wanted))
        try:
            version = request.form.get("version", 0, type=int)
            store.change(c, one.id, profile, password=None, version=version, seal=parts().seal)
        except ReadOnlyTarget:
            flash(say("admin.from_file.why"), "warn")
            return redirect(at("target", code=code))
        except StaleTarget:
            flash(say("desk.edit.stale"), "warn")
            return redirect(at("target", code=code))
        except BadTarget as bad:
            flash(say("targets.take.bad", field=bad.field), "bad")
            return redirect(at("target", code=code))
        probes.settle(c, one.id)
        note(c, "target", one.id, "took_probe", code=code, values=", ".join(sorted(wanted)))
    flash(say("targets.take.done", n=len(wanted)), "ok")
    return redirect(at("target", code=code))
