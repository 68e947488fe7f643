"""A live record for cataloguers: as MARC to be taken along, and as the target sent it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from index.crosswalk import iso2709write, marcwrite
from index.live.link import Fetched
from web.live.opened import Opened, opened
from web.may import needs

_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_MARCXML = b"http://www.loc.gov/MARC21/slim"


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/live/<search>/<int:cluster>.<any(mrc,marcxml):kind>", view_func=marc)
    blueprint.add_url_rule("/live/<search>/<int:cluster>/raw", view_func=raw)


@needs("copy_records")
def marc(search: str, cluster: int, kind: str) -> Response:
    """The record in MARC 21: the target's own where it sent that form, else written from what was read."""
    hit, sent = _sent(search, cluster)
    if kind == "mrc":
        data = sent.payload if sent.payload[:5].isdigit() else None
        if data is None:
            data = iso2709write.write(_record(hit))
        return _file(data, "application/marc", hit, "mrc")
    if _MARCXML in sent.payload[:4_000] and sent.payload.lstrip()[:1] == b"<":
        data = sent.payload
    else:
        data = _HEAD + marcwrite.write(_record(hit))
    return _file(data, "application/marcxml+xml", hit, "xml")


@needs("copy_records")
def raw(search: str, cluster: int) -> Response:
    """The bytes as they came, as text that no browser takes for a page."""
    hit, sent = _sent(search, cluster)
    answer = Response(sent.payload, mimetype="text/plain")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    answer.headers["Content-Disposition"] = f'attachment; filename="{_name(hit)}.txt"'
    return answer


def _sent(search: str, cluster: int) -> tuple[Opened, Fetched]:
    hit = opened(search, cluster)
    if not isinstance(hit, Opened):
        raise NotFound
    engine, id, owner = hit.mine
    found = engine.fetched(id, owner, hit.holder.target, hit.holder.position)
    if found is None or not found.payload:
        raise NotFound
    return hit, found


def _record(hit: Opened) -> Any:
    if hit.record is None:
        raise NotFound
    return hit.record


def _file(data: bytes, media: str, hit: Opened, ending: str) -> Response:
    answer = Response(data, mimetype=media)
    answer.headers["Content-Disposition"] = f'attachment; filename="{_name(hit)}.{ending}"'
    return answer


def _name(hit: Opened) -> str:
    code = "".join(x for x in (hit.holder.library or "record") if x.isascii() and (x.isalnum() or x in "-_"))
    return f"{code or 'record'}-{hit.holder.position}"
