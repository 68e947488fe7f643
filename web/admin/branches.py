"""Branches of a library with their hours and the words by which sources call them; its closures."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request
from sqlalchemy.exc import IntegrityError

from foundation import libraries
from foundation.calendars import Calendar
from foundation.libraries import Branch, Library, Opening
from web import forms
from web.admin.members import member_page
from web.admin.room import ZONES, at, blueprint, code_or_404, note
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs

DAYS = tuple(range(7))
FIELDS = ("code", "name", "address", "zone", "email", "phone", "pickup", "lends", "aliases", "state")
LONGEST = {"name": 200, "email": 200, "phone": 60, "address": 1000}


@blueprint.route("/libraries/<code>/branches/new", methods=["GET", "POST"])
@needs("network")
def branch_new(code: str) -> Any:
    """Add a branch."""
    with parts().db.read() as c:
        library = code_or_404(c, code)
    if library.provisioned:
        return _read_only(code)
    if request.method == "GET":
        start = {"pickup": "yes", "lends": "yes", "state": "active"}
        start |= {f"day{day}": "08:00-16:00" for day in range(5)}
        return _page(forms.filled(start), library, None)
    form, values, hours = _checked(None)
    if form:
        try:
            with parts().db.begin() as c:
                made = libraries.add_branch(c, library.id, code=form["code"], **values)
                libraries.set_openings(c, made.id, hours)
                note(c, "library", library.id, "branch_added", code=code, branch=form["code"])
        except IntegrityError:
            form.wrong("code", "admin.bad.branch.taken")
        else:
            flash(say("admin.branch.added", name=made.name), "ok")
            return redirect(at("member", code=code) + "#branches")
    return _page(form, library, None), 422


@blueprint.route("/libraries/<code>/branches/<branch_id>", methods=["GET", "POST"])
@needs("network")
def branch_edit(code: str, branch_id: str) -> Any:
    """Change a branch; closing it takes it out of the choices, what stands there stays."""
    with parts().db.read() as c:
        library = code_or_404(c, code)
        place = libraries.branch(c, branch_id)
        hours = libraries.openings(c, branch_id)
    if place.library_id != library.id:
        abort(404)
    if library.provisioned:
        return _read_only(code)
    if request.method == "GET":
        return _page(forms.filled(_values(place, hours)), library, place)
    form, values, hours = _checked(place)
    if form:
        with parts().db.begin() as c:
            libraries.change_branch(c, place.id, **values)
            libraries.set_openings(c, place.id, hours)
            note(c, "library", library.id, "branch_changed", code=code, branch=place.code)
        flash(say("admin.branch.changed", name=values["name"]), "ok")
        return redirect(at("member", code=code) + "#branches")
    return _page(form, library, place), 422


@blueprint.post("/libraries/<code>/closures")
@needs("network")
def closure_add(code: str) -> Any:
    """Close a library, or one branch of it, on some days: deadlines are counted around them."""
    form = forms.read("first_day", "last_day", "branch", "reason")
    form.require({"first_day": "admin.bad.day"})
    first = form.day("first_day", "admin.bad.day")
    last = form.day("last_day", "admin.bad.day") or first
    if first and last and last < first:
        form.wrong("last_day", "admin.bad.last_day")
    if len(form["reason"]) > 200:
        form.wrong("reason", "patron.long", n=200)
    with parts().db.begin() as c:
        library = code_or_404(c, code)
        known = {one.id for one in libraries.branches(c, library.id)}
        if form["branch"] and form["branch"] not in known:
            form.wrong("branch", "admin.bad.branch")
        if form and first and last:
            libraries.add_closure(
                c, library.id, first, last, branch_id=form["branch"] or None, reason=form["reason"]
            )
            note(c, "library", library.id, "closure_added", code=code, first=first.isoformat())
    if form:
        flash(say("admin.closure.added"), "ok")
        return redirect(at("member", code=code) + "#closures")
    return member_page(code, form), 422


@blueprint.post("/libraries/<code>/closures/<closure_id>/remove")
@needs("network")
def closure_remove(code: str, closure_id: str) -> Any:
    """Take a closure back."""
    with parts().db.begin() as c:
        library = code_or_404(c, code)
        if libraries.remove_closure(c, library.id, closure_id):
            note(c, "library", library.id, "closure_removed", code=code)
            flash(say("admin.closure.removed"), "ok")
    return redirect(at("member", code=code) + "#closures")


def _read_only(code: str) -> Any:
    flash(say("admin.from_file.why"), "warn")
    return redirect(at("member", code=code))


def _values(place: Branch, hours: tuple[Opening, ...]) -> dict[str, str]:
    values = {
        name: getattr(place, name) for name in ("code", "name", "address", "zone", "email", "phone", "state")
    }
    values |= {"pickup": "yes" if place.pickup else "", "lends": "yes" if place.lends else ""}
    values["aliases"] = "\n".join(place.aliases)
    for day in DAYS:
        values[f"day{day}"] = ", ".join(f"{one.opens}-{one.closes}" for one in hours if one.weekday == day)
    return values


def _checked(place: Branch | None) -> tuple[Form, dict[str, Any], tuple[Opening, ...]]:
    form = forms.read(*FIELDS, *(f"day{day}" for day in DAYS))
    if place is not None:
        form.values["code"] = place.code
    form.require({"name": "admin.bad.name.required"})
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,24}", form["code"]):
        form.wrong("code", "admin.bad.branch.code")
    for name, longest in LONGEST.items():
        if len(form[name]) > longest:
            form.wrong(name, "patron.long", n=longest)
    form.one_of("zone", ("", *ZONES, place.zone if place else ""), "admin.bad.zone.unknown_zone")
    form.one_of("state", ("active", "closed"), "admin.bad.state")
    if form["email"] and not forms.is_address(form["email"]):
        form.wrong("email", "patron.email.bad")
    hours = tuple(one for day in DAYS for one in _hours(form, day))
    values: dict[str, Any] = {
        name: form[name] for name in ("name", "address", "zone", "email", "phone", "state")
    }
    values |= {"pickup": bool(form["pickup"]), "lends": bool(form["lends"])}
    values["aliases"] = tuple(
        dict.fromkeys(line.strip() for line in form["aliases"].splitlines() if line.strip())
    )
    return form, values, hours


def _hours(form: Form, day: int) -> list[Opening]:
    """'08:00-12:00, 13.00-16.00' as openings; the calendar itself says what cannot be."""
    name, found = f"day{day}", []
    for piece in form[name].split(","):
        if not piece.strip():
            continue
        told = re.fullmatch(r"(\d{1,2})[.:](\d{2}) ?[-–] ?(\d{1,2})[.:](\d{2})", piece.strip())
        if told is None:
            form.wrong(name, "admin.bad.hours")
            return []
        opens, closes = (f"{int(told[i]):02d}:{told[i + 1]}" for i in (1, 3))
        found.append(Opening(weekday=day, opens=opens, closes=closes))
    try:
        Calendar.of("UTC", [(one.weekday, one.opens, one.closes) for one in found])
    except ValueError:
        form.wrong(name, "admin.bad.hours")
        return []
    return found


def _page(form: Form, library: Library, place: Branch | None) -> str:
    return render_template(
        "admin/branch_form.html",
        form=form,
        library=library,
        place=place,
        zones=ZONES if place is None or place.zone in ("", *ZONES) else (*ZONES, place.zone),
    )
