"""Add and change a target: everything typed is kept whatever happens, and every fault is told at once."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import flash, g, redirect, render_template, request

from foundation import libraries
from foundation.seal import BadSeal
from index.targets import checking, flat, samples, store
from index.targets import profile as profiles
from index.targets.errors import BadTarget, ReadOnlyTarget, StaleTarget
from index.targets.profile import Profile
from index.targets.store import Target
from web import forms, jobs, texts
from web.admin.room import ZONES, at, blueprint, note, now
from web.admin.targets import typed
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs


@blueprint.route("/targets/new", methods=["GET", "POST"])
@needs("network")
def target_new() -> Any:
    """Add a target: from nothing, from a sample, or as a copy of another one."""
    if request.method == "GET":
        return _page(_start(), None, kept=_copied_password())
    form, profile, password, kept = _typed(None)
    if profile is not None:
        try:
            with parts().db.begin() as c:
                made = store.add(c, profile, password=password, seal=parts().seal, at=now())
                note(c, "target", made.id, "added", code=made.code)
                if request.form.get("do") == "save_probe":
                    asked = {"target": made.id, "code": made.code, "by": g.viewer.user_id}
                    jobs.start(
                        c, "target_probe", now=now(), asked_by=g.viewer.user_id, subject=made.id, **asked
                    )
        except BadTarget as bad:
            say_bad(form, bad)
        else:
            flash(say("targets.added", name=made.name), "ok")
            return redirect(at("target", code=made.code))
    return _page(form, None, kept=kept), 422


@blueprint.route("/targets/<code>/edit", methods=["GET", "POST"])
@needs("network")
def target_edit(code: str) -> Any:
    """Change a target; one from the configuration file is changed there."""
    with parts().db.read() as c:
        one = store.by_code(c, code)
    if one.provisioned:
        flash(say("admin.from_file.why"), "warn")
        return redirect(at("target", code=code))
    if request.method == "GET":
        values = typed.shown(flat.write(one.profile)) | {"version": str(one.version)}
        return _page(forms.filled(values), one)
    form, profile, password, kept = _typed(one)
    if profile is not None:
        try:
            with parts().db.begin() as c:
                version = request.form.get("version", 0, type=int)
                store.change(c, one.id, profile, password=password, version=version, seal=parts().seal)
                note(c, "target", one.id, "changed", code=code)
        except BadTarget as bad:
            say_bad(form, bad)
        except StaleTarget:
            flash(say("desk.edit.stale"), "warn")
            with parts().db.read() as c:
                one = store.by_code(c, code)
            form.values["version"] = str(one.version)
            return _page(form, one, kept=kept), 409
        except ReadOnlyTarget:
            return redirect(at("target", code=code))
        else:
            flash(say("targets.changed", name=profile.presentation.name), "ok")
            return redirect(at("target", code=code))
    return _page(form, one, kept=kept), 422


def _start() -> Form:
    """What the form of a new target holds: what is usual, a sample, or another target's values."""
    usual = flat.write(flat.read({"code": "", "url": ""}, faults=[])) | {"url": "", "code": ""}
    for name in ("attributes", "indexes"):
        usual[name] = {}  # empty is as usual, whatever that is in a later version
    with parts().db.read() as c:
        if (sample := request.args.get("sample", "")) in samples.SAMPLES:
            usual |= samples.copied(sample, store.free_code(c, sample))
        elif other := request.args.get("copy", ""):
            one = store.by_code(c, other)
            usual = flat.write(one.profile)
            usual["code"] = store.free_code(c, f"{one.code[:36]}-2")
            usual["name"] = say("targets.copy_of", name=one.name)
        elif symbol := request.args.get("library", ""):
            usual["symbol"] = symbol
    return forms.filled(typed.shown(usual))


def _copied_password() -> str:
    """A sample's password, which its library has published; of a copied target none: passwords are typed again."""
    sample = samples.SAMPLES.get(request.args.get("sample", ""), {})
    return _sealed(str(sample["password"])) if "password" in sample else ""


def _typed(one: Target | None) -> tuple[Form, Profile | None, str | None, str]:
    """(the form, the profile where nothing is wrong, its password, the same sealed for the next round)."""
    form = forms.read(*typed.FIELDS, "version", "password_remove", raw=["password"])
    if one is not None:
        form.values["code"] = one.code
    password, kept = _password(form, one)
    form.values.pop("password", None)
    found: list[BadTarget] = []
    profile = flat.read(typed.said(form.values), faults=found)
    named = {bad.field for bad in found}
    found += [bad for bad in checking.faults(profile) if bad.field not in named]
    for bad in found:
        say_bad(form, bad)
    return form, (profile if form else None), password, kept


def _password(form: Form, one: Target | None) -> tuple[str | None, str]:
    """(the password for the store, the same sealed): typed now, or in an earlier round. None keeps the stored one."""
    if form["password_remove"]:
        return "", ""
    if new := form["password"]:
        return new, _sealed(new)
    kept = request.form.get("kept", "")
    if kept:
        try:
            return parts().seal.open(base64.urlsafe_b64decode(kept)), kept
        except (BadSeal, binascii.Error, ValueError):
            pass
    return (None if one is not None else ""), ""


def _sealed(text: str) -> str:
    return base64.urlsafe_b64encode(parts().seal.close(text)).decode()


def say_bad(form: Form, bad: BadTarget) -> None:
    """Say what is wrong with a field: in words of its own, or in those for any field."""
    for key in (f"targets.bad.{bad.field}.{bad.reason}", f"targets.bad.{bad.reason}"):
        if texts.has(key):
            form.wrong(bad.field, key, detail=bad.detail)
            return
    form.wrong(bad.field, "targets.bad.bad_value", detail=bad.detail)


def _page(form: Form, one: Target | None, kept: str = "") -> str:
    with parts().db.read() as c:
        members = [each for each in libraries.every(c) if each.state != "left"]
    symbols = [each.symbol for each in members]
    return render_template(
        "admin/target_form.html",
        form=form,
        target=one,
        kept=kept,
        members=members,
        other_symbol=form["symbol"] if form["symbol"] not in ("", *symbols) else "",
        zones=ZONES if form["zone"] in ("", *ZONES) else (*ZONES, form["zone"]),
        sample=request.args.get("sample", ""),
        copy=request.args.get("copy", ""),
        P=profiles,
    )
