"""A list read by windows of time, where its tokens cannot be believed: cut until each answer fits on one page.

An answer is whole when it holds as many records as it announces; or, where it announces nothing, when it has no
token and fewer records than a page of this provider can hold. A fuller one is cut into parts. A window whose
records cannot be read together is cut down to the one that spoils it: that one is named by ListIdentifiers and
asked for by itself. Windows are only used where the provider was seen to keep to from and until.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from harvester import datestamps, lists
from harvester.errors import HarvestFailed, NotAllowed, OutOfPatience, ProtocolError, Stopped
from harvester.pages import Header, Item, Summary, Token
from harvester.payload import key_of
from harvester.spans import Window, floor, split
from harvester.spool import Stored

if TYPE_CHECKING:
    from harvester.harvest import Run

#: Requests for one list, at most.
MOST_REQUESTS = 20_000
#: Requests in a row that bring nothing new.
MOST_FRUITLESS = 500
#: Parts of one window, at most, and how full each is hoped to be.
MOST_PARTS = 40
FULL = 0.6
#: Records that are named instead of being looked for by more windows.
FEW = 50
#: How far outside a window a datestamp may lie before a token counts as one that forgets it.
_SLACK = timedelta(days=1)
_TRIES = 2
_PAST = datetime(1970, 1, 1, tzinfo=UTC)
_FUTURE = timedelta(days=3650)


@dataclass(slots=True)
class Found:
    """What the walk came to. `conclusive`: every window was read whole, or what it holds was named (`cursor.single`).
    `open_ends`: all of time was asked for.
    """

    conclusive: bool = True
    why: str = ""
    open_ends: bool = False
    requests: int = 0


class _GiveUp(Exception):
    """Windows cannot be used here."""


def walk(run: Run, stamps: Iterable[datetime], wanted: Sequence[datetime] | None) -> Found:
    """Read the list by windows; its pages go into the spool like any others.

    `stamps` show where in time records lie. `wanted` are those of records that are lacking, None where that is
    not known: windows without any are passed over. Raises what ends the run at once (Stopped, OutOfPatience …).
    """
    return _Walk(run, stamps, wanted).go()


class _Walk:
    """One reading of a list by windows. What waits is in the cursor of the run, so that any worker can go on."""

    def __init__(self, run: Run, stamps: Iterable[datetime], wanted: Sequence[datetime] | None) -> None:
        self.run = run
        self.unit = timedelta(days=1) if run.cursor.granularity == "day" else timedelta(seconds=1)
        self.stamps = sorted(set(stamps))
        self.wanted = wanted
        self.found = Found()
        self.page = run.cursor.page_size
        self.fruitless = 0  # requests since the last page that was new

    def go(self) -> Found:
        cursor = self.run.cursor
        try:
            if cursor.windows is None:
                self.found.open_ends = self._honoured()
                cursor.windows = [one.stored() for one in self._first()]
            self.found.open_ends = self.run.conversation.quirks.window_ends == "open"
            waiting = [Window.of(one) for one in cursor.windows]
            while waiting:
                self.run.check_stop()
                window = waiting.pop()
                if self.wanted is not None and not window.inside(self.wanted):
                    continue
                self._count()
                stored, parts = self._look(window)
                waiting.extend(parts)
                cursor.windows = [one.stored() for one in waiting]
                self._keep(stored)
        except _GiveUp as error:
            self._doubt(str(error))
        self.found.conclusive = not cursor.windows_failed
        self.found.why = cursor.windows_failed
        return self.found

    def _count(self) -> None:
        self.found.requests += 1
        self.fruitless += 1
        fruitless = MOST_FRUITLESS if self.page else MOST_FRUITLESS // 10
        if self.found.requests > MOST_REQUESTS or self.fruitless > fruitless:
            raise _GiveUp("too many windows")

    def _doubt(self, why: str) -> None:
        """Something may be missing; written down, since another worker may carry on from here."""
        self.run.cursor.windows_failed = self.run.cursor.windows_failed or why[:300]

    # --- which windows ---

    def _honoured(self) -> bool:
        """Whether open windows are kept to as well. Raises _GiveUp where not even closed ones are.

        Datestamps would not show it: some providers show none, some show others than those they choose by. So
        windows are asked for in which nothing can be.
        """
        early, late = datetime(1969, 12, 1, tzinfo=UTC), self._now() + _FUTURE
        day = timedelta(days=1) - self.unit
        if not all(self._is_empty(Window(since=at, until=at + day)) for at in (early, late)):
            raise _GiveUp("the provider ignores from and until")
        both = all(
            self._is_empty(one) for one in (Window(since=None, until=early), Window(since=late, until=None))
        )
        self.run.conversation.quirks.window_ends = "open" if both else "closed"
        return both

    def _is_empty(self, window: Window) -> bool:
        """Whether a window in which nothing can be is answered with nothing."""
        arguments = self._arguments(window)
        check = lists.Check("ListRecords", arguments, lambda code, text: None)
        self._count()
        try:
            summary, items = lists.first(
                self.run.conversation,
                "ListRecords",
                arguments,
                lambda chunks: lists.read_page(chunks, check),
                tries=_TRIES,
            )
        except ProtocolError as error:
            return error.has("noRecordsMatch") or error.has("badArgument")
        except (NotAllowed, OutOfPatience, Stopped):
            raise
        except HarvestFailed:
            return False
        return not items and not (summary.token and summary.token.text)

    def _now(self) -> datetime:
        return floor(self.run.ctx.clock(), timedelta(days=1))

    def _first(self) -> list[Window]:
        """The windows to begin with, the last one to be read first: all that was asked for."""
        given, cursor = self.run.cursor.arguments | self.run.cursor.chosen, self.run.cursor
        since, until = (datestamps.read(given[name]) if name in given else None for name in ("from", "until"))
        if len(given.get("until", "")) == 10 and until is not None and self.unit < timedelta(days=1):
            until += timedelta(days=1) - self.unit
        said = datestamps.read(cursor.earliest)
        known = [at for at in (said, *self.stamps[:1]) if at is not None and at >= _PAST]
        low = floor(since or min(known, default=_PAST), self.unit)
        newest = max([self._now() + timedelta(days=1), *self.stamps[-1:]])
        high = floor(until or newest, self.unit)
        if high < low:
            return [Window(since=low, until=high if until else None)]
        middle = Window(since=low, until=high)
        parts = self._parts(cursor.expected)
        out = list((split(middle, self.stamps, self.unit, parts) if parts > 1 else None) or (middle,))
        is_open = self.found.open_ends
        if since is None and low > _PAST:
            out.append(Window(since=None if is_open else _PAST, until=low - self.unit))
        if until is None:
            out.insert(0, Window(since=high + self.unit, until=None if is_open else high + _FUTURE))
        return out

    def _parts(self, records: int | None) -> int:
        """Into how many parts to cut what holds so many records."""
        if not records or not self.page:
            return 2
        return max(2, min(MOST_PARTS, round(records / (FULL * self.page))))

    def _arguments(self, window: Window) -> dict[str, str]:
        given, granularity = self.run.cursor.arguments, self.run.cursor.granularity
        arguments = {name: text for name, text in given.items() if name not in ("from", "until")}
        if window.since is not None:
            arguments["from"] = datestamps.write(window.since, granularity)
        if window.until is not None:
            arguments["until"] = datestamps.write(window.until, granularity)
        return arguments

    # --- one window ---

    def _look(self, window: Window) -> tuple[Stored | None, Sequence[Window]]:
        """(its page, what has to be read of it still)."""
        try:
            stored = self.run.page(self._arguments(window), tries=_TRIES)
        except ProtocolError as error:
            if error.has("noRecordsMatch"):
                return None, ()
            raise _GiveUp(str(error)) from None
        except (OutOfPatience, Stopped):
            raise
        except NotAllowed as error:
            raise _GiveUp(str(error)) from None
        except HarvestFailed as error:
            return None, self._spoilt(window, str(error))
        headers, token = stored.headers, stored.summary.token
        self.page = self.run.cursor.page_size = max(self.page, len(headers))
        self._learn(headers)
        count = len({one.identifier for one in headers})
        if self._is_whole(stored.summary, count):
            return stored, ()
        size = token.size if token is not None else None
        if count < self.page:
            if token is None or not token.text:
                # nothing more can be had of it: the size is wrong, or counts what is not shown
                self.run.cursor.windows_short = True
                return stored, ()
            if size is None and self._leads_nowhere(window, token):
                return stored, ()
        parts = split(window, self.stamps, self.unit, self._parts(size))
        if parts is None:
            self._crowded(window, stored)
            return None, ()
        return stored, parts

    def _leads_nowhere(self, window: Window, token: Token) -> bool:
        """Whether a token after a page that is not full leads to noRecordsMatch: then nothing follows."""
        arguments = self._arguments(window)
        check = lists.Check("ListRecords", arguments, self.run.conversation.tally.odd)
        following = lists.Next(text=token.text, raw_text=token.raw_text)
        self._count()
        try:
            lists.following(
                self.run.conversation,
                "ListRecords",
                following,
                arguments,
                lambda chunks: lists.read_page(chunks, check),
            )
        except ProtocolError as error:
            return error.has("noRecordsMatch")
        except (NotAllowed, OutOfPatience, Stopped):
            raise
        except HarvestFailed:
            return False
        return False

    def _is_whole(self, summary: Summary, count: int) -> bool:
        token = summary.token
        if token is not None and token.size is not None:
            return count >= token.size
        if token is None or not token.text:
            return count < self.page
        return False

    def _learn(self, headers: Iterable[Header]) -> None:
        read = {at for one in headers if (at := datestamps.read(one.datestamp)) is not None}
        self.stamps = sorted(read.union(self.stamps))

    def _keep(self, stored: Stored | None) -> None:
        """Commit a page, unless one with the same records is there already."""
        run = self.run
        if stored is None:
            run.save()
        elif run.had_before(stored):
            run.ctx.spool.remove(stored.path)
            run.save()
        else:
            self.fruitless = 0
            run.cursor.delivered += len(stored.headers)
            run.number += 1
            run.commit(stored, None)

    # --- windows that cannot be cut any more, or not be read ---

    def _crowded(self, window: Window, stored: Stored) -> None:
        """One moment with more records than fit on a page: follow its tokens, else have them named."""
        self._keep(stored)
        arguments, token = self._arguments(window), stored.summary.token
        last, count, hashes, tail = stored, len(stored.headers), {stored.ids_hash}, False
        while token is not None and token.text:
            self.run.check_stop()
            self._count()
            try:
                page = self.run.page(arguments, lists.Next(text=token.text, raw_text=token.raw_text))
            except (OutOfPatience, NotAllowed, Stopped):
                raise
            except HarvestFailed as error:
                tail = isinstance(error, ProtocolError) and error.has("noRecordsMatch")
                break
            if page.ids_hash in hashes or _ignores(window, page.headers):
                self.run.ctx.spool.remove(page.path)
                break
            hashes.add(page.ids_hash)
            last, token, count = page, page.summary.token, count + len(page.headers)
            self._keep(page)
        end = last.summary.token
        if end is not None and end.size is not None:
            ended = count >= end.size
        elif end is not None and not end.text:
            ended = len(hashes) > 1  # an empty token after others
        else:
            ended = tail and len(last.headers) < self.page
        if not ended:
            self._name(window, count)

    def _spoilt(self, window: Window, why: str) -> Sequence[Window]:
        """The records of a window cannot be read together."""
        headers, whole = self._names(window)
        self._learn(headers)
        if whole and len(headers) <= FEW:
            self._single(headers)
            return ()
        parts = split(window, self.stamps, self.unit, self._parts(len(headers)) if headers else 2)
        if parts is not None:
            return parts
        self._single(headers)
        if not whole:
            self._doubt(why)
        return ()

    def _name(self, window: Window, came: int) -> None:
        """What a moment holds, named: its records are then asked for one by one."""
        headers, whole = self._names(window)
        self._single(headers)
        if not whole or len(headers) < came:
            self.run.cursor.crowded = True
            self._doubt("more records of one moment than fit on a page")

    def _single(self, headers: Iterable[Header]) -> None:
        self.run.cursor.single |= {
            key_of(one.identifier): [one.identifier, "deleted" if one.deleted else ""]
            for one in headers
            if one.identifier
        }

    def _names(self, window: Window) -> tuple[list[Header], bool]:
        """(what ListIdentifiers names in a window, whether that is all)."""
        arguments = self._arguments(window)
        check = lists.Check("ListIdentifiers", arguments, self.run.conversation.tally.odd)

        def take(chunks: Iterable[bytes]) -> tuple[Summary, list[Item]]:
            return lists.read_page(chunks, check)

        self._count()
        try:
            summary, items = lists.first(
                self.run.conversation, "ListIdentifiers", arguments, take, tries=_TRIES
            )
        except ProtocolError as error:
            return [], error.has("noRecordsMatch")
        except (OutOfPatience, Stopped):
            raise
        except HarvestFailed:
            return [], False
        headers = [one.header for one in items]
        return headers, self._is_whole(summary, len({one.identifier for one in headers}))


def _ignores(window: Window, headers: Iterable[Header]) -> bool:
    """Whether a page holds records that clearly lie outside the window."""
    for one in headers:
        at = datestamps.read(one.datestamp)
        if at is None:
            continue
        if window.since is not None and at < window.since - _SLACK:
            return True
        if window.until is not None and at > window.until + _SLACK:
            return True
    return False
