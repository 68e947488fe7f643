"""What stands beside a title: the same work in other editions, and titles on the same subjects."""

from __future__ import annotations

from collections.abc import Sequence

from index.analysis import STOP_WORDS, TITLES, chunk, tokens, without_degrees
from index.query import And, Or, Phrase, Query, Term
from index.search import Engine, Hit, SearchRequest

#: Hits that are looked through; words of a title and subjects that are asked for.
LOOKED_AT, WORDS, SUBJECTS = 60, 5, 3

#: A title without an author must be this long to be taken for the same work.
ALONE = 3


def editions(engine: Engine, id: str, title: str, authors: Sequence[str], most: int = 12) -> tuple[Hit, ...]:
    """Other clusters of the same work (same title without its subtitle, an author in common), newest first.

    Raises SearchFailed.
    """
    words = tokens(title)
    names = [words_of for name in authors[:3] if (words_of := _name(name))]
    if not words or (not names and len(words) < ALONE):
        return ()
    parts: list[Query] = [Phrase(text=" ".join(words), field="title")]
    if names:
        parts.append(
            _or([Term(text=word, field="author") for name in names for word in sorted(name)][:WORDS])
        )
    answer = engine.search(SearchRequest(query=_and(parts), limit=LOOKED_AT))
    same = [
        hit
        for hit in answer.hits
        if hit.id != id and tokens(str(hit.brief.get("title", ""))) == words and _shared(names, hit)
    ]
    same.sort(key=lambda hit: (-int(hit.brief.get("year") or 0), hit.id))
    return tuple(same[:most])


def similar(
    engine: Engine, id: str, title: str, subjects: Sequence[str], without: Sequence[str] = (), most: int = 5
) -> tuple[Hit, ...]:
    """Titles with a subject or two words of the title in common, the nearest first, `without` these ids.

    Raises SearchFailed.
    """
    words = [word for word in dict.fromkeys(tokens(title)) if word not in STOP_WORDS and len(word) > 3][
        :WORDS
    ]
    about = [plain for text in subjects[:SUBJECTS] if (plain := " ".join(tokens(text)))]
    asked: list[Query] = [Phrase(text=plain, field="subject") for plain in about]
    asked += [Term(text=word, field="title") for word in words]
    if not asked:
        return ()
    answer = engine.search(SearchRequest(query=_or(asked), limit=LOOKED_AT // 2))
    found: dict[str, Hit] = {}
    for hit in answer.hits:
        called = tokens(str(hit.brief.get("title", "")))
        theirs = {" ".join(tokens(str(text))) for text in hit.brief.get("subjects", ())}
        near = theirs & set(about) or len(set(called) & set(words)) > 1
        if near and hit.id != id and hit.id not in without:
            found.setdefault(" ".join(called), hit)  # an edition of each is enough
    return tuple(found.values())[:most]


def _name(name: str) -> frozenset[str]:
    """The words of a name that tell it from others."""
    found = [word for raw in without_degrees(name).split() for word in chunk(raw).tokens]
    return frozenset(word for word in found if len(word) > 2 and word not in TITLES)


def _shared(names: Sequence[frozenset[str]], hit: Hit) -> bool:
    """Whether an author of the hit is one of the names: all words of the shorter form are in the longer one."""
    if not names:
        return not hit.brief.get("authors")
    theirs = [
        _name(str(text)) for text in (*hit.brief.get("authors", ()), *hit.brief.get("contributors", ()))
    ]
    return any(one and other and (one <= other or other <= one) for one in names for other in theirs)


def _or(parts: Sequence[Query]) -> Query:
    return parts[0] if len(parts) == 1 else Or(parts=tuple(parts))


def _and(parts: Sequence[Query]) -> Query:
    return parts[0] if len(parts) == 1 else And(parts=tuple(parts))
