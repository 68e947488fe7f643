"""The same for machines: JSON, errors as problem+json (RFC 9457), addresses that stay."""

from __future__ import annotations

from flask import Blueprint

from web.api import deciding, libraries, openapi, records, searching

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
for _room in (searching, records, libraries, deciding, openapi):
    _room.routes(blueprint)
