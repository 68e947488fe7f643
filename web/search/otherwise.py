"""Where a search finds nothing, or hardly anything: the searches near it that do, each with how many hits it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import g

from index.parse import parse, write
from index.query import And, BadQuery, Query, Term
from index.search import SearchFailed
from index.spelling import suggest
from web import texts
from web.app import parts
from web.search import asking, hits, labels
from web.search.asking import Asked
from web.search.directory import directory

#: With fewer hits than this another spelling is looked for; ways offered; hits shown of the other spelling.
FEW, OFFERED, SHOWN = 5, 6, 5


def spelling(asked: Asked, total: int, shown: int = 0) -> dict[str, Any] | None:
    """Did you mean: the same words as the index spells them, only where that finds more than `total`; with `shown` hits."""
    try:
        better = suggest(parse(asked.text), parts().engine, total)
        if better is None:
            return None
        other = replace(asked, text=write(better), page=1)
        if not asking.ask(other, parts().engine, {}, 1).total > total:
            other = other.plain()  # the words are there, but not under these filters
        found = asking.ask(other, parts().engine, {}, max(1, shown))
    except (BadQuery, SearchFailed):
        return None
    if found.total <= total:
        return None
    known = directory()
    return {
        "text": other.text,
        "address": other.address(),
        "total": found.total,
        "lines": hits.lines(found.hits[:shown], g.language, known.names, known.own) if shown else [],
    }


def tries(asked: Asked) -> list[dict[str, Any]]:
    """Searches with a filter or a word less, or with any of the words, that have hits."""
    found: list[dict[str, Any]] = []
    seen = set()
    for words, other in _near(asked):
        address = other.address()
        if address in seen:
            continue
        seen.add(address)
        try:
            total = asking.ask(other, parts().engine, {}, 1).total
        except (BadQuery, SearchFailed):
            continue
        if total:
            found.append({"words": words, "address": address, "total": total})
        if len(found) == OFFERED:
            break
    return found


def _near(asked: Asked) -> Iterator[tuple[str, Asked]]:
    """What may be tried, the nearest first."""
    if asked.filtered > 1:
        for chip, other in fewer(asked):
            yield texts.say("search.try.without", g.language, filter=chip), other
    if asked.filtered:
        yield texts.say("search.try.unfiltered", g.language, query=asked.said), asked.plain()
    words = asked.text.split()
    if 1 < len(words) <= 6:
        for left_out in range(len(words)):
            rest = " ".join(words[:left_out] + words[left_out + 1 :])
            yield texts.say("search.try.words", g.language, query=rest), replace(asked.plain(), text=rest)
    if not asked.cql and (any_word := _any_word(asked.text)):
        yield texts.say("search.try.any", g.language), replace(asked.plain(), text=any_word)


def _any_word(text: str) -> str:
    """The search for any of some plain words; '' where it is more than that."""
    try:
        query: Query = parse(text)
    except BadQuery:
        return ""
    if isinstance(query, And) and all(isinstance(part, Term) for part in query.parts):
        return " OR ".join(map(write, query.parts))
    return ""


def fewer(asked: Asked) -> list[tuple[str, Asked]]:
    """Each filter that is set, in words, and the search without it."""
    names = directory().names
    found = [
        (_chip(name, labels.facet_value(name, value, g.language, names)), asked.without(name, value))
        for name in asking.BOXES
        for value in asked.filters.get(name, ())
    ]
    if asked.heading:
        found.append((_chip(*asked.heading), replace(asked, heading=None, page=1)))
    if asked.years != (None, None):
        low, high = asked.years
        years = f"{low}–{high}" if low and high else f"{low}–" if low else f"–{high}"
        words = texts.say("search.chip.years", g.language, years=years)
        found.append((words, replace(asked, years=(None, None), page=1)))
    return found


def _chip(name: str, value: str) -> str:
    return texts.say("search.chip", g.language, facet=texts.say(f"facet.{name}", g.language), value=value)
