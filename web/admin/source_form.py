"""Add and change a source: looked at before it is saved, with everything typed kept whatever happens."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request
from sqlalchemy import Connection

from foundation import libraries
from foundation.libraries import Library
from foundation.seal import BadSeal
from harvester import profiles, sources, store
from harvester.errors import BadSource, ReadOnlySource, StaleSource
from harvester.health import store as cards
from harvester.health.card import Advice, Facts, card
from harvester.probe import Probe
from harvester.sources import Source, SourceDraft
from web import forms, health_words
from web.admin import looking, words
from web.admin.room import ZONES, at, blueprint, note, now
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs

FIELDS = (
    "code",
    "library",
    "name",
    "url",
    "profile",
    "prefix",
    "set_spec",
    "schedule_kind",
    "schedule",
    "zone",
    "username",
    "headers",
    "ca_pem",
    "delay_ms",
    "blackout",
    "full_days",
    "sweep_days",
    "version",
    "password_remove",
)

#: Schedules that are offered by name; everything else is cron text.
SCHEDULES = ("", "0 2 * * *", "0 */6 * * *", "0 * * * *", "0 2 * * 0", "0 2 1 * *")
OTHER = "other"

#: Stands for a value that is not shown again.
HIDDEN = "••••••"

#: Words in the names of headers whose values are secrets.
_SECRET = ("auth", "token", "key", "secret", "cookie", "password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form that was sent: what it asks for, if nothing is wrong, and the password to try with."""

    form: Form
    draft: SourceDraft | None
    password: str
    kept: str  # the typed password, sealed, for the next round of the form


@blueprint.route("/sources/new", methods=["GET", "POST"])
@needs("network")
def source_new() -> Any:
    """Add a source: its address, a look at it, the settings that fit."""
    if request.method == "GET" and (look := request.args.get("look")):
        return _looked(look, None)
    if request.method == "GET":
        start = {"library": request.args.get("library", ""), "zone": ZONES[0], "schedule_kind": SCHEDULES[1]}
        return _page(forms.filled(start), None)
    typed = _typed(None)
    if request.form.get("do") == "probe":
        return _look(typed, None)
    if typed.draft is not None:
        try:
            with parts().db.begin() as c:
                made = sources.add(c, typed.draft, seal=parts().seal, at=now())
                note(c, "source", made.id, "added", code=made.code)
                _keep_look(c, made.id)
                if request.form.get("do") == "save_run":
                    asked = store.queue(c, made.id, at=now(), kind="full", asked_by=g.viewer.user_id)
        except BadSource as bad:
            _say_bad(typed.form, bad)
        else:
            flash(say("admin.source.added", name=made.name), "ok")
            if request.form.get("do") == "save_run":
                return redirect(at("harvest", harvest_id=asked.id))
            return redirect(at("source", code=made.code))
    return _page(typed.form, None, kept=typed.kept), 422


@blueprint.route("/sources/<code>/edit", methods=["GET", "POST"])
@needs("network")
def source_edit(code: str) -> Any:
    """Change a source; one from the configuration file is changed there."""
    with parts().db.read() as c:
        one = sources.by_code(c, code)
    if one.provisioned:
        flash(say("admin.from_file.why"), "warn")
        return redirect(at("source", code=code))
    if request.method == "GET" and (look := request.args.get("look")):
        return _looked(look, one)
    if request.method == "GET":
        return _page(forms.filled(_values(one)), one)
    typed = _typed(one)
    if request.form.get("do") == "probe":
        return _look(typed, one)
    if typed.draft is not None:
        try:
            with parts().db.begin() as c:
                version = request.form.get("version", 0, type=int)
                sources.change(c, one.id, typed.draft, version=version, seal=parts().seal)
                note(c, "source", one.id, "changed", code=code)
                _keep_look(c, one.id)
        except BadSource as bad:
            _say_bad(typed.form, bad)
        except StaleSource:
            flash(say("desk.edit.stale"), "warn")
            with parts().db.read() as c:
                one = sources.by_code(c, code)
            typed.form.values["version"] = str(one.version)
            return _page(typed.form, one, kept=typed.kept), 409
        except ReadOnlySource:
            return redirect(at("source", code=code))
        else:
            flash(say("admin.source.changed", name=typed.draft.name), "ok")
            return redirect(at("source", code=code))
    return _page(typed.form, one, kept=typed.kept), 422


def _look(typed: Typed, one: Source | None) -> Any:
    """Ask the worker to look at the endpoint; the page that waits for it shows the form again."""
    form = typed.form
    # A look needs the address and how to get in; what else is missing can be filled in after it.
    form.errors = {
        name: text for name, text in form.errors.items() if name in ("url", "headers", "ca_pem", "delay_ms")
    }
    if not form:
        return _page(form, one, kept=typed.kept), 422
    endpoint = {
        "url": form["url"],
        "headers": _headers(form, one)[0],
        "username": form["username"],
        "password": typed.password,
        "delay_ms": int(form["delay_ms"] or 0),
        "ca_pem": form["ca_pem"],
        "prefix": form["prefix"],
        "set_spec": form["set_spec"],
        "profile": form["profile"] if form["profile"] in profiles.PROFILES else "",
    }
    with parts().db.begin() as c:
        asked = looking.ask(c, endpoint, form.values, typed.kept)
    if one is not None:
        return redirect(at("source_edit", code=one.code, look=asked))
    return redirect(at("source_new", look=asked))


def _looked(look_id: str, one: Source | None) -> Any:
    """A look that was asked for: how far it is, or the form with everything typed and what was found."""
    look = looking.find(look_id)
    if look.open:
        return render_template("admin/source_look.html", look=look, source=one)
    form, found = forms.filled(look.typed), look.found
    if found is None:
        flash(say("admin.probe.gone"), "warn")
        return _page(form, one, kept=look.kept)
    with parts().db.read() as c:
        taken = {each.code for each in sources.listed(c)}
    if not form["profile"]:
        form.values["profile"] = found.suggested
    if not form["name"] and found.identity:
        form.values["name"] = found.identity.name[:200]
    if not form["code"] and form["library"]:
        form.values["code"] = _free_code(form["library"], taken)
    return _page(form, one, found, kept=look.kept)


def _keep_look(c: Connection, source_id: str) -> None:
    """The look that the form came from is the first of the source's health card."""
    look_id = request.args.get("look", "")
    found = looking.find(look_id).found if look_id else None
    if found is not None and found.works:
        cards.looked(c, source_id, found, at=now())


def _free_code(wanted: str, taken: set[str]) -> str:
    number = 1
    while (code := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return code


# --- from the form to a draft and back -------------------------------------------------------------


def _typed(one: Source | None) -> Typed:
    form = forms.read(*FIELDS, raw=["password"])
    if one is not None:
        form.values["code"] = one.code
    password, kept = _password(form, one)
    form.values.pop("password", None)
    form.require({"url": "admin.bad.url.required", "library": "admin.bad.library"})
    form.require({"name": "admin.bad.name.required", "code": "admin.bad.code.required"})
    if one is not None and one.kind != "oai":
        form.errors.pop("url", None)
    if len(form["name"]) > 200:
        form.wrong("name", "patron.long", n=200)
    with parts().db.read() as c:
        library = _library(form["library"], libraries.every(c))
    if library is None:
        form.wrong("library", "admin.bad.library")
    headers, fault = _headers(form, one)
    if fault:
        form.wrong("headers", "admin.bad.headers.bad_header")
    if not (form["delay_ms"] or "0").isdecimal() or int(form["delay_ms"] or 0) > 60_000:
        form.wrong("delay_ms", "admin.bad.delay_ms.out_of_range")
        delay = 0
    else:
        delay = int(form["delay_ms"] or profiles.of(form["profile"]).pause_ms)
    days = {}
    for name in ("full_days", "sweep_days"):
        if (form[name] or "0").isdecimal() and len(form[name]) < 6:
            days[name] = int(form[name]) if form[name] else None
        else:
            form.wrong(name, f"admin.bad.{name}.out_of_range")
    chosen = form["schedule_kind"]
    draft = SourceDraft(
        code=form["code"] or "new",
        library_id=library.id if library else "",
        name=form["name"] or "new",
        url=form["url"],
        kind=one.kind if one else "oai",
        prefix=form["prefix"],
        set_spec=form["set_spec"],
        profile=form["profile"] or profiles.suggest(profiles.Evidence(url=form["url"])).code,
        schedule=form["schedule"] if chosen == OTHER else chosen if chosen in SCHEDULES else "",
        zone=form["zone"] or ZONES[0],
        enabled=one.enabled if one else True,
        headers=headers,
        username=form["username"],
        password=password,
        ca_pem=form["ca_pem"],
        delay_ms=delay,
        blackout=form["blackout"],
        full_days=days.get("full_days") or 0,
        sweep_days=days.get("sweep_days"),
    )
    try:
        sources.check(draft)
    except BadSource as bad:
        _say_bad(form, bad)
    usable = draft if form else None
    return Typed(form=form, draft=usable, password=_to_try(password, one), kept=kept)


def _password(form: Form, one: Source | None) -> tuple[str | None, str]:
    """(the password for the draft, the same sealed): typed now, or typed in an earlier round of this form.

    None keeps the stored one; '' takes it away. A password is never sent back in the clear.
    """
    if form["password_remove"]:
        return "", ""
    if typed := form["password"]:
        return typed, base64.urlsafe_b64encode(parts().seal.close(typed)).decode()
    kept = request.form.get("kept", "")
    if kept:
        try:
            return parts().seal.open(base64.urlsafe_b64decode(kept)), kept
        except (BadSeal, binascii.Error, ValueError):
            pass
    return (None if one is not None else ""), ""


def _to_try(password: str | None, one: Source | None) -> str:
    if password is not None or one is None or one.secret is None:
        return password or ""
    try:
        return parts().seal.open(one.secret)
    except BadSeal:
        return ""


def _headers(form: Form, one: Source | None) -> tuple[dict[str, str], bool]:
    """(header fields of lines 'Name: value', whether a line is none). A hidden value stays as it is stored."""
    found: dict[str, str] = {}
    for text in form["headers"].splitlines():
        if not text.strip():
            continue
        name, colon, value = text.partition(":")
        name, value = name.strip(), value.strip()
        if not colon or not name or not value:
            return found, True
        if value == HIDDEN:
            stored = one.headers.get(name, "") if one else ""
            if not stored:
                return found, True
            value = stored
        found[name] = value
    return found, False


def _shown(headers: Any) -> str:
    lines = []
    for name, value in headers.items():
        secret = any(word in name.lower() for word in _SECRET)
        lines.append(f"{name}: {HIDDEN if secret else value}")
    return "\n".join(lines)


def _values(one: Source) -> dict[str, str]:
    with parts().db.read() as c:
        library = libraries.get(c, one.library_id)
    usual = one.schedule in SCHEDULES
    return {
        "code": one.code,
        "library": library.code,
        "name": one.name,
        "url": one.url,
        "profile": one.profile,
        "prefix": one.prefix,
        "set_spec": one.set_spec,
        "schedule_kind": one.schedule if usual else OTHER,
        "schedule": "" if usual else one.schedule,
        "zone": one.zone,
        "username": one.username,
        "headers": _shown(one.headers),
        "ca_pem": one.ca_pem,
        "delay_ms": str(one.delay_ms or ""),
        "blackout": one.blackout,
        "full_days": str(one.full_days or ""),
        "sweep_days": "" if one.sweep_days is None else str(one.sweep_days),
        "version": str(one.version),
    }


def _library(code: str, every: tuple[Library, ...]) -> Library | None:
    return next((one for one in every if one.code == code), None)


def _say_bad(form: Form, bad: BadSource) -> None:
    form.wrong(bad.field, f"admin.bad.{bad.field}.{bad.reason}")


def strategy_of(form: Form, found: Probe | None) -> tuple[Advice, ...]:
    """How the endpoint will be harvested, as far as one look tells."""
    if found is None:
        return ()
    return card(Facts(prefix=form["prefix"], set_spec=form["set_spec"]), found, ()).strategy


def _page(form: Form, one: Source | None, found: Probe | None = None, kept: str = "") -> str:
    with parts().db.read() as c:
        members = [each for each in libraries.every(c) if each.state != "left"]
    schedule = form["schedule"] if form["schedule_kind"] == OTHER else form["schedule_kind"]
    return render_template(
        "admin/source_form.html",
        form=form,
        source=one,
        found=found,
        advice=[health_words.advice(each, g.language) for each in strategy_of(form, found)],
        kept=kept,
        members=members,
        zones=ZONES if form["zone"] in ("", *ZONES) else (*ZONES, form["zone"]),
        SCHEDULES=SCHEDULES,
        PROFILES=profiles.PROFILES,
        due=[] if "schedule" in form.errors else words.next_runs(schedule, form["zone"] or ZONES[0], now()),
    )
