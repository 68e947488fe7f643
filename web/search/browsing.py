"""Lists to walk through: authors, subjects, call numbers, from a letter on, a page forwards or back at a time."""

from __future__ import annotations

from string import ascii_uppercase, digits
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from index.finding import headings
from index.search import SearchFailed
from web.app import parts
from web.may import needs
from web.search.asking import LISTED

#: Headings on a page.
PER_PAGE = 50

#: The lists by the name they have in the address, and the filter of a search that names one heading.
LISTS = {"authors": "author", "subjects": "topic", "call-numbers": "call_number"}


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/browse", view_func=lists)
    blueprint.add_url_rule("/browse/<name>", view_func=browse)


@needs("look")
def lists() -> Response:
    """The first of the lists."""
    return redirect("/browse/authors")


@needs("look")
def browse(name: str) -> Any:
    """A page of a list. `at`: where to jump to, as typed; `from` and `before`: keys of this list, for paging."""
    if name not in LISTS:
        raise NotFound
    kind = LISTED[LISTS[name]]
    typed = request.args.get("at", "").strip()[:100]
    before = request.args.get("before", "")[:200]
    start = request.args.get("from", "")[:200] or headings.key(kind, typed)
    problem = ""
    try:
        page = headings.page(parts().engine, kind, before or start, PER_PAGE, backwards=bool(before))
    except SearchFailed:
        page, problem = headings.Page(headings=()), "failed"
    return render_template(
        "search/browse.html",
        name=name,
        names=LISTS,
        typed=typed,
        rows=[
            (one.text, one.count, f"/search?{urlencode({'q': '', LISTS[name]: one.text})}")
            for one in page.headings
        ],
        before=f"/browse/{name}?{urlencode({'before': page.before})}" if page.before else "",
        after=f"/browse/{name}?{urlencode({'from': page.after})}" if page.after else "",
        letters=digits if name == "call-numbers" else ascii_uppercase,
        problem=problem,
    )
