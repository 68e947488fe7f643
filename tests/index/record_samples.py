"""Records for properties: whatever a crosswalk may have made, as a strategy."""

from __future__ import annotations

from hypothesis import strategies as st

from index.crosswalk.text import clean, untail
from index.record import Availability, Format, Holding, Identifier, Link, Name, Record

#: Letters of many scripts, among them Javanese, Arabic, Chinese and marks that combine.
LETTERS = "abcABCéÅñüžḤā" + "كتاب" + "红楼梦" + "ꦲꦏꦱ" + "한국" + "Москва" + "0123456789"
_WORD = st.text(alphabet=LETTERS, min_size=1, max_size=9).filter(lambda w: w[0].isalpha() and w.isalnum())


def words(least: int = 1, most: int = 4) -> st.SearchStrategy[str]:
    """So many words, as a crosswalk leaves them: composed, without a tail."""
    return (
        st.lists(_WORD, min_size=least, max_size=most)
        .map(" ".join)
        .map(clean)
        .filter(lambda text: bool(text) and untail(text) == text and untail(text, more=True) == text)
    )


ISBNS = ("9780306406157", "9786020387659", "9791234567896")
_identifiers = st.lists(
    st.one_of(
        st.sampled_from(ISBNS).map(lambda v: Identifier(kind="isbn", value=v)),
        st.just(Identifier(kind="isbn", value="9786020387650", valid=False)),
        st.just(Identifier(kind="issn", value="1234-5679")),
        st.just(Identifier(kind="doi", value="10.5555/abc.1")),
        st.integers(1000, 10**9).map(lambda n: Identifier(kind="oclc", value=str(n))),
        st.just(Identifier(kind="lccn", value="2021003456")),
        st.from_regex(r"\A[A-Z]{2}-[a-z]{3}\Z").map(lambda v: Identifier(kind="local", value=v)),
    ),
    max_size=4,
    unique=True,
).map(lambda found: tuple(sorted(found, key=lambda one: one.kind != "isbn")))
_name = st.builds(
    Name,
    text=words(1, 3),
    role=st.sampled_from(("aut", "cmp", "art")),
    dates=st.sampled_from(("", "1950-", "1901-1987")),
)
_helper = st.builds(
    Name, text=words(1, 3), role=st.sampled_from(("edt", "trl", "ill")), corporate=st.booleans()
)
_STATES = (
    (Availability.AVAILABLE, True),
    (Availability.AVAILABLE, None),
    (Availability.ON_LOAN, True),
    (Availability.ON_SITE, False),
    (Availability.LOST, False),
    (Availability.UNKNOWN, None),
    (Availability.IN_PROCESS, None),
)


@st.composite
def copies(draw: st.DrawFn) -> Holding:
    """A copy of some state."""
    availability, lendable = draw(st.sampled_from(_STATES))
    return Holding(
        branch=draw(st.sampled_from(("Pusat", "Cabang Utara", "KNG"))),
        location=draw(st.sampled_from(("", "Rak 3", "Ruang baca"))),
        call_number=draw(st.sampled_from(("899.2213 SAR p", "R 959.8 SUR s", "QA76.9 .D3"))),
        barcode=draw(st.from_regex(r"\AB[0-9]{6}\Z")),
        availability=availability,
        lendable=lendable,
        note=draw(st.sampled_from(("", "rapuh", "hadiah"))),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A Record that MARC and MODS have a place for."""
    subtitle = draw(st.one_of(st.just(""), words()))
    return Record(
        title=draw(words()),
        subtitle=subtitle,
        alternates=tuple(draw(st.lists(words(1, 2), max_size=2, unique_by=str.casefold))),
        responsibility=draw(st.one_of(st.just(""), words())) if subtitle else "",
        authors=tuple(draw(st.lists(_name, max_size=2, unique_by=lambda n: n.text))),
        contributors=(),
        subjects=tuple(
            draw(
                st.lists(
                    st.lists(words(1, 2), min_size=1, max_size=2).map(" -- ".join),
                    max_size=3,
                    unique_by=str.casefold,
                )
            )
        ),
        identifiers=draw(_identifiers),
        publisher=draw(st.one_of(st.just(""), words())),
        place=draw(st.sampled_from(("", "Jakarta", "Yogyakarta"))),
        year=(year := draw(st.one_of(st.none(), st.integers(1700, 2030)))),
        year_text=str(year) if year else "",
        languages=tuple(
            draw(st.lists(st.sampled_from(("ind", "jav", "eng", "ara")), max_size=2, unique=True))
        ),
        format=draw(st.sampled_from((Format.BOOK, Format.THESIS, Format.MAP, Format.SCORE, Format.VIDEO))),
        edition=draw(st.sampled_from(("", "Edisi ke-2", "2nd ed"))),
        extent=draw(st.sampled_from(("", "xii, 312 halaman"))),
        series=tuple(draw(st.lists(words(1, 2), max_size=2, unique_by=str.casefold))),
        summary=draw(st.one_of(st.just(""), words(3, 8))),
        notes=tuple(draw(st.lists(words(2, 4), max_size=2, unique_by=str.casefold))),
        classes=tuple(
            draw(st.lists(st.sampled_from(("899.2213", "959.8", "005.1")), max_size=2, unique=True))
        ),
        links=draw(
            st.sampled_from(((), (Link(url="https://x.example/a.jpg", label="cover", kind="cover"),)))
        ),
        not_for_sale=draw(st.sampled_from((None, True))),
        holdings=tuple(draw(st.lists(copies(), max_size=3, unique_by=lambda c: c.barcode))),
    )
