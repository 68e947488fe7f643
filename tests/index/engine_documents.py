"""Small documents and queries over few words, so that random ones often agree."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from index.analysis import HELD, held, sort_key, stems, value_tokens
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


def text(draw: st.DrawFn, most: int) -> str:
    """Up to so many words."""
    return " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=most)))


@st.composite
def documents(draw: st.DrawFn) -> IndexDoc:
    """A document whose parts agree with each other as `document` makes them."""
    title, author, subject, rest = (text(draw, n) for n in (4, 2, 3, 3))
    languages = tuple(draw(st.lists(st.sampled_from(LANGUAGES), max_size=1)))
    pairs = draw(
        st.frozensets(st.tuples(st.sampled_from(LIBRARIES), st.sampled_from(tuple(HELD))), max_size=4)
    )
    libraries = tuple(
        sorted(
            {library for library, _ in pairs} | draw(st.frozensets(st.sampled_from(LIBRARIES), max_size=1))
        )
    )
    return IndexDoc(
        id=f"c{draw(st.integers(0, 40)):02d}",
        title=value_tokens([title, draw(st.sampled_from(WORDS))]),
        author=value_tokens([author]),
        subject=value_tokens([subject]),
        series=value_tokens([draw(st.sampled_from(("", *WORDS)))]),
        any=value_tokens([rest]),
        stems=stems(value_tokens([title, subject, rest]), languages),
        isbn=tuple(draw(st.lists(st.sampled_from(("9780306406157", "9791234567896")), max_size=1))),
        call_number=tuple(
            draw(st.lists(st.sampled_from(("813.54 toe b", "813.54", "297 ma")), max_size=2, unique=True))
        ),
        held=(*(held(lib) for lib in libraries), *(held(lib, way) for lib, way in sorted(pairs))),
        library=libraries,
        availability=tuple(sorted({way for _, way in pairs})),
        region=tuple(draw(st.lists(st.sampled_from(("ID-JK", "ID-JB")), max_size=2, unique=True))),
        language=languages,
        format=(draw(st.sampled_from(("book", "thesis"))),),
        subject_facet=tuple(draw(st.lists(st.sampled_from(WORDS), max_size=2, unique=True))),
        year=draw(st.sampled_from((None, -44, 1999, 2001, 2020))),
        sort_title=sort_key(title),
        sort_author=sort_key(author),
        added=draw(st.integers(0, 3)),
        position=1,
        brief=json.dumps({"title": title}),
    )


FIELDS = st.sampled_from(("any", "any", "title", "author", "subject", "series", "publisher"))
YEARS = st.sampled_from((None, 1999, 2001, 2020, 99999))
EXACT = st.sampled_from(
    [("isbn", "0-306-40615-2"), ("call_number", "813.54 TOE b"), ("language", "eng"), ("library", "mlt"), ("format", "book"),
     ("id", "c07"), ("year", "1999")]
)  # fmt: skip


@st.composite
def terms(draw: st.DrawFn) -> Query:
    """A leaf of a query."""
    match draw(st.integers(0, 6)):
        case 0:
            return Phrase(text=text(draw, 3), field=draw(FIELDS))
        case 1:
            return Prefix(text=draw(st.sampled_from(WORDS))[:3], field=draw(FIELDS))
        case 2:
            return Range(low=draw(YEARS), high=draw(YEARS))
        case 3:
            return All()
        case 4:
            field, value = draw(EXACT)
            return Term(text=value, field=field)
        case _:
            return Term(text=draw(st.sampled_from((*WORDS, "peneliti", "!", "al-java"))), field=draw(FIELDS))


def parts(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[tuple[Query, ...]]:
    """Two or three parts."""
    return st.lists(inner, min_size=2, max_size=3).map(tuple)


QUERIES: st.SearchStrategy[Query] = st.recursive(
    terms(),
    lambda inner: st.one_of(
        parts(inner).map(lambda p: And(parts=p)),
        parts(inner).map(lambda p: Or(parts=p)),
        inner.map(lambda q: Not(part=q)),
    ),
    max_leaves=6,
)

FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "library": st.lists(st.sampled_from(LIBRARIES), max_size=2),
        "availability": st.lists(st.sampled_from((*HELD, "unheard")), max_size=2),
        "format": st.just(["book"]),
        "language": st.lists(st.sampled_from(LANGUAGES), max_size=2),
        "subject": st.lists(st.sampled_from(WORDS), max_size=2),
        "region": st.just(["ID-JK"]),
        "year": st.lists(st.sampled_from(("1999", "2020", "x")), max_size=2),
    },
)

REQUESTS = st.builds(
    SearchRequest,
    query=QUERIES,
    filters=FILTERS,
    years=st.one_of(st.just((None, None)), st.tuples(YEARS, YEARS)),
    facets=st.dictionaries(st.sampled_from(FACETS), st.integers(0, 4)),
    sort=st.sampled_from(SORTS),
    offset=st.integers(0, 4),
    limit=st.integers(0, 6),
)
