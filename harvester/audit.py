"""When a list proves nothing by its end: ListIdentifiers with the same arguments says what should have come.

What we lack is fetched one by one with GetRecord, into the spool like any page. Only a list of identifiers
that is read to its own end proves anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harvester import datestamps, lists, process, store, windows
from harvester.errors import (
    HarvestFailed,
    NotAllowed,
    NotOai,
    OutOfPatience,
    ProtocolError,
    Stopped,
    Unreachable,
)
from harvester.pages import Header, Item, Summary
from harvester.payload import key_of
from harvester.plan import Cursor
from harvester.receipt import (
    ENDLESS,
    INVENTED,
    SINGLE,
    UNREADABLE,
    WINDOWS,
    Audit,
    Counts,
    few_of,
    needs_audit,
)
from harvester.spool import Stored

if TYPE_CHECKING:
    from harvester.harvest import Run

#: Most records that are fetched one by one.
MOST_SINGLE = 5000
_MOST_EMPTIES = 10
_MOST_FAILURES = 10  # of GetRecord, in a row


def is_called_for(cursor: Cursor, counts: Counts) -> bool:
    """Whether the end of the list leaves open that something is missing.

    A single page without a token counts as whole. A round number of records looks like a page size whose
    token was forgotten, so there we ask: it costs one request.
    """
    if needs_audit(cursor.end, counts, cursor.expected):
        return True
    if cursor.end in (INVENTED, ENDLESS):
        return False
    if cursor.size_changed:
        return True  # something came or went while we read: records may have slipped past between two pages
    # nothing at all, without saying so, may be a fault as well as the truth
    return cursor.end == SINGLE and counts.all % 10 == 0


@dataclass(slots=True)
class _Named:
    """What ListIdentifiers named; `whole` says that its own end proves that this is all, `ended` that it came to
    an end by itself, if too early for the size it announced.

    `doubtful`: it just stops, behind a page as full as the others, and no size was announced. `page` is the most
    identifiers on one page.
    """

    headers: dict[str, Header] = field(default_factory=dict)
    whole: bool = False
    ended: bool = False
    why: str = ""
    doubtful: bool = False
    page: int = 0


def run(of: Run) -> Audit:
    """The audit of a run whose pages are all processed. Raises what ends the run at once (Stopped, Fenced …)."""
    cursor = of.cursor
    named = _Named() if cursor.end == WINDOWS else _names(of)
    cursor.page_size = max(cursor.page_size, named.page)
    if cursor.bounded:
        named.headers = {name: one for name, one in named.headers.items() if of.bounds().hold(one)}
    lacking = _lacking(of, named)
    proven = named.whole and not named.doubtful
    walked: windows.Found | None = None
    may_walk = "undated" not in cursor.ways and (cursor.page_size > 0 or cursor.end == UNREADABLE)
    if may_walk and (not proven or len(lacking) > windows.FEW):
        walked = _walk(of, named, lacking if proven else None)
        lacking = _lacking(of, named)
    _one_by_one(of, named, lacking)
    lacking = _lacking(of, named)
    if lacking and walked is None and may_walk:  # GetRecord cannot be believed: there is still this way
        walked = _walk(of, named, lacking)
        lacking = _lacking(of, named)
    whole, why = _proof(of, named, walked)
    return Audit(whole=whole, named=len(named.headers), lacking=len(lacking), why=why)


def _one_by_one(of: Run, named: _Named, lacking: list[str]) -> None:
    """Withdraw those that are named as deleted, ask for the others."""
    gone = [name for name in lacking if named.headers[name].deleted]
    if gone:
        _withdraw(of, gone)
    wanted = [named.headers[name].identifier for name in lacking if not named.headers[name].deleted]
    if wanted:
        of.conversation.tally.odd("records_left_out", f"{len(wanted)} of the list came one by one")
    _fetch(of, wanted[:MOST_SINGLE], len(named.headers))
    of.processor.drain()


def _lacking(of: Run, named: _Named) -> list[str]:
    with of.ctx.db.read() as c:
        return process.missing_of(c, of.mine.id, list(named.headers))


def _walk(of: Run, named: _Named, lacking: list[str] | None) -> windows.Found:
    """Have the records read by windows of time. `lacking` are all that can be missing, None where nobody knows."""
    read = datestamps.read
    stamps = [at for one in named.headers.values() if (at := read(one.datestamp)) is not None]
    wanted = None if lacking is None else [read(named.headers[name].datestamp) for name in lacking]
    dated = None if wanted is None or None in wanted else sorted(at for at in wanted if at is not None)
    found = windows.walk(of, stamps, dated)
    of.processor.drain()
    of.conversation.tally.odd("read_by_windows", f"{found.requests} windows")
    for key, (identifier, status) in of.cursor.single.items():
        named.headers.setdefault(key, Header(identifier=identifier, deleted=status == "deleted"))
    of.save()
    return found


def _proof(of: Run, named: _Named, walked: windows.Found | None) -> tuple[bool, str]:
    """(whether all that can be had is known by now, '' or why not)."""
    cursor, quirks = of.cursor, of.conversation.quirks
    with of.ctx.db.read() as c:
        counts = process.counts(c, of.mine.id)
    if walked is not None and walked.conclusive:
        short = cursor.windows_short or (cursor.expected is not None and counts.all < cursor.expected)
        if cursor.end == UNREADABLE:
            pass  # that was the page, not its token: the next run tries tokens again
        elif not short and cursor.page_size:
            quirks.windows = cursor.page_size
        closed = not walked.open_ends and not {"from", "until"} <= cursor.arguments.keys()
        if named.ended and counts.all >= len(named.headers):
            short = False  # two lists and all of time say the same: it is the size that is wrong
        if not short and not (closed and cursor.expected is None):
            return True, ""
    if named.whole and not (named.doubtful and walked is not None):
        return True, ""
    if named.whole and walked is not None and not walked.conclusive and counts.all <= len(named.headers):
        return True, ""  # windows are of no use here, and nothing came that the list had not named
    return False, (walked.why if walked is not None else "") or named.why or "it just stops"


def _names(of: Run) -> _Named:
    """Read ListIdentifiers to its end, or as far as it goes."""
    named = _Named()
    token: lists.Next | None = None
    hashes: set[int] = set()
    empties, expected = 0, None
    while True:
        of.check_stop()
        try:
            summary, found = _page(of, token)
        except ProtocolError as error:
            if error.has("noRecordsMatch") and (token is None or len(named.headers) == expected):
                named.whole = True
            named.why = str(error)
            return named
        except (Unreachable, NotOai, NotAllowed, OutOfPatience) as error:
            named.why = str(error)
            return named
        of.save()
        named.page = max(named.page, len(found))
        fresh = {key_of(one.header.identifier): one.header for one in found if one.header.identifier}
        mark = hash(tuple(sorted(fresh)))
        if fresh and mark in hashes:
            named.why = "it goes round"
            return named
        hashes.add(mark)
        named.headers.update(fresh)
        said = summary.token
        expected = said.size if said is not None and said.size is not None else expected
        if said is None or not said.text:
            short = expected is not None and len(named.headers) < expected
            named.whole, named.ended = not short, True
            named.why = "it is shorter than it says" if short else ""
            named.doubtful = (
                said is None and expected is None and len(found) == named.page and len(found) % 5 == 0
            )
            return named
        empties = 0 if found else empties + 1
        if empties > _MOST_EMPTIES:
            named.why = "page after page is empty"
            return named
        token = lists.Next(text=said.text, raw_text=said.raw_text)


def _page(of: Run, token: lists.Next | None) -> tuple[Summary, list[Item]]:
    arguments = of.cursor.arguments
    check = lists.Check("ListIdentifiers", arguments, of.conversation.tally.odd)

    def take(chunks: Iterable[bytes]) -> tuple[Summary, list[Item]]:
        return lists.read_page(chunks, check)

    if token is None:
        return lists.first(of.conversation, "ListIdentifiers", arguments, take)
    return lists.following(of.conversation, "ListIdentifiers", token, arguments, take)


def _withdraw(of: Run, identifiers: list[str]) -> None:
    """Tombstones that only ListIdentifiers showed."""
    for at in range(0, len(identifiers), process.BATCH):
        batch = identifiers[at : at + process.BATCH]
        with of.ctx.db.begin() as c:
            now = of.ctx.clock()
            store.write(c, of.mine, at=now)
            of.ctx.catalogue.withdraw(c, of.source, batch, now)
            process.note_seen(c, of.mine.id, dict.fromkeys(batch, "deleted"))


def _fetch(of: Run, identifiers: list[str], named: int) -> None:
    """GetRecord for each.

    Identifiers that GetRecord does not know were deleted in between, and those that it cannot give are rejected,
    if they are few. Many mean that GetRecord itself cannot be believed: then what is lacking stays lacking.
    """
    failures_in_a_row = 0
    unknown: list[str] = []
    unreadable: list[tuple[str, str]] = []
    for identifier in identifiers:
        of.check_stop()
        try:
            stored = _get(of, identifier)
        except (NotAllowed, OutOfPatience, Stopped):
            raise
        except HarvestFailed as error:
            if isinstance(error, ProtocolError) and (
                error.has("idDoesNotExist") or error.has("noRecordsMatch")
            ):
                unknown.append(identifier)
                continue
            unreadable.append((identifier, str(error)))
            failures_in_a_row += 1
            if failures_in_a_row > _MOST_FAILURES:
                break
        else:
            failures_in_a_row = 0
            of.number += 1
            of.commit(stored, None)
    if unknown and len(unknown) <= few_of(named):
        of.conversation.tally.odd("named_but_unknown", unknown[0][:120])
        _withdraw(of, [key_of(identifier) for identifier in unknown])
    if unreadable and len(unreadable) <= few_of(named):
        for identifier, why in unreadable:
            _reject(of, identifier, why)


def _get(of: Run, identifier: str) -> Stored:
    arguments = {"metadataPrefix": of.cursor.arguments["metadataPrefix"], "identifier": identifier}
    check = lists.Check("GetRecord", arguments, of.conversation.tally.odd)
    name = f"{of.source.id}/{of.mine.id}/{of.number + 1:08d}.xml.zst"

    def take(chunks: Iterable[bytes]) -> Stored:
        stored = of.ctx.spool.write(chunks, name)
        try:
            check(stored.summary)
            if not stored.headers:
                raise NotOai("GetRecord answers without a record")
        except HarvestFailed:
            of.ctx.spool.remove(stored.path)
            raise
        return stored

    return of.conversation.ask({"verb": "GetRecord", **arguments}, take, tries=2)


def _reject(of: Run, identifier: str, why: str) -> None:
    with of.ctx.db.begin() as c:
        now = of.ctx.clock()
        store.write(c, of.mine, at=now)
        process.reject(
            c,
            source_id=of.source.id,
            harvest_id=of.mine.id,
            identifier=key_of(identifier),
            position=f"GetRecord {process.short(identifier)}",
            reason="unreadable",
            detail=why,
            raw=b"",
            at=now,
        )
        process.note_seen(c, of.mine.id, {key_of(identifier): "rejected"})
