"""PQF is read and written as YAZ does, and every refusal names its place."""

from __future__ import annotations

import random

import pytest

from index.rpn import pqf, sets
from index.rpn.pqf import BadPqf, parse, write
from index.rpn.tree import BIB1, Attribute, Node, Operand, Operator, Proximity, ResultSet, Rpn
from tests.index.rpn import trees
from tests.index.rpn.judge import Judge

EXP1 = "1.2.840.10003.3.2"

#: PQF that means the same to YAZ and to us.
SAME = (
    "a", '"a b"', "{a b}", '{a "b" c}', '"a \\"b\\" c"', "a\\ b", "a\\\\b", '"a\\', 'a"b', '"a', "{a", '""', "\\@and",
    "@foo", "@ ", "é", "\\x41", "\\xC3\\xA9", "\\101b", "\\000", "\\n\\t\\r\\fz", "a\\x00b", "\\q\\7\\9", "}", "a}",
    "@attr 1=4 x", "@attr 1=4 @attr 2=3 x", "@attr bib-1 1=4 @attr 2=3 x", "@attr 1=title x", "@attr 1=4abc x",
    "@attr 1=-4 x", "@attr 1=4,5 x", '@attr "1=a b" x', "@attr {1=a b} x", "@attr 1=a\\ b x", '@attr 1=a\\"b x',
    "@attr 1=\\4 x", "@attr 1=\\x41 x", "@attr 1=é x", "@attr 1=a=b x", '@attr "1=@and" x', "@attr 1=04 x", "@1=4 x",
    "@attr 1=4 @1=5 x", "@attr 1=4 @attr 1=5 x", "@attr 1=4 @attr bib-1 1=5 x", "@attr 0=4 a", "@attr 1=0 a",
    "@attr 2=3 @attr exp1 1=4 @and @attr 1=5 a b", "@attr bib-1 1=4 @and a @attr 2=3 b",
    "@attr 1=4 @and @attr exp1 2=3 a b", "@attr exp-1 1=4 @attr 1.2.840.10003.3.1 2=3 a", "@attr 1.2 1=4 a",
    "@attr xd-1 1=4 a", "@attr GILS 1=4 a", "@attr Geo-attset 1=4 a", "@attr zthes 1=4 a", "@attr 1=4 @set a",
    "@set one", '@set "one two"', "@set @term", '@set \\"', '@set "a\\x41"', '@set {a"b}', "@and @set a @set b",
    "@term numeric 12", "@term numeric -3", "@term string 12", "@term general 12", "@term date 2020",
    "@attr 1=4 @term string abc", "@term string @attr 1=4 abc", "@term string @and a b",
    "@and @term numeric 1 @term general b", "@term numeric @and 1 2", '@term string "\\xC3\\xA9"',
    "@and a b", "@or a b", "@not a b", "@and @or a b @not c d", "@and a @and b @and c d", '@and "" a',
    "@prox 0 3 1 2 k 2 a b", "@prox void 3 1 2 known 2 a b", "@prox 1 3 0 6 private 2 a b",
    "@prox 0 3 1 9 k 2 a b", "@prox 0 0003 1 2 k 2 a b", "@prox 0 3 1 2 p 2 a b", '@prox "0" 3 1 2 kk 2 a b',
    "@prox 0 3 1 2 1 2 a b", "@prox 0 3 1 2 2 2 a b", "@prox 0 3 1 2 k 2 @set a @set b",
    "@attrset exp-1 a", "@attrset bib-1 @attr 1=4 a", "@attrset 1.2.3 @attr 1=4 a", '@attrset "bib-1" a',
    " a", '"a" ', "  @and   a   b ",
)  # fmt: skip

#: What neither reads.
NEITHER = {
    "": ("missing", 0),
    " ": ("missing", 1),
    "@attr 1=4": ("missing", 9),
    "@and a": ("missing", 6),
    "@prox 0 3 1 2 k 2 a": ("missing", 19),
    "a b": ("extra", 2),
    "@and a b c": ("extra", 9),
    "@AND a b": ("extra", 5),
    "@andx a b": ("extra", 6),
    '"@and" a b': ("extra", 7),
    '"a"b': ("extra", 3),
    "{a {b} c}": ("extra", 7),
    '@attr 1="a b" x': ("extra", 14),
    "@attr 1=4 @attrset bib-1 a": ("extra", 19),
    "@attr x=4 y": ("bad_attribute", 6),
    "@attr =4 y": ("bad_attribute", 6),
    "@attr \\1=4 x": ("bad_attribute", 6),
    "@attr 1 = 4 y": ("unknown_set", 6),
    "@attr bogus 1=4 a": ("unknown_set", 6),
    "@attrset bogus a": ("unknown_set", 9),
    "@4": ("unknown_set", 1),
    "@prox 0 3 1 2 k w a b": ("bad_number", 16),
    "@prox 0 x 1 2 k 2 a b": ("bad_number", 8),
    "@prox 0 -3 1 2 k 2 a b": ("bad_number", 8),
    "@prox 2 3 1 2 k 2 a b": ("bad_proximity", 6),
    "@prox 0 3 1 2 x 2 a b": ("bad_proximity", 14),
    "@prox 0 3 2 2 k 2 a b": ("bad_proximity", 10),
}

#: What YAZ reads as nothing or zero, and we refuse.
STRICTER = {
    "@attr 1= x": "bad_attribute",
    "@term numeric x": "bad_number",
    "@term null x": "bad_term",
    "@term oid 1.2": "bad_term",
    "@term bogus x": "bad_term",
    "@attr 1.2.x 1=4 a": "unknown_set",
    "@attr 1=99999999999 x": "bad_number",
}


def refused(text: str) -> tuple[str, int]:
    with pytest.raises(BadPqf) as caught:
        parse(text)
    return caught.value.code, caught.value.position


def test_a_query_becomes_its_tree() -> None:
    near = Proximity(distance=3, ordered=True, relation=2, unit=2)
    assert parse('@attr 2=3 @prox 0 3 1 2 k 2 @attr 1=4 "a b" @set one') == Rpn(
        root=Operator(
            name="prox",
            left=Operand(term="a b", attributes=(Attribute(type=2, value=3), Attribute(type=1, value=4))),
            right=ResultSet(name="one"),
            proximity=near,
        )
    )
    assert parse("@attrset exp-1 @attr bib-1 1=title \\xff").root == Operand(
        term=b"\xff", attributes=(Attribute(type=1, value="title", set=BIB1),)
    )


def test_a_tab_and_the_end_of_a_line_part_words() -> None:
    assert parse("@and\ta\r\nb\n") == parse("@and a b")


@pytest.mark.parametrize("text", sorted(NEITHER))
def test_a_refusal_has_a_code_and_a_place(text: str) -> None:
    assert refused(text) == NEITHER[text]


@pytest.mark.parametrize("text", sorted(STRICTER))
def test_what_would_be_read_as_nothing_is_refused(text: str) -> None:
    assert refused(text)[0] == STRICTER[text]


def test_what_is_too_much_is_refused() -> None:
    assert refused("x" * 32_769)[0] == "too_long"
    assert refused("@and " * 101 + "a " * 102)[0] == "too_deep"
    assert refused("@and " * 5_000)[0] == "too_deep"
    assert refused("@attr 1=1 " + "".join(f"@attr {n}=1 " for n in range(2, 40)) + "a")[0] == "too_many"
    wide = "a"
    for _ in range(11):
        wide = f"@or {wide} {wide}"
    assert refused(wide)[0] == "too_many"
    assert parse("@and " * 100 + "a " * 101)


@pytest.mark.parametrize("text", SAME)
def test_what_is_written_reads_as_the_same_tree(text: str) -> None:
    tree = parse(text)
    assert parse(write(tree)) == tree


@pytest.mark.parametrize(
    "term", ['Say "no"', '5" disks', "back\\slash", "{", "@and", "", "a\tb", "Ürgüp", "\\x41", "\0"]
)
def test_signs_in_a_term_survive(term: str) -> None:
    assert parse(write(Rpn(root=Operand(term=term)))).root == Operand(term=term)


@pytest.mark.parametrize(
    "node",
    [
        Operand(term="a", attributes=(Attribute(type=1, value=4), Attribute(type=1, value=5))),
        Operand(term="a", attributes=(Attribute(type=1, value=""),)),
        Operand(term="a", attributes=(Attribute(type=1, value=-1),)),
        Operator(name="near", left=Operand(term="a"), right=Operand(term="b")),
        Operator(name="prox", left=Operand(term="a"), right=Operand(term="b")),
        ResultSet(name='both " and }'),
        ResultSet(name="\0"),
    ],
)
def test_what_cannot_be_said_is_not_written(node: Node) -> None:
    with pytest.raises(BadPqf) as caught:
        write(Rpn(root=node))
    assert caught.value.code == "unwritable"


def test_sets_have_names_and_numbers() -> None:
    assert sets.oid("BIB1") == sets.oid("bib-1") == sets.oid(BIB1) == BIB1
    assert sets.oid("stas") == sets.oid("STAS-attset") == "1.2.840.10003.3.6"
    assert sets.oid("nothing") is None
    assert [sets.name(sets.oid(name) or "") for name in ("bib2", "zthes")] == ["Bib-2", "Zthes"]
    assert sets.name("1.2.3") == "1.2.3"


def written_and_read(count: int, seed: int) -> list[Rpn]:
    chance, made = random.Random(seed), []
    for _ in range(count):
        tree = trees.rpn(chance)
        assert parse(write(tree)) == tree
        made.append(tree)
    return made


def test_any_tree_survives_being_written() -> None:
    written_and_read(200, 1)


@pytest.mark.slow
def test_five_thousand_trees_survive_being_written() -> None:
    written_and_read(5_000, 2)


def ended(text: str) -> tuple[str, int]:
    """(tree, unwritable or the code of the refusal; its place)."""
    try:
        tree = parse(text)
        same = parse(write(tree)) == tree
    except BadPqf as error:
        return error.code, error.position
    return ("tree" if same else "another tree"), 0


def read_whatever(count: int, seed: int) -> dict[str, int]:
    """Mutated PQF: what each ends in."""
    chance, ends = random.Random(seed), dict[str, int]()
    for _ in range(count):
        text = " ".join(chance.choice(SAME) for _ in range(chance.randrange(1, 4)))
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(text) + 1)
            match chance.randrange(4):
                case 0:
                    text = text[:at] + text[at + chance.randrange(1, 6) :]
                case 1:
                    text = (
                        text[:at]
                        + chance.choice(('"', "\\", "{", "}", "@", "=", " ", "\x00", "\ud800", "é"))
                        + text[at:]
                    )
                case 2:
                    text = text[:at] + text[at:] * chance.randrange(1, 4)
                case _:
                    text = (
                        text[:at]
                        + chance.choice(("@and ", "@prox ", "@attr ", "@set ")) * chance.randrange(1, 200)
                        + text[at:]
                    )
        end, place = ended(text)
        assert 0 <= place <= len(text)
        ends[end] = ends.get(end, 0) + 1
    return ends


def test_whatever_is_written_ends_in_a_tree_or_a_code() -> None:
    ends = read_whatever(300, 3)
    assert sum(ends.values()) == 300
    assert {"tree", "missing", "extra"} <= set(ends)
    assert "another tree" not in ends


@pytest.mark.peers
def test_libyaz_reads_the_same_trees() -> None:
    judge = Judge()
    for text in SAME:
        assert judge.pqf(text) == parse(text), text
    for text in NEITHER:
        assert judge.pqf(text) is None, text


@pytest.mark.peers
def test_libyaz_reads_what_we_write_as_it_was_meant() -> None:
    judge = Judge()
    for tree in written_and_read(1_500, 4):
        assert judge.pqf(write(tree)) == tree, write(tree)


def test_the_longest_text_takes_little_time() -> None:
    import time

    before = time.process_time()
    for piece in ('"', "\\", "{", "@attr 1=4 ", "@and ", "a ", "@term numeric "):
        text = piece * (pqf.MAX_CHARS // len(piece))
        refused(text) if piece not in ("\\", "{", '"') else pqf.split(text)
    assert time.process_time() - before < 5
