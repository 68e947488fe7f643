"""What goes into the broker and what each side is shown of a request. A supplier's view knows no patron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

#: What a citation may say; all values are text, absent means 'not told'.
CITATION = (
    "title",
    "author",
    "publisher",
    "year",
    "edition",
    "isbn",
    "issn",
    "format",
    "volume",
    "issue",
    "pages",
    "article_title",
    "article_author",
)

PURPOSES = ("education", "research", "community_service", "other")
SERVICE_TYPES = ("loan", "copy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, in which role (patron, librarian, head, system) and for which library.

    A patron's `library_id` is the home library and `patron_id` is set.
    """

    user_id: str | None
    role: str
    library_id: str
    patron_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A wish as typed. `cluster_id` is None for a blank form.

    `override_reason`: why though the own library has it. `fetch`: have the own copy fetched instead.
    `again`: ask though the same patron has an open request for it. `holder`: who was seen to have it by a live search,
    as broker.seen writes it; that library is asked as if the catalogue named it.
    """

    citation: Mapping[str, str]
    cluster_id: str | None = None
    service_type: str = "loan"
    purpose: str = "other"
    pickup_branch_id: str | None = None
    need_by: date | None = None
    any_edition: bool = False
    note: str = ""
    supplier_note: str = ""
    override_reason: str = ""
    fetch: bool = False
    again: bool = False
    holder: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Copies at one branch: what stands there and what of it is free. `live`: its catalogue said so a moment ago."""

    library_id: str
    branch_id: str | None
    branch_text: str
    location: str
    call_number: str
    copies: int
    available: int
    availability: str
    lendable: bool | None = None
    due: str = ""
    live: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What a reader is told before submitting: own shelves, problems as codes, the open request for the same title."""

    shelves: tuple[Shelf, ...] = ()
    on_shelf: bool = False
    problems: tuple[str, ...] = ()
    duplicate_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A legal next action: its name, whose it is (request, leg, supply), which attempt, and the fields it needs.

    `optional` are fields it takes; `main` marks the one sensible next step, `grave` what wants a second look.
    """

    name: str
    side: str
    attempt_id: str | None = None
    needs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    main: bool = False
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaView:
    """One library of the rota: its rank in a round, why it stands there or was left out (codes), what came of it."""

    round: int
    rank: int
    library_id: str
    state: str
    why: Mapping[str, Any]
    holding: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One supplier asked, as the requesting side sees it."""

    id: str
    code: str
    number: int
    library_id: str
    active: bool
    leg: str
    flags: Mapping[str, Any]
    reason: str
    condition: str
    cost_minor: int | None
    currency: str
    barcode: str
    due_on: date | None
    holding: Mapping[str, Any]
    asked_at: datetime | None
    answered_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    returned_at: datetime | None
    ended_at: datetime | None
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as the requesting library sees it; a patron gets the same without rota and inner reasons.

    `stage` is the patron's word for where it stands, one of broker.stages.STAGES.
    """

    id: str
    code: str
    library_id: str
    patron_id: str | None
    created_by: str | None
    liable_user_id: str | None
    cluster_id: str | None
    citation: Mapping[str, str]
    service_type: str
    purpose: str
    pickup_branch_id: str | None
    need_by: date | None
    any_edition: bool
    note: str
    supplier_note: str
    override_reason: str
    state: str
    reason: str
    stage: str
    attention: tuple[str, ...]
    agreement_id: str | None
    agreement_revision: int | None
    terms: Mapping[str, Any] | None
    patron_due_on: date | None
    version: int
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    offered_to: str | None = None  # the colleague who is asked to be liable from now on
    purged_at: datetime | None = None  # since then nobody knows whose wish it was
    supplier_library_id: str | None = None  # who is being asked or lends: the patron may know
    attempts: tuple[AttemptView, ...] = ()
    rota: tuple[RotaView, ...] = ()
    actions: tuple[Action, ...] = ()

    @property
    def active(self) -> AttemptView | None:
        """The attempt that is running now."""
        return next((one for one in self.attempts if one.active), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyView:
    """The same wish as the supplying library sees it. Has no field for a patron, and must never get one."""

    id: str
    code: str
    library_id: str
    requesting_library_id: str
    liable_user_id: str | None
    citation: Mapping[str, str]
    cluster_id: str | None
    service_type: str
    need_by: date | None
    any_edition: bool
    supplier_note: str
    state: str
    flags: Mapping[str, Any]
    reason: str
    condition: str
    cost_minor: int | None
    currency: str
    barcode: str
    due_on: date | None
    holding: Mapping[str, Any]
    asked_at: datetime | None
    answered_at: datetime | None
    shipped_at: datetime | None
    returned_at: datetime | None
    ended_at: datetime | None
    version: int
    actions: tuple[Action, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One line of a patron's timeline: a stage (broker.stages.STAGES), when, and what belongs to it.

    `data` may hold patron_due_on (ISO date), branch_id, stage_reason (a code), library_id (who was asked then).
    """

    stage: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One event of an object for its own library's staff."""

    number: int
    at: datetime
    user_id: str | None
    side: str
    action: str
    from_state: str
    to_state: str
    note: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Talk between the two libraries about one attempt."""

    id: str
    from_library_id: str | None
    to_library_id: str | None
    user_id: str | None
    body: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row of a bulk action: `error` is '' or stale, not_now, missing, unknown, not_allowed."""

    id: str
    code: str
    error: str = ""
    state: str = ""
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a scanned code led to: the action done, or why not (unknown_code, bad_check, wrong_item, no_step).

    `side` is request or supply; `id` the request's or attempt's.
    """

    side: str = ""
    id: str = ""
    code: str = ""
    done: str = ""
    state: str = ""
    error: str = ""
