"""A sweep: the identifiers of a whole list against the store, for providers that announce no deletions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from harvester import datestamps, lists, plan, process, sources, store
from harvester import sweep as full
from harvester.context import Harvesting
from harvester.errors import HarvestFailed, ProtocolError, Stopped
from harvester.guard import held
from harvester.guard.deletions import Missing
from harvester.harvest import Interrupted
from harvester.pages import Item, Summary
from harvester.payload import key_of
from harvester.provider import choose_prefix
from harvester.receipt import Receipt, State
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import harvest, quarantine, seen, source
from harvester.transport import Conversation
from index.tables import record

_MOST_EMPTIES = 10
#: Records that changed so long before the last harvest may still come with the next one.
_YOUNG = timedelta(days=2)
_MOST_YOUNG = 200_000


@dataclass(slots=True)
class _Names:
    """How far the list is; `proven` says that its end proves that this is all, `why` what speaks against it."""

    pages: int = 0
    expected: int | None = None
    proven: bool = False
    why: str = ""
    young: set[str] = field(
        default_factory=set
    )  # changed since the last harvest: no wonder that we lack them


def run(ctx: Harvesting, of: Source, mine: Harvest, conversation: Conversation) -> Receipt:
    """Compare the identifiers, withdraw or hold what is missing. Raises Fenced, Interrupted.

    Nothing is withdrawn unless the list came to a proven end: an empty token, a single page, or as many as announced.
    A sweep that was interrupted begins anew.
    """
    began = mine.started_at or ctx.clock()
    with ctx.db.begin() as c:
        c.execute(delete(seen).where(seen.c.harvest_id == mine.id))
    prefix, names, failure = of.prefix, _Names(), ""
    state: State = "incomplete"
    try:
        prefix = prefix or _usual_prefix(ctx, of) or choose_prefix(conversation)
        _read(ctx, of, mine, conversation, prefix, names)
    except Stopped:
        if ctx.stopping.is_set():
            raise Interrupted("the worker stops") from None
        state, failure = "stopped", "stopped"
    except HarvestFailed as error:
        if error.reason in ("fenced", "interrupted"):
            raise
        state, failure = "incomplete" if names.pages else "failed", str(error)
    swept, held_why, tombstones, lacking, named = 0, "", 0, 0, 0
    if not failure:
        with ctx.db.read() as c:
            counts = process.counts(c, mine.id)
        named = counts.records
        if names.proven or (names.expected is not None and counts.all >= names.expected):
            state = "complete"
            tombstones = _withdraw_tombstones(ctx, of, mine)
            swept, held_why = _compare(ctx, of, mine, began, named)
            lacking = _lacking(ctx, of, mine, names)
        else:
            failure = names.why or "the list of identifiers has no proven end"
    return _end(
        ctx, of, mine, conversation, state, failure or "", prefix, named, tombstones, swept, lacking, held_why
    )


def _usual_prefix(ctx: Harvesting, of: Source) -> str:
    """The format of the last complete harvest: the datestamps of a record may differ from format to format."""
    with ctx.db.read() as c:
        last = store.last_complete(c, of.id)
    return str((last.receipt or {}).get("prefix", "")) if last else ""


def _read(
    ctx: Harvesting, of: Source, mine: Harvest, conversation: Conversation, prefix: str, names: _Names
) -> None:
    arguments = plan.arguments(
        prefix=prefix, granularity="seconds", from_at=None, until_at=None, set_spec=of.set_spec
    )
    token: lists.Next | None = None
    marks: set[int] = set()
    empties = 0
    while True:
        if ctx.stopping.is_set():
            raise Interrupted("the worker stops")
        try:
            summary, items = _page(conversation, token, arguments)
        except ProtocolError as error:
            if error.has("noRecordsMatch") and token is None:
                names.proven = True
                return
            raise
        names.pages += 1
        names.young.update(_young(of, items) if len(names.young) < _MOST_YOUNG else ())
        kinds = {
            key_of(one.header.identifier): "deleted" if one.header.deleted else "record"
            for one in items
            if one.header.identifier
        }
        said = summary.token
        names.expected = said.size if said is not None and said.size is not None else names.expected
        with ctx.db.begin() as c:
            process.note_seen(c, mine.id, kinds)
            store.write(
                c,
                mine,
                at=ctx.clock(),
                pages=names.pages,
                records=harvest.c.records + len(kinds),
                requests=conversation.tally.requests,
                bytes=conversation.tally.bytes,
                expected=names.expected,
            )
            stop = store.get(c, mine.id).stop_asked
        if stop:
            raise Stopped("asked to stop")
        if ctx.on_page is not None:
            ctx.on_page(mine.id)
        mark = hash(tuple(sorted(kinds)))
        if kinds and mark in marks:
            names.why = "the list goes round"
            return
        marks.add(mark)
        if said is None or not said.text:
            names.proven = said is not None or names.pages == 1
            return
        empties = 0 if items else empties + 1
        if empties > _MOST_EMPTIES:
            names.why = "page after page is empty"
            return
        token = lists.Next(text=said.text, raw_text=said.raw_text)


def _young(of: Source, items: list[Item]) -> Iterator[str]:
    """Identifiers whose datestamp the next incremental harvest would ask for, or says nothing."""
    for one in items:
        at = datestamps.read(one.header.datestamp)
        if of.watermark is None or at is None or at > of.watermark - _YOUNG:
            yield key_of(one.header.identifier)


def _page(
    conversation: Conversation, token: lists.Next | None, arguments: dict[str, str]
) -> tuple[Summary, list[Item]]:
    check = lists.Check("ListIdentifiers", arguments, conversation.tally.odd)

    def take(chunks: Iterable[bytes]) -> tuple[Summary, list[Item]]:
        return lists.read_page(chunks, check)

    if token is None:
        return lists.first(conversation, "ListIdentifiers", arguments, take)
    return lists.following(conversation, "ListIdentifiers", token, arguments, take)


def _withdraw_tombstones(ctx: Harvesting, of: Source, mine: Harvest) -> int:
    """What the list itself marks as deleted."""
    gone = (
        select(record.c.identifier)
        .join(seen, (seen.c.identifier == record.c.identifier) & (seen.c.harvest_id == mine.id))
        .where(record.c.source_id == of.id, record.c.gone_at.is_(None), seen.c.kind == "deleted")
        .limit(process.BATCH)
    )
    done = 0
    while True:
        with ctx.db.begin() as c:
            batch = list(c.execute(gone).scalars())
            if not batch:
                return done
            store.write(c, mine, at=ctx.clock())
            ctx.catalogue.withdraw(c, of, batch, ctx.clock())
            done += len(batch)


def _lacking(ctx: Harvesting, of: Source, mine: Harvest, names: _Names) -> int:
    """How many old records are named that we have never had: incremental harvests do not show them.

    What is in quarantine came and could not be read, and what changed lately is for the next harvest.
    """
    if len(names.young) >= _MOST_YOUNG:
        return 0
    ours = select(record.c.id).where(
        record.c.source_id == of.id, record.c.gone_at.is_(None), record.c.identifier == seen.c.identifier
    )
    bad = select(quarantine.c.id).where(
        quarantine.c.source_id == of.id, quarantine.c.identifier == seen.c.identifier
    )
    unknown = select(seen.c.identifier).where(
        seen.c.harvest_id == mine.id, seen.c.kind == "record", ~ours.exists(), ~bad.exists()
    )
    with ctx.db.read() as c:
        return sum(name not in names.young for name in c.execute(unknown).scalars())


def _compare(ctx: Harvesting, of: Source, mine: Harvest, began: Any, named: int) -> tuple[int, str]:
    """(records withdrawn, '' or why they are held)."""
    mine_seen = (seen.c.harvest_id == mine.id) & (seen.c.kind == "record")
    named_here = select(seen.c.identifier).where(mine_seen, seen.c.identifier == record.c.identifier)
    names = held.lost(of).where(record.c.first_seen < began, ~named_here.exists())
    living = (record.c.source_id == of.id) & record.c.gone_at.is_(None)
    ours = select(record.c.id).where(living, record.c.identifier == seen.c.identifier)
    with ctx.db.begin() as c:
        missing = int(c.execute(select(func.count()).select_from(names.subquery())).scalar_one())
        total = int(c.execute(select(func.count()).select_from(record).where(living)).scalar_one())
        unknown = select(func.count()).select_from(seen).where(mine_seen, ~ours.exists())
        fresh = int(c.execute(unknown).scalar_one())
        now = Missing(missing=missing, living=total, delivered=named, fresh=fresh)
        found, act = held.found(c, of, mine.id, now, names, ctx.clock())
    return full.finish(ctx, found, act, now)


def _end(
    ctx: Harvesting,
    of: Source,
    mine: Harvest,
    conversation: Conversation,
    state: State,
    reason: str,
    prefix: str,
    named: int,
    tombstones: int,
    swept: int,
    lacking: int,
    held_why: str,
) -> Receipt:
    with ctx.db.begin() as c:
        row, at = store.get(c, mine.id), ctx.clock()
        slip = Receipt(
            state=state,
            reason=reason,
            records=named,
            deleted=tombstones,
            rejected=(),
            pages=row.pages,
            requests=conversation.tally.requests,
            bytes=conversation.tally.bytes,
            seconds=max(0.0, (at - (mine.started_at or at)).total_seconds()),
            oddities=tuple(
                {"code": code, "text": text[:300]} for code, text in conversation.tally.oddities.items()
            ),
            prefix=prefix,
            expected=row.expected,
            swept=swept,
            extra={"unknown": lacking},
        )
        store.write(c, mine, at=at, records=named, deleted=tombstones + swept, oddities=list(slip.oddities))
        store.end(c, mine, at=at, state=state, reason=reason, receipt=slip.value())
        if state == "complete":
            # the next harvest by the schedule reads the whole list, when this one named what we have never had
            known: dict[str, Any] = {"sweep_unproven": None, "sweep_unknown": lacking or None}
            if lacking:
                known["selects_by_creation"] = True
            sources.remember(c, of.id, **known)
            held_now = {"health": "held" if held_why else "ok", "health_reason": held_why}
            c.execute(source.update().where(source.c.id == of.id).values(**held_now))
        elif state == "incomplete":
            sources.remember(c, of.id, sweep_unproven=True)
    return slip
