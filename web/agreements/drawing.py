"""Drawing up an agreement in two steps, between whom and then on which terms; the draft is kept after each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, render_template, request

from broker.errors import Missing, NotAllowed, NotNow, Stale
from broker.partnership.terms import FORMS, TERMS
from broker.partnership.values import (
    BASES,
    CHANNELS,
    EFFECTS,
    EXCLUDED_BY,
    PARTS,
    PAYERS,
    ROLES,
    UNITS,
    Agreement,
    Exclusion,
    Fee,
    FormTerms,
    Party,
)
from web.agreements import typed
from web.agreements.room import actor, agreed, blueprint, is_admin_page, libraries_by_id, place
from web.app import t as say
from web.desk.imports import CATEGORIES
from web.forms import Form
from web.may import needs


@blueprint.route("/desk/<library>/agreements/new", methods=["GET", "POST"])
@needs("desk_approve")
def desk_new(library: str) -> Any:
    """A new agreement: between whom, for what, on which basis, since when."""
    return _base(None)


@blueprint.route("/admin/agreements/new", methods=["GET", "POST"])
@needs("network")
def admin_new() -> Any:
    """The same as the admin."""
    return _base(None)


@blueprint.route("/desk/<library>/agreements/<code>/edit", methods=["GET", "POST"])
@needs("desk_approve")
def desk_edit(library: str, code: str) -> Any:
    """Change the first step of a draft."""
    return _base(agreed().get(actor(), code))


@blueprint.route("/admin/agreements/<code>/edit", methods=["GET", "POST"])
@needs("network")
def admin_edit(code: str) -> Any:
    """The same as the admin."""
    return _base(agreed().get(actor(), code))


def _base(one: Agreement | None) -> Any:
    if one is not None and "edit" not in agreed().actions(actor(), one):
        flash(say("coop.not_now"), "warn")
        return redirect(place("page", code=one.code))
    mine = "" if is_admin_page() else str(g.library.id)
    if request.method == "GET":
        letters = tuple(one.newest.forms) if one else ()
        return _base_page(one, typed.base_shown(one), one.parties if one else (), letters)
    form = typed.base_fields()
    letters = typed.chosen_forms()
    if request.form.get("do") == "rows":
        return _base_page(one, form, typed.parties(Form(), libraries_by_id(), mine), letters, spare=8)
    members = typed.parties(form, libraries_by_id(), mine)
    drawn = typed.drawn(form, members, letters, one)
    if drawn is not None:
        try:
            if one is None:
                made = agreed().draw_up(actor(), drawn)
            else:
                made = agreed().edit(actor(), one.id, request.form.get("version", 0, type=int), drawn)
        except Stale:
            flash(say("desk.edit.stale"), "warn")
            return _base_page(agreed().get(actor(), one.id if one else ""), form, members, letters), 409
        except (NotNow, NotAllowed):
            flash(say("coop.not_now"), "warn")
            return redirect(place("list"))
        return redirect(place("terms", code=made.code))
    return _base_page(one, form, members, letters), 422


def _base_page(
    one: Agreement | None, form: Form, members: tuple[Party, ...], letters: tuple[str, ...], spare: int = 2
) -> str:
    mine = "" if is_admin_page() else str(g.library.id)
    return render_template(
        "agreements/base_form.html",
        one=one,
        form=form,
        mine=next((each for each in members if mine and each.library_id == mine), None),
        members=[each for each in members if each.library_id and each.library_id != mine],
        others=[each.name for each in members if not each.library_id],
        spare=spare,
        letters=letters,
        FORMS=FORMS,
        BASES=BASES,
        ROLES=ROLES,
        PARTS=PARTS,
        CHANNELS=CHANNELS,
        choosable=[each for each in libraries_by_id().values() if each.state == "active" and each.id != mine],
    )


@blueprint.route("/desk/<library>/agreements/<code>/terms", methods=["GET", "POST"])
@needs("desk_approve")
def desk_terms(library: str, code: str) -> Any:
    """The second step: the terms of each form, fees, what is kept out. For one in force: a new revision."""
    return _terms(code)


@blueprint.route("/admin/agreements/<code>/terms", methods=["GET", "POST"])
@needs("network")
def admin_terms(code: str) -> Any:
    """The same as the admin."""
    return _terms(code)


def _terms(code: str) -> Any:
    one = agreed().get(actor(), code)
    actions = agreed().actions(actor(), one)
    revises = "revise" in actions
    if not revises and "edit" not in actions:
        flash(say("coop.not_now"), "warn")
        return redirect(place("page", code=one.code))
    letters = tuple(sorted(one.newest.forms))
    if revises and request.method == "POST":
        letters = typed.chosen_forms() or letters
    elif revises:
        letters = tuple(sorted({*letters, *request.args.get("add", "")[:8]} & set(FORMS)))
    if request.method == "GET":
        return _terms_page(one, typed.terms_shown(letters, one.newest.forms), letters, one.newest.forms)
    givers = [each.library_id for each in one.parties if each.library_id]
    form, made = typed.terms_read(letters, givers, sorted(set(CATEGORIES.values())))
    drawn = typed.onto(one, forms=made)
    version = request.form.get("version", 0, type=int)
    if revises:
        return _revise(one, form, drawn, version, letters, made)
    if form:
        try:
            agreed().edit(actor(), one.id, version, drawn)
        except Stale:
            flash(say("desk.edit.stale"), "warn")
            return _terms_page(agreed().get(actor(), code), form, letters, made), 409
        flash(say("coop.done.edit"), "ok")
        return redirect(place("page", code=one.code))
    return _terms_page(one, form, letters, made), 422


def _revise(
    one: Agreement, form: Form, drawn: Any, version: int, letters: tuple[str, ...], made: dict[str, FormTerms]
) -> Any:
    told = request.form
    form.values |= {name: told.get(name, "").strip()[:2000] for name in ("effective_on", "until", "note")}
    form.require({"note": "coop.bad.note"})
    effective = typed.day(form, "effective_on")
    until = form.day("until", "admin.bad.day")
    if form and effective is not None:
        try:
            agreed().revise(actor(), one.id, version, replace(drawn, valid_to=until), effective, form["note"])
        except Stale:
            flash(say("desk.edit.stale"), "warn")
            return _terms_page(agreed().get(actor(), one.id), form, letters, made), 409
        except Missing as missing:
            for name in missing.fields:
                form.wrong("until" if name == "valid_to" else name, f"coop.bad.{name}")
        except NotNow:
            flash(say("coop.not_now"), "warn")
            return redirect(place("page", code=one.code))
        else:
            flash(say("coop.done.revise"), "ok")
            return redirect(place("page", code=one.code))
    return _terms_page(one, form, letters, made), 422


def _terms_page(one: Agreement, form: Form, letters: tuple[str, ...], known: Any) -> str:
    revises = one.state != "draft"
    if revises and request.method == "GET":
        form.values |= {"until": one.newest.valid_to.isoformat() if one.newest.valid_to else ""}
    spare = typed.SPARE
    return render_template(
        "agreements/terms_form.html",
        one=one,
        form=form,
        revises=revises,
        letters=letters,
        known={letter: known.get(letter, FormTerms()) for letter in letters},
        fees={letter: [*known.get(letter, FormTerms()).fees, *[Fee()] * spare] for letter in letters},
        exclusions={
            letter: [
                *known.get(letter, FormTerms()).exclusions,
                *[Exclusion(by="collection", value="")] * spare,
            ]
            for letter in letters
        },
        TERMS=TERMS,
        UNITS=UNITS,
        PAYERS=PAYERS,
        EXCLUDED_BY=EXCLUDED_BY,
        EFFECTS=EFFECTS,
        FORMS=FORMS,
        CATEGORIES=sorted(set(CATEGORIES.values())),
        addable=[letter for letter in FORMS if letter not in letters],
    )
