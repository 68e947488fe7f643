"""The result page: hits, facets as boxes, chips, order, paging, and ways on where there is nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request
from markupsafe import Markup, escape

from index.parse import parse
from index.query import And, BadQuery, Query, Term
from index.search import SORTS, SearchFailed, SearchResult
from index.spelling import suggest
from web import formats, texts
from web.app import parts
from web.may import needs
from web.search import asking, hits, labels
from web.search.asking import Asked
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
        found = parts().engine.search(asked.request({**asking.BOXES, "year": asking.YEARS}))
    except BadQuery as problem:
        return _page(asked, None, problem=problem.code), 400
    except SearchFailed:
        page = make_response(_page(asked, None, problem="failed"), 503)
        page.headers["Retry-After"] = "10"
        return page
    return _page(asked, found, tries=_tries(asked) if not found.total else [])


def _page(
    asked: Asked, found: SearchResult | None, *, problem: str = "", tries: list[Any] | None = None
) -> str:
    known = directory()
    lines = hits.lines(found.hits, g.language, known.names, known.own) if found else []
    looked_for = words(asked.text)
    for one in lines:
        one["marked"] = marked(one["title"], looked_for)
        one["extract"] = extract(one["summary"], looked_for)
    return render_template(
        "search/results.html",
        asked=asked,
        hidden=asked.pairs(),
        total=found.total if found else 0,
        problem=problem,
        lines=lines,
        facets=_facets(asked, found, known.names, known.own) if found else [],
        years=_years(asked, found) if found else None,
        chips=_chips(asked, known.names),
        sorts=SORTS,
        paging=asking.paging(asked, found.total if found else 0),
        tries=tries or [],
        plain=asked.plain().address(),
    )


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


def _chips(asked: Asked, names: dict[str, str]) -> list[tuple[str, str]]:
    """The filters set, as (words, address of the search without it)."""
    chips = [
        (
            texts.say(
                "search.chip",
                g.language,
                facet=texts.say(f"facet.{name}", g.language),
                value=labels.facet_value(name, value, g.language, names),
            ),
            asked.without(name, value).address(),
        )
        for name in asking.BOXES
        for value in asked.filters.get(name, ())
    ]
    if asked.years != (None, None):
        low, high = asked.years
        words = f"{low}–{high}" if low and high else f"{low}–" if low else f"–{high}"
        bare = Asked(text=asked.text, filters=asked.filters, sort=asked.sort)
        chips.append((texts.say("search.chip.years", g.language, years=words), bare.address()))
    return chips


def _tries(asked: Asked) -> list[dict[str, Any]]:
    """Searches near one without hits that do have some: without filters, and without one of the words."""
    near: list[tuple[str, str, Asked]] = []
    if asked.filtered:
        near.append(("search.try.unfiltered", asked.text, asked.plain()))
    words = asked.text.split()
    if 1 < len(words) <= 6:
        for left_out in range(len(words)):
            rest = " ".join(words[:left_out] + words[left_out + 1 :])
            near.append(("search.try.words", rest, Asked(text=rest)))
    found = _other_spelling(asked)
    for key, text, one in near:
        try:
            total = parts().engine.search(one.request({}, per_page=1)).total
        except (BadQuery, SearchFailed):
            continue
        if total:
            found.append({"key": key, "text": text, "address": one.address(), "total": total})
    return found[:4]


def _other_spelling(asked: Asked) -> list[dict[str, Any]]:
    """Did you mean: the same words as the index spells them, with the number of their hits."""
    try:
        text = as_text(suggest(parse(asked.text), parts().engine))
        if not text:
            return []
        total = parts().engine.search(Asked(text=text).request({}, per_page=1)).total
    except (BadQuery, SearchFailed):
        return []
    one = {"key": "search.try.spelling", "text": text, "address": Asked(text=text).address(), "total": total}
    return [one] if total else []


def as_text(query: Query | None) -> str:
    """A query of plain words as somebody would type it; '' for any other."""
    match query:
        case Term(text=text, field="any"):
            return text
        case Term(text=text, field=field):
            return f"{field}:{text}"
        case And(parts=found):
            words = [as_text(one) for one in found]
            return " ".join(words) if all(words) else ""
    return ""
