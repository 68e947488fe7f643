"""What is remembered of a target: how long it takes, and whether it is to be left alone for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: Times kept, times needed before they say anything, and what they are multiplied by.
KEPT = 30
TELLING = 5
ROOM = 3.0
#: The shortest allowance, seconds.
LEAST = 2.0
#: Failures in a row after which a target rests; how long at first, and at most (seconds).
PATIENCE = 3
REST = 30.0
LONGEST_REST = 600.0

#: Failures that are the target's own; others (a query it cannot do, an address we may not reach) say nothing about it.
OWN_FAULTS = frozenset(
    ("unresolved", "refused", "unreachable", "tls", "rejected", "lost", "protocol", "too_big", "timeout")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`seconds` of the last searches that went well; `failures` in a row; `rests_until` seconds since 1970 (0: awake).

    While `probe_until` lies ahead somebody is trying whether it is back: the others go on resting.
    """

    seconds: tuple[float, ...] = ()
    failures: int = 0
    rests_until: float = 0.0
    probe_until: float = 0.0


def allowance(health: Health, most: float) -> float:
    """How many seconds one search may take: three times what nearly all took, at least LEAST, at most `most`.

    Whoever has just failed gets twice the time for each failure: a target that became slower is not cut off for good.
    """
    if len(health.seconds) < TELLING:
        return most
    usual = sorted(health.seconds)[int(0.95 * (len(health.seconds) - 1))]
    return min(most, max(LEAST, usual * ROOM) * 2.0 ** min(health.failures, 10))


def admit(health: Health, now: float, hold: float) -> tuple[bool, Health]:
    """Whether it may be asked now, and what is then remembered. After its rest one search alone probes it (half-open);
    if nothing comes of that within `hold` seconds, the next may."""
    if health.failures < PATIENCE:
        return True, health
    if now < health.rests_until or now < health.probe_until:
        return False, health
    return True, replace(health, probe_until=now + hold)


def went_well(health: Health, seconds: float) -> Health:
    """After a search that was answered."""
    return Health(seconds=(*health.seconds, round(seconds, 4))[-KEPT:])


def went_badly(health: Health, code: str, now: float) -> Health:
    """After a search that failed with a code of LinkFailed. Each failed probe doubles the rest."""
    if code not in OWN_FAULTS:
        return replace(health, probe_until=0.0)
    failures = health.failures + 1
    rest = min(LONGEST_REST, REST * 2.0 ** min(failures - PATIENCE, 20)) if failures >= PATIENCE else 0.0
    return replace(health, failures=failures, rests_until=now + rest if rest else 0.0, probe_until=0.0)
