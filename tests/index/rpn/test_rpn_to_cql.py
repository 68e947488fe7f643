"""RPN for targets that speak SRU: the CQL means the same, and comes back as the same RPN."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from index.cql import writing
from index.cql.parser import parse
from index.rpn import from_cql, pqf, to_cql
from index.rpn.dialect import read, shipped
from index.rpn.to_query import BadRpn
from index.rpn.tree import Attribute, Node, Operand, Operator, Proximity, ResultSet, Rpn
from tests.index.rpn import trees
from tests.index.rpn.judge import Judge
from tests.index.rpn.test_rpn_from_cql import OF_YAZ, sorted_node


def said(text: str) -> str:
    return writing.write(to_cql.cql(pqf.parse(text), shipped()))


#: (PQF, CQL): what libyaz says too, apart from blanks around signs, is in the first part.
AS_LIBYAZ = (
    ("a", "a"),
    ("@attr 1=4 a", "dc.title = a"),
    ('@attr 1=4 @attr 4=1 "a b"', 'dc.title = "a b"'),
    ('@attr 1=4 @attr 4=6 "a b"', 'dc.title all "a b"'),
    ('@attr 1=4 @attr 4=105 "a b"', 'dc.title any "a b"'),
    ("@attr 1=4 @attr 2=1 a", "dc.title < a"),
    ("@attr 1=4 @attr 2=2 a", "dc.title <= a"),
    ("@attr 1=4 @attr 5=1 a", "dc.title = a*"),
    ("@attr 1=4 @attr 5=2 a", "dc.title = *a"),
    ("@attr 1=4 @attr 5=3 a", "dc.title = *a*"),
    ("@attr 1=4 @attr 5=104 a?b#", "dc.title = a*b?"),
    ("@attr 1=1003 a", "dc.creator = a"),
    ("@attr 1=1016 a", "a"),
    ("@and a b", "a and b"),
    ("@or a @not b c", "a or (b not c)"),
)
#: And what it leaves out, or says in other words.
OURS = (
    ("@not @or a b c", "a or b not c"),
    ("@term numeric 3", "3"),
    ('"a \\"q\\" b"', '"a \\"q\\" b"'),
    ("@attr 1=4 @attr 5=100 a*", 'dc.title = "a\\*"'),
    ("@attr 1=1003 @attr 4=108 a", "dc.creator == a"),
    ("@attr 1=4 @attr 2=102 a", "dc.title =/relevant a"),
    ("@attr 1=4 @attr 2=101 a", "dc.title =/stem a"),
    ("@attr 1=4 @attr 2=6 a", "dc.title <> a"),
    ("@attr 1=4 @attr 5=102 a.b", "dc.title =/regexp a.b"),
    ("@attr 1=4 @attr 5=101 a#", "dc.title = a*"),
    ("@attr 1=4 @attr 3=1 a", "dc.title = ^a"),
    ("@attr 1=4 @attr 3=4 a", "dc.title = a^"),
    ("@attr 1=4 @attr 6=3 a", "dc.title = ^a^"),
    ("@set x", "cql.resultSetId = x"),
    ("@prox 0 1 1 2 k 2 a b", "a prox/distance<=1/ordered b"),
    ("@prox 0 0 0 3 k 3 a b", "a prox/distance=0/unit=sentence b"),
    ("@attr 1=_ALLRECORDS @attr 2=103 x", "cql.allRecords = 1"),
    ("@attr 1=1002 a", "dc.creator = a"),
)


@pytest.mark.parametrize(("text", "cql"), AS_LIBYAZ + OURS)
def test_attributes_are_said_in_cql(text: str, cql: str) -> None:
    made = said(text)
    assert made == cql
    parse(made, strict=True)


@pytest.mark.peers
def test_libyaz_says_the_same() -> None:
    if not Path(OF_YAZ).exists():
        pytest.skip("libyaz-dev is not installed")
    judge = Judge(str(OF_YAZ))
    assert [text for text, cql in AS_LIBYAZ if judge.cql(text) != cql] == []


@pytest.mark.parametrize(
    ("text", "number", "addinfo"),
    [
        ("@attr 1=99 a", 114, "99"),
        ("@attr 1=nothing a", 114, "nothing"),
        ("@attr 7=1 a", 113, "7"),
        ("@attr exp-1 1=4 a", 121, "1.2.840.10003.3.2"),
        ("@attr 2=105 a", 117, "105"),
        ("@attr 3=2 a", 119, "2"),
        ("@attr 4=999 a", 118, "999"),
        ("@attr 5=103 a", 120, "103"),
        ("@attr 5=104 a?3b", 120, "104"),
        ("@attr 6=2 a", 122, "2"),
        ("@prox 0 1 1 2 p 2 a b", 132, "2"),
        ("@prox 1 1 1 2 k 2 a b", 131, "2"),
    ],
)
def test_what_cql_cannot_say_has_its_diagnostic(text: str, number: int, addinfo: str) -> None:
    with pytest.raises(BadRpn) as caught:
        said(text)
    assert (caught.value.number, caught.value.addinfo) == (number, addinfo)


def test_a_target_s_own_indexes_come_first() -> None:
    dialect = read(
        "cql.title = bib.title\ncql.author = bib.author all\ncql.any = cql.serverChoice\nboolean.or = no\n"
    )
    text = "@and @attr 1=4 a @and @attr 1=1003 b @attr 1=1016 c"
    assert writing.write(to_cql.cql(pqf.parse(text), dialect)) == "bib.title = a and (bib.author = b and c)"
    with pytest.raises(BadRpn) as caught:
        to_cql.cql(pqf.parse("@or a b"), dialect)
    assert (caught.value.number, caught.value.addinfo) == (110, "or")


def sayable(chance: random.Random, depth: int = 0) -> Node:
    """Trees as CQL makes them of the shipped table: they must come back the same."""
    if depth > 4 or chance.random() < 0.4:
        if chance.random() < 0.05:
            return ResultSet(name=chance.choice(("one", "two words")))
        attributes = [Attribute(type=1, value=chance.choice((4, 7, 8, 12, 21, 31, 1003, 1016, 1018)))]
        attributes.append(Attribute(type=4, value=1))
        for kind, values in ((2, (1, 2, 4, 5, 6, 101, 102)), (5, (1, 2, 3))):
            if chance.random() < 0.3:
                attributes.append(Attribute(type=kind, value=chance.choice(values)))
        if chance.random() < 0.2:
            attributes.append(Attribute(type=3, value=1))
        term = chance.choice(
            ("batik", "bumi manusia", 'a "b" c', "a\\b", "what?", "x*y", "^z", "é", "and", "(a)", "a/b=c")
        )
        return Operand(term=term, attributes=tuple(sorted(attributes, key=lambda one: one.type)))
    name = chance.choice(("and", "or", "not", "prox"))
    near = Proximity(
        distance=chance.randrange(9),
        ordered=chance.random() < 0.5,
        relation=chance.randrange(1, 7),
        unit=chance.randrange(1, 12),
    )
    return Operator(
        name=name,
        left=sayable(chance, depth + 1),
        right=sayable(chance, depth + 1),
        proximity=near if name == "prox" else None,
    )


def there_and_back(count: int, seed: int) -> int:
    chance, same = random.Random(seed), 0
    for _ in range(count):
        tree = sayable(chance)
        text = writing.write(to_cql.cql(Rpn(root=tree), shipped()))
        again = from_cql.rpn(parse(text, strict=True), shipped())
        assert sorted_node(again.root) == sorted_node(tree), text
        same += 1
    return same


def test_rpn_comes_back_from_cql() -> None:
    assert there_and_back(150, 1) == 150


@pytest.mark.slow
def test_five_thousand_trees_come_back_from_cql_or_are_refused() -> None:
    assert there_and_back(2_500, 2) == 2_500
    chance, ends = random.Random(3), dict[str, int]()
    for _ in range(2_500):
        end = ended(trees.rpn(chance))
        ends[end] = ends.get(end, 0) + 1
    assert sum(ends.values()) == 2_500
    assert len(ends) > 5


def ended(rpn: Rpn) -> str:
    try:
        text = writing.write(to_cql.cql(rpn, shipped()))
    except BadRpn as refusal:
        return str(refusal.number)
    parse(text, strict=True)
    return "cql"
