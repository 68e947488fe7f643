"""Marks the words that were looked for; which ones those are, index.snippets says."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from index.parse import parse
from index.query import BadQuery, Query
from index.snippets import Piece, Wanted, pieces, snippet, wanted

_NOTHING = Wanted(frozenset(), frozenset(), ())


def words(text: str) -> Wanted:
    """What a search asks for, as words to mark."""
    return of(lambda: parse(text)) if text.strip() else _NOTHING


def of(query: Callable[[], Query]) -> Wanted:
    """The words to mark of a query; none where it is refused."""
    try:
        return wanted(query())
    except BadQuery:
        return _NOTHING


def marked(text: str, asked: Wanted) -> Markup:
    """The whole text, the words in <mark>, everything escaped."""
    return _drawn(pieces(text, asked))


def extract(text: str, asked: Wanted) -> Markup:
    """The stretch of a text that holds the words; '' when it holds none."""
    return _drawn(snippet(text, asked)) if asked else Markup("")


def _drawn(found: Iterable[Piece]) -> Markup:
    drawn = (f"<mark>{escape(text)}</mark>" if hit else escape(text) for text, hit in found)
    return Markup("".join(drawn))  # noqa: S704  # every piece is escaped
