"""The queues of a library's two desks, their counts and their lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
)

from broker.queues import (
    BORROWING,
    LENDING,
    SORTS,
    TABS,
    BorrowRow,
    Filter,
    LendRow,
    Page,
    borrowing_queue,
    lending_queue,
)
from broker.stages import stage
from broker.states import LENT, REQUEST
from broker.tables import attempt, request
from foundation.tables import message, patron, patron_person

__all__ = [
    "BORROWING",
    "LENDING",
    "SORTS",
    "TABS",
    "BorrowRow",
    "Filter",
    "LendRow",
    "Page",
    "borrowing",
    "borrowing_counts",
    "borrowing_queue",
    "lending",
    "lending_counts",
    "lending_queue",
]

# --- conditions and counts ---------------------------------------------------------------------

# As the index says it, word for word: else it is not used.
_WANTS_A_LOOK: ColumnElement[bool] = literal_column("CAST(request.attention AS TEXT) <> '[]'", Boolean())
_OVERDUE: ColumnElement[bool] = and_(
    attempt.c.supply.in_(LENT), attempt.c.supply_flags["due"].as_string().in_(("overdue", "recalled"))
)
_IN_LENDING: ColumnElement[bool] = attempt.c.supply != "unasked"


def borrowing_counts(c: Connection, library_id: str) -> dict[str, int]:
    """How many requests stand in each queue of BORROWING, in each tab, under 'attention' and 'unread'."""
    ours = request.c.library_id == library_id
    # What is done is most of it: counted from the index alone, without its attempts.
    still_open = (
        select(request.c.state, attempt.c.leg, func.count())
        .select_from(_with_active())
        .where(ours, request.c.state.not_in(REQUEST.terminal))
        .group_by(request.c.state, attempt.c.leg)
    )
    over = (
        select(request.c.state, literal_column("''"), func.count())
        .where(ours, request.c.state.in_(REQUEST.terminal))
        .group_by(request.c.state)
    )
    counts = dict.fromkeys((*BORROWING, *TABS, "attention", "unread"), 0)
    for state, leg, number in (*c.execute(still_open), *c.execute(over)):
        queue = borrowing_queue(state, leg or "")
        if queue:
            counts[queue] += number
            counts[BORROWING[queue][0]] += number
    look = select(func.count()).select_from(request).where(ours, _WANTS_A_LOOK)
    counts["attention"] = int(c.execute(look).scalar_one())
    counts["unread"] = _unread(c, library_id, ours)
    return counts


def lending_counts(c: Connection, library_id: str) -> dict[str, int]:
    """How many supplies stand in each queue of LENDING, in each tab, under 'overdue' and 'unread'."""
    ours = attempt.c.library_id == library_id
    rows = c.execute(
        select(attempt.c.supply, func.count()).where(ours, _IN_LENDING).group_by(attempt.c.supply)
    )
    counts = dict.fromkeys((*LENDING, *TABS, "overdue", "unread"), 0)
    for state, number in rows:
        queue = lending_queue(state)
        counts[queue] += number
        counts[LENDING[queue][0]] += number
    late = select(func.count()).select_from(attempt).where(ours, _OVERDUE)
    counts["overdue"] = int(c.execute(late).scalar_one())
    counts["unread"] = _unread(c, library_id, ours)
    return counts


def _unread(c: Connection, library_id: str, whose: ColumnElement[bool]) -> int:
    """Notes to this library that nobody read, on attempts of one desk."""
    joined = message.join(attempt, attempt.c.id == message.c.object_id).join(
        request, request.c.id == attempt.c.request_id
    )
    unread = (
        message.c.object_type == "attempt",
        message.c.to_library_id == library_id,
        message.c.read_at.is_(None),
    )
    return int(c.execute(select(func.count()).select_from(joined).where(*unread, whose)).scalar_one())


def _with_active() -> Any:
    return request.outerjoin(attempt, and_(attempt.c.request_id == request.c.id, attempt.c.active))


# --- lists -------------------------------------------------------------------------------------


def borrowing(c: Connection, library_id: str, wanted: Filter) -> Page:
    """A page of BorrowRow."""
    where = [request.c.library_id == library_id, *_borrowing_conditions(library_id, wanted)]
    query = select(
        request,
        attempt.c.id.label("attempt_id"),
        attempt.c.leg,
        attempt.c.library_id.label("supplier_id"),
        attempt.c.due_on,
        attempt.c.flags,
    ).select_from(_with_active())
    orders = {
        "newest": (request.c.created_at.desc(), request.c.id.desc()),
        "oldest": (request.c.created_at, request.c.id),
        "changed": (request.c.changed_at.desc(), request.c.id.desc()),
        "due": (attempt.c.due_on.is_(None), attempt.c.due_on, request.c.id),
        "title": (_title(), request.c.id),
    }
    needs_attempts = wanted.other or wanted.overdue or wanted.queue or wanted.tab
    counted = _with_active() if needs_attempts else request
    total = select(func.count()).select_from(counted).where(*where)
    rows, count = _page(c, query.where(*where), total, orders, wanted)
    return Page(
        rows=tuple(
            BorrowRow(
                id=row.id,
                code=row.code,
                version=row.version,
                title=str(row.citation.get("title", "")),
                author=str(row.citation.get("author", "")),
                service_type=row.service_type,
                state=row.state,
                leg=row.leg or "",
                stage=stage(row.state, row.leg or ""),
                queue=borrowing_queue(row.state, row.leg or ""),
                patron_id=row.patron_id,
                attempt_id=row.attempt_id,
                supplier_id=row.supplier_id,
                pickup_branch_id=row.pickup_branch_id,
                need_by=row.need_by,
                due_on=row.due_on,
                patron_due_on=row.patron_due_on,
                attention=tuple(row.attention),
                flags=row.flags or {},
                created_at=row.created_at,
                changed_at=row.changed_at,
                purged=row.purged_at is not None,
            )
            for row in rows
        ),
        total=count,
        more=wanted.offset + len(rows) < count,
    )


def lending(c: Connection, library_id: str, wanted: Filter) -> Page:
    """A page of LendRow."""
    where = [attempt.c.library_id == library_id, _IN_LENDING, *_lending_conditions(wanted)]
    joined = attempt.join(request, request.c.id == attempt.c.request_id)
    changed_at = func.coalesce(
        attempt.c.ended_at,
        attempt.c.shipped_at,
        attempt.c.answered_at,
        attempt.c.asked_at,
        type_=attempt.c.asked_at.type,
    )
    # Column by column: nothing of the request that says who the patron is.
    query = select(
        attempt,
        request.c.citation,
        request.c.service_type,
        request.c.need_by,
        request.c.library_id.label("requesting_library_id"),
        changed_at.label("changed_at"),
    ).select_from(joined)
    orders = {
        "newest": (attempt.c.asked_at.desc(), attempt.c.id.desc()),
        "oldest": (attempt.c.asked_at, attempt.c.id),
        "changed": (changed_at.desc(), attempt.c.id.desc()),
        "due": (attempt.c.due_on.is_(None), attempt.c.due_on, attempt.c.id),
        "title": (_title(), attempt.c.id),
    }
    total = select(func.count()).select_from(joined).where(*where)
    rows, count = _page(c, query.where(*where), total, orders, wanted)
    return Page(
        rows=tuple(
            LendRow(
                id=row.id,
                code=row.code,
                version=row.supply_version,
                title=str(row.citation.get("title", "")),
                author=str(row.citation.get("author", "")),
                service_type=row.service_type,
                state=row.supply,
                queue=lending_queue(row.supply),
                requesting_library_id=row.requesting_library_id,
                call_number=str(row.holding.get("call_number", "")),
                location=str(row.holding.get("location") or row.holding.get("branch_text") or ""),
                branch_id=row.holding.get("branch_id"),
                need_by=row.need_by,
                due_on=row.due_on,
                flags=row.supply_flags,
                asked_at=row.asked_at,
                changed_at=row.changed_at,
            )
            for row in rows
        ),
        total=count,
        more=wanted.offset + len(rows) < count,
    )


def _page(
    c: Connection,
    query: Select[Any],
    total: Select[Any],
    orders: Mapping[str, Sequence[Any]],
    wanted: Filter,
) -> tuple[Sequence[Any], int]:
    rows = c.execute(
        query.order_by(*orders[wanted.sort if wanted.sort in SORTS else "newest"])
        .offset(max(wanted.offset, 0))
        .limit(min(max(wanted.limit, 1), 500))
    ).all()
    return rows, int(c.execute(total).scalar_one())


def _title() -> ColumnElement[str]:
    return func.lower(request.c.citation["title"].as_string())


def _borrowing_conditions(library_id: str, wanted: Filter) -> list[ColumnElement[bool]]:
    names = (
        [wanted.queue] if wanted.queue else _queues_of(wanted.tab, {k: v[0] for k, v in BORROWING.items()})
    )
    found: list[ColumnElement[bool]] = []
    if names is not None:
        names = [name for name in names if name in BORROWING]
        # The states alone first: for them there is an index.
        found.append(request.c.state.in_({state for name in names for state in BORROWING[name][1]}))
        found.append(or_(false(), *(_in_queue(name) for name in names)))
    if wanted.other:
        found.append(attempt.c.library_id == wanted.other)
    if wanted.pickup_branch_id:
        found.append(request.c.pickup_branch_id == wanted.pickup_branch_id)
    if wanted.service_type:
        found.append(request.c.service_type == wanted.service_type)
    if wanted.attention:
        found.append(_WANTS_A_LOOK)
    if wanted.overdue:
        found.append(attempt.c.flags["due"].as_string().in_(("overdue", "recalled")))
    if wanted.text.strip():
        readers = (
            select(patron.c.id)
            .outerjoin(patron_person, patron_person.c.patron_id == patron.c.id)
            .where(
                patron.c.library_id == library_id,
                or_(_holds(patron_person.c.name, wanted.text), _holds(patron.c.number, wanted.text)),
            )
        )
        found.append(or_(_about(wanted.text, request.c.code), request.c.patron_id.in_(readers)))
    return found


def _in_queue(name: str) -> ColumnElement[bool]:
    _, states, legs = BORROWING[name]
    return and_(request.c.state.in_(states), attempt.c.leg.in_(legs)) if legs else request.c.state.in_(states)


def _lending_conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    names = [wanted.queue] if wanted.queue else _queues_of(wanted.tab, {k: v[0] for k, v in LENDING.items()})
    found: list[ColumnElement[bool]] = []
    if names is not None:
        states = [state for name in names if name in LENDING for state in LENDING[name][1]]
        found.append(attempt.c.supply.in_(states))
    if wanted.other:
        found.append(request.c.library_id == wanted.other)
    if wanted.pickup_branch_id:
        found.append(attempt.c.holding["branch_id"].as_string() == wanted.pickup_branch_id)
    if wanted.service_type:
        found.append(request.c.service_type == wanted.service_type)
    if wanted.overdue or wanted.attention:
        found.append(_OVERDUE)
    if wanted.text.strip():
        found.append(or_(_about(wanted.text, attempt.c.code), _holds(attempt.c.barcode, wanted.text)))
    return found


def _queues_of(tab: str, tabs: Mapping[str, str]) -> list[str] | None:
    """The queues of a tab; None when no tab was chosen."""
    return [name for name, one in tabs.items() if one == tab] if tab else None


def _about(text: str, code: Any) -> ColumnElement[bool]:
    fields = (request.c.citation[name].as_string() for name in ("title", "author", "isbn"))
    return or_(_holds(code, text), *(_holds(one, text) for one in fields))


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = func.lower(column).contains(text.strip().lower(), autoescape=True)
    return found
