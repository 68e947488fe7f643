"""Did you mean: the same query in the nearest words that the index really has, when that finds more."""

from __future__ import annotations

from dataclasses import replace

from index.analysis import chunk
from index.finding.nearest import Near, words_of
from index.query import And, Or, Query, Term
from index.search import Engine, SearchRequest

#: How many whole queries are tried.
TRIES = 6

#: A word that finds something is taken for a slip only when the other is in so many times as many documents.
LIKELIER = 20

#: Access points in which a word can be misspelt.
_TEXTUAL = frozenset({"any", "title", "author", "subject", "publisher", "series"})


def suggest(query: Query, engine: Engine, found: int = 0) -> Query | None:
    """The same query with its unknown words, or one word, spelt otherwise, so that it finds more than `found`.

    None when nothing does. Ask when the query found nothing, or hardly anything: then a word the index knows is only
    replaced by one that is far more frequent.
    """
    terms = _terms(query)
    unknown = [term for term in terms if not _documents(term, engine)]
    if found and unknown:
        unknown = []  # found by a stem or another spelling
    mended = {term: near for term in unknown or terms if (near := _nearest(term, engine, found))}
    tries: list[dict[Term, str]] = []
    if len(unknown) > 1 and len(mended) == len(unknown):
        tries.append({term: near[0].word for term, near in mended.items()})
    tries += [{term: one.word} for term, near in mended.items() for one in near]
    for changes in tries[:TRIES]:
        better = _with(query, changes)
        if engine.search(SearchRequest(query=better, limit=0)).total > found:
            return better
    return None


def _terms(query: Query) -> list[Term]:
    """The words that the query asks for; not what it excludes."""
    match query:
        case Term(field=field) if field in _TEXTUAL:
            return [query]
        case And(parts=parts) | Or(parts=parts):
            return [term for part in parts for term in _terms(part)]
        case _:
            return []


def _word(term: Term) -> str:
    tokens = chunk(term.text.strip()).tokens if " " not in term.text.strip() else ()
    return tokens[0] if len(tokens) == 1 else ""


def _documents(term: Term, engine: Engine) -> int:
    """How many documents the word finds; what is no single word counts as found."""
    return engine.search(SearchRequest(query=term, limit=0)).total if _word(term) else 1


def _nearest(term: Term, engine: Engine, found: int) -> list[Near]:
    near = words_of(engine).near(_word(term))
    if found:
        least = LIKELIER * max(1, _documents(term, engine))
        near = [one for one in near if one.distance == 1 and one.documents >= least]
    return near


def _with(query: Query, changes: dict[Term, str]) -> Query:
    match query:
        case Term() if query in changes:
            return replace(query, text=changes[query])
        case And(parts=parts):
            return And(parts=tuple(_with(part, changes) for part in parts))
        case Or(parts=parts):
            return Or(parts=tuple(_with(part, changes) for part in parts))
        case _:
            return query
