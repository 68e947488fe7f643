"""The health card of a source: what it declares, what was seen, and the strategy that follows. Pure.

Lines and advice are codes with values; pages and the command line have words for them in each language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from harvester.guard.due import SWEEP_DAYS
from harvester.health.experiments import NO, REFUSED, UNKNOWN, YES, Observed
from harvester.probe import Probe

#: How a line stands: as it should be, to be lived with, in the way of a complete harvest, or not known.
OK, ODD, BAD, OPEN = "ok", "odd", "bad", "open"

#: A token that lives shorter than this needs pages to be fetched before they are worked on (they are).
_SHORT_LIFE = 300.0
#: Clocks farther apart than this cannot be trusted, seconds.
_SKEW = 60.0
#: Whole lists are read again so often where changes are not announced, days.
FULL_DAYS = 30
_MANY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What of the stored source counts. `quirks` are those remembered, by code; `learned_ms` is the host's pause."""

    prefix: str = ""
    set_spec: str = ""
    granularity: str = ""
    deleted_policy: str = ""
    full_days: int = 0
    sweep_days: int | None = None
    quirks: Mapping[str, Any] = field(default_factory=dict)
    learned_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What of an ended harvest counts: kind, state, records, tombstones, pages, seconds, codes of what was odd."""

    kind: str
    state: str
    records: int = 0
    deleted: int = 0
    rejected: int = 0
    pages: int = 0
    seconds: float = 0.0
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One trait: `declared` and `observed` are codes or numbers ('' is nothing said or seen), `stands` as above."""

    trait: str
    declared: str = ""
    observed: str = ""
    stands: str = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One piece of the strategy: a code, a number for its words, and whether Silang does it by itself."""

    code: str
    number: int = 0
    text: str = ""
    by_itself: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Lines, defects (code -> in how many harvests), and the strategy. `runs` is how many harvests it rests on."""

    lines: tuple[Line, ...]
    defects: Mapping[str, int]
    strategy: tuple[Advice, ...]
    runs: int
    complete: int

    def value(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"defects": dict(self.defects)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Card:
        """From what value() gave."""
        return cls(
            lines=tuple(Line(**one) for one in stored["lines"]),
            defects=stored["defects"],
            strategy=tuple(Advice(**one) for one in stored["strategy"]),
            runs=stored["runs"],
            complete=stored["complete"],
        )


def card(facts: Facts, probe: Probe | None, runs: Sequence[Run]) -> Card:
    """The card of a source from its last look (None for one that was never looked at) and its last harvests."""
    seen = probe.observed if probe and probe.observed else Observed()
    defects = _defects(probe, runs)
    lines = (
        _granularity(facts, probe, seen),
        _deletions(facts, probe, seen, runs),
        _since(facts, seen, defects),
        _kept("until", seen.until),
        _kept("sets", seen.sets),
        _tokens(facts, seen, defects),
        _token_life(seen, defects),
        _page(probe, seen, runs),
        _speed(seen, runs),
        _clock(facts, seen, defects),
        _formats(facts, probe),
        _kept("single", seen.single),
        _identity(probe),
        _reliability(runs),
    )
    return Card(
        lines=lines,
        defects=defects,
        strategy=strategy(facts, probe, seen, defects, runs),
        runs=len(runs),
        complete=sum(run.state == "complete" for run in runs),
    )


def _defects(probe: Probe | None, runs: Sequence[Run]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for run in runs:
        for code in set(run.odd):
            counts[code] = counts.get(code, 0) + 1
    for one in probe.oddities if probe else ():
        counts.setdefault(one.code, 0)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


# --- lines -----------------------------------------------------------------------------------------


def _granularity(facts: Facts, probe: Probe | None, seen: Observed) -> Line:
    declared = (probe.identity.granularity if probe and probe.identity else "") or facts.granularity
    wanted = str(facts.quirks.get("granularity") or ("day" if seen.day_wanted else ""))
    observed = wanted or seen.stamps
    if not observed:
        stands = OPEN if declared else ODD
    else:
        stands = OK if observed == declared or (observed == "day" and not wanted) else ODD
    return Line(trait="granularity", declared=declared, observed=observed, stands=stands)


def _tombstones(facts: Facts, seen: Observed, runs: Sequence[Run]) -> bool:
    return bool(
        facts.quirks.get("deleted_seen")
        or seen.tombstones
        or any(run.deleted and run.kind == "incremental" for run in runs)
    )


def _deletions(facts: Facts, probe: Probe | None, seen: Observed, runs: Sequence[Run]) -> Line:
    declared = (probe.identity.deleted if probe and probe.identity else "") or facts.deleted_policy
    came = _tombstones(facts, seen, runs)
    looked = came or seen.page > 0 or any(run.state == "complete" for run in runs)
    observed = "came" if came else "none_came" if looked else ""
    if came:
        stands = OK if declared in ("persistent", "transient") else ODD
    else:
        stands = OPEN if declared == "persistent" else ODD
    return Line(trait="deletions", declared=declared, observed=observed, stands=stands)


def _since(facts: Facts, seen: Observed, defects: Mapping[str, int]) -> Line:
    ignored = facts.quirks.get("ignores_from") or "ignores_from" in defects
    return _kept("since", NO if ignored else seen.since)


def _kept(trait: str, answer: str) -> Line:
    stands = {YES: OK, NO: BAD, REFUSED: ODD, UNKNOWN: OPEN}[answer]
    return Line(trait=trait, observed="" if answer == UNKNOWN else answer, stands=stands)


def _tokens(facts: Facts, seen: Observed, defects: Mapping[str, int]) -> Line:
    if facts.quirks.get("windows") or "read_by_windows" in defects:
        return Line(trait="tokens", observed="windows", stands=BAD)
    special = next(
        (
            code
            for code in ("token_decoded", "token_verbatim", "token_needs_prefix", "token_untrimmed")
            if code in defects
        ),
        "",
    ) or next((code for code in ("token_needs_prefix", "token_untrimmed") if facts.quirks.get(code)), "")
    form = str(facts.quirks.get("token_form") or seen.token_form or "")
    if special:
        return Line(trait="tokens", observed=special, stands=ODD)
    if form and form != "once":
        return Line(trait="tokens", observed=f"token_{form}", stands=ODD)
    if seen.tokens == "none":
        return Line(trait="tokens", observed="none", stands=OK)
    return _kept("tokens", seen.tokens)


def _token_life(seen: Observed, defects: Mapping[str, int]) -> Line:
    said = "" if seen.token_seconds is None else str(round(seen.token_seconds))
    refused = defects.get("token_refused", 0)
    if refused:
        return Line(trait="token_life", declared=said, observed="refused", stands=ODD)
    short = seen.token_seconds is not None and seen.token_seconds < _SHORT_LIFE
    return Line(trait="token_life", declared=said, stands=OPEN if not said else ODD if short else OK)


def _page(probe: Probe | None, seen: Observed, runs: Sequence[Run]) -> Line:
    whole = [run for run in runs if run.pages and run.kind in ("full", "incremental") and run.records]
    size = seen.page or (max(run.records // run.pages for run in whole) if whole else 0)
    expected = probe.expected if probe else None
    return Line(
        trait="page",
        declared=str(expected) if expected is not None else "",
        observed=str(size) if size else "",
        stands=OPEN if not size else ODD if size == 1 and (expected or 0) > 100 else OK,
    )


def _speed(seen: Observed, runs: Sequence[Run]) -> Line:
    """Records a minute."""
    read = [run for run in runs if run.state == "complete" and run.records >= 50 and run.seconds > 0]
    if read:
        per_minute = 60 * sum(run.records for run in read) / sum(run.seconds for run in read)
    elif seen.page and seen.seconds > 0:
        per_minute = 60 * seen.page / seen.seconds
    else:
        return Line(trait="speed")
    return Line(trait="speed", observed=str(round(per_minute)), stands=OK if per_minute >= 60 else ODD)


def _clock(facts: Facts, seen: Observed, defects: Mapping[str, int]) -> Line:
    untrue = facts.quirks.get("clock_untrusted") or "clock_untrusted" in defects
    if seen.skew is None:
        return Line(trait="clock", observed="untrusted" if untrue else "", stands=ODD if untrue else OPEN)
    off = abs(seen.skew) > _SKEW
    return Line(trait="clock", observed=str(round(seen.skew)), stands=ODD if off or untrue else OK)


def _formats(facts: Facts, probe: Probe | None) -> Line:
    if probe is None or not probe.formats:
        return Line(trait="formats", observed=facts.prefix)
    readable = [one for one in probe.formats if one.reads_as]
    return Line(
        trait="formats",
        declared=", ".join(one.prefix for one in probe.formats[:12]),
        observed=", ".join(f"{one.prefix} = {one.reads_as}" for one in readable[:12]),
        stands=OK if readable else BAD,
    )


def _identity(probe: Probe | None) -> Line:
    if probe is None:
        return Line(trait="identity")
    if probe.identity is None:
        return Line(trait="identity", observed="silent", stands=ODD)
    version = probe.identity.version
    return Line(
        trait="identity",
        declared=version,
        observed=probe.identity.name[:100],
        stands=OK if version == "2.0" else ODD,
    )


def _reliability(runs: Sequence[Run]) -> Line:
    if not runs:
        return Line(trait="reliability")
    good = sum(run.state == "complete" for run in runs)
    share = good / len(runs)
    stands = OK if share >= 1 - _MANY else ODD if share >= 0.5 else BAD
    return Line(trait="reliability", declared=str(len(runs)), observed=str(good), stands=stands)


# --- strategy --------------------------------------------------------------------------------------


def strategy(
    facts: Facts,
    probe: Probe | None,
    seen: Observed,
    defects: Mapping[str, int],
    runs: Sequence[Run],
) -> tuple[Advice, ...]:
    """How to harvest this source, the most important first."""
    if probe is not None and not probe.works and not any(run.state == "complete" for run in runs):
        return (Advice(code="cannot", by_itself=False),)
    advice: list[Advice] = []
    ignored = bool(facts.quirks.get("ignores_from")) or "ignores_from" in defects or seen.since == NO
    advice.append(Advice(code="whole_list") if ignored else Advice(code="changes"))
    if facts.quirks.get("windows") or "read_by_windows" in defects:
        advice.append(Advice(code="windows"))
    elif seen.tokens == NO:
        advice.append(Advice(code="tokens_broken"))
    if seen.token_seconds is not None and seen.token_seconds < _SHORT_LIFE:
        advice.append(Advice(code="short_tokens", number=round(seen.token_seconds)))
    if facts.quirks.get("clock_untrusted") or (seen.skew is not None and abs(seen.skew) > _SKEW):
        advice.append(Advice(code="overlap", number=26))
    if facts.quirks.get("granularity") == "day" or seen.day_wanted:
        advice.append(Advice(code="days"))
    advice += _about_deletions(facts, probe, seen, runs, ignored)
    advice += _about_changes(facts, ignored)
    better = _better_format(facts, probe)
    if better:
        advice.append(Advice(code="better_format", text=better, by_itself=False))
    if seen.sets in (NO, REFUSED) and facts.set_spec:
        advice.append(Advice(code="set_not_kept"))
    if facts.learned_ms:
        advice.append(Advice(code="slowly", number=facts.learned_ms))
    if probe is not None and probe.hours is not None and probe.hours > 1 and not facts.full_days:
        advice.append(Advice(code="at_night", number=round(probe.hours), by_itself=False))
    return tuple(advice)


def _about_deletions(
    facts: Facts, probe: Probe | None, seen: Observed, runs: Sequence[Run], ignored: bool
) -> list[Advice]:
    declared = (probe.identity.deleted if probe and probe.identity else "") or facts.deleted_policy
    if _tombstones(facts, seen, runs):
        return [Advice(code="tombstones")]
    if ignored:
        return [Advice(code="deletions_by_list")]
    if facts.sweep_days == 0:
        return (
            [Advice(code="sweep_wanted", number=SWEEP_DAYS, by_itself=False)]
            if declared != "persistent"
            else []
        )
    if declared == "persistent" and facts.sweep_days is None:
        return [Advice(code="tombstones_promised")]
    by_names = not (facts.quirks.get("windows") or facts.quirks.get("sweep_unproven"))
    return [Advice(code="sweep" if by_names else "full_sweep", number=facts.sweep_days or SWEEP_DAYS)]


def _about_changes(facts: Facts, ignored: bool) -> list[Advice]:
    """Providers that choose by the day of creation never show an edit."""
    if facts.full_days:
        return [Advice(code="full", number=facts.full_days)]
    creation = facts.quirks.get("selects_by_creation")
    if creation and not ignored:
        return [Advice(code="full_wanted", number=FULL_DAYS, by_itself=False)]
    return []


def _better_format(facts: Facts, probe: Probe | None) -> str:
    """A format that says more than the chosen one: MARC before MODS before Dublin Core."""
    if probe is None or not facts.prefix:
        return ""
    order = {"marc21": 0, "unimarc": 0, "mods": 1, "oai_dc": 2}
    now = next((one.reads_as for one in probe.formats if one.prefix == facts.prefix), "")
    ranked = sorted(
        (one for one in probe.formats if one.reads_as in order), key=lambda one: order[one.reads_as]
    )
    if not ranked or order.get(now, 3) <= order[ranked[0].reads_as]:
        return ""
    return ranked[0].prefix
