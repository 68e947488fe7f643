"""Did you mean: the nearest words that the index really has."""

from __future__ import annotations

from dataclasses import replace

from rapidfuzz.distance import DamerauLevenshtein

from index.analysis import chunk
from index.query import And, Or, Query, Term
from index.search import Engine, SearchRequest

#: How many words with the same first letter are looked at, and how many whole queries are tried.
CANDIDATES = 20_000
TRIES = 6

#: Shorter words are left as they are; longer ones may differ in more letters.
SHORTEST = 4

#: Access points in which a word can be misspelt.
_TEXTUAL = frozenset({"any", "title", "author", "subject", "publisher", "series"})


def suggest(query: Query, engine: Engine) -> Query | None:
    """The same query with its unknown words, or one word, spelt otherwise, so that it finds something; None if nothing does.

    Ask only when the query found nothing: it costs some ten thousand comparisons.
    """
    unknown = [term for term in _terms(query) if not _known(term, engine)]
    mended = {term: words for term in unknown or _terms(query) if (words := _nearest(term, engine))}
    tries: list[dict[Term, str]] = []
    if len(unknown) > 1 and len(mended) == len(unknown):
        tries.append({term: words[0] for term, words in mended.items()})
    tries += [{term: word} for term, words in mended.items() for word in words]
    for changes in tries[:TRIES]:
        better = _with(query, changes)
        if engine.search(SearchRequest(query=better, limit=0)).total:
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


def _known(term: Term, engine: Engine) -> bool:
    word = _word(term)
    return not word or engine.search(SearchRequest(query=term, limit=0)).total > 0


def _nearest(term: Term, engine: Engine) -> list[str]:
    """Words of the index at a distance of one letter (two from eight letters on), nearest and most frequent first."""
    word = _word(term)
    if len(word) < SHORTEST or not word.isalpha():
        return []
    most = 2 if len(word) >= 8 else 1
    found: dict[str, tuple[int, int]] = {}
    # By the second letter too: the first two may be swapped, or one too many stand before it.
    for beginning in dict.fromkeys(word[:2]):
        for other, documents in engine.terms(term.field, beginning, CANDIDATES):
            distance = DamerauLevenshtein.distance(word, other, score_cutoff=most)
            if 0 < distance <= most and other.isalpha():
                found[other] = (distance, -documents)
    return sorted(found, key=lambda other: found[other])[:3]


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
