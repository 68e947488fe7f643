"""Small documents and requests over few words, drawn by a seeded `Random`, so that random ones often meet."""

from __future__ import annotations

import json
from random import Random

from index.analysis import HELD, held, sort_key, stems, value_tokens
from index.finding.headings import doc_headings
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.search import FACETS, SORTS, IndexDoc, SearchRequest

WORDS = (
    *(
        "kopi",
        "teh",
        "java",
        "sejarah",
        "penelitian",
        "meneliti",
        "teliti",
        "buku-buku",
        "perpustakaan",
        "history",
    ),
    *(
        "libraries",
        "library",
        "running",
        "Soekarno",
        "Sukarno",
        "Djakarta",
        "Jakarta",
        "Qur'an",
        "Müller",
        "日本語",
    ),
    *("the", "dan", "C++", "über"),
)
LIBRARIES = ("MLT", "KNG", "AGR")
LANGUAGES = ("ind", "eng", "ger")
YEARS = (None, -44, 1999, 2001, 2020)
FIELDS = ("any", "any", "any", "title", "author", "subject", "series", "publisher")
EXACT = (
    *(("isbn", "0-306-40615-2"), ("call_number", "813.54 TOE b"), ("language", "eng"), ("library", "mlt")),
    *(("format", "book"), ("id", "c07"), ("year", "1999"), ("sale", "tidak")),
)


def words(r: Random, most: int, least: int = 0) -> str:
    """So many words, the first of WORDS more often."""
    return " ".join(
        WORDS[min(r.randrange(len(WORDS)), r.randrange(len(WORDS)))] for _ in range(r.randint(least, most))
    )


def some(r: Random, items: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Up to so many different ones."""
    return tuple(r.sample(items, r.randint(0, most)))


def document(r: Random) -> IndexDoc:
    """A document whose parts agree with each other, as `index.document` makes them."""
    title, author, subject, rest = words(r, 4), words(r, 2), words(r, 3), words(r, 3)
    languages = some(r, LANGUAGES, 1)
    pairs = sorted({(r.choice(LIBRARIES), r.choice(tuple(HELD))) for _ in range(r.randint(0, 4))})
    libraries = tuple(sorted({library for library, _ in pairs} | set(some(r, LIBRARIES, 1))))
    return IndexDoc(
        id=f"c{r.randint(0, 60):02d}",
        title=value_tokens([title, words(r, 1)]),
        author=value_tokens([author]),
        subject=value_tokens([subject]),
        series=value_tokens([words(r, 1)]),
        any=value_tokens([rest]),
        stems=stems(value_tokens([title, subject, rest]), languages),
        isbn=some(r, ("9780306406157", "9791234567896"), 1),
        call_number=some(r, ("813.54 toe b", "813.54", "297 ma"), 2),
        held=(*(held(lib) for lib in libraries), *(held(lib, way) for lib, way in pairs)),
        library=libraries,
        availability=tuple(sorted({way for _, way in pairs})),
        region=some(r, ("ID-JK", "ID-JB"), 2),
        language=languages,
        format=(r.choice(("book", "thesis", "journal")),),
        subject_facet=some(r, WORDS[:12], 2),
        sale=("not_for_sale",) if r.random() < 0.3 else (),
        heading=doc_headings([author], [subject], some(r, ("813.54 TOE b", "297 MA"), 2)),
        year=r.choice(YEARS),
        sort_title=sort_key(title),
        sort_author=sort_key(author),
        added=r.randint(0, 3),
        position=1,
        brief=json.dumps({"title": title}),
    )


def query(r: Random, depth: int = 3) -> Query:
    """A query tree."""
    kind = r.randrange(16) if depth else r.randrange(10)
    match kind:
        case 0:
            return Phrase(text=words(r, 3, 1), field=r.choice(FIELDS))
        case 1:
            return Prefix(text=words(r, 1, 1)[:3], field=r.choice(FIELDS))
        case 2:
            return Range(low=r.choice((*YEARS, 99999)), high=r.choice((*YEARS, 99999)))
        case 3:
            return All()
        case 4:
            field, value = r.choice(EXACT)
            return Term(text=value, field=field)
        case 10 | 11 | 12:
            return And(parts=tuple(query(r, depth - 1) for _ in range(r.randint(2, 3))))
        case 13 | 14:
            return Or(parts=tuple(query(r, depth - 1) for _ in range(r.randint(2, 3))))
        case 15:
            return Not(part=query(r, depth - 1))
        case _:
            return Term(
                text=r.choice((words(r, 1, 1), words(r, 1, 1), "peneliti", "!", "al-java")),
                field=r.choice(FIELDS),
            )


def request(r: Random) -> SearchRequest:
    """A request: half of them without filters, most with all facets."""
    filters = {}
    if r.random() < 0.5:
        choices = {
            "library": some(r, LIBRARIES, 2),
            "availability": some(r, (*HELD, "unheard"), 2),
            "format": ("book",),
            "language": some(r, LANGUAGES, 2),
            "subject": some(r, WORDS[:12], 2),
            "region": ("ID-JK",),
            "year": some(r, ("1999", "2020", "x"), 2),
        }
        names = ("library", "availability") if r.random() < 0.4 else some(r, tuple(choices), 2)
        filters = {name: choices[name] for name in names}
    return SearchRequest(
        query=query(r),
        filters=filters,
        years=(r.choice(YEARS), r.choice(YEARS)) if r.random() < 0.15 else (None, None),
        facets=dict.fromkeys(FACETS, r.choice((3, 50))) if r.random() < 0.8 else {},
        sort=r.choice(("relevance", *SORTS)),
        offset=r.choice((0, 0, 0, 1, 5)),
        limit=r.choice((3, 10, 60)),
    )
