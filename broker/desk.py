"""The queues of a library's two desks, their counts and their lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, false, func, or_, select

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

_WANTS_A_LOOK: ColumnElement[bool] = cast(request.c.attention, Text).not_in(("[]", "null"))
_OVERDUE: ColumnElement[bool] = attempt.c.supply_flags["due"].as_string().in_(("overdue", "recalled"))
_IN_LENDING: ColumnElement[bool] = attempt.c.supply != "unasked"


def borrowing_counts(c: Connection, library_id: str) -> dict[str, int]:
    """How many requests stand in each queue of BORROWING, in each tab, and under 'attention'."""
    rows = c.execute(
        select(request.c.state, attempt.c.leg, _WANTS_A_LOOK, func.count())
        .select_from(_with_active())
        .where(request.c.library_id == library_id)
        .group_by(request.c.state, attempt.c.leg, _WANTS_A_LOOK)
    )
    counts = dict.fromkeys((*BORROWING, *TABS, "attention", "unread"), 0)
    for state, leg, wants_a_look, number in rows:
        queue = borrowing_queue(state, leg or "")
        if queue:
            counts[queue] += number
            counts[BORROWING[queue][0]] += number
        if wants_a_look:
            counts["attention"] += number
    counts["unread"] = _unread(c, library_id, attempt.c.id.in_(_attempts_asked_by(library_id)))
    return counts


def lending_counts(c: Connection, library_id: str) -> dict[str, int]:
    """How many supplies stand in each queue of LENDING, in each tab, under 'overdue' and 'unread'."""
    late = func.coalesce(_OVERDUE, false())
    rows = c.execute(
        select(attempt.c.supply, late, func.count())
        .where(attempt.c.library_id == library_id, _IN_LENDING)
        .group_by(attempt.c.supply, late)
    )
    counts = dict.fromkeys((*LENDING, *TABS, "overdue", "unread"), 0)
    for state, is_late, number in rows:
        queue = lending_queue(state)
        counts[queue] += number
        counts[LENDING[queue][0]] += number
        if is_late and LENDING[queue][0] != "done":
            counts["overdue"] += number
    counts["unread"] = _unread(c, library_id, attempt.c.library_id == library_id)
    return counts


def _unread(c: Connection, library_id: str, whose: ColumnElement[bool]) -> int:
    rows = select(func.count()).select_from(message.join(attempt, attempt.c.id == message.c.object_id))
    unread = (
        message.c.object_type == "attempt",
        message.c.to_library_id == library_id,
        message.c.read_at.is_(None),
    )
    return int(c.execute(rows.where(*unread, whose)).scalar_one())


def _attempts_asked_by(library_id: str) -> Select[Any]:
    inner = attempt.alias("asked")
    return (
        select(inner.c.id)
        .join(request, request.c.id == inner.c.request_id)
        .where(request.c.library_id == library_id)
    )


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
    total = select(func.count()).select_from(_with_active()).where(*where)
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
        found.append(or_(false(), *(_in_queue(name) for name in names if name in BORROWING)))
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
