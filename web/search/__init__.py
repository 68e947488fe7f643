"""What everybody sees: the first page, results, records, libraries, and the pages about this site."""

from __future__ import annotations

from flask import Blueprint

from web.search import about, advanced, browsing, completing, covers, home, record, results
from web.search.directory import forget

blueprint = Blueprint("search", __name__)
for _room in (home, results, advanced, browsing, completing, covers, record, about):
    _room.routes(blueprint)
blueprint.after_app_request(forget)
