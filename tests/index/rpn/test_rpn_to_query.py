"""What Z39.50 clients ask becomes our query, or is refused by its Bib-1 diagnostic and what it was about."""

from __future__ import annotations

import random

import pytest

from index.plan import plan
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.rpn import pqf, to_query
from index.rpn.to_query import BadRpn
from index.rpn.tree import Attribute, Node, Operand, Operator, Proximity, Rpn
from tests.index.rpn import trees


def asked(text: str, **results: Query) -> Query:
    return to_query.query(pqf.parse(text), results)


def refused(text: str) -> tuple[int, str]:
    with pytest.raises(BadRpn) as caught:
        asked(text)
    return caught.value.number, caught.value.addinfo


#: The combinations that Koha's own client sends, and what each must mean.
OF_KOHA = {
    "@attr 1=7 @attr 5=1 979-8798-7": Prefix(text="979-8798-7", field="isbn"),
    "@attr 1=7 @attr 5=1 9789799731234": Term(text="9789799731234", field="isbn"),
    "@attr 1=7 @attr 5=1 979-97312-3-2": Term(text="979-97312-3-2", field="isbn"),
    "@attr 1=8 @attr 5=1 0028-0836": Term(text="0028-0836", field="issn"),
    "@attr 1=8 @attr 5=1 0028": Prefix(text="0028", field="issn"),
    '@attr 1=4 "bumi manusia"': And(parts=(Term(text="bumi", field="title"), Term(text="manusia", field="title"))),
    "@attr 1=1003 toer": Term(text="toer", field="author"),
    "@attr 1=21 sastra": Term(text="sastra", field="subject"),
    '@attr 1=16 "899.221 TOE b"': Term(text="899.221 TOE b", field="call_number"),
    "@attr 1=16 @attr 2=3 @attr 3=1 @attr 4=1 @attr 5=1 @attr 6=1 899.2": Prefix(text="899.2", field="call_number"),
    "@attr 1=12 abc123": Or(parts=(Term(text="abc123", field="id"), Term(text="abc123", field="identifier"))),
    "@attr 1=1016 batik": Term(text="batik"),
    "@attr 1=1007 978": Or(parts=tuple(Term(text="978", field=field) for field in ("isbn", "issn", "identifier"))),
    "@attr 1=31 1999": Range(low=1999, high=1999),
    "@and @attr 1=4 bumi @attr 1=1003 toer":
        And(parts=(Term(text="bumi", field="title"), Term(text="toer", field="author"))),
}  # fmt: skip


@pytest.mark.parametrize("text", sorted(OF_KOHA))
def test_what_koha_asks_is_answered(text: str) -> None:
    assert asked(text) == OF_KOHA[text]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("batik", Term(text="batik")),
        ("@attr 1=4 @attr 4=1 {bumi manusia}", Phrase(text="bumi manusia", field="title")),
        ("@attr 1=4 @attr 4=1 bumi", Term(text="bumi", field="title")),
        ("@attr 4=6 {a1 b2}", And(parts=(Term(text="a1"), Term(text="b2")))),
        ("@attr 4=2 {a1 b2}", And(parts=(Term(text="a1"), Term(text="b2")))),
        ("@attr 1=4 @attr 4=108 {a1 b2}", Phrase(text="a1 b2", field="title")),
        ("@attr 1=4 @attr 5=1 manu", Prefix(text="manu", field="title")),
        ("@attr 1=4 @attr 5=1 {bumi manu}",
         And(parts=(Term(text="bumi", field="title"), Prefix(text="manu", field="title")))),
        ("@attr 5=100 batik", Term(text="batik")),
        ("@attr 5=101 bati#", Prefix(text="bati")),
        ("@attr 5=101 batik", Term(text="batik")),
        ("@attr 5=104 bati?", Prefix(text="bati")),
        ("@attr 5=104 {what\\\\?}", Term(text="what?")),
        ("@attr 2=3 @attr 3=3 @attr 6=1 batik", Term(text="batik")),
        ("@attr 2=102 batik", Term(text="batik")),
        ("@attr 2=101 batik", Term(text="batik")),
        ("@attr 2=6 batik", And(parts=(All(), Not(part=Term(text="batik"))))),
        ("@attr 1=_ALLRECORDS @attr 2=103 1", All()),
        ("@attr 1=1016 @attr 2=103 x", All()),
        ("@attr 1=title batik", Term(text="batik", field="title")),
        ("@attr bib-1 1=4 batik", Term(text="batik", field="title")),
        ("@attr 1=1000 toer", Or(parts=(Term(text="toer", field="author"), Term(text="toer", field="title")))),
        ("@attr 1=1044 @attr 3=1 @attr 6=3 ugm", Term(text="ugm", field="library")),
        ("@attr 1=31 @attr 2=1 1999", Range(high=1998)),
        ("@attr 1=31 @attr 2=2 1999", Range(high=1999)),
        ("@attr 1=31 @attr 2=4 @attr 4=4 1999", Range(low=1999)),
        ("@attr 1=30 @attr 2=5 @attr 4=5 1999-12-31", Range(low=2000)),
        ("@attr 1=31 @attr 2=104 {1990 2000}", Range(low=1990, high=2000)),
        ("@attr 1=31 1990-2000", Range(low=1990, high=2000)),
        ("@attr 1=31 1990-", Range(low=1990)),
        ("@attr 1=31 @attr 2=6 1999", And(parts=(All(), Not(part=Range(low=1999, high=1999))))),
        ("@term numeric @attr 1=31 1999", Range(low=1999, high=1999)),
        ("@or a1 @or b2 c3", Or(parts=(Term(text="a1"), Term(text="b2"), Term(text="c3")))),
        ("@not @and a1 b2 c3", And(parts=(Term(text="a1"), Term(text="b2"), Not(part=Term(text="c3"))))),
        ("@prox 0 1 1 2 k 2 bumi manusia", Phrase(text="bumi manusia")),
        ("@and @set one b2", And(parts=(Term(text="first"), Term(text="b2")))),
        ("\\xe9t\\xe9", Term(text="été")),
    ],
)  # fmt: skip
def test_attributes_are_carried_out(text: str, query: Query) -> None:
    assert asked(text, one=Term(text="first")) == query


@pytest.mark.parametrize(
    ("text", "number", "addinfo"),
    [
        ("@attr 1=9999 a1", 114, "9999"),
        ("@attr 1=nonsense a1", 114, "nonsense"),
        ("@attr 1=1031 @attr 7=1 a1", 113, "7"),
        ("@attr exp-1 1=4 a1", 121, "1.2.840.10003.3.2"),
        ("@attrset exp-1 @attr 1=4 a1", 121, "1.2.840.10003.3.2"),
        ("@attr 1=4 @attr 2=1 a1", 117, "1"),
        ("@attr 1=4 @attr 2=100 a1", 117, "100"),
        ("@attr 2=105 a1", 117, "105"),
        ("@attr 1=31 @attr 2=101 1999", 117, "101"),
        ("@attr 1=4 @attr 3=1 a1", 119, "1"),
        ("@attr 1=4 @attr 3=2 a1", 119, "2"),
        ("@attr 3=9 a1", 119, "9"),
        ("@attr 4=999 a1", 118, "999"),
        ("@attr 4=word a1", 118, "word"),
        ("@attr 5=2 batik", 120, "2"),
        ("@attr 5=3 batik", 120, "3"),
        ("@attr 5=102 bat.k", 120, "102"),
        ("@attr 5=104 ba#ik", 120, "104"),
        ("@attr 5=104 ?atik", 120, "104"),
        ("@attr 1=31 @attr 5=1 199", 120, "1"),
        ("@attr 1=4 @attr 6=2 a1", 122, "2"),
        ("@attr 1=4 @attr 6=3 a1", 122, "3"),
        ("@attr 1=4 @attr 4=1 @attr 5=1 {bumi man}", 123, "4=1 5=1"),
        ("@attr 5=1 ba", 9, "3"),
        ('""', 125, ""),
        ("...", 125, "..."),
        ("@attr 1=31 soon", 125, "soon"),
        ("@attr 1=31 @attr 2=104 {}", 125, ""),
        ("@set gone", 30, "gone"),
        ("@prox 1 1 1 2 k 2 a1 b2", 131, "2"),
        ("@prox 0 1 1 4 k 2 a1 b2", 131, "4"),
        ("@prox 0 1 1 2 k 3 a1 b2", 132, "3"),
        ("@prox 0 1 1 2 p 2 a1 b2", 132, "2"),
        ("@prox 0 5 1 2 k 2 a1 b2", 202, "5"),
        ("@prox 0 1 0 2 k 2 a1 b2", 203, ""),
        ("@prox 0 1 1 2 k 2 @set a @set b", 129, ""),
        ("@prox 0 1 1 2 k 2 @attr 1=4 a1 @attr 1=1003 b2", 201, ""),
        ("@prox 0 1 1 2 k 2 @attr 1=7 a1 @attr 1=7 b2", 201, ""),
        ('"' + "a1 " * 129 + '"', 5, "128"),
        ('"' + "x" * 1001 + '"', 11, "1000"),
        ("@and " * 16 + "@attr 5=1 abc " * 17, 7, "16"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_has_its_diagnostic(text: str, number: int, addinfo: str) -> None:
    assert refused(text) == (number, addinfo)


def test_long_chains_are_flat_and_deep_ones_refused() -> None:
    chain = asked("@or " * 90 + "a1 " * 91)
    assert isinstance(chain, Or)
    assert len(chain.parts) == 91
    assert refused("@or a1 @and b2 " * 25 + "c3")[0] == 6


def test_terms_in_other_character_sets_are_read() -> None:
    assert to_query.decoded(b"caf\xe2e") == "café"  # MARC-8
    assert to_query.decoded(b"caf\xe9") == "café"  # Windows-1252
    assert to_query.decoded("café".encode()) == "café"
    assert to_query.query(Rpn(root=Operand(term=b"\x80")), decode=lambda data: "euro") == Term(text="euro")


def askable(chance: random.Random, depth: int = 0) -> Node:
    """Trees of which many can be carried out."""
    if depth > 4 or chance.random() < 0.4:
        attributes = [
            Attribute(type=1, value=chance.choice((4, 5, 7, 8, 12, 16, 21, 31, 1003, 1007, 1016, 1044)))
        ]
        for kind, values in (
            (2, (1, 3, 4, 5, 102, 103)),
            (3, (1, 3)),
            (4, (1, 2, 6, 108)),
            (5, (1, 100, 104)),
            (6, (1, 3)),
        ):
            if chance.random() < 0.25:
                attributes.append(Attribute(type=kind, value=chance.choice(values)))
        term = chance.choice(
            ("batik", "bumi manusia", "1999", "ab?", b"caf\xe2e", "9789799731234", "", 2000, "a b c")
        )
        return Operand(term=term, attributes=tuple(attributes))
    name = chance.choice(("and", "or", "not", "and", "or", "prox"))
    near = Proximity(distance=1, ordered=True, relation=2, unit=2) if name == "prox" else None
    return Operator(
        name=name, left=askable(chance, depth + 1), right=askable(chance, depth + 1), proximity=near
    )


def ended(rpn: Rpn) -> str:
    try:
        plan(to_query.query(rpn, {"default": All()}))
    except BadRpn as refusal:
        return str(refusal.number)
    return "query"


def run(count: int, seed: int) -> dict[str, int]:
    chance, ends = random.Random(seed), dict[str, int]()
    for turn in range(count):
        end = ended(trees.rpn(chance) if turn % 3 == 0 else Rpn(root=askable(chance)))
        ends[end] = ends.get(end, 0) + 1
    return ends


def test_any_tree_becomes_a_query_or_a_diagnostic() -> None:
    ends = run(400, 1)
    assert {"query", "113", "114", "121"} <= set(ends)


@pytest.mark.slow
def test_five_thousand_trees_become_queries_or_diagnostics() -> None:
    ends = run(5_000, 2)
    assert sum(ends.values()) == 5_000
    assert ends["query"] > 500
