"""Libraries, help, accessibility, privacy; and what browsers and robots ask for."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, render_template, request
from markupsafe import escape
from sqlalchemy import Connection

from foundation import libraries
from web import texts
from web.app import parts
from web.may import needs
from web.search.directory import directory
from web.search.home import overview


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/libraries", view_func=all_libraries)
    blueprint.add_url_rule("/libraries/<code>", view_func=one_library)
    blueprint.add_url_rule("/help", view_func=help_page, endpoint="help")
    blueprint.add_url_rule("/accessibility", view_func=accessibility)
    blueprint.add_url_rule("/privacy", view_func=privacy)
    blueprint.add_url_rule("/robots.txt", view_func=robots)
    blueprint.add_url_rule("/opensearch.xml", view_func=opensearch)


@needs("look")
def all_libraries() -> str:
    """Who takes part, with the number of titles."""
    titles = dict(overview().facets.get("library", ()))
    members = [one for one in directory().by_id.values() if one.state == "active" and one.managed]
    return render_template(
        "search/libraries.html", members=[(one, titles.get(one.code, 0)) for one in members]
    )


@needs("look")
def one_library(code: str) -> str:
    """One library: where it is, when it is open, how to reach it."""
    here = parts()
    with here.db.read() as c:
        try:
            one = libraries.by_code(c, code)
        except libraries.UnknownLibrary:
            abort(404)
        branches = [(branch, _hours(c, branch.id)) for branch in libraries.branches(c, one.id)]
        closures = libraries.closures(c, one.id, since=here.clock().date())
    if one.state not in ("active", "suspended"):
        abort(404)
    titles = dict(overview().facets.get("library", ())).get(one.code, 0)
    return render_template(
        "search/library.html", one=one, branches=branches, closures=closures[:6], titles=titles
    )


def _hours(c: Connection, branch_id: str) -> list[tuple[int, int, str]]:
    """Runs of weekdays (0 is Monday) with the same hours, as (first, last, hours)."""
    by_day: dict[int, list[str]] = {}
    for one in libraries.openings(c, branch_id):
        by_day.setdefault(one.weekday, []).append(f"{_clock(one.opens)}–{_clock(one.closes)}")
    runs: list[tuple[int, int, str]] = []
    for day in sorted(by_day):
        text = ", ".join(by_day[day])
        if runs and runs[-1][1:] == (day - 1, text):
            runs[-1] = (runs[-1][0], day, text)
        else:
            runs.append((day, day, text))
    return runs


def _clock(text: str) -> str:
    return text.replace(":", ".") if g.language == "id" else text


@needs("look")
def help_page() -> str:
    """How to search and to ask for things."""
    return render_template("search/help.html")


@needs("look")
def accessibility() -> str:
    """What works for whom, and whom to tell when something does not."""
    return render_template("search/accessibility.html")


@needs("look")
def privacy() -> str:
    """What is kept of whom, for how long, and who sees it."""
    return render_template("search/privacy.html")


@needs("look")
def robots() -> Response:
    """Robots may read records and pages, not wander through combinations of filters."""
    closed = ("/search", "/browse", "/suggest", "/api/", "/basket", "/record/*.", "/record/*/cite")
    own = ("/my/", "/account", "/desk", "/admin", "/sign-in", "/register", "/reset", "/link/")
    root = parts().settings.web.public_url.rstrip("/") or request.url_root.rstrip("/")
    lines = ["User-agent: *", *(f"Disallow: {rule}" for rule in (*closed, *own)), "Crawl-delay: 5", ""]
    lines += [f"Sitemap: {root}/sitemap.xml", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@needs("look")
def opensearch() -> Response:
    """OpenSearch 1.1 description, so that browsers can offer this catalogue as a search engine."""
    site = str(escape(parts().settings.web.name))
    root = str(escape(parts().settings.web.public_url.rstrip("/") or request.url_root.rstrip("/")))
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"<ShortName>{site[:16]}</ShortName>"
        f"<Description>{escape(texts.say('home.title', g.language))}</Description>"
        "<InputEncoding>UTF-8</InputEncoding>"
        f'<Url type="text/html" template="{root}/search?q={{searchTerms}}"/>'
        f'<Url type="application/json" template="{root}/api/v1/search?q={{searchTerms}}"/>'
        "</OpenSearchDescription>"
    )
    return Response(xml, mimetype="application/opensearchdescription+xml")
