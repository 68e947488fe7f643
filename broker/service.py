"""The use cases of interlibrary loan: what web, worker and command line call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from broker.agreements import AgreementSettings
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
from foundation.db import Database


class Broker:
    """Every method is one unit of work: state, event, messages, timers and notices commit together.

    All raise UnknownRequest for what is not the actor's library's (or own) business, Stale for an old version,
    NotNow for what the state or role does not allow, Missing for empty required fields.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime], agreements: AgreementSettings) -> None:
        self.db = db
        self.clock = clock
        self.agreements = agreements

    # --- before asking ---

    def own_shelf(self, cluster_id: str, library_id: str) -> tuple[Shelf, ...]:
        """What stands at the library itself, over all its branches; available copies first."""
        raise NotImplementedError

    def checks(self, actor: Actor, draft: Draft, *, patron_id: str | None = None) -> Checks:
        """What to tell before submitting: own shelves, problems of the patron, duplicates."""
        raise NotImplementedError

    # --- patron ---

    def submit(self, actor: Actor, draft: Draft) -> RequestView:
        """A patron asks. Raises NotAllowed, OnOwnShelf (unless fetch or override_reason), Missing."""
        raise NotImplementedError

    def cancel(self, actor: Actor, request_id: str, version: int, *, reason: str = "") -> RequestView:
        """Patron or staff no longer want it; legal before shipment."""
        raise NotImplementedError

    def mine(
        self, actor: Actor, *, open_only: bool = False, offset: int = 0, limit: int = 50
    ) -> tuple[RequestView, ...]:
        """A patron's own requests, newest first."""
        raise NotImplementedError

    def timeline(self, actor: Actor, request_id: str) -> tuple[TimelineStep, ...]:
        """The patron's timeline, oldest first."""
        raise NotImplementedError

    # --- borrowing desk ---

    def create(self, actor: Actor, draft: Draft, *, patron_id: str | None = None) -> RequestView:
        """A librarian asks for a patron, or for the library itself (None). Ends in review."""
        raise NotImplementedError

    def edit(self, actor: Actor, request_id: str, version: int, **changes: Any) -> RequestView:
        """Change fields of Draft before it is sent (review, end_of_rota)."""
        raise NotImplementedError

    def place(self, actor: Actor, request_id: str, version: int, *, despite: str = "") -> RequestView:
        """The librarian sends it on and is from now on liable. `despite`: why, when the patron is blocked or expired."""
        raise NotImplementedError

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
        raise NotImplementedError

    def request(self, actor: Actor, request_id: str) -> RequestView:
        """One request for its library's staff or its own patron."""
        raise NotImplementedError

    def history(self, actor: Actor, object_type: str, object_id: str) -> tuple[HistoryLine, ...]:
        """Events of a 'request' (requesting staff) or a 'supply' (supplying staff)."""
        raise NotImplementedError

    # --- lending desk ---

    def answer(self, actor: Actor, attempt_id: str, action: str, version: int, **fields: Any) -> SupplyView:
        """Press a button of the supplying side (SupplyView.actions)."""
        raise NotImplementedError

    def supply(self, actor: Actor, attempt_id: str) -> SupplyView:
        """One supply for the supplying library's staff."""
        raise NotImplementedError

    # --- both desks ---

    def bulk(
        self, actor: Actor, side: str, rows: Sequence[tuple[str, int]], action: str, **fields: Any
    ) -> tuple[RowResult, ...]:
        """The same action on many (id, version) of side 'request' or 'supply', each its own unit of work; at most 500."""
        raise NotImplementedError

    def scan(self, actor: Actor, text: str, **fields: Any) -> Scanned:
        """Do the one sensible next step of what a slip's code or an item's barcode belongs to."""
        raise NotImplementedError

    def note(self, actor: Actor, attempt_id: str, body: str) -> None:
        """Write to the other library about an attempt."""
        raise NotImplementedError

    def notes(self, actor: Actor, attempt_id: str) -> tuple[Note, ...]:
        """What both libraries wrote about an attempt, oldest first; marks it as read."""
        raise NotImplementedError

    def undo(self, actor: Actor, side: str, object_id: str, version: int) -> None:
        """Take the own last action back, within 10 minutes and while the other side heard nothing of it."""
        raise NotImplementedError

    # --- worker ---

    def deliver_messages(self, owner: str, *, limit: int = 50) -> int:
        """Carry waiting messages to the libraries they are for; how many were carried."""
        raise NotImplementedError

    def run_timers(self, owner: str, *, limit: int = 50) -> int:
        """Let timers that are due do their work; how many did."""
        raise NotImplementedError
