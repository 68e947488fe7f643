"""Addresses and attributes as people write them."""

from __future__ import annotations

import pytest

from index.rpn.tree import Attribute
from index.targets import dialects, flat
from index.targets.attributes import USUAL, bib1, said
from index.targets.profile import Address
from index.targets.urls import BadAddress, read


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("z3950://cat.example:2211/TOUT", Address(host="cat.example", port=2211, databases=("TOUT",))),
        ("z3950s://cat.example/a+b", Address(host="cat.example", databases=("a", "b"), tls=True)),
        ("cat.example:7090/voyager", Address(host="cat.example", port=7090, databases=("voyager",))),
        ("tcp:127.0.0.1:9999", Address(host="127.0.0.1", port=9999)),
        ("ssl:cat.example:992/x", Address(host="cat.example", port=992, databases=("x",), tls=True)),
        ("z3950://[::1]:210/x", Address(host="::1", databases=("x",))),
        (
            "z3950://h:99/Default?search-delay=1",
            Address(host="h", port=99, databases=("Default?search-delay=1",)),
        ),
        (
            "https://cat.example/api/SRU",
            Address(protocol="sru", host="cat.example", port=443, databases=(), path="/api/SRU", tls=True),
        ),
        (
            "sru+http://h:8000/db?x=1",
            Address(protocol="sru", host="h", port=8000, databases=(), path="/db?x=1"),
        ),
    ],
)
def test_an_address_is_read_in_every_usual_spelling(text: str, address: Address) -> None:
    assert read(text) == address
    assert read(address.url) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "bad_url"),
        ("ftp://x/y", "bad_url"),
        ("z3950://h:99999/x", "bad_url"),
        ("z3950://h:0/x", "bad_url"),
        ("z3950://a b/x", "bad_url"),
        ("z3950://u:p@h/x", "credentials_in_url"),
        ("z3950://h/a/b", "bad_database"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(BadAddress) as refused:
        read(text)
    assert refused.value.reason == reason


def test_attributes_are_written_as_they_are_read() -> None:
    assert bib1("@attr 1=4 @attr 4=1") == (Attribute(type=1, value=4), Attribute(type=4, value=1))
    assert bib1("1=title 1.2.840.10003.3.2!4=2")[1].set == "1.2.840.10003.3.2"
    for combinations in USUAL.values():
        for one in combinations:
            assert bib1(said(one)) == one


@pytest.mark.parametrize("text", ["4", "x=4", "1=", "0=4", "=4"])
def test_what_is_no_attribute_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        bib1(text)


def test_a_profile_gives_the_dialect_in_which_queries_are_sent() -> None:
    profile = flat.read(
        {
            "code": "x",
            "url": "z3950://h/x",
            "attributes": {
                "any": ["1=1035", "1=1010"],
                "title": ["1=4 4=6"],
                "year": ["1=31"],
                "subject": [],
            },
            "always": "2=3",
            "query_charset": "windows-1250",
            "operators": ["and"],
            "table": "index.dc.title = 1=5\nstructure.word = 4=6\n",
        }
    )
    found = dialects.of(profile)
    assert found.access["title"] == bib1("1=4 4=6")
    assert "subject" not in found.access
    assert found.fallbacks[1035] == (1035, 1010)
    assert found.access["year"] == bib1("1=31 4=4")
    assert found.table["always"] == bib1("2=3")
    assert found.table["index.dc.title"] == bib1("1=5")
    assert found.table["structure.word"] == bib1("4=6")
    assert found.charset == "windows-1250"
    assert found.operators == {"and", "prox"}
