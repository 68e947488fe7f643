"""ListIdentifiers without tokens: time is cut into windows until each answer fits on one page.

The last resort where tokens cannot be believed. An answer is whole when it has no token and fewer identifiers
than a page of this provider can hold; a fuller one is cut in two, where half of what is known lies on either side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from harvester import datestamps, lists
from harvester.errors import NotAllowed, NotOai, OutOfPatience, ProtocolError, Unreachable
from harvester.pages import Header, Item, Summary
from harvester.payload import key_of

if TYPE_CHECKING:
    from harvester.harvest import Run

#: Requests for one list, at most.
MOST_REQUESTS = 2000
#: How far outside a window a datestamp may lie before the provider counts as one that ignores windows.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From and until, both included, both in whole units of the granularity; None is open."""

    since: datetime | None
    until: datetime | None


@dataclass(slots=True)
class Found:
    """What all windows named together. `conclusive`: every one of them was read whole."""

    headers: dict[str, Header] = field(default_factory=dict)
    conclusive: bool = True
    why: str = ""
    requests: int = 0


def names(of: Run, known: Mapping[str, Header], page: int) -> Found:
    """Everything that ListIdentifiers names, window by window.

    `known` are the headers named so far: they show where in time the records lie. `page` is the most
    identifiers seen on one page. Raises what ends the run at once (Stopped, Fenced).
    """
    unit = timedelta(days=1) if of.cursor.granularity == "day" else timedelta(seconds=1)
    stamps = sorted(at for one in known.values() if (at := datestamps.read(one.datestamp)) is not None)
    found = Found()
    waiting = [_whole(of, unit)]
    while waiting:
        window = waiting.pop()
        of.check_stop()
        if found.requests >= MOST_REQUESTS:
            return _give_up(found, "too many windows")
        found.requests += 1
        try:
            summary, items = _ask(of, window)
        except ProtocolError as error:
            if error.has("noRecordsMatch"):
                continue
            return _give_up(found, str(error))
        except (Unreachable, NotOai, NotAllowed, OutOfPatience) as error:
            return _give_up(found, str(error))
        if _ignores(window, items):
            return _give_up(found, "the provider ignores from and until")
        fresh = {key_of(one.header.identifier): one.header for one in items if one.header.identifier}
        found.headers.update(fresh)
        stamps = sorted(
            {*stamps, *(at for one in fresh.values() if (at := datestamps.read(one.datestamp)) is not None)}
        )
        if len(items) < page and _ends_here(of, summary):
            continue
        parts = cut(window, stamps, unit)
        if parts is None:
            found.conclusive = False
            found.why = "more records of one moment than fit on a page"
            continue
        waiting.extend(parts)
    return found


def cut(window: Window, stamps: list[datetime], unit: timedelta) -> tuple[Window, Window] | None:
    """The window in two that leave nothing between them, at the median of what is known to lie in it. Pure.

    None when it is one unit long, or open and nothing is known to lie in it. `stamps` are sorted.
    """
    since, until = window.since, window.until
    inside = [at for at in stamps if (since is None or at >= since) and (until is None or at <= until)]
    if inside:
        last_left = _floor(inside[len(inside) // 2], unit) - unit
    elif since is not None and until is not None:
        last_left = _floor(since + (until - since) / 2, unit)
    else:
        return None
    if since is not None:
        last_left = max(last_left, since)
    if until is not None:
        last_left = min(last_left, until - unit)
    if since is not None and last_left < since:
        return None
    return Window(since=last_left + unit, until=until), Window(since=since, until=last_left)


def _floor(at: datetime, unit: timedelta) -> datetime:
    at = at.replace(microsecond=0)
    return at if unit < timedelta(days=1) else at.replace(hour=0, minute=0, second=0)


def _whole(of: Run, unit: timedelta) -> Window:
    given = of.cursor.arguments
    since, until = (datestamps.read(given[name]) if name in given else None for name in ("from", "until"))
    return Window(since=_floor(since, unit) if since else None, until=_floor(until, unit) if until else None)


def _ask(of: Run, window: Window) -> tuple[Summary, list[Item]]:
    arguments = {name: text for name, text in of.cursor.arguments.items() if name not in ("from", "until")}
    if window.since is not None:
        arguments["from"] = datestamps.write(window.since, of.cursor.granularity)
    if window.until is not None:
        arguments["until"] = datestamps.write(window.until, of.cursor.granularity)
    check = lists.Check("ListIdentifiers", arguments, of.conversation.tally.odd)

    def take(chunks: Iterable[bytes]) -> tuple[Summary, list[Item]]:
        return lists.read_page(chunks, check)

    return lists.first(of.conversation, "ListIdentifiers", arguments, take)


def _ends_here(of: Run, summary: Summary) -> bool:
    """Whether nothing follows a page that is not full: no token, or one that leads to noRecordsMatch."""
    token = summary.token
    if token is None or not token.text:
        return True
    arguments = of.cursor.arguments
    check = lists.Check("ListIdentifiers", arguments, of.conversation.tally.odd)

    def take(chunks: Iterable[bytes]) -> tuple[Summary, list[Item]]:
        return lists.read_page(chunks, check)

    following = lists.Next(text=token.text, raw_text=token.raw_text)
    try:
        lists.following(of.conversation, "ListIdentifiers", following, arguments, take)
    except ProtocolError as error:
        return error.has("noRecordsMatch")
    except (Unreachable, NotOai, NotAllowed, OutOfPatience):
        return False
    return False


def _ignores(window: Window, items: list[Item]) -> bool:
    """Whether the answer holds records that clearly lie outside the window."""
    for one in items:
        at = datestamps.read(one.header.datestamp)
        if at is None:
            continue
        if window.since is not None and at < window.since - _SLACK:
            return True
        if window.until is not None and at > window.until + _SLACK:
            return True
    return False


def _give_up(found: Found, why: str) -> Found:
    found.conclusive = False
    found.why = why
    return found
