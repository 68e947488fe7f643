"""Is it alive, can it work, and how is it doing: for load balancers, monitors and Prometheus."""

from __future__ import annotations

import hmac
import time
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from sqlalchemy import func, select, text

from foundation import outbox
from index.tables import change_position, cluster
from web import health_check
from web.app import parts
from web.may import needs
from web.z3950 import figures

blueprint = Blueprint("health", __name__)

#: Bounds of the times of answer in seconds; the budget of a search page is one of them.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5.0)


class Meters:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "silang_http_answers", "Answers by route and status", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "silang_http_seconds", "Time to answer", ["route"], buckets=BUCKETS, registry=self.registry
        )
        self.outbox = Gauge(
            "silang_outbox_rows", "Work waiting or dead", ["channel", "state"], registry=self.registry
        )
        self.clusters = Gauge("silang_clusters", "Titles in the union catalogue", registry=self.registry)
        self.behind = Gauge(
            "silang_index_behind", "Changes that the index does not hold yet", registry=self.registry
        )
        self.z3950 = Gauge(
            "silang_z3950", "Z39.50 target: sessions open, and what it did since it started", ["what"],
            registry=self.registry,
        )  # fmt: skip
        self.ready = Gauge("silang_ready", "1 when requests can be served", registry=self.registry)


@blueprint.record_once
def _install(state: Any) -> None:
    app: Flask = state.app
    app.extensions["silang-meters"] = Meters()

    def start() -> None:
        g.started = time.perf_counter()

    def stop(response: Response) -> Response:
        meters: Meters = app.extensions["silang-meters"]
        route = request.endpoint or "none"
        meters.answers.labels(route, str(response.status_code)).inc()
        if "started" in g:
            meters.seconds.labels(route).observe(time.perf_counter() - g.started)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, start)
    app.after_request(stop)


@blueprint.get("/health/live")
@needs("look")
def live() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@blueprint.get("/health/ready")
@needs("look")
def ready() -> tuple[Response, int]:
    """Database and index answer, tables are those of this program, the disk has room; 503 with the part that fails."""
    found = _parts_ready()
    good = all(value == "ok" for value in found.values())
    return jsonify(status="ready" if good else "not ready", **found), 200 if good else 503


def _parts_ready() -> dict[str, str]:
    here = parts()
    found = {"database": "ok", "index": "ok"}
    try:
        with here.db.read() as c:
            c.execute(text("SELECT 1"))
            c.execute(select(cluster.c.id).limit(1))
    except Exception:
        found["database"] = "failed"
    try:
        here.engine.position()
    except Exception:
        found["index"] = "failed"
    if found["database"] == "ok":
        for one in health_check.look(here, health_check.READY):
            found[one.name] = "ok" if one.ok else "failed"
    return found


@blueprint.get("/metrics")
@needs("metrics")
def metrics() -> Response:
    """Prometheus' text format; by token, or from this very machine where no token is set."""
    here = parts()
    token = here.settings.web.metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode(), token.encode()):
            abort(404)
    elif request.remote_addr not in ("127.0.0.1", "::1") or "X-Forwarded-For" in request.headers:
        abort(404)
    from flask import current_app

    meters: Meters = current_app.extensions["silang-meters"]
    meters.ready.set(int(all(value == "ok" for value in _parts_ready().values())))
    with here.db.read() as c:
        counts = outbox.counts(c)
        last = c.execute(select(change_position.c.last).limit(1)).scalar() or 0
        meters.clusters.set(
            c.execute(select(func.count()).select_from(cluster).where(cluster.c.gone_at.is_(None))).scalar()
            or 0
        )
    for channel in outbox.CHANNELS:
        for state in ("waiting", "dead"):
            meters.outbox.labels(channel, state).set(counts.get((channel, state), 0))
    for what, number in figures.gauges(here.data).items():
        meters.z3950.labels(what).set(number)
    meters.behind.set(max(0, last - here.engine.position()))
    return Response(generate_latest(meters.registry), content_type=CONTENT_TYPE_LATEST)
