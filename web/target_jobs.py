"""Background work about targets: probing one, searching one for a look at the conversation, the short probe at night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from foundation.fetch import FetchPolicy
from foundation.seal import BadSeal
from index.live.aims import open_at
from index.targets import probes, store
from index.targets.card import Card
from index.targets.errors import UnknownTarget
from index.targets.store import Target
from web.jobs import Running, Stopped, Unreadable, Work
from web.wiring import Parts, policy

#: Hours of the night, by the clock of the target's zone, in which short probes are made; and how old the last one is.
NIGHT = (1, 5)
STALE = timedelta(hours=20)
#: How soon a target that did not answer is asked again.
AGAIN = timedelta(hours=1)


def _probe(parts: Parts, running: Running) -> Mapping[str, Any]:
    """Probe a target; what is found can be read while it goes on. When it is stopped, what there is stays."""
    with parts.db.read() as c:
        try:
            one = store.get(c, str(running.payload["target"]))
        except UnknownTarget as gone:
            raise Unreadable("the target is not there any more") from gone
    card = probe(parts, one, asked_by=running.payload.get("by") or None, running=running)
    return {"questions": len(card.findings), "failed": card.failed}


def probe(
    parts: Parts,
    one: Target,
    *,
    whole: bool = True,
    asked_by: str | None = None,
    running: Running | None = None,
    through: FetchPolicy | None = None,
) -> Card:
    """Probe a stored target and keep what was found. Raises Stopped when the job is to end.

    `through` says what may be reached, where that is not what the configuration says.
    """
    from index.targets.probing import run  # loads all of Z39.50 and SRU

    with parts.db.begin() as c:
        probe_id = probes.begin(c, one.id, at=parts.clock(), whole=whole, asked_by=asked_by)

    def report(card: Card, done: int, total: int) -> None:
        if running is None:
            return
        running.report(done, total)
        with parts.db.begin() as c:
            probes.go_on(c, probe_id, card)

    try:
        card = run.probe(
            one.profile,
            password_of(parts, one),
            run.Network(policy=through or policy(parts.settings)),
            whole=whole,
            report=report,
            stop=Stopped,
        )
    except run.Stopped as stopped:
        with parts.db.begin() as c:
            probes.end(c, probe_id, stopped.card, at=parts.clock())
        raise Stopped from stopped
    except BaseException:
        with parts.db.begin() as c:
            probes.end(c, probe_id, Card(failed="failed", whole=whole), at=parts.clock())
        raise
    with parts.db.begin() as c:
        probes.end(c, probe_id, card, at=parts.clock())
    return card


def _search(parts: Parts, running: Running) -> Mapping[str, Any]:
    from index.targets import trying
    from index.targets.probing.run import Network

    with parts.db.read() as c:
        one = store.get(c, str(running.payload["target"]))
    running.report(0, None)
    outcome = trying.search(
        one.profile,
        password_of(parts, one),
        Network(policy=policy(parts.settings)),
        str(running.payload["query"]),
        str(running.payload["language"]),
    )
    return outcome.value()


def password_of(parts: Parts, one: Target) -> str:
    """The password of a target; '' when the key it was sealed with is another one."""
    try:
        return one.password(parts.seal)
    except BadSeal:
        return ""


def night(parts: Parts) -> bool:
    """Make one short probe that is due; whether there was one."""
    now = parts.clock()
    with parts.db.read() as c:
        waiting = [one for one in store.listed(c, enabled_only=True) if due(one, now)]
    if not waiting:
        return False
    first = min(waiting, key=lambda one: (one.probed_at or one.created_at, one.code))
    probe(parts, first, whole=False)
    return True


def due(one: Target, now: datetime) -> bool:
    """Whether a target's short probe is due: it is night where it is, or one of its hours where it has any, and the last
    probe is not of today. One that did not answer is asked again by the hour.
    """
    limits = one.profile.limits
    if limits.hours and not open_at(limits, now):
        return False
    if one.health == "failing" and one.probed_at is not None:
        return now - one.probed_at >= AGAIN
    night = NIGHT[0] <= now.astimezone(ZoneInfo(limits.zone)).hour < NIGHT[1]
    return (night or bool(limits.hours)) and (one.probed_at is None or now - one.probed_at >= STALE)


WORK: dict[str, Work] = {"target_probe": _probe, "target_search": _search}
