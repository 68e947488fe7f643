"""Times near to now and labels of codes, as the desk reads them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import g

from web import formats, texts


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
