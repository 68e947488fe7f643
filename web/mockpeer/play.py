"""The mock peer's part in each loan: pure from what was heard to what is said next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from broker.iso18626 import values as v
from web.mockpeer.scenarios import NOTES, REQUESTING, SUPPLYING, Line


@dataclass(slots=True)
class Talk:
    """One loan as the mock peer knows it: in which scenario and role, and what was said already."""

    scenario: str
    header: v.Header
    supplies: bool
    number: str = ""
    said: set[str] = field(default_factory=set)


def heard(talk: Talk, document: v.Message, now: datetime) -> list[v.Message]:
    """What is said when this is heard."""
    if talk.supplies:
        return _as_supplier(talk, document, now)
    return _as_requester(talk, document, now)


def begun(talk: Talk, now: datetime) -> list[v.Message]:
    """What a requester says right after its request."""
    return [_action(talk, action, now) for action in REQUESTING[talk.scenario].get("start", ())]


def _as_supplier(talk: Talk, document: v.Message, now: datetime) -> list[v.Message]:
    what = "Request" if isinstance(document, v.Request) else getattr(document, "action", "")
    if what == "StatusRequest":
        return [_line(talk, Line(status=_status(talk), reason="StatusRequestResponse"), now)]
    table = SUPPLYING.get(talk.scenario, SUPPLYING["loan"])  # a slow one lends as well
    lines = table.get(what, ())
    talk.said |= {line.status for line in lines}
    return [_line(talk, line, now) for line in lines]


def _status(talk: Talk) -> str:
    order = ("LoanCompleted", "CopyCompleted", "Cancelled", "Loaned", "WillSupply", "Unfilled")
    return next((one for one in order if one in talk.said), "RequestReceived")


def _line(talk: Talk, line: Line, now: datetime) -> v.Supplying:
    def day(days: int | None) -> datetime | None:
        if days is None:
            return None
        return (now + timedelta(days=days)).replace(hour=23, minute=59, second=59, microsecond=0)

    costs = None if line.cost is None else v.Costs(currency=v.Code(value="IDR"), amount=Decimal(line.cost))
    sends = line.status in ("Loaned", "CopyCompleted")
    return v.Supplying(
        header=replace(talk.header, at=now, supplier_request_id=talk.number),
        info=v.Info(
            reason=line.reason,
            answer=line.answer,
            note=line.note,
            unfilled=v.Code(value=line.unfilled) if line.unfilled else None,
            retry=v.Code(value=line.retry) if line.retry else None,
        ),
        status=v.Status(status=line.status, expected=day(line.expected), due=day(line.due), changed=now),
        retry=v.Retry(offered=(costs,)) if costs else None,
        delivery=v.Delivery(
            sent=now,
            item_ids=("MOCK-1",) if line.status == "Loaned" else (),
            url=line.url,
            conditions=(v.Code(value=line.condition),) if line.condition else (),
        )
        if sends or line.condition
        else None,
    )


def _as_requester(talk: Talk, document: v.Message, now: datetime) -> list[v.Message]:
    if not isinstance(document, v.Supplying):
        return []
    talk.number = document.header.supplier_request_id or talk.number
    table = REQUESTING[talk.scenario]
    keys = (document.info.reason, document.status.status)
    found: list[v.Message] = []
    for key in keys:
        if key in table and key not in talk.said:
            talk.said.add(key)
            found += [_action(talk, action, now) for action in table[key]]
            break
    return found


def _action(talk: Talk, action: str, now: datetime) -> v.Requesting:
    header = replace(talk.header, at=now, supplier_request_id=talk.number)
    return v.Requesting(header=header, action=action, note=NOTES.get(action, ""))


def opening(
    scenario: str, header: v.Header, citation: Mapping[str, str], note: str = ""
) -> tuple[Talk, v.Request]:
    """A talk that asks, and its request."""
    kind = "Copy" if scenario == "copy" else "Loan"
    numbers = tuple(
        v.Number(code=v.Code(value=name), value=citation[name.lower()])
        for name in ("ISBN", "ISSN")
        if citation.get(name.lower())
    )
    request = v.Request(
        header=header,
        wanted=v.Bibliographic(
            title=citation.get("title", ""), author=citation.get("author", ""), item_ids=numbers
        ),
        service=v.Service(request_type="New", service_type=kind, note=note),
    )
    return Talk(scenario=scenario, header=header, supplies=False), request
