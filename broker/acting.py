"""Buttons pressed at either desk, one unit of work each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from broker import intake, store, supply, supply_store
from broker.aftermath import Loaded
from broker.blank.titles import surely
from broker.case import Case, Outcome
from broker.errors import Missing, NotAllowed, NotNow, Stale, UnknownRequest
from broker.house import House, today
from broker.partnership import store as agreed
from broker.partnership.deciding import closed_to
from broker.request import LEG_ACTIONS, step
from broker.roles import STAFF
from broker.shelves import on_shelf
from broker.showing import may_see, may_see_supply
from broker.supply import Supply
from broker.views import Actor
from foundation import libraries, people, workflow
from foundation.ids import uuid7
from foundation.workflow import Event


def act(
    c: Connection,
    house: House,
    actor: Actor,
    request_id: str,
    action: str,
    version: int,
    now: datetime,
    attempt_id: str | None,
    told: Mapping[str, Any],
) -> None:
    """A button of the requesting side. Raises UnknownRequest, Stale, NotNow, Missing."""
    loaded = store.load(c, request_id)
    may_see(loaded, actor)
    if loaded.row["version"] != version:
        raise Stale(loaded.row["code"])
    found: dict[str, Any] = {}
    if action in ("place", "search_again") and actor.role in STAFF:
        told, found = _with_title(c, house, loaded, told)
    if action == "place":
        place(c, house, actor, loaded, now, told, found)
        return
    fields = {**told, "today": today(loaded.library, now)}
    if attempt_id is not None and action in LEG_ACTIONS:
        if attempt_id not in {leg.id for leg in loaded.case.legs}:
            raise UnknownRequest(attempt_id)
        fields["leg"] = attempt_id
    outcome = stepped(loaded.case, Event(action=action, role=actor.role, fields=fields), now)
    store.save(c, house, loaded, outcome, actor, now, told, found)


def _with_title(
    c: Connection, house: House, loaded: Loaded, told: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is told, and what changes of the row, when a typed wish surely means one title; else nothing changes.

    Raises NotAllowed where that title stands on the own shelf: then a person should look.
    """
    row = loaded.row
    told = {name: value for name, value in told.items() if name not in ("cluster_id", "by")}
    sure = surely(house.find(row["citation"])) if row["cluster_id"] is None else None
    if sure is None:
        return told, {}
    own = intake.own_shelf(c, house, sure.cluster_id, loaded.library.id)
    if row["service_type"] == "loan" and on_shelf(own):
        raise NotAllowed(("own_copy",))
    left = [code for code in loaded.case.attention if code != "blank_form"]
    found = {"cluster_id": sure.cluster_id, "attention": left}
    return {**told, "cluster_id": sure.cluster_id, "by": sure.by}, found


def stepped(case: Case, event: Event, now: datetime) -> Outcome:
    """The pure step, with its refusals as the broker's own."""
    try:
        return step(case, event, now, uuid7)
    except workflow.NotNow as problem:
        raise NotNow(str(problem)) from problem
    except workflow.Missing as problem:
        raise Missing(problem.fields) from problem


def place(
    c: Connection,
    house: House,
    actor: Actor,
    loaded: Loaded,
    now: datetime,
    told: Mapping[str, Any],
    found: Mapping[str, Any],
) -> None:
    """Send a request on its way: the librarian who does is liable for it from now on.

    `found` are columns of the title that a typed wish turned out to mean.
    """
    row = loaded.row
    if actor.role not in STAFF or actor.user_id is None:
        raise NotNow("only a librarian places a request, and answers for it")
    category = None
    if row["patron_id"] is not None and loaded.case.state == "review":
        patron = people.get_patron(c, row["patron_id"])
        category = patron.category
        grave = intake.GRAVE & set(intake.problems(c, loaded.library, patron, now))
        if grave and not str(told.get("despite") or "").strip():
            raise Missing(["despite"])
    form = "f" if row["service_type"] == "loan" else "h"
    on = today(loaded.library, now)
    agreements = agreed.counting(c)
    refused = closed_to(agreements, house.agreement, form, row["service_type"], loaded.library, on, category)
    if refused:
        raise NotAllowed(refused)
    case = replace(loaded.case, liable_user_id=actor.user_id)
    outcome = stepped(case, Event(action="place", role=actor.role, fields=told), now)
    store.save(c, house, loaded, outcome, actor, now, told, {**intake.frozen_terms(house), **found})


def answer(
    c: Connection,
    house: House,
    actor: Actor,
    attempt_id: str,
    action: str,
    version: int,
    now: datetime,
    told: Mapping[str, Any],
) -> None:
    """A button of the supplying side. Raises UnknownRequest, Stale, NotNow, Missing."""
    loaded = supply_store.load(c, attempt_id)
    may_see_supply(loaded, actor)
    if actor.role not in STAFF:
        raise NotNow(f"{action} by {actor.role}")
    if loaded.row["supply_version"] != version:
        raise Stale(loaded.row["code"])
    fields = {**told, "today": today(loaded.library, now)}
    if action in ("ship", "grant_renewal") and not fields.get("due_on"):
        fields["due_on"] = usual_due(c, house, loaded, action, now)
    outcome = supplied(loaded.supply, Event(action=action, role=actor.role, fields=fields), now)
    supply_store.save(c, house, loaded, outcome, actor, now, {**told, "action": action})


def supplied(before: Supply, event: Event, now: datetime) -> supply.Outcome:
    """The pure step, with its refusals as the broker's own."""
    try:
        return supply.step(before, event, now)
    except workflow.NotNow as problem:
        raise NotNow(str(problem)) from problem
    except workflow.Missing as problem:
        raise Missing(problem.fields) from problem


def usual_due(
    c: Connection, house: House, loaded: supply_store.LoadedSupply, action: str, now: datetime
) -> Any:
    """The due date by the terms of the agreement: days counted from today, or, renewing, from the due date."""
    day = today(loaded.library, now)
    terms = loaded.row["terms"]  # frozen when it was asked
    if not terms:
        said = house.decide(c)(
            "f", "loan", loaded.row["requesting_library_id"], loaded.row["library_id"], day
        )
        terms = said.terms or {
            "loan_days": house.agreement.loan_days,
            "renew_days": house.agreement.renew_days,
        }
    if action == "grant_renewal":
        start = max(day, loaded.supply.due_on or day)
        return start + timedelta(days=int(terms["renew_days"]))
    due = day + timedelta(days=int(terms["loan_days"]))
    library = libraries.get(c, loaded.row["library_id"])
    # A book is not due on a day on which nobody could take it.
    return house.calendar(c, library).next_open_day(due)
