"""What the search box asks is said in a target's dialect, spelled for it, and in weaker words where it refuses some."""

from __future__ import annotations

import random

import pytest

from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.rpn import from_query, pqf, spelling, to_query
from index.rpn.dialect import Dialect, read, shipped
from index.rpn.fallback import weaker
from index.rpn.from_query import CannotSay
from index.rpn.tree import Operand, Rpn
from tests.index.rpn.test_rpn_from_cql import OF_YAZ

TITLE = "access.title = 1=4\nstructure.word =\ntruncation.right = 5=1\n"


def said(query: Query, dialect: Dialect | None = None) -> str:
    return pqf.write(from_query.rpn(query, dialect or shipped()).rpn)


def title(text: str) -> Term:
    return Term(text=text, field="title")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (Term(text="batik"), "@attr 4=2 @attr 1=1016 batik"),
        (title('5" disk'), '@attr 4=2 @attr 1=4 "5\\" disk"'),
        (Phrase(text="bumi manusia", field="title"), '@attr 4=1 @attr 1=4 "bumi manusia"'),
        (Phrase(text="bumi", field="title"), "@attr 4=2 @attr 1=4 bumi"),
        (Prefix(text="manu", field="author"), "@attr 4=2 @attr 1=1003 @attr 5=1 manu"),
        (Range(low=1999, high=1999), "@attr 4=2 @attr 1=31 1999"),
        (Range(low=1990, high=2000), "@and @attr 2=4 @attr 4=2 @attr 1=31 1990 @attr 2=2 @attr 4=2 @attr 1=31 2000"),
        (Range(high=800), "@attr 2=2 @attr 4=2 @attr 1=31 0800"),
        (All(), "@attr 1=_ALLRECORDS @attr 2=103 1"),
        (Not(part=title("a")), "@not @attr 1=_ALLRECORDS @attr 2=103 1 @attr 4=2 @attr 1=4 a"),
        (And(parts=(title("a"), Not(part=title("b")), title("c"))),
         "@not @and @attr 4=2 @attr 1=4 a @attr 4=2 @attr 1=4 c @attr 4=2 @attr 1=4 b"),
        (Or(parts=(title("a"), title("b"))), "@or @attr 4=2 @attr 1=4 a @attr 4=2 @attr 1=4 b"),
        (And(parts=(All(), title("a"))), "@attr 4=2 @attr 1=4 a"),
    ],
)  # fmt: skip
def test_queries_are_said_by_the_shipped_table(query: Query, text: str) -> None:
    assert said(query) == text


def test_a_combination_of_its_own_is_taken_whole() -> None:
    dialect = read(
        "access.title = 1=4\naccess.title.phrase = 1=4 4=1 6=3\nalways = 3=3\naccess.title.beginning = 1=5 5=9\n"
    )
    assert said(title("a"), dialect) == "@attr 3=3 @attr 1=4 a"
    assert said(Phrase(text="a b", field="title"), dialect) == '@attr 1=4 @attr 4=1 @attr 6=3 "a b"'
    assert said(Prefix(text="abc", field="title"), dialect) == "@attr 1=5 @attr 5=9 abc"


def test_yaz_s_own_table_serves_the_search_box() -> None:
    if not OF_YAZ.exists():
        pytest.skip("libyaz-dev is not installed")
    dialect = read(OF_YAZ.read_text(encoding="utf-8"))
    assert said(title("a"), dialect) == "@attr 2=3 @attr 4=2 @attr 3=3 @attr 6=1 @attr 5=100 @attr 1=4 a"
    with pytest.raises(CannotSay):
        said(Term(text="a", field="call_number"), dialect)


@pytest.mark.parametrize(
    ("lines", "query", "code", "detail"),
    [
        (TITLE, Term(text="a", field="author"), "no_access_point", "author"),
        (TITLE, Range(low=1990), "no_ranges", "1990"),
        (TITLE, All(), "no_everything", ""),
        (TITLE, Not(part=title("a")), "no_everything", ""),
        (TITLE + "boolean.or = no", Or(parts=(title("a"), title("b"))), "no_operator", "or"),
        (TITLE + "boolean.not = no", And(parts=(title("a"), Not(part=title("b")))), "no_operator", "not"),
        ("access.title = 1=4", Prefix(text="abc", field="title"), "no_truncation", "abc*"),
        (TITLE + "boolean.depth = 2", Or(parts=tuple(title(str(n)) for n in range(9))), "too_deep", "2"),
        (TITLE + "query.charset = iso-8859-1", title("Жизнь"), "no_letters", "Жизнь"),
        (TITLE + "query.charset = marc-8", title("ไทย"), "no_letters", "ไทย"),
    ],
)
def test_what_a_target_cannot_be_asked_is_named(lines: str, query: Query, code: str, detail: str) -> None:
    with pytest.raises(CannotSay) as caught:
        said(query, read(lines))
    assert (caught.value.code, caught.value.detail) == (code, detail)


def test_parts_that_cannot_be_said_may_be_left_out() -> None:
    query = And(parts=(title("a"), Term(text="ugm", field="library"), Not(part=Range(low=1990))))
    made = from_query.rpn(query, read(TITLE), leave_out=True)
    assert pqf.write(made.rpn) == "@attr 1=4 a"
    assert [(one.code, one.detail) for one in made.left_out] == [
        ("no_access_point", "library"),
        ("no_ranges", "1990"),
    ]
    with pytest.raises(CannotSay):
        from_query.rpn(And(parts=(Term(text="ugm", field="library"),)), read(TITLE), leave_out=True)
    assert from_query.rpn(title("a"), read(TITLE), leave_out=True).left_out == ()


def test_terms_are_spelled_as_the_target_wants_them() -> None:
    def term(lines: str, text: str) -> str | bytes | int:
        root = from_query.rpn(title(text), read(TITLE + lines)).rpn.root
        assert isinstance(root, Operand)
        return root.term

    assert term("", "Łódź") == "Łódź"
    assert term("query.charset = utf-8", "Łódź") == "Łódź"
    assert term("query.charset = cp1250", "Łódź") == "Łódź".encode("cp1250")
    assert term("query.charset = iso-8859-1", "Łódź") == b"L\xf3dz"  # what it has not, as its base letter
    assert term("query.charset = marc-8", "Łódź") == b"\xa1\xe2od\xe2z"
    assert term("query.charset = marc8", "Жизнь") == b"\x1b(NvIZNX\x1b(B"
    assert term("query.diacritics = strip", "Łódź ʻAlī Ελλάς") == "Lodz ʻAli Ελλας"
    assert spelling.plain("เชียงใหม่ ꦗꦮ") == "เชียงใหม่ ꦗꦮ"
    assert term("query.charset = cp1250", "batik") == "batik"


@pytest.mark.parametrize(
    ("text", "number", "addinfo", "expected", "given_up"),
    [
        ("@attr 1=1016 a", 114, "1016", "@attr 1=1035 a", "1=1016 → 1=1035"),
        ("@attr 1=1035 a", 114, "1035", "@attr 1=1017 a", "1=1035 → 1=1017"),
        ("@attr 1=1017 a", 114, "1017", None, ""),
        (
            "@and @attr 1=4 a @attr 1=1003 b",
            114,
            "1003",
            "@and @attr 1=4 a @attr 1=1004 b",
            "1=1003 → 1=1004",
        ),
        ("@and @attr 1=4 a @attr 1=1003 b", 114, "", "@and @attr 1=4 a @attr 1=1004 b", "1=1003 → 1=1004"),
        ("@attr 1=4 @attr 2=3 a", 117, "3", "@attr 1=4 a", "2=3"),
        ("@attr 1=31 @attr 2=4 a", 117, "4", None, ""),
        ("@attr 1=4 @attr 3=3 a", 119, "", "@attr 1=4 a", "3=3"),
        ("@attr 1=4 @attr 4=2 a", 118, "2", "@attr 1=4 a", "4=2"),
        ("@attr 1=4 @attr 5=100 a", 120, "100", "@attr 1=4 a", "5=100"),
        ("@attr 1=4 @attr 5=1 abc", 120, "1", "@attr 1=4 @attr 5=104 abc?", "5=1 → 5=104"),
        ("@attr 1=4 @attr 5=104 abc?", 120, "104", "@attr 1=4 @attr 5=101 abc#", "5=104 → 5=101"),
        ("@attr 1=4 @attr 5=101 abc#", 120, "101", None, ""),
        ("@attr 1=4 @attr 5=1 \\xe9t", 120, "1", '@attr 1=4 @attr 5=104 "\\xe9t?"', "5=1 → 5=104"),
        ("@attr 1=4 @attr 5=1 a#c", 120, "1", None, ""),
        ("@attr 1=4 @attr 6=1 a", 122, "1", "@attr 1=4 a", "6=1"),
        ("@attr 1=4 @attr 4=1 @attr 6=1 a", 123, "", "@attr 1=4 @attr 4=1 a", "6=1"),
        ("@attr 1=4 @attr 4=1 a", 123, "", "@attr 1=4 a", "4=1"),
        ("@attr 1=4 a", 123, "", None, ""),
        ("@attr 1=4 @attr 5=1 abc", 123, "", None, ""),
        ("@attr 1=4 @attr 4=1 a", 113, "4", "@attr 1=4 a", "4=1"),
        ("a", 116, "", "@attr 1=1016 a", "→ 1=1016"),
        ("@attr 1=4 @attr exp-1 2=3 a", 121, "1.2.840.10003.3.2", "@attr 1=4 a", "1.2.840.10003.3.2"),
        ("@attr 1=4 a", 109, "", None, ""),
        ("@attr 1=4 a", 125, "a", None, ""),
    ],
)
def test_refused_attributes_are_given_up_one_by_one(
    text: str, number: int, addinfo: str, expected: str | None, given_up: str
) -> None:
    made = weaker(pqf.parse(text), number, addinfo, shipped())
    assert (made and pqf.write(made.rpn)) == expected
    assert (made.given_up if made else "") == given_up


def test_giving_up_comes_to_an_end() -> None:
    circle = read("access.any = 1=1\nfallback.1 = 2 3\nfallback.3 = 1\nfallback.2 = 1\nfallback.4 = 4\n")
    for number in (113, 114, 116, 117, 118, 119, 120, 121, 122, 123):
        for dialect in (shipped(), circle):
            asked = pqf.parse(
                "@and @attr 1=1 @attr 2=3 @attr 3=3 @attr 4=1 @attr 5=1 @attr 6=1 abc @attr 1=4 @attr 5=100 b"
            )
            for _ in range(30):
                made = weaker(asked, number, "", dialect)
                if made is None:
                    break
                assert made.rpn != asked
                asked = made.rpn
            else:
                pytest.fail(f"{number} is answered for ever")


def box(chance: random.Random, depth: int = 0) -> Query:
    """Queries of the search box that both sides can say."""
    if depth > 2 or chance.random() < 0.35:
        field = chance.choice(("any", "title", "author", "subject", "publisher", "series"))
        match chance.randrange(5):
            case 0:
                return Prefix(text=chance.choice(("manu", "ind", "çöl")), field=field)
            case 1:
                return Phrase(text="bumi manusia", field=field)
            case 2:
                low, high = chance.choice(((1990, 1990), (1990, None), (None, 2000)))
                return Range(low=low, high=high)
            case 3:
                return Term(text=chance.choice(("9789799731234", "0028-0836", "x y")), field="call_number")
            case _:
                return Term(
                    text=chance.choice(("batik", "jawa", "été", '"', "c++", "a1"))[:9].replace('"', "q2"),
                    field=field,
                )
    parts = tuple(box(chance, depth + 1) for _ in range(chance.randrange(2, 3)))
    match chance.randrange(3):
        case 0:
            return Or(parts=parts)
        case 1:
            return And(parts=(*parts, Not(part=box(chance, depth + 1))))
        case _:
            return And(parts=parts)


def flat(query: Query) -> object:
    """The meaning of a query, whatever its brackets: sets of parts."""
    match query:
        case And(parts=parts):
            inner = [flat(part) for part in parts]
            joined = [
                one
                for made in inner
                for one in (made[1] if isinstance(made, tuple) and made[0] == "and" else [made])
            ]
            return ("and", tuple(sorted(joined, key=repr)))
        case Or(parts=parts):
            inner = [flat(part) for part in parts]
            joined = [
                one
                for made in inner
                for one in (made[1] if isinstance(made, tuple) and made[0] == "or" else [made])
            ]
            return ("or", tuple(sorted(joined, key=repr)))
        case Not(part=part):
            return ("not", flat(part))
    return query


def there_and_back(count: int, seed: int) -> int:
    chance = random.Random(seed)
    for _ in range(count):
        query = box(chance)
        made = from_query.rpn(query, shipped()).rpn
        written = pqf.parse(pqf.write(made))
        assert written == made
        assert flat(to_query.query(written)) == flat(query), pqf.write(made)
    return count


def test_a_query_keeps_its_meaning_through_rpn() -> None:
    assert there_and_back(200, 1) == 200


@pytest.mark.slow
def test_five_thousand_queries_keep_their_meaning_through_rpn() -> None:
    assert there_and_back(5_000, 2) == 5_000


def test_a_span_of_years_is_both_its_ends() -> None:
    made = from_query.rpn(Range(low=1990, high=2000), shipped()).rpn
    assert to_query.query(made) == And(parts=(Range(low=1990), Range(high=2000)))
    assert to_query.query(from_query.rpn(All(), shipped()).rpn) == All()
    assert isinstance(made, Rpn)
