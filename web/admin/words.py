"""Codes, spans of time and cron text of the harvester in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from babel.dates import get_day_names
from flask import g

from harvester import schedule
from harvester.sources import Source
from harvester.store import Harvest
from web import formats, texts

#: Colour and shape of how a source does.
HEALTH_TONES = {
    "queued": "ring",
    "running": "live half",
    "off": "muted unknown",
    "new": "muted ring",
    "ok": "ok",
    "late": "warn sq",
    "failing": "bad sq",
    "held": "warn sq",
}

#: Colour and shape of the state of a harvest or a job.
STATE_TONES = {
    "queued": "ring",
    "running": "live half",
    "interrupted": "live half",
    "complete": "ok",
    "done": "ok",
    "incomplete": "warn sq",
    "failed": "bad sq",
    "stopped": "ring",
    "waiting": "live half",
    "dead": "bad sq",
}

#: What the harvester says in its receipts (English, fit for a log) and the text that says it to people.
#: Groups become {a} and {b}.
_SAYINGS: tuple[tuple[str, str], ...] = (
    (r"stopped", "admin.why.stopped"),
    (r"source deleted", "admin.why.deleted"),
    (r"the list stops without an end", "admin.why.stops"),
    (r"the list ends in noRecordsMatch", "admin.why.tail"),
    (r"the list goes round", "admin.why.round"),
    (r"page after page is empty", "admin.why.empties"),
    (r"the token was refused", "admin.why.token"),
    (r"a page could not be read", "admin.why.page"),
    (r"the list ended early", "admin.why.early"),
    (r"the list was read by windows of time", "admin.why.by_windows"),
    (r"the list goes on with records that the provider itself does not know", "admin.why.invented"),
    (r"the list announces no size and no end is in sight", "admin.why.endless"),
    (r"(\d+) of (\d+) announced records came", "admin.why.short"),
    (r"ListIdentifiers names (\d+) records that we lack", "admin.why.lacking"),
    (r"ListIdentifiers proves nothing: ([^;]*)", "admin.why.unproven"),
    (r"(\d+) records cannot be read, not even one by one", "admin.why.unreadable"),
    (r"come back in ([\d.]+) s", "admin.why.come_back"),
    (r"([^;]*): (\d+) s more to wait, [^;]*", "admin.why.patience"),
    (
        r"(badArgument|badResumptionToken|badVerb|cannotDisseminateFormat|idDoesNotExist|noRecordsMatch"
        r"|noMetadataFormats|noSetHierarchy|no code): ([^;]*)",
        "admin.why.protocol",
    ),
    (r"(\S+): this address is not allowed", "admin.why.address"),
    (r"(\S+): no such host", "admin.why.no_host"),
    (r"(\S+): more than ([\d,]+) bytes", "admin.why.too_large"),
    (r"no OAI-PMH here[^;]*", "admin.why.not_oai"),
    (r"the root element is [^;]*", "admin.why.not_oai"),
    (r"not XML: [^;]*", "admin.why.not_oai"),
    (r"a DOCTYPE is not accepted", "admin.why.not_oai"),
    (r"the (?:answer|page) is empty", "admin.why.nothing_came"),
    (r"the page is cut off[^;]*|the page ends before [^;]*|the list does not end", "admin.why.cut_off"),
    (r"HTTP (401|403)\b[^;]*", "admin.why.turned_away"),
    (r"HTTP (\d{3})\b[^;]*", "admin.why.http"),
    (r"(\S+): (?:no connection|no TLS connection|the connection broke before an answer)", "admin.why.silent"),
    (r"(\S+): the name service did not answer", "admin.why.no_host"),
    (
        r"(\S+): (?:did not answer|not finished after [^;]*|nothing came for [^;]*|less than [^;]*)",
        "admin.why.slow",
    ),
    (r"(\S+): certificate refused: ([^;]*)", "admin.why.certificate"),
    (r"the file of certificates \S+ cannot be used: [^;]*", "admin.why.ca"),
    (r"(\S+): (?:the answer is not HTTP|the compressed data are damaged)", "admin.why.garbage"),
    (
        r"(\d+) of (\d+) records are missing from the list; held until somebody has looked",
        "admin.why.held",
    ),
)
_TABLE = tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in _SAYINGS)


def reason(text: str) -> str:
    """What a receipt gives as its reason, sentence by sentence; what nobody translated stays as it is."""
    whole = _said(text)  # first, for what has a semicolon of its own
    said = [whole] if whole else [_said(part) or part for part in text.split("; ") if part]
    return " ".join(one if one[-1:] in ".!?" else one + "." for one in said)


def _said(text: str) -> str | None:
    for pattern, key in _TABLE:
        if found := pattern.fullmatch(text.strip()):
            groups = [_said(one) or _number(one) for one in found.groups() if one is not None]
            return texts.say(key, g.language, **dict(zip("ab", groups, strict=False)))
    return None


def _number(text: str) -> str:
    return formats.count(int(text), g.language) if text.isdigit() else text


def code(kind: str, value: str) -> str:
    """The label of a code of the harvester; one without a label is shown with blanks for '_'."""
    key = f"admin.{kind}.{value}"
    return texts.say(key, g.language) if texts.has(key) else value.replace("_", " ")


def health(source: Source, harvest: Harvest | None) -> str:
    """How a source does just now: its stored health, unless a harvest runs or waits, or it is switched off."""
    if harvest is not None:
        return "queued" if harvest.state in ("queued", "interrupted") else "running"
    return source.health if source.enabled or source.health in ("failing", "held") else "off"


def span(seconds: float) -> str:
    """'14 menit', '2 jam 5 menit', '40 detik'."""
    whole = int(seconds + 0.5)
    if whole < 60:
        return texts.say("admin.span.seconds", g.language, n=whole)
    if whole < 3600:
        return texts.say("admin.span.minutes", g.language, n=round(whole / 60))
    hours, minutes = divmod(round(whole / 60), 60)
    said = texts.say("admin.span.hours", g.language, n=hours)
    return said + (" " + texts.say("admin.span.minutes", g.language, n=minutes) if minutes else "")


def cron(text: str, zone: str = "") -> str:
    """Cron text in words where that can be done in a few: 'setiap hari 02.00 WIT' (with a zone); else as it is."""
    if not text:
        return texts.say("admin.cron.never", g.language)
    fields = _NAMES.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        return text
    minute, hour, day, month, weekday = fields
    if month != "*" or not minute.isdigit():
        return text
    if (hour, day, weekday) == ("*", "*", "*"):
        return texts.say("admin.cron.hourly", g.language, minute=f"{int(minute):02d}")
    if (step := re.fullmatch(r"\*/(\d+)", hour)) and (day, weekday) == ("*", "*"):
        return texts.say("admin.cron.hours", g.language, n=int(step[1]))
    if not hour.isdigit():
        return text
    clock = f"{int(hour):02d}{'.' if g.language == 'id' else ':'}{int(minute):02d}"
    if zone:
        clock += f" {formats.ZONES.get(zone, zone)}"
    if (day, weekday) == ("*", "*"):
        return texts.say("admin.cron.daily", g.language, clock=clock)
    if day == "*" and (name := _weekday(weekday)):
        return texts.say("admin.cron.weekly", g.language, clock=clock, day=name)
    if weekday == "*" and day.isdigit():
        return texts.say("admin.cron.monthly", g.language, clock=clock, n=int(day))
    return text


#: As in harvester.schedule.
_NAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 2 * * *",
    "@weekly": "0 2 * * sun",
    "@monthly": "0 2 1 * *",
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekday(text: str) -> str:
    name = text.lower()
    if name.isdigit() and int(name) <= 7:
        name = ("sun", *_DAYS)[int(name)]
    return str(get_day_names("wide", locale=g.language)[_DAYS.index(name)]) if name in _DAYS else ""


def next_runs(text: str, zone: str, after: datetime, number: int = 3) -> list[datetime]:
    """The next instants at which cron text is due; [] when it never is or cannot be read."""
    found: list[datetime] = []
    try:
        due = schedule.next_run(text, zone, after)
        while due is not None and len(found) < number:
            found.append(due)
            trigger: Any = schedule.trigger(text, zone)
            due = trigger.get_next_fire_time(due, due)
    except schedule.BadSchedule:
        return []
    return found


def tone(state: str) -> str:
    """The classes of a state's badge."""
    return STATE_TONES.get(state, "")


HELPERS: dict[str, Callable[..., Any]] = {
    "reason_text": reason,
    "code_text": code,
    "health_of": health,
    "health_tone": lambda name: HEALTH_TONES[name],
    "span": span,
    "cron_text": cron,
    "next_runs": next_runs,
    "tone": tone,
    "weekday": lambda number: get_day_names("wide", locale=g.language)[number],
}
