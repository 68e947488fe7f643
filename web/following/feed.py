"""A search as an Atom feed (RFC 4287): what was added last, for readers of feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import select
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from index.query import BadQuery
from index.search import Hit, SearchFailed
from index.tables import cluster
from web import texts
from web.app import parts
from web.may import needs
from web.oai import xml
from web.oai.house import house
from web.search import asking
from web.search.asking import Asked
from web.search.hits import facts, full_title

#: Entries of a feed, and seconds that it may be kept.
ENTRIES, KEPT = 50, 900

_ATOM = "http://www.w3.org/2005/Atom"


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/search.atom", view_func=atom)


@needs("look")
def atom() -> Response:
    """The feed. It is the same for everybody and may be kept; `lang` chooses the language of its words."""
    asked = replace(asking.read(request.args), sort="added", page=1)
    language = request.args.get("lang", "")
    language = language if language in texts.LANGUAGES else "id"
    try:
        found = asking.ask(asked, parts().engine, {}, ENTRIES)
    except BadQuery as problem:
        raise BadRequest(texts.say(f"query.{problem.code}", g.language)) from problem
    except SearchFailed as problem:
        raise ServiceUnavailable(retry_after=10) from problem
    written = write(
        asked, found.hits, _added(found.hits), language, house(parts().settings, request.url_root)
    )
    answer = Response(written, content_type="application/atom+xml; charset=utf-8")
    answer.set_etag(blake2b(written, digest_size=12).hexdigest())
    answer.headers["Cache-Control"] = f"public, max-age={KEPT}"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.make_conditional(request)
    return answer


def _added(hits: Sequence[Hit]) -> dict[str, datetime]:
    with parts().db.read() as c:
        query = select(cluster.c.id, cluster.c.created_at).where(cluster.c.id.in_([one.id for one in hits]))
        return {row.id: row.created_at for row in c.execute(query)}


def write(
    asked: Asked, hits: Sequence[Hit], added: Mapping[str, datetime], language: str, here: Any
) -> bytes:
    """The feed as XML. Its time is that of its newest entry, so that nothing changes while nothing is added."""
    entries = [(one, added[one.id]) for one in hits if one.id in added]
    newest = max((at for _, at in entries), default=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    title = texts.say(
        "feed.title" if asked.said else "feed.title.all", language, site=here.name, query=asked.said
    )
    own = asked.address(f"{here.root}/search.atom") + f"&lang={language}"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="{_ATOM}" xml:lang="{language}">',
        xml.element("id", own),
        xml.element("title", title),
        xml.element("updated", _time(newest)),
        f"<author>{xml.element('name', here.name)}</author>",
        f'<link rel="self" type="application/atom+xml" href="{xml.said(own)}"/>',
        f'<link rel="alternate" type="text/html" href="{xml.said(asked.address(f"{here.root}/search"))}"/>',
    ]
    for hit, at in entries:
        address = f"{here.root}/record/{hit.id}"
        lines += [
            "<entry>",
            xml.element("id", address),
            xml.element("title", full_title(hit.brief) or texts.say("record.untitled", language)),
            xml.element("updated", _time(at)),
            f'<link rel="alternate" type="text/html" href="{xml.said(address)}"/>',
            xml.element("summary", ". ".join(facts(hit.brief, language))),
            "</entry>",
        ]
    return "\n".join([*lines, "</feed>", ""]).encode()


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
