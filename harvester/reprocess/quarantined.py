"""Records in quarantine, read again: from their bytes with today's crosswalk, or asked for anew with GetRecord."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from harvester import files, lists, payload, salvage, sources, store
from harvester.context import Found, Harvesting
from harvester.errors import HarvestFailed, Malformed, ProtocolError, UnknownSource
from harvester.guard.talk import talk
from harvester.oai import ListReader, items
from harvester.pages import Item
from harvester.payload import Rejected
from harvester.sources import Source
from harvester.tables import page, quarantine
from harvester.transport import Conversation
from index import crosswalk
from index.crosswalk import BadRecord
from index.tables import record

#: Hears how many are done, of how many; raises to stop between two records.
Report = Callable[[int, int | None], None]

#: Where a record stood: in a page, in a file.
_IN_PAGE = re.compile(r"page (\d+), record (\d+)")
_IN_FILE = re.compile(r"file \d+, ")
#: Reasons that lie in the rows around a row, not in the row.
_BY_ITS_FILE = frozenset(("id_twice", "too_many_copies"))

#: Prefixes that raw records use and that were declared around them.
_AROUND = (
    b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:oai="http://www.openarchives.org/OAI/2.0/"'
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    b' xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dcterms="http://purl.org/dc/terms/"'
    b' xmlns:marc="http://www.loc.gov/MARC21/slim" xmlns:mods="http://www.loc.gov/mods/v3"'
    b' xmlns:slims="http://slims.web.id" xmlns:xlink="http://www.w3.org/1999/xlink"><ListRecords>'
)
_BEHIND = b"</ListRecords></OAI-PMH>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it. `code` is mended, newer (it came well since), gone (deleted there), still or unanswered."""

    code: str
    reason: str = ""
    detail: str = ""


@dataclass(slots=True)
class Tally:
    """What became of many."""

    mended: int = 0
    still: int = 0


def retry(ctx: Harvesting, quarantine_id: str) -> Outcome:
    """Read one again from its bytes. Raises UnknownSource for one that is not there."""
    with ctx.db.read() as c:
        row, of = _row(c, quarantine_id)
    try:
        return _settle(ctx, row, of, _from_bytes(ctx, row, of))
    except Rejected as rejected:
        return _still(ctx, row, rejected)


def retry_all(
    ctx: Harvesting, source_id: str, report: Report, *, ask: bool = False, only: str | None = None
) -> Tally:
    """Read every waiting record of a source (or one) again, or ask for each anew; stops between two when told to.

    Raises guard.talk.HostBusy where the host is talked to all the time, HarvestFailed where nobody answers.
    """
    with ctx.db.read() as c:
        of = sources.get(c, source_id)
        waiting: tuple[Any, ...] = (quarantine.c.source_id == source_id, quarantine.c.resolved_at.is_(None))
        if only is not None:
            waiting = (*waiting, quarantine.c.id == only)
        names = list(c.execute(select(quarantine.c.id).where(*waiting).order_by(quarantine.c.at)).scalars())
    tally = Tally()
    if not ask:
        for number, name in enumerate(names):
            report(number, len(names))
            _count(tally, retry(ctx, name))
        return tally
    with talk(ctx, of) as conversation:
        for number, name in enumerate(names):
            report(number, len(names))
            _count(tally, ask_again(ctx, name, conversation))
    return tally


def _count(tally: Tally, outcome: Outcome) -> None:
    if outcome.code in ("still", "unanswered"):
        tally.still += 1
    else:
        tally.mended += 1


def ask_again(ctx: Harvesting, quarantine_id: str, conversation: Conversation) -> Outcome:
    """Ask the provider for one record and read what comes. Raises HarvestFailed when it does not answer at all."""
    with ctx.db.read() as c:
        row, of = _row(c, quarantine_id)
        last = store.last_complete(c, of.id)
    prefix = of.prefix or str((last.receipt or {}).get("prefix", "") if last else "") or _prefix_of(ctx, row)
    if not row.identifier or not prefix:
        return Outcome(code="unanswered", reason="no_identifier")
    arguments = {"metadataPrefix": prefix, "identifier": row.identifier}
    check = lists.Check("GetRecord", arguments, conversation.tally.odd)

    def take(chunks: Iterable[bytes]) -> list[Item]:
        return lists.read_page(chunks, check)[1]

    try:
        got = conversation.ask({"verb": "GetRecord", **arguments}, take, tries=2)
    except ProtocolError as error:
        if not error.has("idDoesNotExist"):
            return Outcome(code="unanswered", detail=str(error))
        with ctx.db.begin() as c:
            ctx.catalogue.withdraw(c, of, [row.identifier], ctx.clock())
            _resolve(c, row, ctx.clock())
        return Outcome(code="gone")
    mine = [one for one in got if payload.key_of(one.header.identifier) == row.identifier]
    if not mine:
        return Outcome(code="unanswered", reason="no_identifier")
    if mine[0].header.deleted:
        with ctx.db.begin() as c:
            ctx.catalogue.withdraw(c, of, [row.identifier], ctx.clock())
            _resolve(c, row, ctx.clock())
        return Outcome(code="gone")
    try:
        return _settle(ctx, row, of, _of_item(mine[0], of), fresh=True)
    except Rejected as rejected:
        return _still(ctx, row, rejected)


def _prefix_of(ctx: Harvesting, row: Row[Any]) -> str:
    """The format in which the record came."""
    if row.harvest_id is None:
        return ""
    try:
        with ctx.db.read() as c:
            return store.get(c, row.harvest_id).prefix
    except UnknownSource:
        return ""


def _row(c: Connection, quarantine_id: str) -> tuple[Row[Any], Source]:
    row = c.execute(select(quarantine).where(quarantine.c.id == quarantine_id)).first()
    if row is None:
        raise UnknownSource(quarantine_id)
    return row, sources.get(c, row.source_id)


# --- reading ---------------------------------------------------------------------------------------


def _from_bytes(ctx: Harvesting, row: Row[Any], of: Source) -> Found:
    """The record as today's crosswalk reads it, in its page where that is still there. Raises Rejected."""
    with ctx.db.read() as c:
        raw = store.quarantined_raw(c, row.id)
        stored = _page(c, row)
    if raw.startswith(b"{"):
        return _of_row(row, raw, of)
    if _IN_FILE.match(row.position):
        return _of_file(raw)
    if stored is not None:
        number = int(_IN_PAGE.fullmatch(row.position)[2])  # type: ignore[index]  # _page has matched it
        for item in _items_of(ctx, stored.path):
            if item.number == number:
                return _of_item(item, of, page_id=stored.id)
    if not raw:
        raise Rejected(reason="unreadable", detail="no bytes are kept")
    for item in _alone(raw):
        return _of_item(item, of)
    raise Rejected(reason="malformed", detail="no record in these bytes")


def _page(c: Connection, row: Row[Any]) -> Any:
    """(id, path) of the page in which it stood; None where that is gone, or it stood in none."""
    found = _IN_PAGE.fullmatch(row.position)
    if found is None or row.harvest_id is None:
        return None
    wanted = select(page.c.id, page.c.path).where(
        page.c.harvest_id == row.harvest_id, page.c.number == int(found[1])
    )
    return c.execute(wanted).first()


def _items_of(ctx: Harvesting, path: str) -> Iterator[Item]:
    try:
        yield from ctx.spool.items(path)
    except (OSError, HarvestFailed):
        return  # the bytes in quarantine are still there


def _alone(raw: bytes) -> list[Item]:
    data = _AROUND + raw + _BEHIND
    try:
        return list(items([data], ListReader()))
    except Malformed:
        return list(salvage.page(data).items)
    except HarvestFailed as error:
        raise Rejected(reason="malformed", detail=str(error)) from None


def _of_item(item: Item, of: Source, *, page_id: str | None = None) -> Found:
    if item.fault:
        raise Rejected(reason=item.fault)
    schema, described, _ = payload.read(item, of.profile)
    return Found(
        identifier=payload.key_of(item.header.identifier),
        datestamp=item.header.datestamp[:40],
        schema=schema,
        raw=item.raw,
        record=described,
        page_id=page_id,
        page_offset=item.offset if page_id else None,
        page_length=item.length if page_id else None,
    )


def _of_row(row: Row[Any], raw: bytes, of: Source) -> Found:
    """A row of a table, or a title that SLiMS sent. What its file made impossible stays so."""
    if row.identifier is None or row.reason in _BY_ITS_FILE:
        raise Rejected(reason=row.reason, detail=row.detail)
    schema = "slims_ucs" if of.kind == "push" else "sheet"
    try:
        described = crosswalk.read(schema, raw)
    except BadRecord as bad:
        raise Rejected(reason=bad.reason, detail=bad.detail) from None
    return Found(identifier=row.identifier, datestamp="", schema=schema, raw=raw, record=described)


def _of_file(raw: bytes) -> Found:
    try:
        for one in files.read_stream(io.BytesIO(raw)):
            if isinstance(one.outcome, BadRecord):
                raise Rejected(reason=one.outcome.reason, detail=one.outcome.detail)
            if one.identifier:
                return Found(
                    identifier=one.identifier,
                    datestamp="",
                    schema=one.schema,
                    raw=one.raw,
                    record=one.outcome,
                )
    except files.BadFile as error:
        raise Rejected(reason="malformed", detail=str(error)) from None
    raise Rejected(reason="malformed", detail="no record in these bytes")


# --- writing ---------------------------------------------------------------------------------------


def _settle(ctx: Harvesting, row: Row[Any], of: Source, found: Found, *, fresh: bool = False) -> Outcome:
    """Take the record in, unless it came well after it was put into quarantine; then it is only marked."""
    if not found.identifier:
        raise Rejected(reason="no_identifier")
    at = ctx.clock()
    with ctx.db.begin() as c:
        newer = select(func.count()).select_from(record)
        newer = newer.where(
            record.c.source_id == of.id, record.c.identifier == found.identifier, record.c.last_seen > row.at
        )
        came = not fresh and bool(c.execute(newer).scalar_one())
        if not came:
            ctx.catalogue.take(c, of, [found], at)
        _resolve(c, row, at)
    return Outcome(code="newer" if came else "mended")


def _resolve(c: Connection, row: Row[Any], at: datetime) -> None:
    """This one, and earlier deliveries of the same record."""
    same = quarantine.c.id == row.id
    if row.identifier:
        same |= (
            (quarantine.c.source_id == row.source_id)
            & (quarantine.c.identifier == row.identifier)
            & (quarantine.c.at <= row.at)
        )
    c.execute(quarantine.update().where(same, quarantine.c.resolved_at.is_(None)).values(resolved_at=at))


def _still(ctx: Harvesting, row: Row[Any], rejected: Rejected) -> Outcome:
    """It cannot be read today either: the row says today's reason."""
    with ctx.db.begin() as c:
        values = {"reason": rejected.reason[:40], "detail": rejected.detail[:1000]}
        c.execute(quarantine.update().where(quarantine.c.id == row.id).values(**values))
    return Outcome(code="still", reason=rejected.reason, detail=rejected.detail)
