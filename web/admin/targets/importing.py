"""Targets out of other systems' lists: read, looked at, and only then taken in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request

from foundation.seal import BadSeal
from index.targets import flat, store
from index.targets.errors import BadTarget
from index.targets.imports import koha, pazpar2, zeerex
from index.targets.imports.found import LONGEST, Found, Remark, Unreadable
from web import texts
from web.admin.room import at, blueprint, note, now
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs

#: Kind of list → what reads it.
KINDS: Mapping[str, Callable[[bytes, set[str] | None], tuple[Found, ...]]] = {
    "koha": koha.read,
    "pazpar2": pazpar2.read,
    "zeerex": zeerex.read,
}


@blueprint.route("/targets/import", methods=["GET", "POST"])
@needs("network")
def target_import() -> Any:
    """Send a list, look at what is in it, choose, take in."""
    form = Form(values={"kind": request.form.get("kind", "koha")})
    if request.method == "GET":
        return _page(form)
    if request.form.get("do") == "take":
        return _take(form)
    found = _sent(form)
    if not form:
        return _page(form), 422
    return _page(form, found, _packed(found))


def _sent(form: Form) -> tuple[Found, ...]:
    read = KINDS.get(form["kind"])
    if read is None:
        form.wrong("kind", "targets.import.kind.bad")
        return ()
    file = request.files.get("file")
    data = file.read(5 * LONGEST + 1) if file is not None else b""
    pasted = request.form.get("pasted", "").strip()
    if not data and pasted:
        data = pasted.encode()
    if not data:
        form.wrong("file", "targets.import.file.none")
        return ()
    with parts().db.read() as c:
        every = store.listed(c)
    taken = {one.code for one in every}
    try:
        found = read(data, taken)
    except Unreadable as bad:
        form.wrong("file", f"targets.import.unreadable.{bad.reason}", detail=bad.detail)
        return ()
    if not found:
        form.wrong("file", "targets.import.unreadable.empty", detail="")
    there = {one.profile.address.url: one.name for one in every}
    return tuple(_marked(one, there) for one in found)


def _marked(one: Found, there: Mapping[str, str]) -> Found:
    """A target whose address is known already says so: most lists are sent more than once."""
    name = there.get(flat.read(one.flat, faults=[]).address.url)
    return replace(one, remarks=(Remark(code="there", detail=name), *one.remarks)) if name else one


def _take(form: Form) -> Any:
    """Take in those that were ticked; passwords come sealed from the look before."""
    try:
        found = _unpacked(request.form.get("kept", ""))
    except (BadSeal, ValueError, KeyError, TypeError):
        form.wrong("file", "targets.import.again")
        return _page(form), 422
    chosen = set(request.form.getlist("row"))
    taken, refused = [], []
    with parts().db.begin() as c:
        for one in found:
            if one.place not in chosen:
                continue
            values = dict(one.flat)
            values["code"] = store.free_code(c, str(values["code"]))
            values["enabled"] = request.form.get("enabled") == "yes"
            try:
                made = store.add(c, flat.read(values), password=one.password, seal=parts().seal, at=now())
            except BadTarget as bad:
                refused.append(f"{one.flat.get('name')}: {bad.field}")
                continue
            note(c, "target", made.id, "imported", code=made.code, list=form["kind"])
            taken.append(made.code)
    if refused:
        flash(say("targets.import.refused", names=", ".join(refused)), "warn")
    if not taken:
        if not refused:
            flash(say("targets.import.nothing"), "warn")
        return _page(form, found, request.form.get("kept", "")), 422
    flash(say("targets.import.done", n=len(taken)), "ok")
    return redirect(at("targets"))


def _packed(found: tuple[Found, ...]) -> str:
    """The rows with their passwords, sealed, for the form that comes back."""
    rows = [
        {
            "place": one.place,
            "flat": dict(one.flat),
            "password": one.password,
            "remarks": [(remark.code, remark.detail) for remark in one.remarks],
            "faults": list(one.faults),
        }
        for one in found
    ]
    return parts().seal.close(json.dumps(rows)).decode("ascii")


def _unpacked(text: str) -> tuple[Found, ...]:
    rows = json.loads(parts().seal.open(text.encode()))
    return tuple(
        Found(
            place=row["place"],
            flat=row["flat"],
            password=row["password"],
            remarks=tuple(Remark(code=code, detail=detail) for code, detail in row["remarks"]),
            faults=tuple((field, reason) for field, reason in row["faults"]),
        )
        for row in rows
    )


def _page(form: Form, found: tuple[Found, ...] = (), kept: str = "") -> str:
    return render_template(
        "admin/target_import.html", form=form, kinds=tuple(KINDS), found=found, kept=kept, fault=_fault
    )


def _fault(field: str, reason: str) -> str:
    """A fault of a row, with the name of its field."""
    for key in (f"targets.bad.{field}.{reason}", f"targets.bad.{reason}"):
        if texts.has(key):
            return f"{say(f'targets.field.{field}')}: {say(key, detail='')}"
    return f"{say(f'targets.field.{field}')}: {say('targets.bad.bad_value', detail='')}"
