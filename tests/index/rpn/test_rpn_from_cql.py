"""CQL becomes what libyaz makes of it, by our own table and by the one that YAZ ships; differences are few and named."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from index.cql.parser import parse
from index.cql.tree import BadCql
from index.rpn import from_cql, pqf
from index.rpn.dialect import Dialect, load, read, shipped
from index.rpn.tree import Node, Operand, Operator
from tests.index.cql.test_cql_parser import mutated
from tests.index.rpn.judge import Judge
from tests.index.rpn.make_cases import for_yaz

#: The table of Debian's libyaz-dev.
OF_YAZ = Path("/usr/share/yaz/etc/pqf.properties")

#: What we make otherwise than libyaz, on purpose: (query, our PQF or number, why).
DIFFERENT = (
    ('dc.title exact "a b"', '@attr 1=4 @attr 2=3 @attr 4=1 "a b"', "a named relation of CQL 1.1, no word"),
    ('dc.title within "1 2"', 19, "a named relation that this table has not, no word"),
    ("dc.title all a b", "@and @attr 1=4 @attr 4=2 a @attr 1=4 @attr 4=2 b", "libyaz loses the second word"),
    ('dc.title all " a "', "@attr 1=4 @attr 4=2 a", "libyaz asks for an empty word behind the blank"),
    ("a and not b", "@not @attr 1=1016 @attr 4=1 a @attr 1=1016 @attr 4=1 b", "libyaz asks for the word not"),
    ("AND", "@attr 1=1016 @attr 4=1 AND", "libyaz makes small letters of a keyword"),
    ("a\tb", "@and @attr 1=1016 @attr 4=1 a @attr 1=1016 @attr 4=1 b", "a tab parts words"),
    ("a\\", '@attr 1=1016 @attr 4=1 "a\\\\"', "libyaz writes PQF that it cannot read"),
    ("cql.resultSetId = a", '@set "a"', "the name that CQL 1.2 gives the index"),
    ("a prox/distance=x b", 41, "libyaz reads 0"),
    ("a prox/distance b", 41, "libyaz breaks down"),
    (
        "a prox/unit=Word b",
        "@prox 0 1 0 2 k 2 @attr 1=1016 @attr 4=1 a @attr 1=1016 @attr 4=1 b",
        "capitals do not count",
    ),
    ("dc.title =/relevant=3 a", "@attr 1=4 @attr 2=102 @attr 4=1 a", "libyaz takes the value for an index"),
)


def cases() -> list[tuple[str, str]]:
    """(query, PQF or number)."""
    lines = Path(__file__).with_name("cases.tsv").read_text(encoding="utf-8").splitlines()
    return [(json.loads(query), said) for query, said in (line.split("\t") for line in lines)]


def sorted_node(node: Node) -> Node:
    """With attributes in the order of their types: they mean the same in any."""
    if isinstance(node, Operator):
        return Operator(
            name=node.name,
            left=sorted_node(node.left),
            right=sorted_node(node.right),
            proximity=node.proximity,
        )
    if isinstance(node, Operand):
        return Operand(term=node.term, attributes=tuple(sorted(node.attributes, key=lambda one: one.type)))
    return node


def ours(query: str, dialect: Dialect) -> Node | int:
    try:
        return sorted_node(from_cql.rpn(parse(query), dialect).root)
    except BadCql as refused:
        return -1 if refused.number in (10, 13, 14) else refused.number


def theirs(said: str | int) -> Node | int:
    if isinstance(said, int) or said.lstrip("-").isdecimal():
        return int(said)
    return sorted_node(pqf.parse(said).root)


def test_every_case_becomes_what_libyaz_makes_of_it() -> None:
    wrong = [query for query, said in cases() if ours(query, shipped()) != theirs(said)]
    assert wrong == []
    assert len(cases()) >= 300


@pytest.mark.parametrize(("query", "said"), [(query, said) for query, said, _ in DIFFERENT])
def test_where_we_differ_we_do_so_on_purpose(query: str, said: str | int) -> None:
    assert ours(query, shipped()) == theirs(said)


@pytest.mark.peers
def test_libyaz_makes_the_same_of_our_table() -> None:
    judge = Judge(for_yaz())
    assert [query for query, said in cases() if str(judge.transformed(query)) != said] == []
    for query, said, why in DIFFERENT:
        if query != "a prox/distance b":
            made = judge.transformed(query)
            assert (made if isinstance(made, int) else sorted_node(_root(judge, made))) != theirs(said), why


@pytest.mark.peers
def test_libyaz_makes_the_same_of_its_own_table() -> None:
    if not OF_YAZ.exists():
        pytest.skip("libyaz-dev is not installed")
    judge, dialect = Judge(str(OF_YAZ)), load(OF_YAZ)
    wrong = []
    for query, _ in cases():
        made = judge.transformed(query)
        expected = made if isinstance(made, int) else sorted_node(_root(judge, made))
        if ours(query, dialect) != expected:
            wrong.append(query)
    assert wrong == []


def _root(judge: Judge, made: str) -> Node:
    found = judge.pqf(made)
    return found.root if found is not None else Operand(term="what it cannot read itself")


def run_mutations(count: int, seed: int) -> dict[str, int]:
    chance, ends = random.Random(seed), dict[str, int]()
    for _ in range(count):
        text = mutated(chance)
        end, place, again = ended(text)
        assert again, text
        assert 0 <= place <= len(text)
        ends[end] = ends.get(end, 0) + 1
    return ends


def ended(text: str) -> tuple[str, int, bool]:
    """(what it ends in, the place of a refusal, whether the tree survives PQF)."""
    try:
        made = from_cql.rpn(parse(text), shipped())
    except BadCql as refused:
        return str(refused.number), refused.position, True
    try:
        return "rpn", 0, pqf.parse(pqf.write(made)) == made
    except pqf.BadPqf as refused:
        return refused.code, 0, refused.code == "unwritable"


def test_mutated_queries_become_rpn_or_a_numbered_refusal() -> None:
    ends = run_mutations(300, 5)
    assert {"rpn", "10", "16"} <= set(ends)


@pytest.mark.slow
def test_ten_thousand_mutated_queries_become_rpn_or_a_numbered_refusal() -> None:
    assert sum(run_mutations(10_000, 6).values()) == 10_000


def test_many_terms_make_a_flat_tree() -> None:
    def depth(node: Node) -> int:
        return 1 + max(depth(node.left), depth(node.right)) if isinstance(node, Operator) else 0

    for word in (" or ", " and "):
        assert depth(from_cql.rpn(parse(word.join(["a"] * 256)), shipped()).root) == 8
    assert depth(from_cql.rpn(parse(" ".join(["a"] * 64)), shipped()).root) == 6


def test_an_operator_that_a_target_has_not_is_refused() -> None:
    dialect = read("set.cql = info:srw/cql-context-set/1/cql-v1.2\nindex.cql.serverChoice = 1=1016\n"
                   "relation.* =\nstructure.* =\nposition.* =\nboolean.not = no\nboolean.prox = no\n")  # fmt: skip
    assert ours("a and b", dialect) == theirs("@and @attr 1=1016 a @attr 1=1016 b")
    assert ours("a not b", dialect) == 37
    assert ours("a prox b", dialect) == 39
    assert ours("a*", dialect) == 28
