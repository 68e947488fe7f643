"""The union catalogue for other systems that search: SRU 1.1, 1.2 and 2.0 at /sru, by GET and by POST."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import OperationalError

from index.cql import profile
from index.cql.profile import BadProfile, Profile
from web.app import csrf, parts
from web.may import needs
from web.oai.house import house
from web.settings import BadConfig
from web.sru import answering, asking
from web.sru.answering import Desk
from web.wiring import Parts

blueprint = Blueprint("sru", __name__)

#: Seconds after which a client may ask again when the database was busy.
_BUSY = 5


@blueprint.route("/sru", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # nothing is changed here, and clients send no form of ours
@needs("look")
def sru() -> Response:
    """The answer of the protocol. Its diagnostics come with status 200; 503 is for a database that is busy."""
    here = parts()
    asked = asking.read([*request.args.items(multi=True), *request.form.items(multi=True)])
    us = house(here.settings, request.url_root)
    table: Profile = current_app.extensions["silang.cql"]
    try:
        with here.db.read() as c:
            inside = answering.answer(Desk(c=c, engine=here.engine, house=us, profile=table), asked)
    except OperationalError:
        current_app.logger.warning("the database is busy", exc_info=True)
        return Response("", 503, {"Retry-After": str(_BUSY)})
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{inside}\n', mimetype="text/xml")


def read_profile(here: Parts) -> Profile:
    """The table of CQL that the configuration names, a file in the data folder, or the shipped one. Raises BadConfig."""
    name = here.settings.sru.profile
    if not name:
        return profile.shipped()
    try:
        return profile.read((here.data / name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BadProfile) as fault:
        raise BadConfig([f"sru.profile: {fault}"]) from fault


@blueprint.record_once
def _load(state: BlueprintSetupState) -> None:
    state.app.extensions["silang.cql"] = read_profile(state.app.extensions["silang"])
