"""The use cases of interlibrary loan: what web, worker and command line call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy.exc import IntegrityError

from broker import (
    acting,
    clockwork,
    delivery,
    intake,
    scanning,
    shelves,
    showing,
    store,
    supply_store,
    undoing,
)
from broker.agreements import AgreementSettings, Decision
from broker.blank.titles import Find, FoundTitle, nowhere
from broker.errors import BrokerError, Missing, NotAllowed, NotNow, Stale, UnknownRequest
from broker.house import House, today
from broker.liability import handover
from broker.peers import receiving
from broker.peers.outside import Outside
from broker.peers.store import Brought
from broker.privacy import purge as purging
from broker.races import is_race
from broker.roles import STAFF
from broker.views import (
    Actor,
    Checks,
    Draft,
    HistoryLine,
    Note,
    RequestView,
    RowResult,
    Scanned,
    Shelf,
    SupplyView,
    TimelineStep,
)
from broker.ways import Cited, Option, Reader, options
from foundation import events, libraries, outbox, people
from foundation.db import Database
from foundation.events import Subscriber
from foundation.failpoints import failpoint
from foundation.ids import uuid7
from foundation.tables import message

#: The most rows of one bulk action.
BULK = 500


class Broker:
    """Every method is one unit of work: state, event, messages, timers and notices commit together.

    All raise UnknownRequest for what is not the actor's library's (or own) business, Stale for an old version,
    NotNow for what the state or role does not allow, Missing for empty required fields.
    """

    def __init__(
        self,
        db: Database,
        clock: Callable[[], datetime],
        agreements: AgreementSettings,
        *,
        holdings: shelves.Holdings = shelves.held,
        find: Find = nowhere,
        subscribers: Sequence[Subscriber] = (),
        outside: Outside | None = None,
    ) -> None:
        self.house = House(
            db=db,
            clock=clock,
            agreement=agreements,
            holdings=holdings,
            find=find,
            subscribers=subscribers,
            outside=outside,
        )
        self.db = db
        self.clock = clock
        self.agreements = agreements

    @contextmanager
    def _unit(self) -> Iterator[Connection]:
        """One unit of work. Two at the same time for one object: the second one is told so."""
        try:
            with self.db.begin() as c:
                yield c
                failpoint("broker.before_commit")
        except IntegrityError as problem:
            if not is_race(problem):
                raise
            raise Stale("somebody else was faster") from problem
        failpoint("broker.after_commit")

    # --- before asking ---

    def decide(
        self,
        form: str,
        action: str,
        from_library: str,
        to_library: str,
        on: date,
        patron_category: str | None = None,
        item: Any = None,
        quantity: int = 1,
    ) -> Decision:
        """May `from_library` have this of `to_library` on that day, and on which terms?"""
        with self.db.read() as c:
            ask = self.house.decide(c)
            return ask(form, action, from_library, to_library, on, patron_category, item, quantity)

    def ways(self, cluster_id: str, reader: Reader, *, online: Sequence[str] = ()) -> tuple[Option, ...]:
        """Every way for this reader to get a title, best first; `online` are addresses of free copies."""
        with self.db.read() as c:
            zone = libraries.get(c, reader.library_id) if reader.library_id else None
            now = self.clock()
            on = today(zone, now) if zone else now.date()
            cited = Cited(shelves=self.house.holdings(c, cluster_id), online=online)
            return options(cited, reader, self.house.decide(c), on)

    def own_shelf(self, cluster_id: str, library_id: str) -> tuple[Shelf, ...]:
        """What stands at the library itself, over all its branches; available copies first."""
        with self.db.read() as c:
            return intake.own_shelf(c, self.house, cluster_id, library_id)

    def checks(self, actor: Actor, draft: Draft, *, patron_id: str | None = None) -> Checks:
        """What to tell before submitting: own shelves, problems of the patron, duplicates."""
        with self.db.read() as c:
            wanted = patron_id or actor.patron_id
            try:
                patron = people.get_patron(c, wanted) if wanted else None
            except people.UnknownPerson:
                raise UnknownRequest(wanted) from None
            if patron is not None and patron.library_id != actor.library_id:
                raise UnknownRequest(patron.id)
            library = libraries.get(c, actor.library_id)
            return intake.checks(c, self.house, library, patron, draft, self.clock())

    # --- patron ---

    def submit(self, actor: Actor, draft: Draft) -> RequestView:
        """A patron asks. Raises NotAllowed, OnOwnShelf (unless fetch or override_reason), Missing."""
        with self._unit() as c:
            now = self.clock()
            request_id = intake.submit(c, self.house, actor, draft, now)
            return showing.request_view(c, request_id, actor, now)

    def cancel(self, actor: Actor, request_id: str, version: int, *, reason: str = "") -> RequestView:
        """Patron or staff no longer want it; legal before shipment."""
        return self.act(actor, request_id, "cancel", version, reason=reason)

    def mine(
        self, actor: Actor, *, open_only: bool = False, offset: int = 0, limit: int = 50
    ) -> tuple[RequestView, ...]:
        """A patron's own requests, newest first."""
        if actor.patron_id is None:
            return ()
        with self.db.read() as c:
            return showing.mine(
                c, actor.patron_id, actor, self.clock(), open_only=open_only, offset=offset, limit=limit
            )

    def timeline(self, actor: Actor, request_id: str) -> tuple[TimelineStep, ...]:
        """The patron's timeline, oldest first."""
        with self.db.read() as c:
            loaded = store.load(c, request_id, lock=False)
            showing.may_see(loaded, actor)
            shown = ("patron_due_on", "branch_id", "stage_reason")
            return tuple(
                TimelineStep(
                    stage=str(one.data["stage"]),
                    at=one.at,
                    data={name: one.data[name] for name in shown if name in one.data}
                    | showing.asked_then(loaded, one.at),
                )
                for one in events.of(c, "request", request_id, visible=("patron",))
                if "stage" in one.data
            )

    # --- borrowing desk ---

    def create(self, actor: Actor, draft: Draft, *, patron_id: str | None = None) -> RequestView:
        """A librarian asks for a patron, or for the library itself (None). Ends in review."""
        with self._unit() as c:
            now = self.clock()
            request_id = intake.create(c, self.house, actor, draft, patron_id, now)
            return showing.request_view(c, request_id, actor, now)

    def edit(self, actor: Actor, request_id: str, version: int, **changes: Any) -> RequestView:
        """Change fields of Draft before it is sent (review, end_of_rota)."""
        with self._unit() as c:
            now = self.clock()
            loaded = store.load(c, request_id)
            showing.may_see(loaded, actor)
            if loaded.row["version"] != version:
                raise Stale(loaded.row["code"])
            intake.edit(c, self.house, actor, loaded, changes, now)
            return showing.request_view(c, request_id, actor, now)

    def titles(self, actor: Actor, request_id: str) -> tuple[FoundTitle, ...]:
        """What a typed wish may mean, for the desk to choose from; () once it has a title or was sent."""
        view = self.request(actor, request_id)
        if view.cluster_id or view.state not in intake.EDITABLE or actor.role not in STAFF:
            return ()
        return tuple(self.house.find(view.citation))

    def choose(self, actor: Actor, request_id: str, version: int, cluster_id: str) -> RequestView:
        """The desk says which title of the catalogue a typed wish means; wants a look where that is at home."""
        return self.edit(actor, request_id, version, cluster_id=cluster_id)

    def offer(self, actor: Actor, request_id: str, version: int, to_user_id: str) -> RequestView:
        """Ask a colleague to be liable from now on; a head who names herself is so at once."""
        return self._handed(actor, request_id, version, handover.offer, to_user_id)

    def take_over(self, actor: Actor, request_id: str, version: int) -> RequestView:
        """Be liable from now on, as a colleague asked."""
        return self._handed(actor, request_id, version, handover.accept)

    def refuse_offer(self, actor: Actor, request_id: str, version: int) -> RequestView:
        """Leave it with whoever is liable: by the colleague who was asked, or by whoever asked."""
        return self._handed(actor, request_id, version, handover.refuse)

    def _handed(
        self, actor: Actor, request_id: str, version: int, do: Callable[..., None], *more: str
    ) -> RequestView:
        with self._unit() as c:
            now = self.clock()
            do(c, self.house, actor, request_id, version, now, *more)
            return showing.request_view(c, request_id, actor, now)

    def place(self, actor: Actor, request_id: str, version: int, *, despite: str = "") -> RequestView:
        """The librarian sends it on and is liable from now on. `despite`: why, when the patron is blocked or expired."""
        return self.act(actor, request_id, "place", version, despite=despite)

    def act(
        self,
        actor: Actor,
        request_id: str,
        action: str,
        version: int,
        *,
        attempt_id: str | None = None,
        **fields: Any,
    ) -> RequestView:
        """Press a button of the requesting side (RequestView.actions)."""
        with self._unit() as c:
            now = self.clock()
            acting.act(c, self.house, actor, request_id, action, version, now, attempt_id, fields)
            return showing.request_view(c, request_id, actor, now)

    def request(self, actor: Actor, request_id: str) -> RequestView:
        """One request for its library's staff or its own patron."""
        with self.db.read() as c:
            return showing.request_view(c, request_id, actor, self.clock())

    def history(self, actor: Actor, object_type: str, object_id: str) -> tuple[HistoryLine, ...]:
        """Events of a 'request' (requesting staff) or a 'supply' (supplying staff), oldest first.

        A line of one attempt has its id as data['leg'], and states of that leg.
        """
        if actor.role not in STAFF:
            raise UnknownRequest(object_id)
        with self.db.read() as c:
            if object_type == "request":
                showing.may_see(store.load(c, object_id, lock=False), actor)
            else:
                showing.may_see_supply(supply_store.load(c, object_id, lock=False), actor)
            return tuple(
                HistoryLine(
                    number=one.number,
                    at=one.at,
                    user_id=one.user_id,
                    side=one.side,
                    action=one.action,
                    from_state=one.from_state,
                    to_state=one.to_state,
                    note=one.note,
                    data=one.data,
                )
                for one in events.of(c, object_type, object_id)
            )

    # --- lending desk ---

    def answer(self, actor: Actor, attempt_id: str, action: str, version: int, **fields: Any) -> SupplyView:
        """Press a button of the supplying side (SupplyView.actions)."""
        with self._unit() as c:
            now = self.clock()
            acting.answer(c, self.house, actor, attempt_id, action, version, now, fields)
            loaded = supply_store.load(c, attempt_id, lock=False)
            return showing.supply_view(c, loaded, actor.role, now)

    def supply(self, actor: Actor, attempt_id: str) -> SupplyView:
        """One supply for the supplying library's staff."""
        with self.db.read() as c:
            loaded = supply_store.load(c, attempt_id, lock=False)
            showing.may_see_supply(loaded, actor)
            return showing.supply_view(c, loaded, actor.role, self.clock())

    # --- both desks ---

    def bulk(
        self, actor: Actor, side: str, rows: Sequence[tuple[str, int]], action: str, **fields: Any
    ) -> tuple[RowResult, ...]:
        """The same action on many (id, version) of side 'request' or 'supply', each its own unit of work; at most 500."""
        if len(rows) > BULK:
            raise ValueError(f"more than {BULK} rows")
        return tuple(self._one_of_many(actor, side, one, version, action, fields) for one, version in rows)

    def _one_of_many(
        self, actor: Actor, side: str, one: str, version: int, action: str, fields: dict[str, Any]
    ) -> RowResult:
        view: RequestView | SupplyView
        try:
            if side == "request":
                view = self.act(actor, one, action, version, **fields)
                leg = view.active.leg if view.active else ""
                return RowResult(id=one, code=view.code, state=leg if view.state == "active" else view.state)
            view = self.answer(actor, one, action, version, **fields)
            return RowResult(id=one, code=view.code, state=view.state)
        except BrokerError as problem:
            detail = problem.fields if isinstance(problem, Missing) else ()
            detail = problem.codes if isinstance(problem, NotAllowed) else detail
            return RowResult(id=one, code=self._code(side, one, actor), error=_name(problem), detail=detail)

    def _code(self, side: str, one: str, actor: Actor) -> str:
        try:
            return (self.request(actor, one) if side == "request" else self.supply(actor, one)).code
        except BrokerError:
            return ""

    def scan(self, actor: Actor, text: str, **fields: Any) -> Scanned:
        """Do the one sensible next step of what a slip's code or an item's barcode belongs to.

        A field `barcode` is the item scanned with a slip: it is kept, and must be the right one.
        """
        if actor.role not in STAFF:
            raise NotNow("only the desk scans")
        with self._unit() as c:
            return scanning.scan(c, self.house, actor, text, self.clock(), fields)

    def note(self, actor: Actor, attempt_id: str, body: str) -> None:
        """Write to the other library about an attempt."""
        if not body.strip():
            raise Missing(["body"])
        with self._unit() as c:
            ours, theirs = self._two_sides(c, actor, attempt_id)
            c.execute(
                message.insert().values(
                    id=uuid7(),
                    object_type="attempt",
                    object_id=attempt_id,
                    from_library_id=ours,
                    to_library_id=theirs,
                    user_id=actor.user_id,
                    body=body.strip(),
                    at=self.clock(),
                )
            )

    def notes(self, actor: Actor, attempt_id: str) -> tuple[Note, ...]:
        """What both libraries wrote about an attempt, oldest first; marks it as read."""
        with self._unit() as c:
            ours, _ = self._two_sides(c, actor, attempt_id)
            about = (message.c.object_type == "attempt", message.c.object_id == attempt_id)
            rows = c.execute(message.select().where(*about).order_by(message.c.at, message.c.id)).all()
            if any(row.read_at is None and row.to_library_id == ours for row in rows):
                unread = (message.c.to_library_id == ours, message.c.read_at.is_(None))
                c.execute(update(message).where(*about, *unread).values(read_at=self.clock()))
            return tuple(
                Note(
                    id=row.id,
                    from_library_id=row.from_library_id,
                    to_library_id=row.to_library_id,
                    user_id=row.user_id,
                    body=row.body,
                    at=row.at,
                    read_at=row.read_at,
                )
                for row in rows
            )

    def _two_sides(self, c: Connection, actor: Actor, attempt_id: str) -> tuple[str, str]:
        """(our library, the other one) for staff of either side. Raises UnknownRequest."""
        row = supply_store.load(c, attempt_id, lock=False).row
        requester, supplier = row["requesting_library_id"], row["library_id"]
        if actor.role in STAFF and actor.library_id == requester:
            return requester, supplier
        if actor.role in STAFF and actor.library_id == supplier and row["supply"] != "unasked":
            return supplier, requester
        raise UnknownRequest(attempt_id)

    def undo(self, actor: Actor, side: str, object_id: str, version: int) -> None:
        """Take the own last action back, within 10 minutes and while the other side heard nothing of it."""
        if actor.role not in STAFF:
            raise NotNow("only the desk takes back")
        take_back = undoing.undo_request if side == "request" else undoing.undo_supply
        with self._unit() as c:
            take_back(c, self.house, actor, object_id, version, self.clock())

    # --- worker ---

    def deliver_messages(self, owner: str, *, limit: int = 50) -> int:
        """Carry waiting messages to the libraries they are for; how many were carried."""
        return outbox.work(
            self.db, self.clock, "message", owner, lambda row: delivery.deliver(self.house, row), limit=limit
        )

    def hear(self, body: bytes, brought: Brought) -> receiving.Answer:
        """Take in a message of ISO 18626 from outside; what to answer. `brought` is how the sender signs in."""
        outside = self.house.outside
        if outside is None:
            raise NotNow("no peers are known here")
        try:
            return receiving.receive(self.house, outside.seal, body, brought)
        except IntegrityError as problem:
            if not is_race(problem):
                raise
            raise Stale("somebody else was faster") from problem

    def run_timers(self, owner: str, *, limit: int = 50) -> int:
        """Let timers that are due do their work; how many did."""
        return clockwork.run(self.house, owner, limit)

    def purge(self, forget_file: Callable[[str], None], *, limit: int = 50) -> int:
        """Anonymise closed requests whose retention is over, each in its own unit of work; how many were."""
        with self.db.read() as c:
            ids = purging.due(c, self.clock(), limit)
        count = 0
        for one in ids:
            with suppress(Stale), self._unit() as c:
                count += purging.purge(c, self.house, one, self.clock(), forget_file)
        return count


def _name(problem: BrokerError) -> str:
    names = {
        Stale: "stale",
        NotNow: "not_now",
        Missing: "missing",
        UnknownRequest: "unknown",
        NotAllowed: "not_allowed",
    }
    return names.get(type(problem), "refused")
