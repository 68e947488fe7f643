"""National holidays: those that the calendar knows, with days added and taken out by the admin."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request

from foundation import libraries
from foundation.calendars import national
from web import forms
from web.admin.room import at, blueprint, note, today
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs

COUNTRY = "ID"


@blueprint.get("/holidays")
@needs("network")
def holidays() -> str:
    """One year's holidays, with what was changed about them."""
    return _page(forms.Form())


@blueprint.post("/holidays")
@needs("network")
def holiday_set() -> Any:
    """Add a day, or take a national one out."""
    form = forms.read("day", "name", "kind")
    form.require({"day": "admin.bad.day"})
    day = form.day("day", "admin.bad.day")
    form.one_of("kind", ("added", "removed"), "admin.bad.day")
    if form["kind"] == "added":
        form.require({"name": "admin.bad.holiday_name"})
    if len(form["name"]) > 200:
        form.wrong("name", "patron.long", n=200)
    if day and form["kind"] == "removed" and day not in national(COUNTRY, day.year):
        form.wrong("day", "admin.bad.not_national")
    if form and day:
        name = form["name"] or national(COUNTRY, day.year).get(day, "")
        with parts().db.begin() as c:
            made = libraries.set_holiday(c, day, name[:200], form["kind"])
            note(c, "holiday", made.id, f"holiday_{form['kind']}", day=day.isoformat())
        flash(say("admin.holiday.done"), "ok")
        return redirect(at("holidays", year=day.year))
    return _page(form), 422


@blueprint.post("/holidays/<holiday_id>/forget")
@needs("network")
def holiday_forget(holiday_id: str) -> Any:
    """Let the national calendar hold again for a day."""
    with parts().db.begin() as c:
        known = {one.id: one for one in libraries.holidays(c)}
        if holiday_id not in known:
            abort(404)
        libraries.remove_holiday(c, holiday_id)
        note(c, "holiday", holiday_id, "holiday_forgotten", day=known[holiday_id].day.isoformat())
    flash(say("admin.holiday.done"), "ok")
    return redirect(at("holidays", year=known[holiday_id].day.year))


def _page(form: Form) -> str:
    year = request.args.get("year", today().year, type=int)
    if not 2000 <= year <= 2100:
        abort(404)
    with parts().db.read() as c:
        changed = {one.day: one for one in libraries.holidays(c, year)}
    known = national(COUNTRY, year)
    days = sorted({*known, *changed})
    rows: list[tuple[date, str, Any]] = [
        (day, changed[day].name if day in changed else known[day], changed.get(day)) for day in days
    ]
    return render_template("admin/holidays.html", form=form, year=year, rows=rows, this=today().year)
