"""Use cases of agreements: draw one up, have every party confirm it, revise, renew, suspend and end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from broker.errors import Missing, NotAllowed, NotNow, Stale
from broker.house import House
from broker.partnership import store
from broker.partnership.changes import CHANGES, as_it_is
from broker.partnership.deciding import last_day
from broker.partnership.states import AGREEMENT, IN_FORCE
from broker.partnership.store import UnknownAgreement
from broker.partnership.terms import checked
from broker.partnership.values import BASES, Agreement, FormTerms, OralNote, Party, Revision
from broker.views import Actor
from foundation import events, outbox, workflow
from foundation.events import Event as Happened
from foundation.ids import uuid7
from foundation.outbox import Work
from foundation.workflow import SYSTEM, Event

#: Days before its end on which an agreement is called 'ending' and its parties are told.
NEAR = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An agreement as it was written on a form. `parties` are ids of libraries or names of other bodies."""

    name: str
    name_en: str = ""
    basis: str = "written"
    legal_basis: str = ""
    parties: Sequence[Party] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, FormTerms] = field(default_factory=dict)
    oral: OralNote | None = None
    auto_renew_months: int = 0
    notice_days: int = 30


class Partnerships:
    """Every method is one unit of work. All raise UnknownAgreement for what is none of the actor's business."""

    def __init__(self, house: House) -> None:
        self.house = house

    # --- looking ---

    def of(self, actor: Actor) -> tuple[Agreement, ...]:
        """Agreements that the actor's library is in; an admin sees all."""
        with self.house.db.read() as c:
            return store.every(c, library_id=None if actor.role == "admin" else actor.library_id)

    def get(self, actor: Actor, agreement_id: str) -> Agreement:
        """One of them, by id or code."""
        with self.house.db.read() as c:
            return _theirs(store.get(c, agreement_id), actor)

    def actions(self, actor: Actor, agreement: Agreement) -> tuple[str, ...]:
        """What the actor may do with it now, in the order of the table."""
        found = []
        for row in AGREEMENT.rows:
            if agreement.state not in row.states or actor.role not in row.roles or row.action in found:
                continue
            guard = AGREEMENT.guards.get(row.guard)
            if guard is None or guard(agreement, Event(action=row.action, role=actor.role)):
                found.append(row.action)
        if "confirm" in found and not self._waits_for(agreement, actor):
            found.remove("confirm")
        if "leave" in found and (agreement.is_bilateral or agreement.party(actor.library_id) is None):
            found.remove("leave")
        return tuple(found)

    def _waits_for(self, agreement: Agreement, actor: Actor) -> bool:
        party = agreement.party(actor.library_id)
        return party is not None and party.role != "observer" and party.confirmed < agreement.newest.number

    # --- drawing up ---

    def draw_up(self, actor: Actor, drawn: Drawn) -> Agreement:
        """A new draft. Raises Missing, BadTerms, NotAllowed when the actor's library is no party."""
        self._may_write(actor)
        made = _made(drawn, Agreement(id="", code="", name="", created_by=actor.user_id))
        if actor.role != "admin" and made.party(actor.library_id) is None:
            raise NotAllowed(("not_a_party",))
        with self.house.db.begin() as c:
            now = self.house.clock()
            stored = store.insert(c, made, now)
            _happened(c, self.house, stored, "draw_up", actor, "", "draft", now, {})
            return stored

    def edit(self, actor: Actor, agreement_id: str, version: int, drawn: Drawn) -> Agreement:
        """Write a draft anew."""
        return self._do(actor, agreement_id, version, "edit", {}, lambda one, now: _made(drawn, one))

    def revise(
        self, actor: Actor, agreement_id: str, version: int, drawn: Drawn, effective_on: date, note: str
    ) -> Agreement:
        """Propose other terms from a day on; they count when all have confirmed them. What runs keeps its terms."""

        def revised(one: Agreement, now: datetime) -> Agreement:
            written = _made(drawn, one).newest
            number = one.newest.number + (1 if one.confirmed(one.newest.number) else 0)
            fresh = replace(written, number=number, effective_on=effective_on, note=note)
            kept = [each for each in one.revisions if each.number != number]
            return replace(one, revisions=(*kept, fresh))

        if not note.strip():
            raise Missing(["note"])
        return self._do(actor, agreement_id, version, "revise", {"note": note}, revised)

    # --- agreeing ---

    def act(self, actor: Actor, agreement_id: str, action: str, version: int, **told: Any) -> Agreement:
        """A button: propose, back_to_draft, withdraw, confirm, sign, refuse, renew, suspend, resume, terminate, join,
        leave. `sign` takes party_id, letter, signatory, position, signed_on; `renew` valid_to; `join` library_id."""
        change = CHANGES.get(action, as_it_is)
        return self._do(
            actor, agreement_id, version, action, told, lambda one, now: change(one, actor, told, now)
        )

    def _do(
        self,
        actor: Actor,
        agreement_id: str,
        version: int,
        action: str,
        told: Mapping[str, Any],
        change: Callable[[Agreement, datetime], Agreement],
    ) -> Agreement:
        with self.house.db.begin() as c:
            now = self.house.clock()
            before = _theirs(store.get(c, agreement_id, lock=True), actor)
            if before.version != version:
                raise Stale(before.code)
            after = _stepped(before, Event(action=action, role=actor.role, fields=told), now)
            after = replace(change(after, now), state=after.state)
            store.save(c, before, after, now)
            _happened(c, self.house, before, action, actor, before.state, after.state, now, told)
            if action in ("propose", "join"):
                _ask(c, after, now)
            _settled(c, self.house, before.id, now)
            return store.get(c, before.id)

    def _may_write(self, actor: Actor) -> None:
        if actor.role not in ("head", "admin"):
            raise NotNow(f"agreements by {actor.role}")

    # --- the clock ---

    def keep_time(self) -> int:
        """Let agreements begin, come near their end, renew themselves and end as their days say; how many moved."""
        with self.house.db.read() as c:
            waiting = [one.id for one in store.every(c, "agreed", "valid", "ending", "suspended")]
        moved = 0
        for agreement_id in waiting:
            with self.house.db.begin() as c:
                moved += _settled(c, self.house, agreement_id, self.house.clock())
        return moved


# --- the steps -------------------------------------------------------------------------------------


def _stepped(agreement: Agreement, event: Event, now: datetime) -> Agreement:
    try:
        after: Agreement = workflow.step(AGREEMENT, agreement, event, now).thing
        return after
    except workflow.NotNow as problem:
        raise NotNow(str(problem)) from problem
    except workflow.Missing as problem:
        raise Missing(problem.fields) from problem


def _theirs(agreement: Agreement, actor: Actor) -> Agreement:
    if actor.role != "admin" and agreement.party(actor.library_id) is None:
        raise UnknownAgreement(agreement.code)
    return agreement


def _made(drawn: Drawn, onto: Agreement) -> Agreement:
    """An agreement with what was written. Raises Missing, BadTerms."""
    empty = [] if drawn.name.strip() else ["name"]
    if drawn.basis not in BASES:
        empty.append("basis")
    if drawn.valid_from and drawn.valid_to and drawn.valid_to < drawn.valid_from:
        empty.append("valid_to")
    if empty:
        raise Missing(empty)
    forms = {
        form: replace(terms, terms=checked(form, terms.terms)) for form, terms in dict(drawn.forms).items()
    }
    known = {one.library_id or one.name: one for one in onto.parties}
    parties = tuple(
        replace(
            one, id=known[key].id if (key := one.library_id or one.name) in known else uuid7(), confirmed=0
        )
        for one in drawn.parties
    )
    number = onto.newest.number
    written = Revision(
        number=number,
        valid_from=drawn.valid_from,
        valid_to=drawn.valid_to,
        parts=dict(drawn.parts),
        forms=forms,
    )
    return replace(
        onto,
        name=drawn.name.strip(),
        name_en=drawn.name_en.strip(),
        basis=drawn.basis,
        legal_basis=drawn.legal_basis.strip(),
        parties=parties if onto.state == "draft" else onto.parties,
        revisions=(*onto.revisions[:-1], written),
        oral=drawn.oral if drawn.basis == "oral" else None,
        auto_renew_months=drawn.auto_renew_months,
        notice_days=drawn.notice_days,
    )


def _settled(c: Connection, house: House, agreement_id: str, now: datetime) -> int:
    """Take the steps that need nobody: settle, begin, near its end, renew, end; how many were taken."""
    taken = 0
    for _ in range(6):
        before = store.get(c, agreement_id, lock=True)
        action, after = _next(before, now.date(), now)
        if not action:
            return taken
        store.save(c, before, after, now)
        actor = Actor(user_id=None, role=SYSTEM, library_id="")
        _happened(c, house, before, action, actor, before.state, after.state, now, {})
        taken += 1
    return taken


def _next(one: Agreement, day: date, now: datetime) -> tuple[str, Agreement]:
    """The step that the calendar asks for now, and what comes of it; ('', …) for none."""
    revision = one.on(day)
    last = last_day(one, revision)
    if one.state == "proposed" and one.confirmed(one.newest.number):
        return "settle", _stepped(one, Event(action="settle", role=SYSTEM), now)
    if one.state == "agreed" and (revision.valid_from is None or revision.valid_from <= day):
        return "begin", _stepped(one, Event(action="begin", role=SYSTEM), now)
    if one.state in (*IN_FORCE, "suspended") and last is not None and day > last:
        if one.ends_on is not None and day > one.ends_on:
            return "stop", _stepped(one, Event(action="stop", role=SYSTEM), now)
        if one.auto_renew_months and one.state in IN_FORCE:
            longer = replace(revision, valid_to=_months_after(last, one.auto_renew_months))
            kept = tuple(longer if each.number == revision.number else each for each in one.revisions)
            return "renew", replace(one, revisions=kept, state="valid")
        return "end", _stepped(one, Event(action="end", role=SYSTEM), now)
    near = last is not None and last - day <= timedelta(days=NEAR) and not one.auto_renew_months
    if one.state == "valid" and near:
        return "near_its_end", _stepped(one, Event(action="near_its_end", role=SYSTEM), now)
    return "", one


def _months_after(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


# --- what is written beside --------------------------------------------------------------------------


def _happened(
    c: Connection,
    house: House,
    one: Agreement,
    action: str,
    actor: Actor,
    before: str,
    after: str,
    now: datetime,
    told: Mapping[str, Any],
) -> None:
    data = {key: v.isoformat() if isinstance(v, date) else v for key, v in told.items() if key != "note"}
    events.append(
        c,
        Happened(
            object_type="agreement",
            object_id=one.id,
            action=action,
            at=now,
            user_id=actor.user_id,
            library_id=actor.library_id or None,
            side=actor.role,
            from_state=before,
            to_state=after,
            note=str(told.get("note") or told.get("reason") or ""),
            data={key: value for key, value in data.items() if value not in (None, "")},
        ),
        house.subscribers,
    )


def _ask(c: Connection, one: Agreement, now: datetime) -> None:
    """Every party that must confirm is told by mail, once a revision."""
    for party in one.parties:
        if party.library_id is None or party.role == "observer" or party.confirmed >= one.newest.number:
            continue
        payload = {
            "template": "agreement_asks",
            "to_library_id": party.library_id,
            "data": {"agreement_id": one.id, "code": one.code, "title": one.name},
        }
        key = f"mail:agreement_asks:{one.id}:{one.newest.number}:{party.library_id}:{one.version}"
        outbox.put(c, Work(channel="mail", effect_key=key, payload=payload), now)
