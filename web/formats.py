"""Dates, money and counts as people read them (docs/words.md), in both languages."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

#: What Indonesia's three zones are called.
ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def day(value: date, language: str) -> str:
    """'Senin, 23 November 2026'."""
    return format_date(value, "EEEE, d MMMM y", locale=language)


def plain_day(value: date, language: str) -> str:
    """'3 Desember 2026'."""
    return format_date(value, "d MMMM y", locale=language)


def day_of(value: datetime, language: str, zone: str = "Asia/Jakarta") -> str:
    """'23 November 2026', the day that an instant falls on in the zone."""
    return plain_day(value.astimezone(ZoneInfo(zone)).date(), language)


def short_day(value: date, language: str) -> str:
    """'24 Nov', for tables."""
    return format_date(value, "d MMM", locale=language)


def moment(value: datetime, language: str, zone: str = "Asia/Jakarta") -> str:
    """'23 November 2026, 10.32 WIB'; the zone's own name where it has one."""
    local = value.astimezone(ZoneInfo(zone))
    pattern = "d MMMM y, HH.mm" if language == "id" else "d MMMM y, HH:mm"
    return f"{format_datetime(local, pattern, locale=language)} {ZONES.get(zone, local.strftime('%Z'))}"


def clock_time(value: datetime, language: str, zone: str = "Asia/Jakarta") -> str:
    """'10.32 WIB'."""
    local = value.astimezone(ZoneInfo(zone))
    pattern = "HH.mm" if language == "id" else "HH:mm"
    return f"{format_datetime(local, pattern, locale=language)} {ZONES.get(zone, local.strftime('%Z'))}"


@lru_cache(maxsize=8192)  # a page of results shows some forty, mostly small ones
def count(value: float, language: str) -> str:
    """'1.204' or '1,204'."""
    return str(format_decimal(value, locale=language))


def rupiah(minor: int, language: str) -> str:
    """'Rp 5.000' from sen, with a no-break space; zero is for the caller to word ('Gratis')."""
    return f"Rp\u00a0{format_decimal(minor // 100, locale=language)}"


def size(value: float, language: str) -> str:
    """'3,6 MB' from bytes."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{format_decimal(round(value, 1), locale=language)}\u00a0{unit}"
        value /= 1000
    raise AssertionError
