"""The result page: hits, facets as boxes, chips, order, paging, and ways on where there is nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request
from markupsafe import Markup, escape

from index.query import BadQuery
from index.search import SORTS, SearchFailed, SearchResult
from web import formats, texts
from web.app import parts
from web.may import needs
from web.search import asking, covers, cqlbox, hits, labels, marks, otherwise
from web.search.asking import Asked
from web.search.cqlbox import Wrong, WrongCql
from web.search.directory import directory
from web.search.marks import extract, marked, words

#: Bars of the histogram of years.
BARS = 20


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/search", view_func=search)


@needs("look")
def search() -> str | tuple[str, int] | Response:
    """Answer a search."""
    asked = asking.read(request.args)
    try:
        found = asking.ask(asked, parts().engine, {**asking.BOXES, "year": asking.YEARS})
    except WrongCql as refused:
        return _page(asked, None, problem="cql", wrong=cqlbox.wrong(asked.cql, refused)), 400
    except BadQuery as problem:
        return _page(asked, None, problem=problem.code), 400
    except SearchFailed:
        page = make_response(_page(asked, None, problem="failed"), 503)
        page.headers["Retry-After"] = "10"
        return page
    return _page(asked, found)


def _page(asked: Asked, found: SearchResult | None, *, problem: str = "", wrong: Wrong | None = None) -> str:
    total = found.total if found else 0
    known = directory()
    lines = hits.lines(found.hits, g.language, known.names, known.own) if found else []
    looked_for = marks.of(asked.query) if asked.cql else words(asked.text)
    for one in lines:
        one["cover"] = covers.address(one["isbn"])
        one["marked"] = marked(one["title"], looked_for)
        one["extract"] = extract(one["summary"], looked_for)
    return render_template(
        "search/results.html",
        asked=asked,
        hidden=asked.pairs(),
        kept=[pair for pair in asked.pairs() if pair == asked.heading or pair[0] in ("sort", "size")],
        total=total,
        problem=problem,
        wrong=wrong,
        cql_most=cqlbox.MAX_CHARS,
        kept_with_cql=[],
        lines=lines,
        facets=_facets(asked, found, known.names, known.own) if found else [],
        years=_years(asked, found) if found else None,
        chips=[(words, other.address()) for words, other in otherwise.fewer(asked)],
        sorts=SORTS,
        sizes=asking.SIZES,
        paging=asking.paging(asked, total),
        meant=otherwise.spelling(asked, total, 0 if total else otherwise.SHOWN)
        if _doubtful(asked, found)
        else None,
        tries=otherwise.tries(asked) if found and not total else [],
        plain=asked.plain().address(),
    )


def _doubtful(asked: Asked, found: SearchResult | None) -> bool:
    """Whether so little was found that another spelling may be meant."""
    return found is not None and found.total < otherwise.FEW and bool(asked.text) and asked.page == 1


def _facets(
    asked: Asked, found: SearchResult, names: dict[str, str], own: frozenset[str]
) -> list[dict[str, Any]]:
    """Groups of boxes; what is chosen stays, even when nothing has it any more."""
    groups = []
    for name, most in asking.BOXES.items():
        chosen = asked.filters.get(name, ())
        counts = dict(found.facets.get(name, ())[:most])
        values = [*counts, *(value for value in chosen if value not in counts)]
        if not values:
            continue
        if name == "availability":
            values = [v for v in labels.BADGES if v in values]
        rows = [
            (value, labels.facet_value(name, value, g.language, names), counts.get(value, 0), value in chosen)
            for value in values
        ]
        if name == "library":
            rows.sort(key=lambda row: row[0] not in own)
        groups.append({"name": name, "boxes": _boxes(name, rows), "open": name != "language" or bool(chosen)})
    return groups


@lru_cache(maxsize=4096)
def _head(name: str, value: str, label: str) -> tuple[str, str]:
    """A check box of a facet: what comes before the place where it may be ticked, and after it up to the count."""
    return (
        str(Markup('<label class="fx"><input type="checkbox" name="%s" value="%s"') % (name, value)),
        str(Markup('><span>%s</span><span class="n">') % label),
    )


def _boxes(name: str, rows: list[tuple[str, str, int, bool]]) -> Markup:
    """The values of a facet as check boxes; there are some sixty a page, and Jinja takes three times as long."""
    hits = escape(texts.say("facet.hits", g.language))
    drawn = []
    for value, label, count, chosen in rows:
        before, after = _head(name, value, label)
        number = formats.count(count, g.language)
        drawn.append(
            f'{before}{" checked" if chosen else ""}{after}{number}<span class="vh"> {hits}</span></span></label>'
        )
    return Markup("".join(drawn))  # noqa: S704  # _head escapes what comes from elsewhere


def _years(asked: Asked, found: SearchResult) -> dict[str, Any] | None:
    """The histogram: bars as (x, height, inside the chosen years), and the first and last year."""
    counts = {int(value): n for value, n in found.facets.get("year", ()) if value.lstrip("-").isdigit()}
    if not counts:
        return None
    last = max(counts)
    first = max(min(counts), last - 119)
    width = max(1, -(-(last - first + 1) // BARS))
    sums = [sum(counts.get(first + bar * width + n, 0) for n in range(width)) for bar in range(BARS)]
    top = max(sums) or 1
    low, high = asked.years
    bars = [
        (
            bar * 12,
            max(1, round(total * 41 / top)) if total else 0,
            (low is None or first + bar * width + width > low)
            and (high is None or first + bar * width <= high),
        )
        for bar, total in enumerate(sums)
    ]
    return {"bars": [bar for bar in bars if bar[1]], "first": first, "last": last}
