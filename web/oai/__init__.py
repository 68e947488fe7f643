"""The union catalogue for harvesters: OAI-PMH 2.0 at /oai, by GET and by POST."""

from __future__ import annotations

import gzip
from hashlib import blake2b

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import OperationalError

from foundation.clock import format_utc
from index.provider.asking import Refused, read
from web.app import csrf, parts
from web.may import needs
from web.oai import answering, xml
from web.oai.answering import Desk
from web.oai.formats import XSI
from web.oai.house import house

blueprint = Blueprint("oai", __name__)

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"

#: Answers below this many bytes are not worth compressing.
_SMALL = 1000

#: Seconds after which a harvester may ask again when the database was busy.
_BUSY = 30


@blueprint.route("/oai", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # nothing is changed here, and harvesters send no form of ours
@needs("look")
def oai() -> Response:
    """The answer of the protocol. Its errors come with status 200; 503 is for a database that is busy."""
    here = parts()
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    us = house(here.settings, request.url_root)
    now = here.clock()
    try:
        asked = read(pairs)
        with here.db.read() as c:
            inside = answering.answer(
                Desk(c=c, house=us, key=bytes(current_app.config["SECRET_KEY"]), now=now), asked
            )
    except Refused as refused:
        arguments = refused.arguments
        body = "".join(xml.element("error", one.text, code=one.code) for one in refused.faults).encode()
    except OperationalError:
        current_app.logger.warning("the database is busy", exc_info=True)
        return Response("", 503, {"Retry-After": str(_BUSY)})
    else:
        arguments = dict(asked.arguments)
        body = b"<%s>%s</%s>" % (asked.verb.encode(), inside, asked.verb.encode())
    rest = f"<request{xml.attributes_of(arguments)}>{xml.said(us.base_url)}</request>".encode() + body
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{NAMESPACE}" xmlns:xsi="{XSI}" '
        f'xsi:schemaLocation="{NAMESPACE} {NAMESPACE}OAI-PMH.xsd">'
        f"<responseDate>{format_utc(now)}</responseDate>"
    )
    return _response(head.encode() + rest + b"</OAI-PMH>\n", rest)


def _response(document: bytes, rest: bytes) -> Response:
    """The document, compressed for who takes that. `rest` is what stays the same when it is asked for again."""
    response = Response(mimetype="text/xml")
    response.set_etag(blake2b(rest, digest_size=16).hexdigest(), weak=True)
    response.headers["Cache-Control"] = "no-cache"  # may be kept, and must be asked about
    response.headers["Vary"] = "Accept-Encoding"
    if len(document) > _SMALL and request.accept_encodings.quality("gzip") > 0:
        document = gzip.compress(document, 5, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.set_data(document)
    if request.method == "GET":
        response.make_conditional(request)
    return response
