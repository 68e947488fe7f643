"""The box for CQL on the page of the advanced search: what is typed becomes our query, or an error with its place."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from index.cql import translate
from index.cql.parser import parse
from index.cql.profile import Profile
from index.cql.tree import BadCql
from index.query import BadQuery, Query

#: Characters that a page takes; SRU takes more, but here they stand in every link.
MAX_CHARS = 2_000

#: Diagnostics that have words of their own; others are told as "not carried out".
TOLD = frozenset((10, 12, 13, 14, 15, 16, 19, 20, 22, 27, 28, 29, 30, 31, 33, 36, 38, 39, 46, 50, 82, 84, 90))


class WrongCql(BadQuery):
    """A query in CQL is refused; `number` is that of the SRU diagnostic."""

    def __init__(self, refused: BadCql) -> None:
        super().__init__("cql", refused.position, refused.detail)
        self.number = refused.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What a page says of a refused query: the text of the catalogue, and the query before, at and behind the place."""

    text: str
    detail: str
    place: int
    before: str
    at: str
    behind: str


def query(text: str) -> Query:
    """The query that CQL means by the installation's own table of indexes. Raises WrongCql."""
    try:
        if len(text) > MAX_CHARS:
            raise BadCql(12, str(MAX_CHARS), MAX_CHARS)
        return translate.query(parse(text), _table())
    except BadCql as refused:
        raise WrongCql(refused) from refused


def order(text: str) -> str:
    """The order that its sortby asks for; 'relevance' where it names none. Raises WrongCql."""
    try:
        return translate.sort(parse(text), _table())
    except BadCql as refused:
        raise WrongCql(refused) from refused


def wrong(text: str, refused: WrongCql) -> Wrong:
    """The query with the place of its error. A word or a sign is marked; at the end nothing is left to mark."""
    start = min(refused.position, len(text))
    end = start + 1
    while (
        text[start : start + 1].isalnum() and end < len(text) and (text[end].isalnum() or text[end] in "._-")
    ):
        end += 1
    known = refused.number in TOLD
    return Wrong(
        text=f"cql.wrong.{refused.number}" if known else "cql.wrong.other",
        detail=refused.detail[:100],
        place=start + 1,
        before=text[:start],
        at=text[start:end],
        behind=text[end:],
    )


def _table() -> Profile:
    found: Profile = current_app.extensions["silang.cql"]
    return found
