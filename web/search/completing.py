"""What a search box completes: titles, authors and subjects that begin with what was typed, with their counts, as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, g, jsonify, request

from index.analysis import tokens
from index.finding import headings
from index.parse import MAX_CHARS
from index.query import And, Prefix, Query, Term
from index.search import Engine, SearchFailed, SearchRequest
from web import formats, texts
from web.app import parts
from web.may import needs
from web.search.hits import full_title

#: Letters from which on anything is offered; longest text that is looked at; lines of a kind; titles looked at.
SHORTEST, LONGEST = 2, 100
LINES, TITLES = 4, 12

#: Headings that begin so, of which the most used are offered.
LOOKED_AT = 12

#: From so many letters on titles are looked for, in which the last word may go on; shorter ones begin too many words.
WORD = 3


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/suggest", view_func=suggest)


@needs("look")
def suggest() -> Response:
    """`{"q": …, "lines": [{"text", "kind", "count", "address"}]}` for `q`; nothing typed is kept or sent anywhere."""
    text = " ".join(request.args.get("q", "").split())[:LONGEST]
    try:
        lines = complete(parts().engine, text, g.language)
    except SearchFailed:
        lines = []
    answer = jsonify(q=text, lines=lines)
    answer.headers["Cache-Control"] = "public, max-age=60"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer


def complete(engine: Engine, text: str, language: str) -> list[dict[str, Any]]:
    """Lines for a box that holds this text: titles, then authors, then subjects, at most LINES of each."""
    if len("".join(tokens(text))) < SHORTEST:
        return []
    lines = [
        _line("title", title, count, address, language) for title, count, address in _titles(engine, text)
    ]
    people = [
        *((one, _search(author=one.text)) for one in headings.beginning(engine, "author", text, LOOKED_AT)),
        *(
            (one, _search(q=_phrase("au", one.text)))
            for one in headings.beginning(engine, "name", text, LOOKED_AT)
        ),
    ]
    topics = [
        (one, _search(topic=one.text)) for one in headings.beginning(engine, "subject", text, LOOKED_AT)
    ]
    for kind, found in (("author", people), ("subject", topics)):
        found.sort(key=lambda pair: -pair[0].count)
        lines += [_line(kind, one.text, one.count, address, language) for one, address in found[:LINES]]
    return lines


def _search(**pairs: str) -> str:
    return f"/search?{urlencode({'q': '', **pairs})}"


def _phrase(field: str, text: str) -> str:
    plain = text.replace('"', " ")[: MAX_CHARS - 10]
    return f'{field}:"{plain}"'


def _titles(engine: Engine, text: str) -> list[tuple[str, int, str]]:
    """(title, how many of the first hits are called so, address); one hit alone leads to its record."""
    words = tokens(text)
    if len(words[-1]) < WORD:
        return []
    found: list[Query] = [Term(text=word, field="title") for word in words[:-1]]
    query: Query = Prefix(text=words[-1], field="title")
    answer = engine.search(SearchRequest(query=And(parts=(*found, query)) if found else query, limit=TITLES))
    ids: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for hit in answer.hits:
        title = full_title(hit.brief)
        counts[title] += 1
        ids.setdefault(title, hit.id)
    return [
        (
            title,
            count,
            f"/record/{quote(ids[title])}" if count == 1 else _search(q=_phrase("ti", title.split(":")[0])),
        )
        for title, count in list(counts.items())[:LINES]
        if title
    ]


def _line(kind: str, text: str, count: int, address: str, language: str) -> dict[str, Any]:
    return {
        "text": text,
        "kind": texts.say(f"suggest.{kind}", language),
        "count": formats.count(count, language) if kind != "title" or count > 1 else "",
        "address": address,
    }
