"""The advanced form: rows with fields, joined; limits; it leads to the same result page as the box, and shows how."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from index.query import All, BadQuery
from index.search import SORTS, SearchFailed, SearchRequest, SearchResult
from web.app import parts
from web.may import needs
from web.search import asking, cqlbox, labels
from web.search.directory import directory
from web.search.rows import FIELDS, JOINS, MODES, ROWS, Row, rows_of, text_of

#: Seconds that the values to choose from are kept.
KEPT = 60.0

#: Filters that the form offers as boxes, in its order.
LIMITS = ("availability", "format", "language", "library")


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/search/advanced", view_func=advanced)


@needs("look")
def advanced() -> Any:
    """The form, filled in from its own fields or from a search (`q`); `do=search` goes to the results."""
    asked = asking.read(request.args)
    rows = _typed() or rows_of(asked.text)
    text, problem = "", ""
    try:
        text = text_of(rows)
    except BadQuery as bad:
        problem = bad.code
    if request.args.get("do") == "search" and not problem:
        return redirect(replace(asked, text=text, cql="", page=1).address())
    page = render_template(
        "search/advanced.html",
        rows=[*rows, *[Row()] * (ROWS - len(rows))],
        fields=FIELDS,
        modes=MODES,
        joins=JOINS,
        asked=asked,
        text=text,
        address=replace(asked, text=text, cql="", page=1).address(),
        cql_most=cqlbox.MAX_CHARS,
        kept_with_cql=[pair for pair in asked.pairs() if pair[0] not in ("q", "cql")],
        problem=problem,
        limits=_limits(asked),
        sorts=SORTS,
        sizes=asking.SIZES,
    )
    return (page, 400) if problem else page


def _typed() -> list[Row]:
    """The rows of the form as they came; [] when the address has none."""
    args = request.args
    if not any(f"w{n}" in args for n in range(1, ROWS + 1)):
        return []
    return [
        Row(
            text=args.get(f"w{n}", "")[:200],
            field=_known(args.get(f"f{n}", ""), FIELDS),
            mode=_known(args.get(f"m{n}", ""), MODES),
            join=_known(args.get(f"j{n}", ""), JOINS),
        )
        for n in range(1, ROWS + 1)
    ]


def _known(value: str, values: tuple[str, ...]) -> str:
    return value if value in values else values[0]


def _limits(asked: asking.Asked) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """(facet, [(value, words, chosen)]) of what there is to choose from."""
    names = directory().names
    found = _everything()
    groups = []
    for name in LIMITS:
        chosen = asked.filters.get(name, ())
        values = dict.fromkeys((*(value for value, _ in found.facets.get(name, ())), *chosen))
        rows = [(v, labels.facet_value(name, v, g.language, names), v in chosen) for v in values]
        if name != "availability":
            rows.sort(key=lambda row: row[1].casefold())
        groups.append((name, rows))
    return [group for group in groups if group[1]]


def _everything() -> SearchResult:
    """What all titles together have of each facet; looked up again after a minute."""
    here = parts()
    now = time.monotonic()
    kept: Any = here.cache.get("limits")
    if kept is None or now - kept[0] > KEPT:
        wanted = SearchRequest(query=All(), facets={name: asking.BOXES[name] for name in LIMITS}, limit=0)
        try:
            kept = (now, here.engine.search(wanted))
        except SearchFailed:
            return SearchResult(total=0)
        here.cache["limits"] = kept
    result: SearchResult = kept[1]
    return result
