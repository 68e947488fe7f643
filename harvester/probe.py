"""A look at an endpoint before it is saved: who it is, what it offers, one page, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from foundation.clock import Clock
from harvester import lists, payload, plan
from harvester.datestamps import earliest_clock, read
from harvester.errors import HarvestFailed, NotAllowed, OutOfPatience
from harvester.pages import Item, Oddity, Summary
from harvester.patience import Patience
from harvester.provider import Format, Identity, Set, best_prefix, formats, identify, sets
from harvester.transport import Conversation, Endpoint, Wire

#: Sets that are shown; a provider may have thousands.
MOST_SETS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A record of the first page: its title, or '' and the reason why it cannot be read."""

    identifier: str
    datestamp: str
    title: str = ""
    deleted: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was found. `works` is whether records came; `reason` says what failed. `seconds` and `bytes` are of the
    first page; `expected` is the announced size of the whole list. `hours` is how long the list may take at this
    speed, None where nobody knows its size. `oddities` are codes with a text.
    """

    works: bool
    reason: str
    identity: Identity | None
    formats: tuple[Format, ...]
    sets: tuple[Set, ...]
    more_sets: bool
    prefix: str
    samples: tuple[Sample, ...]
    records: int
    readable: int
    expected: int | None
    seconds: float
    bytes: int
    hours: float | None
    oddities: tuple[Oddity, ...]


def probe(
    endpoint: Endpoint,
    wire: Wire,
    *,
    clock: Clock,
    patience: float = 20.0,
    prefix: str = "",
    set_spec: str = "",
) -> Probe:
    """Look at an endpoint; never raises for what the endpoint does. `patience` bounds all waiting, in seconds."""
    conversation = Conversation(endpoint, wire, patience=Patience(patience), now=clock)
    odd = conversation.tally.odd
    identity: Identity | None = None
    offered: tuple[Format, ...] = ()
    some: tuple[Set, ...] = ()
    problems: list[str] = []
    try:
        try:
            identity = identify(conversation)
            _look_at(identity, clock, odd)
        except (NotAllowed, OutOfPatience):
            raise
        except HarvestFailed as error:
            odd("identify_failed", str(error))
        try:
            offered = formats(conversation)
        except (NotAllowed, OutOfPatience):
            raise
        except HarvestFailed as error:
            odd("list_formats_failed", str(error))
        try:
            some = sets(conversation, MOST_SETS + 1)
        except (NotAllowed, OutOfPatience):
            raise
        except HarvestFailed as error:
            odd("list_sets_failed", str(error))
        chosen = prefix or best_prefix(offered) or "oai_dc"
        if offered and chosen not in {one.prefix for one in offered}:
            odd("prefix_not_offered", chosen)
        summary, items, seconds, size = _first_page(conversation, chosen, set_spec)
    except HarvestFailed as error:
        problems.append(str(error))
        chosen, summary, items, seconds, size = prefix or best_prefix(offered), None, [], 0.0, 0
    samples = [_sample(item) for item in items[:50]]
    token = summary.token if summary else None
    expected = token.size if token else (len(items) if summary else None)
    if token and token.text != token.raw_text:
        odd("token_whitespace", "")
    return Probe(
        works=summary is not None,
        reason="; ".join(problems),
        identity=identity,
        formats=offered,
        sets=some[:MOST_SETS],
        more_sets=len(some) > MOST_SETS,
        prefix=chosen,
        samples=tuple(samples[:5]),
        records=len(items),
        readable=sum(1 for one in samples if not one.fault),
        expected=expected,
        seconds=seconds,
        bytes=size,
        hours=_hours(expected, len(items), seconds + endpoint.delay),
        oddities=tuple(Oddity(code=code, text=text) for code, text in conversation.tally.oddities.items()),
    )


def _look_at(identity: Identity, clock: Clock, odd: object) -> None:
    assert callable(odd)
    _, untrusted = earliest_clock(identity.response_date, identity.date_header, clock())
    if untrusted:
        odd("clock_untrusted", identity.response_date)
    if not identity.granularity:
        odd("no_granularity", "")
    if identity.deleted not in ("no", "transient", "persistent"):
        odd("no_deleted_policy", identity.deleted)
    if read(identity.earliest) is None:
        odd("no_earliest_datestamp", identity.earliest)


def _first_page(
    conversation: Conversation, prefix: str, set_spec: str
) -> tuple[Summary, list[Item], float, int]:
    arguments = plan.arguments(
        prefix=prefix, granularity="seconds", from_at=None, until_at=None, set_spec=set_spec
    )
    check = lists.Check("ListRecords", arguments, conversation.tally.odd)

    def take(chunks: Iterable[bytes]) -> tuple[Summary, list[Item]]:
        return lists.read_page(chunks, check)

    before = conversation.tally.bytes
    begun = conversation.patience.monotonic()
    summary, items = lists.first(conversation, "ListRecords", arguments, take)
    return summary, items, conversation.patience.monotonic() - begun, conversation.tally.bytes - before


def _sample(item: Item) -> Sample:
    header = item.header
    if header.deleted:
        return Sample(identifier=header.identifier, datestamp=header.datestamp, deleted=True)
    try:
        if item.fault:
            raise payload.Rejected(reason=item.fault)
        _, record, _ = payload.read(item, "generic")
    except payload.Rejected as rejected:
        return Sample(identifier=header.identifier, datestamp=header.datestamp, fault=rejected.reason)
    return Sample(identifier=header.identifier, datestamp=header.datestamp, title=record.title)


def _hours(expected: int | None, page: int, seconds: float) -> float | None:
    if not expected or not page:
        return None
    return expected / page * seconds / 3600
