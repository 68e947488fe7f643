"""How a request comes to be: what is checked before, asked by a patron or made at the desk, and edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from broker import store
from broker import tables as t
from broker.aftermath import Loaded
from broker.case import Case, Effect, Move, Outcome
from broker.errors import Missing, NotAllowed, NotNow, OnOwnShelf, UnknownRequest
from broker.house import House, today
from broker.needby import clocks
from broker.request import step
from broker.roles import STAFF
from broker.shelves import on_shelf
from broker.showing import may_see
from broker.states import REQUEST
from broker.views import CITATION, PURPOSES, SERVICE_TYPES, Actor, Checks, Draft, Shelf
from foundation import libraries, people
from foundation.ids import next_code, uuid7
from foundation.libraries import Library
from foundation.people import Patron, UnknownPerson
from foundation.workflow import SYSTEM, Event

#: In these states a request can still be edited: nobody else has seen it, or nobody is asked any more.
EDITABLE = ("review", "end_of_rota")

#: Problems that only a stated reason overrules when a librarian places the request.
GRAVE = frozenset({"blocked", "membership_expired", "not_confirmed", "membership_closed"})

_EDITS = frozenset(
    {
        "citation",
        "cluster_id",
        "service_type",
        "purpose",
        "pickup_branch_id",
        "need_by",
        "any_edition",
        "note",
        "supplier_note",
    }
)


def checks(
    c: Connection, house: House, library: Library, patron: Patron | None, draft: Draft, now: datetime
) -> Checks:
    """What to say before submitting."""
    shelves = own_shelf(c, house, draft.cluster_id, library.id)
    return Checks(
        shelves=shelves,
        on_shelf=draft.service_type == "loan" and on_shelf(shelves),
        problems=problems(c, library, patron, now) if patron else (),
        duplicate_id=duplicate(c, patron, draft) if patron else None,
    )


def own_shelf(c: Connection, house: House, cluster_id: str | None, library_id: str) -> tuple[Shelf, ...]:
    """What the library itself has, over all its branches."""
    if cluster_id is None:
        return ()
    return tuple(shelf for shelf in house.holdings(c, cluster_id) if shelf.library_id == library_id)


def problems(c: Connection, library: Library, patron: Patron, now: datetime) -> tuple[str, ...]:
    """Why this patron may not ask, as codes; empty when they may."""
    still_open = c.execute(
        select(func.count())
        .select_from(t.request)
        .where(t.request.c.patron_id == patron.id, t.request.c.state.not_in(REQUEST.terminal))
    ).scalar_one()
    found = (
        ("not_confirmed", patron.state == "pending"),
        ("membership_closed", patron.state == "closed"),
        ("blocked", patron.blocked),
        ("membership_expired", patron.expires_on is not None and patron.expires_on < today(library, now)),
        ("limit_reached", still_open >= library.request_limit),
    )
    return tuple(code for code, holds in found if holds)


def duplicate(c: Connection, patron: Patron, draft: Draft) -> str | None:
    """The patron's open request for the same cluster, or for the same title typed the same way."""
    rows = c.execute(
        select(t.request.c.id, t.request.c.cluster_id, t.request.c.citation).where(
            t.request.c.patron_id == patron.id, t.request.c.state.not_in(REQUEST.terminal)
        )
    )
    wanted = _folded(draft.citation)
    for row in rows:
        same = row.cluster_id == draft.cluster_id if draft.cluster_id else _folded(row.citation) == wanted
        if same:
            return str(row.id)
    return None


def _folded(citation: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        " ".join(str(citation.get(name, "")).casefold().split())
        for name in ("title", "author", "article_title", "volume", "issue")
    )


# --- a new request -----------------------------------------------------------------------------


def submit(c: Connection, house: House, actor: Actor, draft: Draft, now: datetime) -> str:
    """A patron asks; the id of the request. Raises Missing, NotAllowed, OnOwnShelf."""
    if actor.role != "patron" or actor.patron_id is None:
        raise NotNow("only a patron submits; the desk creates")
    library, patron = libraries.get(c, actor.library_id), people.get_patron(c, actor.patron_id)
    if patron.library_id != library.id:
        raise UnknownRequest(patron.id)
    draft = _valid(c, library, draft, pickup=True)
    said = checks(c, house, library, patron, draft, now)
    if said.problems:
        raise NotAllowed(said.problems)
    if said.duplicate_id and not draft.again:
        raise NotAllowed(("duplicate",), said.duplicate_id)
    if said.on_shelf and not draft.fetch and not draft.override_reason.strip():
        raise OnOwnShelf(said.shelves)
    wants_look = (
        *(("own_copy",) if said.on_shelf else ()),
        *(("duplicate",) if said.duplicate_id else ()),
        *(("blank_form",) if draft.cluster_id is None and draft.holder is None else ()),
    )
    if draft.fetch and said.shelves:
        return _make(c, house, actor, library, patron, draft, now, "fetch")
    liable = library.liable_user_id if library.places_itself else None
    if liable and not wants_look:
        return _make(c, house, actor, library, patron, draft, now, "pass", liable=liable)
    return _make(c, house, actor, library, patron, draft, now, "hold", attention=wants_look)


def create(
    c: Connection, house: House, actor: Actor, draft: Draft, patron_id: str | None, now: datetime
) -> str:
    """The desk asks, for a patron or (None) for the library; the id of the request. Raises Missing, UnknownRequest."""
    if actor.role not in STAFF:
        raise NotNow("only the desk creates")
    library = libraries.get(c, actor.library_id)
    patron = None
    if patron_id is not None:
        try:
            patron = people.get_patron(c, patron_id)
        except UnknownPerson:
            raise UnknownRequest(patron_id) from None
        if patron.library_id != library.id:
            raise UnknownRequest(patron_id)
    draft = _valid(c, library, draft, pickup=False)
    said = checks(c, house, library, patron, draft, now)
    wants_look = (
        *said.problems,
        *(("own_copy",) if said.on_shelf else ()),
        *(("duplicate",) if said.duplicate_id else ()),
    )
    way = "fetch" if draft.fetch and said.shelves else "hold"
    return _make(
        c, house, actor, library, patron, draft, now, way, attention=() if way == "fetch" else wants_look
    )


def _valid(c: Connection, library: Library, draft: Draft, *, pickup: bool) -> Draft:
    """The draft with only what a citation may say and the one pickup place there is. Raises Missing."""
    citation = {name: str(draft.citation[name]).strip() for name in CITATION if draft.citation.get(name)}
    empty = [] if citation.get("title") else ["title"]
    places = [one.id for one in libraries.branches(c, library.id, pickup=True)]
    place = draft.pickup_branch_id or (places[0] if len(places) == 1 else None)
    if (place is None and pickup and places) or (place is not None and place not in places):
        empty.append("pickup_branch_id")
    if draft.service_type not in SERVICE_TYPES:
        empty.append("service_type")
    if draft.purpose not in PURPOSES:
        empty.append("purpose")
    if empty:
        raise Missing(empty)
    return replace(draft, citation=citation, pickup_branch_id=place)


def _make(
    c: Connection,
    house: House,
    actor: Actor,
    library: Library,
    patron: Patron | None,
    draft: Draft,
    now: datetime,
    way: str,
    *,
    attention: Sequence[str] = (),
    liable: str | None = None,
) -> str:
    request_id = uuid7()
    case = Case(id=request_id, liable_user_id=liable, transit_days=library.transit_days)
    reason = {"hold": attention[0] if attention else "to_place"}.get(way, "")
    moves: list[Move] = []
    effects: list[Effect] = []
    for event in (
        Event(action="submit", role=actor.role),
        Event(action=way, role=SYSTEM, fields={"reason": reason}),
    ):
        result = step(case, event, now, uuid7)
        case, effects, moves = result.case, [*effects, *result.effects], [*moves, *result.moves]
    for code in attention:
        case = case.attend(code)
    values: dict[str, Any] = {
        "id": request_id,
        "code": next_code(c, "SL", now),
        "library_id": library.id,
        "patron_id": patron.id if patron else None,
        "created_by": actor.user_id,
        "cluster_id": draft.cluster_id,
        "citation": dict(draft.citation),
        "holder": dict(draft.holder) if draft.holder else None,
        "service_type": draft.service_type,
        "purpose": draft.purpose,
        "pickup_branch_id": draft.pickup_branch_id,
        "need_by": draft.need_by,
        "any_edition": draft.any_edition,
        "note": draft.note,
        "supplier_note": draft.supplier_note if actor.role in STAFF else "",
        "override_reason": draft.override_reason,
    }
    if liable:
        values |= frozen_terms(house)
    outcome = Outcome(case, tuple(effects), tuple(moves))
    store.insert(c, house, values, library, outcome, actor, now, {})
    clocks.start(c, request_id, draft.need_by, library, now)
    return request_id


def frozen_terms(house: House) -> dict[str, Any]:
    """The agreement's terms as they stand when a request is placed: later changes do not touch it."""
    a = house.agreement
    return {
        "agreement_id": a.code,
        "agreement_revision": a.revision,
        "terms": {
            "loan_days": a.loan_days,
            "renewals": a.renewals,
            "renew_days": a.renew_days,
            "currency": a.currency,
            "fee_minor": dict(a.fee_minor),
        },
    }


def edit(
    c: Connection, house: House, actor: Actor, loaded: Loaded, changes: Mapping[str, Any], now: datetime
) -> None:
    """Change a request that nobody else has seen. Raises NotNow, Missing, TypeError for an unknown field."""
    may_see(loaded, actor)
    if actor.role not in STAFF or loaded.case.state not in EDITABLE:
        raise NotNow(f"edit in {loaded.case.state} by {actor.role}")
    unknown = set(changes) - _EDITS
    if unknown:
        raise TypeError(f"not a field of a draft: {', '.join(sorted(unknown))}")
    row = loaded.row
    before = {name: row[name] for name in _EDITS}
    draft = _valid(c, loaded.library, Draft(**(before | dict(changes))), pickup=False)
    values = {name: getattr(draft, name) for name in _EDITS}
    changed = {name: value for name, value in values.items() if value != row[name]}
    if not changed:
        return
    note = ", ".join(sorted(changed))
    case = replace(
        loaded.case, attention=tuple(code for code in loaded.case.attention if code != "blank_form")
    )
    found = own_shelf(c, house, changed.get("cluster_id"), loaded.library.id)
    if draft.service_type == "loan" and on_shelf(found):
        case = case.attend("own_copy")
    state = case.state
    outcome = Outcome(case, (), (Move("edit", "", state, state),))
    if "need_by" in changed:
        left = tuple(code for code in case.attention if code not in clocks.KINDS)
        outcome = outcome._replace(case=replace(case, attention=left))
        clocks.start(c, row["id"], draft.need_by, loaded.library, now)
    store.save(c, house, loaded, outcome, actor, now, {"note": note}, changed)
