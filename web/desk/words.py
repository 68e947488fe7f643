"""Times near to now and labels of codes, as the desk reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import g

from broker.desk import BORROWING, LENDING
from broker.views import HistoryLine, RequestView, RotaView
from broker.ways import Option
from web import formats, texts
from web.desk.fields import machine_of


def near(value: datetime | date, language: str, zone: str, now: datetime) -> str:
    """'hari ini, 09.12', 'kemarin, 15.02', '21 Nov, 14.03'; a day alone without the time; the year if another."""
    here = now.astimezone(ZoneInfo(zone))
    local = value.astimezone(ZoneInfo(zone)) if isinstance(value, datetime) else value
    day = local.date() if isinstance(local, datetime) else local
    if day == here.date():
        said = texts.say("near.today", language)
    elif day == here.date() - timedelta(days=1):
        said = texts.say("near.yesterday", language)
    elif day == here.date() + timedelta(days=1):
        said = texts.say("near.tomorrow", language)
    elif day.year == here.year:
        said = formats.short_day(day, language)
    else:
        said = f"{formats.short_day(day, language)} {day.year}"
    if isinstance(local, datetime):
        clock = local.strftime("%H.%M" if language == "id" else "%H:%M")
        return f"{said}, {clock}"
    return said


def lateness(due: date, today: date, language: str) -> str:
    """'lewat 3 hari', 'hari ini', 'besok' or the short date."""
    days = (today - due).days
    if days > 0:
        return texts.say("near.late", language, n=days)
    if days == 0:
        return texts.say("near.today", language)
    if days == -1:
        return texts.say("near.tomorrow", language)
    short = formats.short_day(due, language)
    return short if due.year == today.year else f"{short} {due.year}"


def code_label(kind: str, code: str) -> str:
    """The label of a stored code, such as ('leg', 'shipped'); a code without one is shown with blanks for '_'."""
    key = f"{kind}.{code}"
    return texts.say(key, g.language) if texts.has(key) else code.replace("_", " ")


def event_label(line: HistoryLine) -> str:
    """What happened, in words; the same action may mean different things on the three machines."""
    for kind in (line.side, "request", "leg", "supply"):
        key = f"event.{kind}.{line.action}"
        if texts.has(key):
            return texts.say(key, g.language)
    return line.action.replace("_", " ")


def queue_of(view: RequestView) -> str:
    """The borrowing queue that a request stands in; '' for what is done."""
    leg = view.active.leg if view.active else ""
    for name, (tab, states, legs) in BORROWING.items():
        if view.state in states and (not legs or leg in legs):
            return "" if tab == "done" else name
    return ""


def queue_of_supply(state: str) -> str:
    """The lending queue that a supply stands in."""
    return next((name for name, (_, states) in LENDING.items() if state in states), "completed")


#: Colour and shape of a state: full green done, half under way, ring quiet, square bad, amber wants us.
_LEG_TONES = {
    "condition": "warn half",
    "retry_offered": "warn half",
    "promised": "ok half",
    "shipped": "ok half",
    "received": "ok",
    "checked_out": "ok",
    "checked_in": "half",
    "returned": "half",
    "completed": "ok",
    "delivered": "ok",
    "lost_reported": "sq bad",
    "lost_closed": "sq bad",
    "failed": "sq bad",
    "unfilled": "sq bad",
    "cancelled": "unknown",
    "retry_closed": "unknown",
    "abandoned": "unknown",
}
_REQUEST_TONES = {
    "review": "warn ring",
    "local": "warn ring",
    "end_of_rota": "warn half",
    "delivered": "ok",
    "completed": "ok",
    "unfilled": "sq bad",
    "lost_closed": "sq bad",
    "cancelled": "unknown",
    "closed": "unknown",
}
_SUPPLY_TONES = {
    "new": "warn ring",
    "will": "half",
    "cancel_asked": "warn half",
    "on_loan": "ok",
    "completed": "ok",
    "copy_done": "ok",
    "lost": "sq bad",
    "lost_closed": "sq bad",
    "unfilled": "sq bad",
    "retried": "unknown",
    "cancelled": "unknown",
}


def leg_tone(leg: str) -> str:
    """Classes of a leg's dot."""
    return _LEG_TONES.get(leg, "half")


def supply_tone(state: str) -> str:
    """Classes of a supply's dot or badge."""
    return _SUPPLY_TONES.get(state, "half")


def _tone(state: str, leg: str) -> str:
    return leg_tone(leg) if state == "active" and leg else _REQUEST_TONES.get(state, "half")


def tone(view: RequestView) -> str:
    """Classes of a request's badge."""
    return _tone(view.state, view.active.leg if view.active else "")


def row_tone(row: Any) -> str:
    """Classes of a request's dot in a list."""
    return _tone(row.state, row.leg)


def why_words(entry: RotaView) -> list[tuple[str, str]]:
    """Why a library stands where it does or was left out, as (up, down or '', words)."""
    why = entry.why
    if entry.state == "left_out":
        return [("", code_label("refusal", str(code))) for code in why.get("reasons", ())]
    told: list[tuple[str, str]] = []
    available = {"available": "up", "unknown": ""}.get(why.get("availability", ""), "down")
    if why.get("availability"):
        told.append((available, texts.say(f"why.availability.{_known_availability(why)}", g.language)))
    if "fee" in why:
        fee = formats.rupiah(why["fee"], g.language)
        told.append(("down", fee) if why["fee"] else ("up", texts.say("why.free", g.language)))
    load = why.get("load", 0)
    if load:
        told.append(("down" if load > 0 else "up", texts.say(_load_key(load), g.language, n=abs(load))))
    if why.get("same_region"):
        told.append(("up", texts.say("why.same_region", g.language)))
    if why.get("arrives"):
        day = formats.day(date.fromisoformat(why["arrives"]), g.language)
        sign, key = ("up", "why.in_time") if why["in_time"] else ("down", "why.not_in_time")
        told.append((sign, texts.say(key, g.language, day=day)))
    return told


def way_words(way: Option) -> list[tuple[str, str]]:
    """What speaks for or against asking a library, before anybody was asked."""
    if not way.allowed:
        return [("", code_label("refusal", code)) for code in way.reasons]
    told: list[tuple[str, str]] = []
    if way.shelf:
        why = {"availability": way.shelf.availability}
        sign = {"available": "up", "unknown": ""}.get(way.shelf.availability, "down")
        told.append((sign, texts.say(f"why.availability.{_known_availability(why)}", g.language)))
    fee = (
        ("down", formats.rupiah(way.fee, g.language))
        if way.fee
        else ("up", texts.say("why.free", g.language))
    )
    return [*told, fee]


def _known_availability(why: Mapping[str, Any]) -> str:
    told = str(why["availability"])
    return told if texts.has(f"why.availability.{told}") else "unknown"


def _load_key(load: int) -> str:
    return "why.gives_more" if load > 0 else "why.gives_less"


def state_of(side: str, state: str) -> str:
    """The label of a state that a bulk action or a scan led to; on the borrowing side of request or leg."""
    if side == "supply":
        return code_label("supply", state)
    return code_label("leg" if texts.has(f"leg.{state}") else "request", state)


def deadline_words(
    machine: str, clocks: Iterable[tuple[str, datetime]], zone: str, now: datetime
) -> list[str]:
    """What happens when the clocks run out, one sentence each."""
    told = []
    for kind, at in clocks:
        key = f"deadline.{machine}.{kind}"
        key = key if texts.has(key) else f"deadline.{kind}"
        if texts.has(key):
            told.append(texts.say(key, g.language, when=near(at, g.language, zone, now)))
    return told


#: What templates of the desk may call.
HELPERS: Mapping[str, Callable[..., Any]] = {
    "event_label": event_label,
    "queue_of": queue_of,
    "queue_of_supply": queue_of_supply,
    "leg_tone": leg_tone,
    "supply_tone": supply_tone,
    "tone": tone,
    "row_tone": row_tone,
    "why_words": why_words,
    "way_words": way_words,
    "machine_of": machine_of,
    "state_of": state_of,
}
