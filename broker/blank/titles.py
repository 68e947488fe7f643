"""Titles of the catalogue that a typed citation may mean, and whether one of them is surely meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.analysis import tokens
from index.identifiers import isbn_key, issn_key
from index.query import And, Query, Term
from index.search import Hit, Searchable, SearchFailed, SearchRequest

#: Titles offered to the desk.
MOST = 6

#: Words of a title that are looked for; further ones are more often wrong than helpful.
_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTitle:
    """A title that may be meant: how it was found (isbn, issn, title), and what else agrees.

    `same_title`, `same_author` and `same_year` are None where the citation or the catalogue does not say.
    `libraries` counts those that have it.
    """

    cluster_id: str
    by: str
    title: str = ""
    author: str = ""
    year: str = ""
    libraries: int = 0
    same_title: bool | None = None
    same_author: bool | None = None
    same_year: bool | None = None


#: Looks a citation up; a function passed in, so that a live catalogue can take its place.
Find = Callable[[Mapping[str, Any]], Sequence[FoundTitle]]


def nowhere(_: Mapping[str, Any]) -> tuple[FoundTitle, ...]:
    """Finds nothing: for a broker without a catalogue."""
    return ()


def finder(engine: Searchable) -> Find:
    """Looks citations up in this index: by ISBN, then ISSN, then the words of the title and the author."""

    def find(citation: Mapping[str, Any]) -> tuple[FoundTitle, ...]:
        found: dict[str, FoundTitle] = {}
        for by, query in queries(citation):
            try:
                hits = engine.search(SearchRequest(query=query, limit=MOST)).hits
            except SearchFailed:  # the desk goes on without: it can search by itself
                return tuple(found.values())
            for hit in hits:
                found.setdefault(hit.id, compared(by, hit, citation))
        return tuple(found.values())[:MOST]

    return find


def queries(citation: Mapping[str, Any]) -> tuple[tuple[str, Query], ...]:
    """What to search for, the surest first."""
    asked: list[tuple[str, Query]] = []
    isbn, issn = isbn_key(str(citation.get("isbn", ""))), issn_key(str(citation.get("issn", "")))
    if isbn:
        asked.append(("isbn", Term(text=isbn, field="isbn")))
    if issn:
        asked.append(("issn", Term(text=issn, field="issn")))
    words = tokens(str(citation.get("title", "")))[:_WORDS]
    if words:
        names = [word for word in tokens(str(citation.get("author", ""))) if len(word) > 2][:1]
        parts: list[Query] = [Term(text=word, field="title") for word in words]
        if names:
            asked.append(("title", And(parts=(*parts, Term(text=names[0], field="author")))))
        asked.append(("title", And(parts=tuple(parts))))
    return tuple(asked)


def compared(by: str, hit: Hit, citation: Mapping[str, Any]) -> FoundTitle:
    """A hit beside the citation."""
    told = hit.brief
    title, subtitle = str(told.get("title", "")), str(told.get("subtitle", ""))
    authors = " ".join(told.get("authors", ()))
    year = str(told.get("year_text") or told.get("year") or "")
    wanted = tokens(str(citation.get("title", "")))
    names = {word for word in tokens(str(citation.get("author", ""))) if len(word) > 2}
    return FoundTitle(
        cluster_id=hit.id,
        by=by,
        title=f"{title}: {subtitle}" if subtitle else title,
        author="; ".join(told.get("authors", ())),
        year=year,
        libraries=int(told.get("holder_count", 0)),
        same_title=wanted in (tokens(title), tokens(f"{title} {subtitle}")) if wanted else None,
        same_author=bool(names & set(tokens(authors))) if names and authors else None,
        same_year=str(citation["year"]).strip() in year if citation.get("year") and year else None,
    )


def surely(found: Sequence[FoundTitle]) -> FoundTitle | None:
    """The one title that is meant beyond doubt; None where a person must choose, or nothing was found.

    A number must name one title alone, and nothing may speak against it. Without a number title, author and
    year must all agree with one title alone.
    """
    numbered = [one for one in found if one.by in ("isbn", "issn")]
    if numbered:
        (first, *others) = numbered
        doubts = first.same_title is False and first.same_author is not True
        return None if others or doubts else first
    alike = [one for one in found if one.same_title and one.same_author and one.same_year]
    return alike[0] if len(alike) == 1 else None
