"""CQL is read as the standard says, leniently as other servers do, and every refusal names its place."""

from __future__ import annotations

import json
import random
import time
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from index.cql import parser, writing
from index.cql.parser import parse
from index.cql.tree import BadCql, Clause, Cql, Modifier, Node, Operator, Run, Scoped
from tests.index.cql.libyaz import Libyaz

NS = {"x": writing.XCQL}

#: What libyaz lets pass and we refuse: behind sort keys it stops to look.
LOOSER = ("a sortby b =",)


@cache
def cases() -> list[tuple[bool, bool, str]]:
    """(lenient takes it, strict takes it, query)."""
    lines = Path(__file__).with_name("cases.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [
        (lenient == "yes", strict == "yes", json.loads(text))
        for lenient, strict, text in (line.split("\t") for line in lines)
    ]


def takes(query: str, *, strict: bool) -> bool:
    try:
        parse(query, strict=strict)
    except BadCql:
        return False
    return True


def test_every_case_is_taken_or_refused_as_listed() -> None:
    wrong = [
        query
        for lenient, strict, query in cases()
        if (takes(query, strict=False), takes(query, strict=True)) != (lenient, strict)
    ]
    assert wrong == []
    assert len(cases()) >= 150


@pytest.mark.peers
def test_libyaz_takes_and_refuses_the_same() -> None:
    judge = Libyaz()
    assert [query for lenient, _, query in cases() if judge.accepts(query) != lenient] == []
    for query in LOOSER:
        assert judge.accepts(query)
        assert not takes(query, strict=False)


@pytest.mark.peers
def test_libyaz_takes_what_we_write() -> None:
    judge = Libyaz()
    for lenient, _, query in cases():
        if lenient:
            assert judge.accepts(writing.write(parse(query))), query


def bare(node: Node) -> Node:
    """The tree without places."""
    match node:
        case Clause():
            return Clause(
                term=node.term, index=node.index, relation=node.relation.lower(), modifiers=node.modifiers
            )
        case Run(first=first, rest=rest):
            return Run(
                first=bare(first),
                rest=tuple((Operator(name=o.name, modifiers=o.modifiers), bare(part)) for o, part in rest),
            )
        case Scoped(prefixes=prefixes, part=part):
            return Scoped(prefixes=prefixes, part=bare(part))


def shape(cql: Cql) -> tuple[Node, list[tuple[str, tuple[Modifier, ...]]]]:
    return bare(cql.root), [(key.index, key.modifiers) for key in cql.sort]


def test_what_is_written_is_strict_and_reads_as_the_same_tree() -> None:
    for lenient, _, query in cases():
        if lenient:
            tree = parse(query)
            written = writing.write(tree)
            again = parse(written, strict=True)
            assert writing.write(again) == written
            odd_end = query.endswith("\\")  # a backslash that protects nothing is written as itself
            assert odd_end or shape(again) == shape(tree), (query, written)


def test_a_tree_has_what_was_written() -> None:
    tree = parse(
        'dc.title any/relevant/rel.algorithm=cori "fish frog" not y sortby dc.date/sort.descending z'
    )
    assert isinstance(tree.root, Run)
    first = tree.root.first
    assert isinstance(first, Clause)
    assert (first.index, first.relation, first.term) == ("dc.title", "any", "fish frog")
    assert first.modifiers == (
        Modifier(name="relevant"),
        Modifier(name="rel.algorithm", relation="=", value="cori"),
    )
    assert [operator.name for operator, _ in tree.root.rest] == ["not"]
    assert [key.index for key in tree.sort] == ["dc.date", "z"]


def test_booleans_are_read_from_left_to_right_without_precedence() -> None:
    root = etree.fromstring(writing.xcql(parse("a or b and c")))
    assert root.findtext("x:boolean/x:value", namespaces=NS) == "and"
    assert root.findtext("x:leftOperand/x:triple/x:boolean/x:value", namespaces=NS) == "or"
    assert root.findtext("x:rightOperand/x:searchClause/x:term", namespaces=NS) == "c"


def test_xcql_has_its_parts_in_order() -> None:
    root = etree.fromstring(writing.xcql(parse('> dc = "u" dc.title =/stem "a<b" sortby x/sort.descending')))
    assert [etree.QName(child).localname for child in root] == [
        "prefixes", "index", "relation", "term", "sortKeys",
    ]  # fmt: skip
    assert root.findtext("x:relation/x:modifiers/x:modifier/x:type", namespaces=NS) == "stem"
    assert root.findtext("x:term", namespaces=NS) == "a<b"
    assert root.findtext("x:prefixes/x:prefix/x:identifier", namespaces=NS) == "u"
    assert root.findtext("x:sortKeys/x:key/x:index", namespaces=NS) == "x"


def test_lenient_words_become_one_term_and_brackets_take_their_relation() -> None:
    assert bare(parse("karl may").root) == Clause(term="karl may")
    assert bare(parse("a and not b").root) == bare(parse("a not b").root)
    assert bare(parse("a and not = b").root) == bare(parse('a and "not" = b').root)
    assert bare(parse("title = (x or y)").root) == bare(parse("title = x or title = y").root)


@pytest.mark.parametrize(
    ("query", "number", "position"),
    [
        ("", 10, 0),
        ("a and", 10, 5),
        ("a and )", 10, 6),
        ("title = ", 10, 8),
        ("(a or b", 13, 0),
        ("a)", 13, 1),
        ('title = "a', 14, 8),
        ("a =/ b", 10, 6),
        ("a and (c", 13, 6),
        ("a sortby", 10, 8),
        ("> x = ", 10, 6),
        ("x" * 8193, 12, 8192),
        ("(" * 51 + "a" + ")" * 51, 13, 51),
        (" or ".join(["a"] * 257), 38, 4 * 256 + 256),
        ("a =" + "/x" * 257 + " b", 38, 3 + 2 * 256 + 1),
    ],
)
def test_a_refusal_has_a_number_and_a_place(query: str, number: int, position: int) -> None:
    with pytest.raises(BadCql) as caught:
        parse(query, strict=True)
    assert (caught.value.number, caught.value.position) == (number, position)


def mutated(chance: random.Random) -> str:
    queries = [query for lenient, _, query in cases() if lenient]
    text = (
        chance.choice(queries)
        + " "
        + chance.choice(("and", "or", "", "sortby", "="))
        + " "
        + chance.choice(queries)
    )
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[at + chance.randrange(1, 6) :]
            case 1:
                text = text[:at] + chance.choice('()"\\/=<>*?^ \n\x00\ud800é') + text[at:]
            case 2:
                text = text[:at] + text[at:] * chance.randrange(1, 4)
            case 3:
                text = text[:at] + chr(chance.randrange(0x110000)) + text[at:]
            case _:
                text = text[:at] + chance.choice('(["\\>/') * chance.randrange(1, 70) + text[at:]
    return text


def run_mutations(count: int, seed: int) -> dict[str, int]:
    from index.cql import profile, translate

    chance, ends = random.Random(seed), dict[str, int]()
    for _ in range(count):
        text = mutated(chance)
        try:
            tree = parse(text, strict=chance.random() < 0.5)
            again = parse(writing.write(tree), strict=True)
            assert writing.write(again) == writing.write(tree)
            etree.fromstring(writing.xcql(tree))
            translate.sort(tree, profile.shipped())
            translate.query(tree, profile.shipped())
            end = "query"
        except BadCql as refused:
            ends["misplaced"] = ends.get("misplaced", 0) + (not 0 <= refused.position <= len(text))
            end = str(refused.number)
        ends[end] = ends.get(end, 0) + 1
    assert ends.pop("misplaced") == 0
    return ends


def test_mutated_queries_end_in_a_named_result() -> None:
    ends = run_mutations(300, 1)
    assert sum(ends.values()) == 300
    assert {"query", "10"} <= set(ends)


@pytest.mark.slow
def test_ten_thousand_mutated_queries_end_in_a_named_result() -> None:
    assert sum(run_mutations(10_000, 2).values()) == 10_000


@pytest.mark.parametrize(
    "piece", ["(", '"', "\\", "a ", "a and ", ">a=b ", "a=", "/x", "a/", '"a" ', "a b.c ", "= ", '\\"']
)
def test_the_longest_query_takes_little_time(piece: str) -> None:
    text = piece * (parser.MAX_CHARS // len(piece))
    before = time.process_time()
    takes(text, strict=False)
    takes(text, strict=True)
    # A tenth of it is usual; what grows faster than the text takes minutes.
    assert time.process_time() - before < 2
