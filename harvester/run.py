"""The harvester's one entry for a worker: take up what waits, bring it to its end, write the receipt."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from foundation.failpoints import failpoint
from foundation.seal import BadSeal
from harvester import process, profiles, receipt, retention, sources, store, sweep
from harvester.context import Harvesting
from harvester.errors import Fenced, HarvestFailed, NotAllowed, OutOfPatience
from harvester.harvest import Interrupted, Run
from harvester.patience import Patience
from harvester.plan import Cursor
from harvester.receipt import Audit, Receipt
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import harvest, source
from harvester.transport import Conversation, Endpoint, Quirks, Tally

log = logging.getLogger("silang.harvester")

#: Failed runs in a row after which a source counts as failing.
_FAILING = 3
#: Longest time that a provider may send us away for, seconds.
_LONGEST_REST = 30 * 86400.0
#: Rejected records that a receipt lists; the quarantine has all of them.
_LISTED = 1000


def process_queue(ctx: Harvesting, owner: str) -> bool:
    """Take up the harvest that has waited longest and bring it to its end. False when none waits.

    `owner` is who works, for the admin page. Runs that another worker left (no heartbeat for a minute) are
    carried on at their page. Every failure of a provider ends in a receipt; only our own are raised.
    """
    with ctx.db.begin() as c:
        mine = store.claim(c, owner=owner, at=ctx.clock())
    if mine is None:
        return False
    carry_out(ctx, mine)
    return True


def carry_out(ctx: Harvesting, mine: Harvest) -> Receipt | None:
    """Bring a claimed harvest to its end. None when it was laid down, or taken over by somebody else."""
    with ctx.db.read() as c:
        of = sources.get(c, mine.source_id)
    try:
        if mine.kind == "removal":
            return retention.remove_records(ctx, of, mine)
        if mine.kind == "sweep":
            from harvester.guard import sweeping  # here: it stands on the parts of a run

            return sweeping.run(ctx, of, mine, _conversation(ctx, of, mine))
        if mine.kind == "file":
            return _fail(ctx, mine, "interrupted; read the files again")
        return _harvest(ctx, of, mine)
    except Fenced:
        log.warning("harvest taken over", extra={"source": of.code, "harvest": mine.id})
        return None
    except Interrupted:
        with ctx.db.begin() as c:
            store.interrupt(c, mine, at=ctx.clock())
        return None
    except OperationalError:
        raise  # the database is busy or away: the run stays ours, grows stale, and is carried on at its page
    except Exception as error:
        log.exception("harvest failed", extra={"source": of.code, "harvest": mine.id})
        return _fail(ctx, mine, f"internal error: {error!r}"[:500])


def _fail(ctx: Harvesting, mine: Harvest, reason: str) -> Receipt:
    """End a run that we, not its provider, brought down; what was processed stays."""
    with ctx.db.begin() as c:
        counts, row = process.counts(c, mine.id), store.get(c, mine.id)
        slip = Receipt(
            state="incomplete" if counts.all else "failed",
            reason=reason,
            records=counts.records,
            deleted=counts.deleted,
            rejected=process.rejections(c, mine.id, _LISTED),
            pages=row.pages,
            requests=row.requests,
            bytes=row.bytes,
            seconds=max(0.0, (ctx.clock() - (row.started_at or row.queued_at)).total_seconds()),
            oddities=tuple(row.oddities),
        )
        store.end(c, mine, at=ctx.clock(), state=slip.state, reason=reason, receipt=slip.value())
    return slip


def _harvest(ctx: Harvesting, of: Source, mine: Harvest) -> Receipt | None:
    began = mine.started_at or ctx.clock()
    conversation = _conversation(ctx, of, mine)
    processor = process.Processor(ctx, of, mine)
    run: Run | None = None
    found: Audit | None = None
    failure: HarvestFailed | None = None
    try:
        run = Run(ctx, of, mine, conversation, processor)
        found = run.run()
    except (Fenced, Interrupted):
        raise
    except HarvestFailed as error:
        failure = error
        processor.drain()  # what came is kept, whatever the end was
    finally:
        processor.close()
    assert run is not None
    return _settle(ctx, of, mine, run, conversation, found, failure, began)


def _conversation(ctx: Harvesting, of: Source, mine: Harvest) -> Conversation:
    profile = profiles.of(of.profile)
    endpoint = Endpoint(
        url=of.url,
        headers=of.headers,
        username=of.username,
        password=_password(ctx, of),
        delay=of.delay_ms / 1000,
    )
    seconds = ctx.settings.patience if ctx.patience is None else ctx.patience

    def stop() -> bool:
        if ctx.stopping.is_set():
            return True
        with ctx.db.begin() as c:  # also the heartbeat of a run that waits for its provider
            store.write(c, mine, at=ctx.clock())
            return bool(c.execute(select(harvest.c.stop_asked).where(harvest.c.id == mine.id)).scalar())

    tally = Tally(oddities={one["code"]: one["text"] for one in mine.oddities})
    return Conversation(
        endpoint,
        profile.connect(ctx.wire_of(of), profiles.Site(url=of.url, pause=of.delay_ms / 1000), tally.odd),
        patience=Patience(seconds, stop=stop),
        now=ctx.clock,
        quirks=Quirks.of({**profile.quirks, **of.quirks}),
        tally=tally,
    )


def _password(ctx: Harvesting, of: Source) -> str:
    if of.secret is None:
        return ""
    try:
        return ctx.seal.open(of.secret)
    except BadSeal as error:
        raise NotAllowed(f"the stored password cannot be opened: {error}") from None


def _settle(
    ctx: Harvesting,
    of: Source,
    mine: Harvest,
    run: Run,
    conversation: Conversation,
    found: Audit | None,
    failure: HarvestFailed | None,
    began: datetime,
) -> Receipt | None:
    if failure is not None and failure.reason == "stopped" and ctx.stopping.is_set():
        raise Interrupted("the worker stops")
    cursor = run.cursor
    with ctx.db.read() as c:
        counts = process.counts(c, mine.id)
        row = store.get(c, mine.id)
    state, reason = receipt.verdict(cursor.end, counts, cursor.expected, found, failure)
    if cursor.failure and state != "complete":
        reason = "; ".join(part for part in (reason, cursor.failure) if part)
    swept, held = 0, ""
    if state == "complete" and mine.kind == "full" and mine.from_at is None and mine.until_at is None:
        swept, held = sweep.sweep(ctx, of, mine, began, counts.records + counts.deleted)
    failpoint("harvest.before_end")
    with ctx.db.begin() as c:
        at = ctx.clock()
        rejected = process.rejections(c, mine.id, _LISTED)
        odd = {one["code"]: one["text"] for one in row.oddities} | conversation.tally.oddities
        if found is not None and found.whole and cursor.expected and counts.all < cursor.expected:
            odd["size_not_met"] = f"{cursor.expected} announced, {counts.all} there"
        moved = _watermark(of, mine, cursor, at) if state == "complete" else None
        told = failure.retry_after if isinstance(failure, OutOfPatience) else None
        back = at + timedelta(seconds=min(told, _LONGEST_REST)) if told is not None else None
        conversation.quirks.deleted_seen |= bool(counts.deleted)
        slip = Receipt(
            state=state,
            reason=reason,
            records=counts.records,
            deleted=counts.deleted,
            rejected=rejected,
            rejected_total=counts.rejected + counts.nameless,
            pages=row.pages,
            requests=run.values()["requests"],
            bytes=run.values()["bytes"],
            seconds=max(0.0, (at - began).total_seconds()),
            oddities=tuple({"code": code, "text": text[:300]} for code, text in odd.items()),
            prefix=cursor.arguments.get("metadataPrefix", ""),
            end=cursor.end,
            expected=cursor.expected,
            watermark=moved.isoformat() if moved else None,
            swept=swept,
            outside=counts.outside,
            retry_at=back.isoformat(timespec="seconds") if back else None,
            remembered=conversation.quirks.remembered(),
        )
        store.write(
            c,
            mine,
            at=at,
            records=counts.records,
            deleted=counts.deleted + swept,
            rejected=slip.rejected_total,
            requests=slip.requests,
            bytes=slip.bytes,
            oddities=list(slip.oddities),
            retry_at=back,
        )
        store.end(c, mine, at=at, state=state, reason=reason, receipt=slip.value())
        sources.remember(c, of.id, **conversation.quirks.stored())
        _health(c, of, slip, cursor, moved, held)
    log.info("harvest ended", extra={"source": of.code, "state": state, "records": counts.records})
    if state == "complete":
        retention.tidy(ctx, of.id)
    return slip


def _watermark(of: Source, mine: Harvest, cursor: Cursor, now: datetime) -> datetime | None:
    """Where the watermark goes: the earliest clock at the start of the run, never into the future.

    A run over a window that a person chose proves nothing about the time after it.
    """
    if mine.until_at is not None or not cursor.watermark:
        return None
    reached = min(datetime.fromisoformat(cursor.watermark), now)
    if mine.from_at is not None and (of.watermark is None or mine.from_at > of.watermark):
        return None
    return max(reached, of.watermark) if of.watermark and of.watermark <= now else reached


def _health(c: Any, of: Source, slip: Receipt, cursor: Cursor, moved: datetime | None, held: str) -> None:
    values: dict[str, Any]
    if slip.state == "complete":
        values = {
            "health": "held" if held else "ok",
            "health_reason": held,
            "failures": 0,
            "granularity": cursor.granularity,
            "deleted_policy": cursor.deleted_policy,
        }
        if moved is not None:
            values["watermark"] = moved
    elif slip.state == "stopped":
        return
    else:
        failures = of.failures + 1
        values = {
            "health": "failing" if failures >= _FAILING else "late",
            "health_reason": slip.reason[:1000],
            "failures": failures,
        }
    c.execute(source.update().where(source.c.id == of.id).values(**values))
