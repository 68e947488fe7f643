"""Between the messages of ISO 18626 and those that our machines speak (`broker.messages`). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from broker.iso18626 import codes
from broker.iso18626 import values as v
from broker.iso18626.profiles import Profile
from broker.messages import RequesterMessage, RequestMessage, SupplierMessage

#: The last second of a day: how the standard writes a date whose time does not matter.
_LAST = time(23, 59, 59)


def instant(day: date | None) -> datetime | None:
    """A date as the standard writes it, 23:59:59Z."""
    return None if day is None else datetime.combine(day, _LAST, UTC)


def day(at: datetime | None, zone: str) -> date | None:
    """The date that an instant means: its own where the time does not matter, else the date in this zone."""
    if at is None:
        return None
    at = at.astimezone(UTC)
    return (
        at.date()
        if at.time().replace(microsecond=0) in (_LAST, time())
        else at.astimezone(ZoneInfo(zone)).date()
    )


def agency(symbol: str) -> v.Agency:
    """A symbol ('ISIL:ID-…') in its two parts."""
    kind, colon, value = symbol.partition(":")
    return v.Agency(type=v.Code(value=kind if colon else "ISIL"), value=value if colon else symbol)


def money(minor: int, currency: str) -> v.Costs:
    """An amount from minor units; rupiah and all that Silang knows have two decimals (ISO 4217)."""
    return v.Costs(currency=v.Code(value=currency), amount=Decimal(minor) / 100)


def minor(costs: v.Costs) -> int:
    """Minor units of an amount."""
    return int((costs.amount * 100).to_integral_value())


# --- our words to theirs -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a request says to a supplier outside: nothing of the patron."""

    citation: Mapping[str, Any]
    service_type: str
    need_by: date | None = None
    any_edition: bool = False
    note: str = ""
    level: str = ""
    record_id: str = ""
    call_number: str = ""
    library: str = ""
    address: str = ""
    email: str = ""
    maximum_minor: int | None = None
    currency: str = "IDR"


def request_out(
    header: v.Header, message: RequestMessage, wanted: Wanted, previous: str, profile: Profile
) -> v.Request:
    """'Please supply', with a citation, the service and where to send it."""
    told = wanted.citation
    is_part = bool(told.get("article_title"))
    numbers = [
        v.Number(code=_code(profile, "BibliographicItemId", name.upper()), value=number)
        for name in ("isbn", "issn")
        for number in _numbers(told.get(name))
    ]
    return v.Request(
        header=header,
        wanted=v.Bibliographic(
            supplier_record_id=wanted.record_id,
            title=_t(told, "title"),
            author=_t(told, "author"),
            edition=_t(told, "edition"),
            component_title=_t(told, "article_title"),
            component_author=_t(told, "article_author"),
            volumes=tuple(filter(None, (_t(told, "volume"),))),
            issue=_t(told, "issue"),
            pages=_t(told, "pages"),
            item_ids=tuple(numbers),
        ),
        publication=v.Publication(
            publisher=_t(told, "publisher"),
            type=_code(profile, "PublicationType", "Article" if is_part else "Book"),
            date=_t(told, "year"),
        ),
        service=v.Service(
            request_type=message.request_type,
            previous=previous,
            service_type="Copy" if wanted.service_type == "copy" else "Loan",
            level=_code(profile, "ServiceLevel", wanted.level) if wanted.level else None,
            need_before=instant(wanted.need_by),
            any_edition=True if wanted.any_edition else None,
            preferred_edition="AnyEdition" if wanted.any_edition else "",
            note=wanted.note,
        ),
        suppliers=(v.Supplier(agency=header.supplier, call_number=wanted.call_number),)
        if wanted.call_number
        else (),
        wishes=_wishes(wanted, profile),
        asking=v.Asking(name=wanted.library, addresses=_mail(wanted.email)),
        billing=None
        if wanted.maximum_minor is None
        else v.Billing(maximum=money(wanted.maximum_minor, wanted.currency)),
    )


def _wishes(wanted: Wanted, profile: Profile) -> tuple[v.Wish, ...]:
    if not profile.address:
        return ()
    if wanted.service_type == "copy":
        return tuple(v.Wish(order=1, address=one) for one in _mail(wanted.email))
    lines = [line.strip() for line in wanted.address.splitlines() if line.strip()]
    if not lines:
        return ()
    place = v.Physical(line1=wanted.library, line2=", ".join(lines))
    return (v.Wish(order=1, address=v.Address(physical=place)),)


def _mail(address: str) -> tuple[v.Address, ...]:
    if not address:
        return ()
    return (v.Address(electronic=v.Electronic(type=v.Code(value="Email"), data=address)),)


def requester_out(header: v.Header, message: RequesterMessage, profile: Profile) -> v.Requesting:
    """What the requesting side says. An action that the peer does not know goes as a note in words."""
    action, note = message.action, message.note
    if message.accepts:
        note = " ".join(filter(None, (profile.accept_marker or "Conditions accepted.", note)))
    if action in ("Lost", "HoldReturn") and action not in profile.knows:
        words = {"Lost": "The item is lost.", "HoldReturn": "Please do not send it yet."}[action]
        action, note = "Notification", " ".join(filter(None, (words, note)))
    return v.Requesting(header=header, action=action, note=note)


def supplier_out(
    header: v.Header,
    message: SupplierMessage,
    profile: Profile,
    at: datetime,
    returning: v.Returning | None = None,
    url: str = "",
) -> v.Supplying:
    """What the supplying side says: why it writes, how things stand, what was sent and under which conditions."""
    status, reason, note = message.status, message.reason, message.note
    is_conditional = bool(message.status == "WillSupply" and (message.condition or message.cost_minor))
    retry_reason = message.retry
    if is_conditional and profile.conditions == "retry":
        status, retry_reason = "RetryPossible", "condition"
    if is_conditional and profile.conditions == "note":
        note = " ".join(filter(None, (profile.condition_marker, note)))
    if status in ("HoldReturn", "ReleaseHoldReturn") and status not in profile.knows:
        status, reason = "Loaned", "Notification"
    costs = () if message.cost_minor is None else (money(message.cost_minor, message.currency),)
    if url and "url" in profile.in_note | ({"url"} if profile.version == "1.2" else set()):
        note = " ".join(filter(None, (note, url)))
    if costs and "cost" in profile.in_note:
        note = " ".join(filter(None, (note, f"Cost: {costs[0].amount:f} {message.currency}.")))
    sends = status in ("Loaned", "CopyCompleted")
    conditions = _conditions_out(message, profile)
    delivery = None
    if sends or (conditions and profile.conditions != "retry"):
        delivery = v.Delivery(
            sent=at,
            item_ids=tuple(filter(None, (message.item,))) if sends else (),
            url=url,
            method=_code(profile, "SentVia", "URL" if url else "Mail") if sends else None,
            conditions=conditions,
            costs=costs if sends else (),
        )
    offers = costs if not sends else ()
    after = instant(message.expected_on) if status == "RetryPossible" else None
    return v.Supplying(
        header=header,
        info=v.Info(
            reason=reason,
            answer=message.answer,
            note=note,
            unfilled=_code(
                profile, "ReasonUnfilled", codes.UNFILLED_OUT.get(message.unfilled, "PolicyProblem")
            )
            if message.unfilled
            else None,
            retry=_retry_code(retry_reason, profile) if retry_reason else None,
        ),
        status=v.Status(
            status=status,
            expected=instant(message.expected_on) if status == "ExpectToSupply" else None,
            due=instant(message.due_on),
            changed=at,
        ),
        retry=v.Retry(offered=offers, after=after, conditions=conditions if status == "RetryPossible" else ())
        if offers or after or (conditions and status == "RetryPossible")
        else None,
        delivery=delivery,
        returning=returning if status == "Loaned" else None,
    )


def _conditions_out(message: SupplierMessage, profile: Profile) -> tuple[v.Code, ...]:
    theirs = codes.CONDITIONS_OUT.get(message.condition, "")
    if message.condition and not theirs and message.condition != "cost":
        return (v.Code(value=message.condition[:80]),)  # in words that the supplier typed
    return (_code(profile, "LoanCondition", theirs),) if theirs else ()


def _retry_code(reason: str, profile: Profile) -> v.Code:
    theirs = codes.RETRY_OUT.get(reason, "NotCurrentAvailableForILL")
    old = profile.version.startswith("1.")
    if old and theirs in codes.RETRY_ONLY_2021:
        theirs = "NotCurrentAvailableForILL" if profile.conditions != "note" else "LoanCondition"
    if not old and theirs in codes.RETRY_ONLY_2017:
        theirs = "ReqServTypeNotPossible"
    return _code(profile, "ReasonRetry", theirs)


def _code(profile: Profile, name: str, value: str) -> v.Code:
    return v.Code(value=value, scheme=codes.SCHEME.format(name) if profile.scheme else "")


def _t(told: Mapping[str, Any], name: str) -> str:
    return str(told.get(name) or "")


def _numbers(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list | tuple) else re.split(r"[;,]", str(value or ""))
    return tuple(str(one).strip() for one in given if str(one).strip())


# --- their words to ours -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request from outside asks for, in our words. `level` '' is normal."""

    message: RequestMessage
    citation: Mapping[str, str]
    service_type: str
    need_by: date | None
    any_edition: bool
    note: str
    record_id: str


def request_in(document: v.Request, zone: str) -> Asked:
    """A request from outside. Copy and Loan are said; CopyOrLoan is a copy when a part of a work is asked for."""
    wanted, service = document.wanted, document.service or v.Service()
    published = document.publication or v.Publication()
    numbers = {"isbn": [], "issn": []}  # type: dict[str, list[str]]
    for one in wanted.item_ids:
        numbers.get(one.code.value.casefold(), []).append(one.value)
    kind = service.service_type or "Loan"
    is_part = bool(wanted.component_title or wanted.pages)
    copy = kind == "Copy" or (kind == "CopyOrLoan" and is_part)
    citation = {
        "title": " : ".join(filter(None, (wanted.title or wanted.component_title, wanted.subtitle))),
        "author": wanted.author,
        "publisher": published.publisher,
        "year": published.date,
        "edition": wanted.edition,
        "isbn": "; ".join(numbers["isbn"]),
        "issn": "; ".join(numbers["issn"]),
        "volume": ", ".join(wanted.volumes),
        "issue": wanted.issue,
        "pages": wanted.pages,
        "article_title": wanted.component_title if wanted.title else "",
        "article_author": wanted.component_author,
    }
    return Asked(
        message=RequestMessage(request_type=service.request_type or "New", previous=service.previous),
        citation={name: text for name, text in citation.items() if text},
        service_type="copy" if copy else "loan",
        need_by=day(service.need_before, zone),
        any_edition=service.any_edition is True
        or service.preferred_edition in ("AnyEdition", "MostRecentEdition"),
        note=service.note,
        record_id=wanted.supplier_record_id,
    )


#: An acceptance in words, where a dialect has no marker of its own.
_ACCEPTS = re.compile(
    r"(?i)^\W*(i |we )?(accept|agree|setuju|conditions? (are |is )?accepted|syarat diterima)"
)


def requester_in(document: v.Requesting, profile: Profile) -> RequesterMessage:
    """What a requesting side outside says."""
    note = document.note
    marker = profile.accept_marker
    accepts = document.action == "Notification" and bool((marker and marker in note) or _ACCEPTS.match(note))
    return RequesterMessage(action=document.action, note=_without(note, marker), accepts=accepts)


def supplier_in(document: v.Supplying, profile: Profile, zone: str) -> SupplierMessage:
    """What a supplying side outside says."""
    info, status = document.info, document.status
    delivery, retry = document.delivery or v.Delivery(), document.retry or v.Retry()
    note = info.note
    conditions = [
        codes.ours(codes.CONDITIONS, one.value, one.value[:200])
        for one in (*delivery.conditions, *retry.conditions)
    ]
    costs = retry.offered or delivery.costs
    marked = bool(profile.condition_marker and profile.condition_marker in note)
    note = _without(note, profile.condition_marker)
    if marked and not conditions:
        conditions = [note[:200] or "cost" if costs else note[:200] or "see_note"]
    if status.status == "CopyCompleted" and delivery.url and delivery.url not in note:
        note = " ".join(filter(None, (note, delivery.url)))
    tables = {**codes.RETRY, **codes.ALSO_RETRY}
    message = SupplierMessage(
        reason=info.reason,
        status=status.status,
        answer=info.answer,
        note=note,
        unfilled=codes.ours(codes.UNFILLED, info.unfilled.value, "not_available") if info.unfilled else "",
        retry=codes.ours(tables, info.retry.value, "not_currently_available") if info.retry else "",
        condition=conditions[0] if conditions else "",
        cost_minor=minor(costs[0]) if costs else None,
        currency=costs[0].currency.value.upper()[:3] if costs else "IDR",
        due_on=day(status.due, zone),
        expected_on=day(status.expected or retry.after, zone),
        item=", ".join(delivery.item_ids)[:80],
    )
    return _sound(message)


def _sound(message: SupplierMessage) -> SupplierMessage:
    """A refusal without its reason, as some send it, still says something."""
    if message.status == "Unfilled" and not message.unfilled and message.reason != "Notification":
        return replace(message, unfilled="not_available")
    if message.status == "RetryPossible" and not message.retry and message.reason != "Notification":
        return replace(message, retry="condition" if message.condition else "not_currently_available")
    return message


def _without(note: str, marker: str) -> str:
    return note.replace(marker, "").strip() if marker else note.strip()
