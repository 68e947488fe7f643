"""Messages of ISO 18626 from other systems: POST /iso18626, answered with a confirmation on the same connection."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import OperationalError

from broker.errors import NotNow, Stale
from broker.iso18626.reading import LIMITS
from broker.peers.outside import MEDIA_TYPE
from broker.peers.store import Brought
from web.app import csrf, parts
from web.may import needs

blueprint = Blueprint("iso18626", __name__)

#: Seconds after which a peer may send it again when the database was busy.
_BUSY = 5


@blueprint.post("/iso18626")
@csrf.exempt  # type: ignore[untyped-decorator]  # peers have no form of ours; each signs in with its message
@needs("look")
def receive() -> Response:
    """200 with a confirmation; 400 for what is no message, 401 for nobody we know, 413, 415, 503 when busy."""
    if not _is_xml(request.mimetype):
        return _plain("Send application/xml.", 415)
    if (request.content_length or 0) > LIMITS.bytes:
        return _plain(f"At most {LIMITS.bytes:,} bytes.", 413)
    body = request.get_data(cache=False)
    try:
        answer = parts().broker.hear(body, _brought())
    except NotNow:
        return _plain("No peers are known here.", 404)
    except (Stale, OperationalError):
        current_app.logger.warning("a message of a peer could not be taken in now", exc_info=True)
        return _plain("Busy; send it again.", 503, {"Retry-After": str(_BUSY)})
    headers = {"WWW-Authenticate": 'Basic realm="ISO 18626"'} if answer.status == 401 else {}
    return Response(answer.body, answer.status, headers, content_type=MEDIA_TYPE)


def _is_xml(mimetype: str) -> bool:
    return mimetype in ("application/xml", "text/xml") or mimetype.endswith("+xml")


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(f"{text}\n", status, headers or {}, mimetype="text/plain")


def _brought() -> Brought:
    """How the sender signs in, as far as HTTP tells; a certificate's subject only from the proxy in front."""
    told: Any = request.authorization
    basic = None
    if told is not None and told.type == "basic":
        basic = (told.username or "", told.password or "")
    header = parts().settings.iso18626.subject_header
    return Brought(
        address=request.remote_addr or "",
        basic=basic,
        bearer=(told.token or "") if told is not None and told.type == "bearer" else "",
        subject=request.headers.get(header, "") if header else "",
    )
