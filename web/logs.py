"""Logs: one JSON object a line (or plain text), each with the id of the request it belongs to."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any, TextIO

from flask import Flask, Response, g, has_request_context, request

from web.settings import LogSettings

#: What a LogRecord has by itself; anything else was given as a fact.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

access = logging.getLogger("silang.access")


class JsonLines(logging.Formatter):
    """time, level, logger, message, request, and every fact that was given with `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the facts hold: line ends are escaped by JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if found := _request_id():
            line["request"] = found
        line |= {key: value for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Lines(logging.Formatter):
    """The same for people: time, level, logger, message, facts."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it where there is one; control characters cannot start another."""
        facts = [f"{key}={value}" for key, value in vars(record).items() if key not in _OWN]
        if found := _request_id():
            facts.append(f"request={found}")
        text = super().format(record)
        head, sep, trace = text.partition("\n") if record.exc_info else (text, "", "")
        line = " ".join([head, *facts]).replace("\n", "\\n").replace("\r", "\\r").replace("\x1b", "\\e")
        return line + sep + trace


def set_up(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send everything to stderr (or `stream`), as the configuration says; replaces what was set up before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if settings.format == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for noisy in ("urllib3", "sickle", "apscheduler", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def watch(app: Flask) -> None:
    """Write one line for each answer: route, status, time. Never an address with its query, never a name."""

    def start() -> None:
        g.log_started = time.perf_counter()

    def stop(response: Response) -> Response:
        if request.endpoint not in ("static", "health.live", "health.ready", "health.metrics"):
            took = time.perf_counter() - g.get("log_started", time.perf_counter())
            facts = {
                "method": request.method,
                "route": str(request.url_rule) if request.url_rule else "none",
                "status": response.status_code,
                "milliseconds": round(took * 1000, 1),
            }
            access.info("answered", extra=facts)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, start)
    app.after_request(stop)


def _request_id() -> str:
    return str(g.get("request_id", "")) if has_request_context() else ""
