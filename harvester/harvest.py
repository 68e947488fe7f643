"""One run over one source: the list is fetched page by page into the spool, and its end is proven.

Each page is on disk before one transaction says so: its row, the next token and all counters. Whoever takes
the run up after a crash goes on at that token. Processing (harvester.process) happens beside it; only the
end waits for it, because only then is it known what came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from foundation.failpoints import failpoint
from foundation.ids import uuid7
from harvester import audit, datestamps, endless, lists, opening, plan, process, receipt, store
from harvester.bounds import Bounds
from harvester.context import Harvesting
from harvester.errors import (
    Fault,
    HarvestFailed,
    NotOai,
    ProtocolError,
    Stopped,
    Unreachable,
)
from harvester.patience import TRIES
from harvester.plan import Cursor
from harvester.provider import lacks_set
from harvester.receipt import (
    BAD_TOKEN,
    EMPTIES,
    EMPTY_TOKEN,
    NOTHING,
    ROUND,
    SINGLE,
    STOPS,
    TAIL,
    UNREADABLE,
    WINDOWS,
)
from harvester.sources import Source
from harvester.spool import Stored
from harvester.store import Harvest
from harvester.tables import harvest, page
from harvester.transport import Conversation

#: Pages without a record, in a row, before the list counts as endless.
MOST_EMPTIES = 10
#: How often a list is begun again because its token was refused.
MOST_RESTARTS = 2
#: Errors that asking again does not change.
_FINAL = ("badArgument", "cannotDisseminateFormat", "noSetHierarchy")
#: A list that delivers so many times what it announced has no end.
_TOO_MANY = 5


class Interrupted(HarvestFailed):
    """The worker is asked to stop: the run is laid down and taken up again."""

    reason = "interrupted"


class Run:
    """One run, from where its row says it stands."""

    def __init__(
        self,
        ctx: Harvesting,
        source: Source,
        mine: Harvest,
        conversation: Conversation,
        processor: process.Processor,
    ) -> None:
        self.ctx, self.source, self.mine = ctx, source, mine
        self.conversation = conversation
        self.processor = processor
        self.cursor = Cursor.of(mine.cursor) or Cursor()
        self.begun = mine.cursor is not None
        self.token = lists.Next(text=mine.token, raw_text=self.cursor.raw_token) if mine.token else None
        self.number = mine.pages
        self.known = self.begun
        self._hashes: set[str] | None = None  # of the pages of this reading of the list
        self._requests, self._bytes = mine.requests, mine.bytes

    # --- the steps ---

    def run(self) -> receipt.Audit | None:
        """Fetch the list to its end and have it audited where the end proves nothing. Raises HarvestFailed."""
        if not self.begun:
            self.known = opening.settle(self)
            self.begun = True
            self.save(prefix=self.cursor.arguments["metadataPrefix"])
        while True:
            while self.cursor.phase == "list":
                self.check_stop()
                self.next_page()
            self.processor.drain()
            found = self.proof()
            if found is None or (found.whole and not found.lacking) or not self.another_way():
                return found

    def proof(self) -> receipt.Audit | None:
        """What reading the list another way says, None where its end is proof enough."""
        with self.ctx.db.read() as c:
            counts = process.counts(c, self.mine.id)
        if not audit.is_called_for(self.cursor, counts):
            return None
        found = audit.run(self)
        self.processor.drain()
        return found

    def another_way(self) -> bool:
        """Read the list once more where another way is left: without windows, or without from and until."""
        cursor = self.cursor
        dated = cursor.arguments.keys() & {"from", "until"}
        if cursor.end == WINDOWS and "list" not in cursor.ways:
            cursor.ways.append("list")
            self.conversation.quirks.windows = 0
        elif dated and cursor.crowded and "undated" not in cursor.ways:
            cursor.ways.append("undated")
            cursor.arguments = {name: text for name, text in cursor.arguments.items() if name not in dated}
            self.conversation.tally.odd("read_without_dates", "")
        else:
            return False
        cursor.phase, cursor.end, cursor.failure = "list", "", ""
        cursor.windows, cursor.windows_failed, cursor.expected = None, "", None
        cursor.windows_short = False
        cursor.restarts, cursor.delivered, cursor.size_changed = 0, 0, False
        self.begin_again()
        return True

    def begin_again(self) -> None:
        """The list from its first page."""
        self.cursor.pass_from = self.number + 1
        self.cursor.empties = 0
        self._hashes = None
        self.token = None
        self.save()

    def next_page(self) -> None:
        """Fetch one page and say what comes after it."""
        try:
            stored = self.fetch()
        except ProtocolError as error:
            self.refused(error)
            return
        except (NotOai, Unreachable) as error:
            if self.token is None and self.number == 0 and not self.known:
                raise  # not even Identify was answered: there is nobody to ask
            self.over(UNREADABLE, str(error))
            return
        self.arrived(stored)

    def fetch(self) -> Stored:
        """The next page, on disk."""
        return self.page(self.cursor.arguments, self.token)

    def page(
        self, arguments: Mapping[str, str], token: lists.Next | None = None, *, tries: int = TRIES
    ) -> Stored:
        """One page of ListRecords, on disk. Raises HarvestFailed."""
        check = lists.Check("ListRecords", arguments, self.conversation.tally.odd)
        name = f"{self.source.id}/{self.mine.id}/{self.number + 1:08d}.xml.zst"

        def take(chunks: Iterable[bytes]) -> Stored:
            stored = self.ctx.spool.write(chunks, name)
            try:
                check(stored.summary)
            except HarvestFailed:
                self.ctx.spool.remove(stored.path)
                raise
            return stored

        if token is None:
            return lists.first(self.conversation, "ListRecords", arguments, take, tries=tries)
        return lists.following(self.conversation, "ListRecords", token, arguments, take)

    def arrived(self, stored: Stored) -> None:
        """A page is on disk: find out where the list goes from here, and commit."""
        failpoint("harvest.page_renamed")
        cursor, token = self.cursor, stored.summary.token
        if stored.headers and self.had_before(stored):
            self.ctx.spool.remove(stored.path)
            self.over(ROUND, "")
            return
        if token is not None and token.size is not None:
            if cursor.expected not in (None, token.size):
                cursor.size_changed = True
                self.conversation.tally.odd("size_changes", f"{cursor.expected}, then {token.size}")
            cursor.expected = token.size
        cursor.delivered += len(stored.headers)
        cursor.page_size = max(cursor.page_size, len(stored.headers))
        if cursor.expected and cursor.delivered > _TOO_MANY * cursor.expected + 1000:
            self.ctx.spool.remove(stored.path)
            self.over(ROUND, f"{cursor.delivered} records came of {cursor.expected} announced")
            return
        asked_with = self.token.text if self.token else None
        first_of_pass = self.number + 1 == cursor.pass_from
        if first_of_pass:
            self.note_bounds(stored)
            cursor.first = cursor.first or next((one.identifier for one in stored.headers), "")
        self.token = None
        if token is not None and (token.text or token.raw_text.strip()):
            self.token = lists.Next(text=token.text, raw_text=token.raw_text)
            if token.text != token.raw_text:
                self.conversation.tally.odd("token_whitespace", "")
            cursor.empties = 0 if stored.headers else cursor.empties + 1
            if cursor.empties > MOST_EMPTIES:
                self.end_with(EMPTIES)
        elif token is not None:
            self.end_with(EMPTY_TOKEN)
        elif first_of_pass:
            self.end_with(SINGLE)
        else:
            self.end_with(STOPS)
        if self.token is not None and first_of_pass and self.cannot_be_checked(stored):
            self.end_with(WINDOWS)
        elif self.token is not None and (how := endless.looks_like_it(self, stored)):
            self.end_with(how)
        if not stored.headers:
            self.conversation.tally.odd("empty_page", "")
        self.number += 1
        self.commit(stored, asked_with)

    def note_bounds(self, stored: Stored) -> None:
        """Whether the provider keeps to the set and the window, judged by the first page."""
        asked, quirks = self.cursor.arguments, self.conversation.quirks
        self.cursor.bounded = all(map(Bounds.of(asked, window=bool(self.cursor.chosen)).hold, stored.headers))
        if "undated" in self.cursor.ways:
            self.cursor.bounded = True  # everything was asked for, and what lies outside is left
        old = Bounds.of({"from": asked.get("from", "")}, window=True)
        outside = sum(not old.hold(header) for header in stored.headers)
        if outside * 2 > len(stored.headers):
            quirks.ignores_from = True
            self.conversation.tally.odd("ignores_from", asked["from"])

    def cannot_be_checked(self, stored: Stored) -> bool:
        """Whether a window was asked for and nothing would show that its tokens forget it."""
        if not self.cursor.chosen or "list" in self.cursor.ways:
            return False
        if any(datestamps.read(one.datestamp) is not None for one in stored.headers):
            return False
        self.conversation.tally.odd("no_datestamps", "")
        self.cursor.ways.append("dated")
        return True

    def bounds(self) -> Bounds:
        """What was asked for."""
        return self.cursor.bounds()

    def had_before(self, stored: Stored) -> bool:
        """Whether this reading of the list has had a page with the same records."""
        if self._hashes is None:
            with self.ctx.db.read() as c:
                of_pass = (page.c.harvest_id == self.mine.id, page.c.number >= self.cursor.pass_from)
                self._hashes = set(c.execute(select(page.c.ids_hash).where(*of_pass)).scalars())
        return stored.ids_hash in self._hashes

    def refused(self, error: ProtocolError) -> None:
        """An answer of OAI-PMH errors."""
        cursor, quirks = self.cursor, self.conversation.quirks
        if self.token is not None:
            if error.has("noRecordsMatch"):
                self.over(TAIL, str(error))
            elif cursor.restarts < MOST_RESTARTS:
                self.conversation.tally.odd("token_refused", str(error))
                cursor.restarts += 1
                self.begin_again()
            else:
                self.over(BAD_TOKEN, str(error))
            return
        if error.has("noRecordsMatch"):
            if self.number == 0:
                self.nothing()
            else:  # begun again, and now there is nothing: not the same list any more
                self.over(BAD_TOKEN, str(error))
            return
        other = plan.other_granularity(cursor.arguments)
        if error.has("badArgument") and other is not None and not quirks.granularity:
            quirks.granularity, cursor.arguments = other
            cursor.granularity = other[0]
            self.conversation.tally.odd("granularity_not_as_declared", f"{other[0]} is wanted")
            self.save()
            return
        if (
            error.has("badArgument")
            and cursor.chosen
            and not cursor.chosen.items() <= cursor.arguments.items()
        ):
            cursor.arguments |= cursor.chosen  # a strict one that minds the granule beyond
            self.save()
            return
        if error.has("cannotDisseminateFormat") and (prefix := opening.choose_again(self)):
            self.save(prefix=prefix)
            return
        if any(error.has(code) for code in _FINAL):
            raise error
        self.conversation.tally.odd("unclear_error", str(error))
        if cursor.restarts < MOST_RESTARTS:
            cursor.restarts += 1
            self.begin_again()
        elif not self.known or error.has("badVerb"):
            raise error
        else:
            self.over(UNREADABLE, str(error))

    def nothing(self) -> None:
        """noRecordsMatch to the first request: nothing there, unless the set is one that nobody has."""
        wanted = self.cursor.arguments.get("set", "")
        if wanted and self.source.watermark is None and lacks_set(self.conversation, wanted):
            raise ProtocolError([Fault(code="noRecordsMatch", text=f"there is no set {wanted[:80]}")])
        self.over(NOTHING, "")

    # --- writing down where it stands ---

    def end_with(self, how: str) -> None:
        """The list is over; what is left is to prove it."""
        self.cursor.end = how
        self.cursor.phase = "audit"
        self.token = None

    def over(self, how: str, why: str) -> None:
        """The list is over without another page."""
        self.end_with(how)
        self.cursor.failure = why
        self.save()

    def values(self) -> dict[str, Any]:
        """The columns of the row that follow from here."""
        tally = self.conversation.tally
        self.cursor.raw_token = self.token.raw_text if self.token else ""
        return {
            "token": self.token.text if self.token else None,
            "cursor": self.cursor.stored(),
            "fetched_all": self.cursor.phase != "list",
            "requests": self._requests + tally.requests,
            "bytes": self._bytes + tally.bytes,
            "expected": self.cursor.expected,
        }

    def save(self, **more: Any) -> None:
        """Write down where the run stands; raises Fenced."""
        with self.ctx.db.begin() as c:
            store.write(c, self.mine, at=self.ctx.clock(), **self.values(), **more)
        if self.cursor.phase != "list":
            failpoint("harvest.list_ended")

    def commit(self, stored: Stored, asked_with: str | None) -> None:
        """The page, the next token and all counters, together; raises Fenced."""
        at = self.ctx.clock()
        with self.ctx.db.begin() as c:
            c.execute(
                page.insert().values(
                    id=uuid7(),
                    source_id=self.source.id,
                    harvest_id=self.mine.id,
                    number=self.number,
                    path=stored.path,
                    sha256=stored.sha256,
                    size=stored.size,
                    stored=stored.stored,
                    token=asked_with,
                    ids_hash=stored.ids_hash,
                    records=len(stored.headers),
                    fetched_at=at,
                )
            )
            store.write(
                c,
                self.mine,
                at=at,
                pages=self.number,
                records=harvest.c.records + len(stored.headers),
                **self.values(),
            )
        if self._hashes is not None:
            self._hashes.add(stored.ids_hash)
        failpoint("harvest.page_committed")
        self.processor.wake()
        self.processor.check()
        if self.ctx.on_page is not None:
            self.ctx.on_page(self.mine.id)

    def check_stop(self) -> None:
        """Raises Stopped or Interrupted when somebody asked for it, Fenced when the run is not ours any more."""
        self.processor.check()
        if self.ctx.stopping.is_set():
            raise Interrupted("the worker stops")
        with self.ctx.db.read() as c:
            if store.get(c, self.mine.id).stop_asked:
                raise Stopped("asked to stop")
