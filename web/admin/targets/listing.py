"""The list of targets, one of them, and switching it on, off and away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from markupsafe import Markup
from sqlalchemy import select

from foundation import libraries
from foundation.libraries import Library
from foundation.tables import job
from index.live.asking.health import PATIENCE
from index.live.keeping.file import File
from index.live.keeping.writing import healths
from index.targets import card as cards
from index.targets import flat, probes, store
from index.targets.card import Finding
from index.targets.errors import UnknownTarget
from index.targets.samples import SAMPLES
from index.targets.store import Target
from web import forms, jobs, texts
from web.admin.room import PER_PAGE, at, blueprint, note, now, page_number
from web.admin.targets import typed
from web.app import parts
from web.app import t as say
from web.desk.paging import paging
from web.may import needs

#: Colour and shape of how a target does.
TONES = {
    "new": "muted ring",
    "ok": "ok",
    "changed": "warn sq",
    "failing": "bad sq",
    "off": "muted unknown",
    "resting": "warn half",
}

#: Those that want somebody.
TROUBLE = ("failing", "changed", "resting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the list: the target, the library it belongs to, how it does."""

    target: Target
    library: Library | None
    health: str


@blueprint.get("/targets", endpoint="targets")
@needs("network")
def target_list() -> str:
    """All targets, and the samples that can be copied."""
    text = request.args.get("q", "").strip()[:100]
    page = page_number()
    with parts().db.read() as c:
        every = store.listed(c)
        by_symbol = {one.symbol: one for one in libraries.every(c)}
    asleep = resting(every)
    lines = [
        Line(
            target=one, library=by_symbol.get(one.profile.presentation.symbol), health=health_of(one, asleep)
        )
        for one in every
    ]
    shown = [line for line in lines if _matches(line, text)]
    return render_template(
        "admin/targets.html",
        lines=shown[(page - 1) * PER_PAGE : page * PER_PAGE],
        every=every,
        trouble=[line for line in lines if line.health in TROUBLE],
        text=text,
        samples=SAMPLES,
        lost=lost,
        tones=TONES,
        paging=paging(page, total=len(shown), size=PER_PAGE),
    )


@blueprint.get("/targets/<code>")
@needs("network")
def target(code: str) -> str:
    """One target: how it is asked, what its last probe found, what runs now."""
    with parts().db.read() as c:
        one = store.by_code(c, code)
        history = probes.listed(c, one.id)
        running = jobs.open_about(c, "target_probe", one.id)
        last = probes.last(c, one.id, whole=True) or probes.last(c, one.id)
        before = probes.last(c, one.id, before=last.at, whole=last.whole) if last else None
        found = one.profile.presentation.symbol
        owner = next((each for each in libraries.every(c) if each.symbol == found), None) if found else None
        if running is not None:
            row = c.execute(select(job).where(job.c.id == running)).one()
        else:
            row = None
    flat_values = typed.shown(flat.write(one.profile))
    return render_template(
        "admin/target.html",
        target=one,
        profile=one.profile,
        values=flat_values,
        owner=owner,
        health=health_of(one, resting([one])),
        tones=TONES,
        running=row,
        under_way=next((each for each in history if each.state == "running"), None)
        if row is not None
        else None,
        last=last,
        grouped=by_trait(last.card.findings) if last else {},
        drift=cards.drift(before.card, last.card) if last and before else (),
        proposed=cards.differences(one.profile, last.card) if last else (),
        history=history,
        verdict=verdict,
        trait=trait,
        lost=lost,
    )


@blueprint.post("/targets/<code>/enabled")
@needs("network")
def target_enabled(code: str) -> Any:
    """Switch a target on or off; one from the configuration file is switched there."""
    wanted = request.form.get("on") == "yes"
    with parts().db.begin() as c:
        one = store.by_code(c, code)
        if one.provisioned:
            flash(say("admin.from_file.why"), "warn")
            return redirect(at("target", code=code))
        store.set_enabled(c, one.id, wanted)
        note(c, "target", one.id, "switched_on" if wanted else "switched_off", code=code)
    flash(say("targets.on" if wanted else "targets.off", name=one.name), "ok")
    return redirect(at("target", code=code))


@blueprint.route("/targets/<code>/delete", methods=["GET", "POST"])
@needs("network")
def target_delete(code: str) -> Any:
    """Say what goes, and take the target away."""
    with parts().db.read() as c:
        one = store.by_code(c, code)
    if one.provisioned:
        flash(say("admin.from_file.why"), "warn")
        return redirect(at("target", code=code))
    form = forms.read("typed") if request.method == "POST" else forms.Form()
    if request.method == "POST":
        if form["typed"] != one.code:
            form.wrong("typed", "admin.delete.typed.wrong", code=one.code)
        else:
            with parts().db.begin() as c:
                store.mark_deleted(c, one.id, at=now())
                note(c, "target", one.id, "target_deleted", code=code)
            flash(say("targets.deleted", name=one.name), "ok")
            return redirect(at("targets"))
    page = render_template("admin/target_delete.html", target=one, form=form)
    return page, 422 if form.errors else 200


@blueprint.errorhandler(UnknownTarget)
def _unknown(_: Exception) -> tuple[str, int]:
    return render_template("error.html", code=404, known=404), 404


# --- what the pages show ---------------------------------------------------------------------------


def health_of(one: Target, asleep: frozenset[str]) -> str:
    """How a target does: off, resting after failures of searches, or as its last probe found it."""
    if not one.enabled:
        return "off"
    if one.id in asleep and one.health in ("new", "ok"):
        return "resting"
    return one.health


def resting(targets: Iterable[Target]) -> frozenset[str]:
    """Ids of the targets that the engine leaves alone for a while, since searches of them failed again and again."""
    path = parts().data / "live.db"
    if not path.exists():
        return frozenset()
    file = File(path)
    try:
        with file.read() as c:
            known = healths(c, [one.id for one in targets])
    finally:
        file.close()
    moment = now().timestamp()
    return frozenset(
        name for name, one in known.items() if one.failures >= PATIENCE and one.rests_until > moment
    )


def troubled() -> list[Line]:
    """Targets that are switched on and do not do well: for the overview."""
    with parts().db.read() as c:
        every = store.listed(c, enabled_only=True)
    asleep = resting(every)
    lines = [Line(target=one, library=None, health=health_of(one, asleep)) for one in every]
    return [line for line in lines if line.health in TROUBLE]


def verdict(name: str) -> Markup:
    """The badge of a verdict."""
    tone = {"works": "ok", "nothing": "warn sq", "ignored": "warn sq", "odd": "warn sq", "refused": "ring"}
    return Markup('<span class="badge {}">{}</span>').format(
        tone.get(name, "bad sq"), say(f"targets.verdict.{name}")
    )


def by_trait(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by what was tried, in the order in which it was."""
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.trait, []).append(one)
    return found


def trait(name: str) -> str:
    """The name of a trait."""
    key = f"targets.trait.{name}"
    return say(key) if texts.has(key) else name.replace("_", " ")


def lost(reason: str) -> str:
    """What a target has lost, in words: the reason that probes.end() has stored."""
    parts_of = (one.partition(" ") for one in reason.split(", ") if one)
    return ", ".join(f"{trait(name)} {subject}".strip() for name, _, subject in parts_of)


def _matches(line: Line, text: str) -> bool:
    one, shown = line.target, line.target.profile.presentation
    heap = (
        one.code,
        one.name,
        shown.name_en,
        one.profile.address.url,
        shown.symbol,
        shown.region,
        *shown.groups,
    )
    return text.casefold() in " ".join(heap).casefold()
