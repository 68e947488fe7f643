"""Background work about sources: deletions carried out or taken back, quarantine read again, endpoints looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from foundation.seal import BadSeal
from harvester import sources
from harvester.probe import Probe, probe
from harvester.sources import Source
from harvester.transport import FORGOTTEN, Endpoint
from web.jobs import Running, Work
from web.wiring import Parts

#: Seconds that a look may take.
PATIENCE = 60.0

#: The steps of a look, in order.
STEPS = ("identify", "formats", "sets", "page", "tokens", "from", "until", "set", "record")


def _delete_held(parts: Parts, running: Running) -> Mapping[str, Any]:
    from harvester.guard import held

    return {"records": held.carry_out(parts.harvesting(), str(running.payload["held"]), running.report)}


def _bring_back(parts: Parts, running: Running) -> Mapping[str, Any]:
    from harvester.guard import held

    return {"records": held.bring_back(parts.harvesting(), str(running.payload["held"]), running.report)}


def _retry(parts: Parts, running: Running) -> Mapping[str, Any]:
    from harvester.reprocess import quarantined

    tally = quarantined.retry_all(
        parts.harvesting(),
        str(running.payload["source"]),
        running.report,
        ask=bool(running.payload.get("ask")),
    )
    return {"records": tally.mended, "rejected": tally.still}


def _look(parts: Parts, running: Running) -> Mapping[str, Any]:
    """Look at the endpoint of a source, or of a form that is not saved yet; what was typed comes sealed."""
    from harvester.health import store as cards
    from web.admin.looking import unsealed

    done = iter(range(len(STEPS)))
    running.report(0, len(STEPS))

    def report(_step: str) -> None:
        running.report(next(done, len(STEPS)), len(STEPS))

    if source_id := running.payload.get("source"):
        with parts.db.read() as c:
            of = sources.get(c, str(source_id))
        found = look_at(parts, of, report)
        with parts.db.begin() as c:
            if found.works:  # what harvests found out about it begins anew
                sources.remember(c, of.id, **FORGOTTEN)
            cards.looked(c, of.id, found, at=parts.clock())
        return {"works": found.works}
    asked = unsealed(parts.seal, running.payload)["endpoint"]
    endpoint = Endpoint(
        url=asked["url"],
        headers=asked["headers"],
        username=asked["username"],
        password=asked["password"],
        delay=asked["delay_ms"] / 1000,
    )
    from web.admin.probing import wire_for  # the pages know these jobs: not while either is being loaded

    with wire_for(parts, asked["ca_pem"]) as wire:
        found = probe(
            endpoint,
            wire,
            clock=parts.clock,
            patience=PATIENCE,
            prefix=asked["prefix"],
            set_spec=asked["set_spec"],
            profile=asked.get("profile", ""),
            deep=True,
            report=report,
        )
    return {"probe": found.value()}


def look_at(parts: Parts, of: Source, report: Callable[[str], None] = lambda _: None) -> Probe:
    """Look at the endpoint of a stored source."""
    password = ""
    if of.secret is not None:
        try:
            password = parts.seal.open(of.secret)
        except BadSeal:
            password = ""
    endpoint = Endpoint(
        url=of.url,
        headers=of.headers,
        username=of.username,
        password=password,
        delay=of.delay_ms / 1000,
    )
    from web.admin.probing import wire_for  # the pages know these jobs: not while either is being loaded

    with wire_for(parts, of.ca_pem) as wire:
        return probe(
            endpoint,
            wire,
            clock=parts.clock,
            patience=PATIENCE,
            prefix=of.prefix,
            set_spec=of.set_spec,
            profile=of.profile,
            deep=True,
            report=report,
        )


WORK: dict[str, Work] = {
    "delete_held": _delete_held,
    "bring_back": _bring_back,
    "retry_quarantine": _retry,
    "probe": _look,
}
