"""A target's dialect is a text file that people may edit, and what is wrong with one is told by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.query import ACCESS_POINTS
from index.rpn.dialect import BadDialect, load, names, read, shipped
from index.rpn.tree import Attribute


def use(value: int | str) -> tuple[Attribute, ...]:
    return (Attribute(type=1, value=value),)


def test_lines_become_tables() -> None:
    made = read(
        "\ufeff# a comment\nset.dc = info:dc # and another\nset = info:dc\n\n"
        "Index.DC.Title\t= 1=4 2 = 3\nindex.dc.x = xd-1 1=title   4=1\nalways=6=1\nrelation.<= 2=1\nrelation.eq =\n"
        "access.title.phrase = 1=4 4=1\ncql.title = dc.title adj\nfallback.1016 = 1035 title\n"
        "boolean.or = no\nboolean.depth = 5\nquery.charset = CP1250\nquery.diacritics = strip\n"
    )
    assert (made.sets, made.default_set) == ({"dc": "info:dc"}, "info:dc")
    assert made.table["index.dc.title"] == (*use(4), Attribute(type=2, value=3))
    assert made.table["index.dc.x"] == (
        Attribute(type=1, value="title", set="1.2.840.10003.3.12"),
        Attribute(type=4, value=1),
    )
    assert made.table["relation.<"] == (Attribute(type=2, value=1),)
    assert made.table["relation.eq"] == ()
    assert made.access == {"title.phrase": (*use(4), Attribute(type=4, value=1))}
    assert made.cql == {"title": ("dc.title", "adj")}
    assert made.fallbacks == {1016: (1016, 1035, "title")}
    assert made.operators == {"and", "not", "prox"}
    assert (made.depth, made.charset, made.plain) == (5, "cp1250", True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("set.x", "NAME = VALUE"),
        ("= 1=4", "NAME = VALUE"),
        ("set.x =", "URI"),
        ("index.foo.bar = 1=4", "set.foo"),
        ("index = 1=4", "behind a dot"),
        ("always = x=3", "x=3"),
        ("always = 1=", "1="),
        ("always = bib-1", "before nothing"),
        ("always = nothing 1=4", "nothing"),
        ("access.tit = 1=4", "tit is no access point"),
        ("access.title.word.x = 1=4", "is none of"),
        ("cql.title =", "an index"),
        ("cql.title = a b c", "an index"),
        ("fallback.4 =", "fallback.USE"),
        ("boolean.xor = no", "boolean.xor"),
        ("boolean.or = maybe", "boolean.or"),
        ("boolean.depth = 0", "boolean.depth"),
        ("query.charset = klingon", "klingon"),
        ("query.charset = base64", "base64"),
        ("querry.charset = utf-8", "querry.charset"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line: str, why: str) -> None:
    with pytest.raises(BadDialect) as caught:
        read(f"# first\n{line}\nset.ok = info:ok\n")
    assert [number for number, _ in caught.value.faults] == [2]
    assert why in caught.value.faults[0][1]
    assert str(caught.value).startswith("line 2: ")


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(BadDialect) as caught:
        read("bla\nalways = x\nindex.a.b = 1=4\n")
    assert [number for number, _ in caught.value.faults] == [1, 2, 3]


def test_the_shipped_dialect_knows_what_people_search_by() -> None:
    made = shipped()
    assert "bib1" in names()
    assert made.access["title"] == use(4)
    local = {"format", "library"}  # codes of ours, which no target knows
    assert set(ACCESS_POINTS) - set(made.access) == local
    with pytest.raises(KeyError):
        shipped("../bib1")


def test_a_file_of_one_s_own_is_loaded_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(b"# caf\xe9\naccess.title = 1=title\n")
    assert load(path).access == {"title": use("title")}
    with pytest.raises(OSError):
        load(tmp_path / "none.txt")


@pytest.mark.peers
def test_the_file_that_yaz_ships_loads() -> None:
    path = Path("/usr/share/yaz/etc/pqf.properties")
    if not path.exists():
        pytest.skip("libyaz-dev is not installed")
    made = load(path)
    assert made.table["index.dc.title"] == use(4)
    assert made.table["position.firstandlast"] == (Attribute(type=3, value=3), Attribute(type=6, value=3))
    assert len(made.table) > 60
