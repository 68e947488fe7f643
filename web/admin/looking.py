"""A look at an endpoint that is not saved yet: asked of the worker, waited for, and shown in the form it came from.

What was typed travels with the job, sealed: it may hold passwords.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, g
from sqlalchemy import Connection, Row, select

from foundation.ids import uuid7
from foundation.seal import BadSeal
from foundation.tables import job
from harvester.probe import Probe
from web import jobs
from web.admin.room import now
from web.app import parts
from web.source_jobs import STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look under way or over: the form's values and its sealed password, what was found (None until then)."""

    id: str
    typed: Mapping[str, str]
    kept: str
    found: Probe | None
    open: bool
    queued: bool
    done: int

    @property
    def steps(self) -> list[tuple[str, str]]:
        """(step, ok, now or later) for each."""
        return [
            (name, "ok" if n < self.done else "now" if n == self.done and not self.queued else "later")
            for n, name in enumerate(STEPS)
        ]


def ask(c: Connection, endpoint: Mapping[str, Any], typed: Mapping[str, str], kept: str) -> str:
    """Ask the worker to look at an endpoint; returns the id by which the form finds it again."""
    text = json.dumps({"endpoint": dict(endpoint), "typed": dict(typed), "kept": kept})
    sealed = base64.urlsafe_b64encode(parts().seal.close(text)).decode()
    subject = uuid7()
    return jobs.start(c, "probe", now=now(), asked_by=g.viewer.user_id, subject=subject, sealed=sealed)


def find(job_id: str) -> Look:
    """The look that this admin asked for; ends the request with 404 for anybody else's."""
    with parts().db.read() as c:
        row = c.execute(select(job).where(job.c.id == job_id, job.c.kind == "probe")).first()
    if row is None or row.asked_by != g.viewer.user_id or "sealed" not in row.payload:
        abort(404)
    try:
        said = unsealed(parts().seal, row.payload)
    except (BadSeal, ValueError):
        abort(404)
    return Look(
        id=job_id,
        typed=said["typed"],
        kept=said["kept"],
        found=_found(row),
        open=row.state in jobs.OPEN,
        queued=row.state == "queued",
        done=row.done or 0,
    )


def unsealed(seal: Any, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What ask() sealed. Raises BadSeal, ValueError."""
    found: dict[str, Any] = json.loads(seal.open(base64.urlsafe_b64decode(str(payload["sealed"]))))
    return found


def _found(row: Row[Any]) -> Probe | None:
    stored = (row.result or {}).get("probe") if row.state == "done" else None
    return Probe.of(stored) if stored else None
