"""Background work about sources: deletions carried out or taken back, quarantine read again, endpoints looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.jobs import Running, Work
from web.wiring import Parts


def _delete_held(parts: Parts, running: Running) -> Mapping[str, Any]:
    from harvester.guard import held

    return {"records": held.carry_out(parts.harvesting(), str(running.payload["held"]), running.report)}


def _bring_back(parts: Parts, running: Running) -> Mapping[str, Any]:
    from harvester.guard import held

    return {"records": held.bring_back(parts.harvesting(), str(running.payload["held"]), running.report)}


WORK: dict[str, Work] = {"delete_held": _delete_held, "bring_back": _bring_back}
