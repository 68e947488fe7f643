"""The sitemap: an index of pages with at most ten thousand titles each, by key, so that a page costs the same anywhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, request
from sqlalchemy import Connection, select
from werkzeug.exceptions import NotFound

from index.tables import cluster, publication
from web.app import parts
from web.may import needs
from web.oai import xml

#: Titles on a page, and pages of an index (sitemaps.org allows 50,000 of each).
PAGE, PAGES = 10_000, 50_000

#: How long the list of pages is kept.
KEPT = timedelta(hours=1)

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/sitemap.xml", view_func=index)
    blueprint.add_url_rule("/sitemap/<start>.xml", view_func=page)


def root() -> str:
    """The address of this site without a slash at its end."""
    return (parts().settings.web.public_url or request.url_root).rstrip("/")


@needs("look")
def index() -> Response:
    """The pages, each named by the id that it begins with."""
    here = parts()
    now = here.clock()
    kept: tuple[datetime, tuple[str, ...]] | None = here.cache.get("sitemap")
    if kept is None or now - kept[0] > KEPT:
        with here.db.read() as c:
            kept = (now, starts(c, PAGE))
        here.cache["sitemap"] = kept
    places = [xml.element("loc", f"{root()}/sitemap/{start}.xml") for start in kept[1]]
    return _answer("sitemapindex", "sitemap", places)


def starts(c: Connection, size: int) -> tuple[str, ...]:
    """The first id of each page: steps along the key alone, whatever is gone counted in."""
    found: list[str] = []
    query = select(cluster.c.id).order_by(cluster.c.id).limit(1)
    start = c.execute(query).scalar()
    while start is not None and len(found) < PAGES:
        found.append(start)
        start = c.execute(query.where(cluster.c.id >= start).offset(size)).scalar()
    return tuple(found)


@needs("look")
def page(start: str) -> Response:
    """The titles of a page, each with the day of its last change where that is known."""
    with parts().db.read() as c:
        found = titles(c, start, PAGE)
    if not found:
        raise NotFound
    places = [
        xml.element("loc", f"{root()}/record/{id}")
        + xml.element("lastmod", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        for id, at in found
    ]
    return _answer("urlset", "url", places)


def titles(c: Connection, start: str, size: int) -> list[tuple[str, datetime]]:
    """(id, last change) of those among the next `size` clusters that are there. What was published knows its change."""
    few = select(cluster.c.id).where(cluster.c.id >= start).order_by(cluster.c.id).limit(size).subquery()
    query = (
        select(cluster.c.id, cluster.c.created_at, publication.c.changed_at)
        .select_from(few)
        .join(cluster, cluster.c.id == few.c.id)
        .outerjoin(publication, publication.c.cluster_id == cluster.c.id)
        .where(cluster.c.gone_at.is_(None))
        .order_by(cluster.c.id)
    )
    return [(row.id, row.changed_at or row.created_at) for row in c.execute(query)]


def _answer(whole: str, part: str, places: list[str]) -> Response:
    inside = "\n".join(f"<{part}>{place}</{part}>" for place in places)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{whole} xmlns="{_NAMESPACE}">\n{inside}\n</{whole}>\n'
    answer = Response(text, mimetype="application/xml")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer
