"""The libraries of the network: list, one library with its branches, add, change, retire."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, g, redirect, render_template, request
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from broker import desk
from foundation import libraries, people
from foundation.libraries import Changed, Library
from foundation.tables import branch as branch_table
from harvester import retention, sources, store
from web import forms
from web.admin.room import ZONES, at, blueprint, code_or_404, note, now, today
from web.admin.sources import records_by_source
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs

KINDS = ("university", "public", "school", "special", "national", "village", "other")
STATES = ("candidate", "active", "suspended")

FIELDS = (
    "code",
    "symbol",
    "name",
    "kind",
    "institution",
    "address",
    "region",
    "latitude",
    "longitude",
    "zone",
    "email",
    "phone",
    "whatsapp",
    "opac_url",
    "state",
    "lends",
    "places_itself",
    "liable_user_id",
    "transit_days",
    "pickup_days",
    "retention_days",
    "request_limit",
    "version",
)
#: Fields that are stored as they were typed.
WORDS = (
    "symbol",
    "name",
    "kind",
    "institution",
    "address",
    "region",
    "zone",
    "email",
    "phone",
    "whatsapp",
    "opac_url",
    "state",
)
LONGEST = {
    "name": 200,
    "institution": 200,
    "region": 40,
    "email": 200,
    "phone": 60,
    "whatsapp": 60,
    "symbol": 80,
}
#: (least, most) of the numbers.
NUMBERS = {"transit_days": (0, 60), "pickup_days": (1, 90), "request_limit": (1, 500)}
NUMBERS |= {"retention_days": (1, 365)}


@blueprint.get("/libraries")
@needs("network")
def members() -> str:
    """All libraries, those that left at the end."""
    with parts().db.read() as c:
        every = sorted(libraries.every(c), key=lambda one: (one.state == "left", one.name.casefold()))
        b = branch_table.c
        rows = c.execute(select(b.library_id, func.count()).where(b.state == "active").group_by(b.library_id))
        branches = {row[0]: row[1] for row in rows}
        amounts = records_by_source(c)
        records: dict[str, int] = {}
        for one in sources.listed(c):
            records[one.library_id] = records.get(one.library_id, 0) + amounts.get(one.id, 0)
        staff = {one.id: len(people.staff(c, one.id)) for one in every}
    return render_template("admin/members.html", every=every, branches=branches, records=records, staff=staff)


@blueprint.route("/libraries/new", methods=["GET", "POST"])
@needs("network")
def member_new() -> Any:
    """Add a library; its first branch is made with it, because a holding stands at a branch."""
    if request.method == "GET":
        start = {"kind": "university", "zone": ZONES[0], "state": "active", "lends": "yes"}
        start |= {"transit_days": "3", "pickup_days": "10", "request_limit": "10", "symbol": "ISIL:ID-"}
        start |= {"retention_days": "30"}
        return _page(forms.filled(start), None)
    form, values = _checked(None)
    if form:
        try:
            with parts().db.begin() as c:
                made = libraries.add(c, now(), **values)
                libraries.add_branch(c, made.id, code="main", name=made.name)
                note(c, "library", made.id, "added", code=made.code)
        except IntegrityError:
            _taken(form, None)
        else:
            flash(say("admin.library.added", name=made.name), "ok")
            return redirect(at("member", code=made.code))
    return _page(form, None), 422


@blueprint.get("/libraries/<code>")
@needs("network")
def member(code: str) -> Any:
    """One library: what is known of it, its branches, closures, sources and staff."""
    return member_page(code, forms.Form())


def member_page(code: str, form: Form) -> str:
    """The page of a library, with the form of a closure as it was typed."""
    with parts().db.read() as c:
        one = code_or_404(c, code)
        places = libraries.branches(c, one.id, closed=True)
        hours = {place.id: libraries.openings(c, place.id) for place in places}
        closed = libraries.closures(c, one.id, since=today())
        its_sources = sources.listed(c, library_id=one.id)
        amounts = records_by_source(c)
        running = {run.source_id: run for run in store.running(c)}
        staff = [(user, people.roles_of(c, user.id)) for user in people.staff(c, one.id)]
        liable = _name(c, one.liable_user_id)
    return render_template(
        "admin/member.html",
        library=one,
        places=places,
        hours=hours,
        closed=closed,
        sources=its_sources,
        amounts=amounts,
        running=running,
        staff=staff,
        liable=liable,
        form=form,
    )


@blueprint.route("/libraries/<code>/edit", methods=["GET", "POST"])
@needs("network")
def member_edit(code: str) -> Any:
    """Change a library; one from the configuration file is changed there."""
    with parts().db.read() as c:
        one = code_or_404(c, code)
    if one.provisioned:
        flash(say("admin.from_file.why"), "warn")
        return redirect(at("member", code=code))
    if request.method == "GET":
        return _page(forms.filled(_values(one)), one)
    form, values = _checked(one)
    if form:
        try:
            with parts().db.begin() as c:
                libraries.change(c, one.id, request.form.get("version", 0, type=int), **values)
                note(c, "library", one.id, "changed", code=code)
        except IntegrityError:
            _taken(form, one)
        except Changed:
            flash(say("desk.edit.stale"), "warn")
            with parts().db.read() as c:
                one = code_or_404(c, code)
            form.values["version"] = str(one.version)
            return _page(form, one), 409
        else:
            flash(say("admin.library.changed", name=values["name"]), "ok")
            return redirect(at("member", code=code))
    return _page(form, one), 422


@blueprint.route("/libraries/<code>/retire", methods=["GET", "POST"])
@needs("network")
def member_retire(code: str) -> Any:
    """A library leaves: it stops lending and borrowing; its records stay or go, as is chosen."""
    with parts().db.read() as c:
        one = code_or_404(c, code)
        its_sources = sources.listed(c, library_id=one.id)
        amounts = records_by_source(c)
        pending = _open_requests(c, one.id)
    if one.provisioned or one.state == "left":
        flash(say("admin.from_file.why" if one.provisioned else "admin.retire.already"), "warn")
        return redirect(at("member", code=code))
    form = forms.read("typed", "records") if request.method == "POST" else forms.filled({"records": "keep"})
    if request.method == "POST":
        form.one_of("records", ("keep", "remove"), "admin.retire.records.choose")
        if form["typed"] != one.code:
            form.wrong("typed", "admin.delete.typed.wrong", code=one.code)
        if form:
            with parts().db.begin() as c:
                libraries.change(c, one.id, one.version, state="left", lends=False, places_itself=False)
                note(c, "library", one.id, "retired", code=code, records=form["records"])
                for source in its_sources:
                    _let_go(c, source, remove=form["records"] == "remove")
            flash(say("admin.retire.done", name=one.name), "ok")
            return redirect(at("member", code=code))
    page = render_template(
        "admin/member_retire.html",
        library=one,
        form=form,
        pending=pending,
        sources=its_sources,
        records=sum(amounts.get(source.id, 0) for source in its_sources),
        fixed=[source for source in its_sources if source.provisioned],
    )
    return page, 422 if form.errors else 200


@blueprint.post("/libraries/<code>/return")
@needs("network")
def member_return(code: str) -> Any:
    """A library that left takes part again; its sources are switched on by hand."""
    with parts().db.begin() as c:
        one = code_or_404(c, code)
        if one.state == "left" and not one.provisioned:
            libraries.change(c, one.id, one.version, state="active", lends=True)
            note(c, "library", one.id, "returned", code=code)
            flash(say("admin.return.done", name=one.name), "ok")
    return redirect(at("member", code=code))


def _let_go(c: Connection, source: sources.Source, *, remove: bool) -> None:
    """Switch a source off, or take it away with its records; one from the file is left to the file."""
    if source.provisioned:
        return
    if remove:
        retention.delete_source(c, source.id, at=now(), asked_by=g.viewer.user_id)
        note(c, "source", source.id, "deleted", code=source.code)
    else:
        sources.set_enabled(c, source.id, False)


def _open_requests(c: Connection, library_id: str) -> tuple[int, int]:
    """(requests of its readers, requests to it) that are not over: numbers, no names."""
    borrowing, lending = desk.borrowing_counts(c, library_id), desk.lending_counts(c, library_id)
    return (
        borrowing.get("needs_action", 0) + borrowing.get("waiting", 0),
        lending.get("needs_action", 0) + lending.get("waiting", 0),
    )


def _name(c: Connection, user_id: str | None) -> str:
    try:
        return people.get_user(c, user_id).name if user_id else ""
    except people.UnknownPerson:
        return ""


def _values(one: Library) -> dict[str, str]:
    values = {}
    for name in FIELDS:
        value = getattr(one, name)
        values[name] = (
            ("yes" if value else "") if isinstance(value, bool) else "" if value is None else str(value)
        )
    return values


def _checked(one: Library | None) -> tuple[Form, dict[str, Any]]:
    """The form as sent and, when nothing is wrong, the fields to store. The code is never changed later."""
    form = forms.read(*FIELDS)
    if one is not None:
        form.values["code"] = one.code
    form.require({"name": "admin.bad.name.required"})
    form.values["code"] = form["code"].upper()
    if not re.fullmatch(r"[A-Z0-9]{2,16}", form["code"]):
        form.wrong("code", "admin.bad.library.code")
    if not re.fullmatch(r"(ISIL|NPP):[A-Za-z0-9/:-]{2,70}", form["symbol"]) or form["symbol"] == "ISIL:ID-":
        form.wrong("symbol", "admin.bad.symbol")
    for name, longest in LONGEST.items():
        if len(form[name]) > longest:
            form.wrong(name, "patron.long", n=longest)
    form.one_of("kind", KINDS, "admin.bad.kind")
    form.one_of(
        "state", STATES if one is None or one.state != "left" else (*STATES, "left"), "admin.bad.state"
    )
    form.one_of("zone", ZONES if one is None else (*ZONES, one.zone), "admin.bad.zone.unknown_zone")
    if form["email"] and not forms.is_address(form["email"]):
        form.wrong("email", "patron.email.bad")
    if form["opac_url"] and not re.match(r"https?://[^\s/]+", form["opac_url"]):
        form.wrong("opac_url", "admin.bad.url.bad_url")
    numbers = {name: _whole(form, name, *span) for name, span in NUMBERS.items()}
    places = {name: _degrees(form, name, most) for name, most in (("latitude", 90), ("longitude", 180))}
    if form["places_itself"] and not form["liable_user_id"]:
        form.wrong("liable_user_id", "admin.bad.liable")
    with parts().db.read() as c:
        known = {user.id for user in people.staff(c, one.id)} if one else set()
    if form["liable_user_id"] and form["liable_user_id"] not in known:
        form.wrong("liable_user_id", "admin.bad.liable")
    values: dict[str, Any] = {name: form[name] for name in WORDS} | numbers | places
    values |= {name: bool(form[name]) for name in ("lends", "places_itself")}
    values["liable_user_id"] = form["liable_user_id"] or None
    if one is None:
        values["code"] = form["code"]
    return form, values


def _whole(form: Form, name: str, least: int, most: int) -> int:
    text = form[name]
    if not text.isdecimal() or not least <= int(text) <= most:
        form.wrong(name, "admin.bad.number", least=least, most=most)
        return least
    return int(text)


def _degrees(form: Form, name: str, most: int) -> float | None:
    if not form[name]:
        return None
    try:
        value = float(form[name].replace(",", "."))
    except ValueError:
        value = 1000.0
    if not -most <= value <= most:
        form.wrong(name, "admin.bad.degrees", most=most)
        return None
    return value


def _taken(form: Form, one: Library | None) -> None:
    with parts().db.read() as c:
        every = [each for each in libraries.every(c) if one is None or each.id != one.id]
    if any(each.code == form["code"] for each in every):
        form.wrong("code", "admin.bad.code.taken")
    if any(each.symbol == form["symbol"] for each in every):
        form.wrong("symbol", "admin.bad.symbol.taken")


def _page(form: Form, one: Library | None) -> str:
    with parts().db.read() as c:
        staff = people.staff(c, one.id) if one else ()
    return render_template(
        "admin/member_form.html",
        form=form,
        library=one,
        staff=staff,
        kinds=KINDS,
        states=STATES if one is None or one.state != "left" else (*STATES, "left"),
        zones=ZONES if one is None or one.zone in ZONES else (*ZONES, one.zone),
    )
