"""A look at an endpoint before it is saved: who it is, what it offers, one page, and what is odd about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from foundation.clock import Clock
from harvester import lists, payload, plan, profiles
from harvester.datestamps import earliest_clock, http_date, read
from harvester.errors import HarvestFailed, NotAllowed, OutOfPatience
from harvester.health import experiments
from harvester.health.experiments import Observed
from harvester.pages import Item, Oddity, Summary, Token
from harvester.patience import Patience
from harvester.provider import Format, Identity, Set, formats, identify, preferred, sets
from harvester.transport import Conversation, Endpoint, Quirks, Tally, Wire

#: Sets that are shown; a provider may have thousands.
MOST_SETS = 200
#: Single pages of titles that are asked for, where a connector reads them.
_MOST_PAGES = 5


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
    speed, None where nobody knows its size. `oddities` are codes with a text. `profile` is the one it was looked at
    with, `suggested` the one that it looks like.
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
    profile: str = "generic"
    suggested: str = "generic"
    observed: Observed | None = None

    def value(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Probe:
        """From what value() gave."""
        said = dict(stored)
        said["identity"] = Identity(**said["identity"]) if said.get("identity") else None
        said["observed"] = Observed(**said["observed"]) if said.get("observed") else None
        for name, kind in (("formats", Format), ("sets", Set), ("samples", Sample), ("oddities", Oddity)):
            said[name] = tuple(kind(**one) for one in said.get(name, ()))
        return cls(**said)


def probe(
    endpoint: Endpoint,
    wire: Wire,
    *,
    clock: Clock,
    patience: float = 20.0,
    prefix: str = "",
    set_spec: str = "",
    profile: str = "",
    deep: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Probe:
    """Look at an endpoint; never raises for what the endpoint does. `patience` bounds all waiting, in seconds.

    `deep` tries out from, until, sets and tokens, too: half a dozen requests more. `report` hears the name of each
    step before it; what it raises ends the look. Without a `profile` it is looked at with the one that its address
    speaks for.
    """
    used = profiles.of(profile) if profile else profiles.suggest(profiles.Evidence(url=endpoint.url))
    tally = Tally()
    conversation = Conversation(
        endpoint,
        used.connect(wire, profiles.Site(url=endpoint.url, most=_MOST_PAGES), tally.odd),
        patience=Patience(patience),
        now=clock,
        quirks=Quirks.of(used.quirks),
        tally=tally,
    )
    odd = conversation.tally.odd
    identity: Identity | None = None
    offered: tuple[Format, ...] = ()
    some: tuple[Set, ...] = ()
    problems: list[str] = []
    observed: Observed | None = None
    try:
        report("identify")
        try:
            identity = identify(conversation)
            _look_at(identity, clock, odd)
        except (NotAllowed, OutOfPatience):
            raise
        except HarvestFailed as error:
            odd("identify_failed", str(error))
        report("formats")
        try:
            offered = formats(conversation)
        except (NotAllowed, OutOfPatience):
            raise
        except HarvestFailed as error:
            odd("list_formats_failed", str(error))
        report("sets")
        try:
            some = sets(conversation, MOST_SETS + 1)
        except (NotAllowed, OutOfPatience):
            raise
        except HarvestFailed as error:
            odd("list_sets_failed", str(error))
        chosen = prefix or preferred(offered, used.prefixes) or "oai_dc"
        if offered and chosen not in {one.prefix for one in offered}:
            odd("prefix_not_offered", chosen)
        report("page")
        summary, items, seconds, size = _first_page(conversation, chosen, set_spec)
        if deep:
            observed = experiments.observe(
                conversation,
                chosen,
                summary,
                items,
                seconds=seconds,
                skew=_skew(identity, clock) if identity else None,
                set_specs=[one.spec for one in some],
                report=report,
            )
    except HarvestFailed as error:
        problems.append(str(error))
        chosen, summary, items, seconds, size = prefix or preferred(offered, used.prefixes), None, [], 0.0, 0
    samples = [_sample(item, used.code) for item in items[:50]]
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
        profile=used.code,
        suggested=_suggested(endpoint.url, identity, offered, some, items, token),
        observed=observed,
    )


def _skew(identity: Identity, clock: Clock) -> float | None:
    """How far the provider's clock is ahead of its own server's, or of ours, in seconds."""
    said = read(identity.response_date)
    if said is None:
        return None
    return (said - (http_date(identity.date_header) or clock())).total_seconds()


def _suggested(
    url: str,
    identity: Identity | None,
    offered: tuple[Format, ...],
    some: tuple[Set, ...],
    items: list[Item],
    token: Token | None,
) -> str:
    """The profile that all of this speaks for."""
    evidence = profiles.Evidence(
        url=url,
        identity=identity,
        formats=offered,
        sets=tuple(one.spec for one in some),
        items=tuple(items),
        token=token,
    )
    return profiles.suggest(evidence).code


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


def _sample(item: Item, profile: str) -> Sample:
    header = item.header
    if header.deleted:
        return Sample(identifier=header.identifier, datestamp=header.datestamp, deleted=True)
    try:
        if item.fault:
            raise payload.Rejected(reason=item.fault)
        _, record, _ = payload.read(item, profile)
    except payload.Rejected as rejected:
        return Sample(identifier=header.identifier, datestamp=header.datestamp, fault=rejected.reason)
    return Sample(identifier=header.identifier, datestamp=header.datestamp, title=record.title)


def _hours(expected: int | None, page: int, seconds: float) -> float | None:
    if not expected or not page:
        return None
    return expected / page * seconds / 3600
