"""Our SRU client searches servers from other hands, and our own, in every version."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from foundation.fetch import Fetcher, FetchPolicy
from foundation.strictxml import parse
from index.live.link import LinkFailed
from index.query import And, Not, Phrase, Range, Term
from index.record import Availability
from index.sru.client import Client
from index.sru.link import Means, open_link
from index.sru.memory import Memory
from index.sru.values import Answer, Endpoint, SortKey, Wish
from index.sru.workers import Workers
from index.targets import urls
from index.targets.profile import Dialect, Profile, Retrieval
from tests.peers.conftest import Server
from tests.peers.live.catalogues import Peer, ZTest

pytestmark = pytest.mark.peers

VERSIONS = ("1.1", "1.2", "2.0")
POLICY = FetchPolicy(any_address=True, user_agent="Silang tests")


@contextmanager
def asking(url: str, **settings: Any) -> Iterator[Client]:
    fetcher = Fetcher(POLICY)
    try:
        yield Client(fetcher, Endpoint(url=url, **settings))
    finally:
        fetcher.close()


def titles(answer: Answer) -> list[str]:
    """245 $a of MARCXML, the title of DC and MODS."""
    found = []
    for item in answer.items:
        root = parse(item.payload)
        marc = root.findtext('.//{*}datafield[@tag="245"]/{*}subfield[@code="a"]')
        found.append(marc or root.findtext(".//{*}title") or "")
    return found


# --- Zebra over MARCXML --------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("schema", "root"), [("marc", "record"), ("dc", "dc"), ("mods", "mods")])
def test_zebra_is_searched_in_each_version_method_and_schema(
    zebra_marcxml: Peer, version: str, method: str, schema: str, root: str
) -> None:
    with asking(zebra_marcxml.url(), version=version, method=method) as client:
        found = client.search(Wish(query="dc.title=aida", schema=schema, count=2), 30)
    assert (found.version, found.hits, len(found.items), found.diagnostics) == (version, 3, 2, ())
    assert {parse(one.payload).tag.rpartition("}")[2] for one in found.items} == {root}
    assert titles(found)[0].startswith("Aida 1913")


def test_zebra_speaks_2_0_and_is_found_to(zebra_marcxml: Peer) -> None:
    with asking(zebra_marcxml.url()) as client:
        assert client.search(Wish(query="dc.title=aida"), 30).version == "2.0"


def test_zebra_refuses_with_its_own_diagnostics(zebra_marcxml: Peer) -> None:
    with asking(zebra_marcxml.url()) as client:
        for query, number in (("dc.foo=a", "16"), ("dc.title=(", "10")):
            found = client.search(Wish(query=query), 30)
            assert (found.hits, found.refused, found.diagnostics[0].code) == (None, True, number), query
        beyond = client.search(Wish(query="dc.title=aida", start=99), 30)
        assert (beyond.hits, beyond.items, beyond.diagnostics[0].code) == (3, (), "61")
        unsorted = client.search(Wish(query="dc.title=aida", sort=(SortKey(index="dc.title"),)), 30)
        assert (unsorted.hits, unsorted.diagnostics[0].code) == (3, "sort_dropped")
        other = client.search(Wish(query="dc.title=aida", schema="unknown"), 30)
        assert [one.diagnostic for one in other.items] == [None] * 3
        assert [one.code for one in other.diagnostics] == ["schema_dropped"]


@pytest.mark.parametrize("version", VERSIONS)
def test_zebra_lists_terms(zebra_marcxml: Peer, version: str) -> None:
    with asking(zebra_marcxml.url(), version=version) as client:
        found = client.scan('dc.title="aida"', 3, 30)
    assert (found.entries[0].term, found.entries[0].count, len(found.entries)) == ("Aida", 3, 3)


@pytest.mark.parametrize("version", VERSIONS)
def test_zebra_explains_its_indexes_and_schemas(zebra_marcxml: Peer, version: str) -> None:
    with asking(zebra_marcxml.url(), version=version) as client:
        said = client.explain(30)
    assert (said.host, said.port, said.title) == ("127.0.0.1", zebra_marcxml.port, "Operas and others")
    assert [one.names for one in said.indexes] == [(("dc", "title"),), (("dc", "creator"), ("bath", "name"))]
    assert [(one.name, one.retrieve) for one in said.schemas] == [
        ("marc", True),
        ("dc", True),
        ("mods", True),
    ]
    assert (said.settings["maximumRecords"], said.defaults["numberOfRecords"]) == ("100", "10")


# --- Zebra over ISO 2709: a login, and sorting ---------------------------------------------------


@pytest.mark.parametrize(("auth", "hits"), [("none", None), ("basic", 10), ("url", 10)])
@pytest.mark.parametrize("method", ["get", "post"])
def test_zebra_lets_in_whoever_says_who_they_are(
    zebra_iso2709: Peer, auth: str, method: str, hits: int | None
) -> None:
    who = {"auth": auth, "user": zebra_iso2709.user, "password": zebra_iso2709.password}
    with asking(zebra_iso2709.url(), method=method, **who) as client:
        found = client.search(Wish(query="@attr 1=4 the", pqf=True, count=1), 30)
    assert found.hits == hits
    assert [one.code for one in found.diagnostics] == ([] if hits else ["3"])


def test_a_wrong_password_turns_the_link_away(zebra_iso2709: Peer) -> None:
    async def whole() -> None:
        where = Profile(code="t", address=urls.read(zebra_iso2709.url()), dialect=Dialect(query="pqf"))
        means = Means(
            policy=POLICY, workers=Workers(), memory=Memory(), pqf=lambda query, profile: "@attr 1=4 the"
        )
        deadline = asyncio.get_running_loop().time() + 30
        link = await open_link(where, "wrong", means, deadline)
        try:
            await link.search(Term(text="the", field="title"), deadline=deadline)
        finally:
            await link.close()

    with pytest.raises(LinkFailed, match="Authentication") as caught:
        asyncio.run(whole())
    assert caught.value.code == "rejected"


# --- yaz-ztest: OPAC records and facets ----------------------------------------------------------


def test_ztest_gives_copies_with_its_opac_records(ztest: ZTest) -> None:
    with asking(ztest.url()) as client:
        found = client.search(Wish(query="42", pqf=True, schema="OP", count=1), 30)
    copy = found.items[0].holdings[0]
    assert found.hits == 42
    assert parse(found.items[0].payload).tag == "{http://www.loc.gov/MARC21/slim}record"
    assert (copy.call_number, copy.availability) == ("MLCM 89/00602 (N)", Availability.AVAILABLE)


def test_ztest_counts_facets_in_2_0_alone(ztest: ZTest) -> None:
    wish = Wish(query="42", pqf=True, count=1, facets=(("title", 3),))
    with asking(ztest.url(), version="2.0") as client:
        assert client.search(wish, 30).facets == (
            ("title", (("title0", 100), ("title1", 90), ("title2", 80))),
        )
    with asking(ztest.url(), version="1.2") as client:
        found = client.search(wish, 30)
        assert (found.hits, found.facets, [one.code for one in found.diagnostics]) == (
            42,
            (),
            ["facets_dropped"],
        )


def test_a_slow_ztest_ends_at_the_deadline(ztest: ZTest) -> None:
    with (
        asking(ztest.url("Slow3"), version="1.2") as client,
        pytest.raises(LinkFailed) as caught,
    ):
        client.search(Wish(query="42", pqf=True), 0.3)
    assert caught.value.code == "timeout"


def test_an_unknown_database_is_told(ztest: ZTest) -> None:
    with asking(ztest.url("Nowhere"), version="1.2") as client, pytest.raises(LinkFailed) as caught:
        client.search(Wish(query="42", pqf=True), 30)
    assert [(one.set, one.code) for one in caught.value.diagnostics] == [("http", "404")]


def test_records_of_ours_come_through_and_a_broken_one_alone_is_missed(ztest: ZTest) -> None:
    name = ztest.serve("sru", "<one>ā</one>", "<two>", "<three/>")
    with asking(ztest.url(), version="1.2") as client:
        found = client.search(Wish(query="3", pqf=True, schema=name, count=3), 30)
    assert [one.diagnostic is None for one in found.items] == [True, False, True]
    assert parse(found.items[0].payload).text == "ā"


# --- our own server ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["", *VERSIONS])
@pytest.mark.parametrize("schema", ["marcxml", "dc", "mods"])
def test_our_server_is_searched_in_each_version(server: Server, version: str, schema: str) -> None:
    with asking(server.url, version=version) as client:
        found = client.search(Wish(query="lumbung", schema=schema, count=4, start=2), 30)
        long = client.search(
            Wish(query=" or ".join(["lumbung"] * 30) + " or " + "x" * 1900, schema=schema), 30
        )
    assert (found.version, found.hits, len(found.items)) == (version or "2.0", 15, 4)
    assert [one.position for one in found.items] == [2, 3, 4, 5]
    assert long.hits == 15 or long.refused
    assert all("umbung" in one for one in titles(found))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("descending", [False, True])
def test_our_server_sorts_for_our_client(server: Server, version: str, descending: bool) -> None:
    sort = (SortKey(index="dc.date" if version != "1.1" else "date", descending=descending),)
    with asking(server.url, version=version) as client:
        found = client.search(Wish(query="lumbung", count=15, schema="dc", sort=sort), 30)
    assert found.diagnostics == ()
    years = [parse(one.payload).findtext(".//{*}date") for one in found.items]
    assert years == sorted(years, key=str, reverse=descending)
    assert len(set(years)) > 1


def test_our_server_counts_facets_lists_terms_and_explains_itself_to_our_client(server: Server) -> None:
    with asking(server.url) as client:
        found = client.search(Wish(query="lumbung", count=1, facets=(("dc.date", 3), ("dc.language", 2))), 30)
        assert {name for name, _ in found.facets} == {"dc.date", "dc.language"}
        assert all(count >= 1 for _, values in found.facets for _, count in values)
        assert client.scan("dc.creator=purwakala", 2, 30).entries[0].term
        said = client.explain(30)
    assert ("dc", "title") in {name for index in said.indexes for name in index.names}
    assert {index.title for index in said.indexes if index.sort} >= {"Title", "Year of publication"}
    assert {one.name for one in said.schemas} >= {"marcxml", "dc", "mods"}
    assert said.settings["maximumRecords"] == "100"


def test_our_server_refuses_our_client_in_words(server: Server) -> None:
    for version in VERSIONS:
        with asking(server.url, version=version) as client:
            found = client.search(Wish(query="dc.foo=a"), 30)
        assert (found.refused, found.diagnostics[0].code, found.diagnostics[0].detail) == (
            True,
            "16",
            "dc.foo",
        )


# --- the link ------------------------------------------------------------------------------------


def linked(
    url: str, query: Any, *, dialect: Dialect, schema: str = "", want: int = 20
) -> tuple[Any, list[Any]]:
    """What a link finds and all records that it fetches."""

    async def whole() -> tuple[Any, list[Any]]:
        deadline = asyncio.get_running_loop().time() + 60
        where = Profile(code="t", address=urls.read(url), dialect=dialect, retrieval=Retrieval(schema=schema))
        link = await open_link(where, "", Means(policy=POLICY, workers=Workers(), memory=Memory()), deadline)
        try:
            found = await link.search(query, deadline=deadline, first=5)
            got = list(found.records)
            while len(got) < min(want, found.hits or 0):
                page = await link.fetch(len(got) + 1, 5, deadline=deadline)
                if not page:
                    break
                got += page
            return found, got
        finally:
            await link.close()

    return asyncio.run(whole())


def test_a_link_pages_through_zebra(zebra_marcxml: Peer) -> None:
    found, got = linked(
        zebra_marcxml.url(), Term(text="opera", field="title"), dialect=Dialect(query="cql"), schema="marc"
    )
    assert len(got) == min(20, found.hits)
    assert [one.position for one in got] == list(range(1, len(got) + 1))
    assert len({one.payload for one in got}) == len(got)


def test_a_link_asks_our_server_everything_that_a_query_can_say(server: Server) -> None:
    cql = Dialect(query="cql")
    for query, hits in (
        (Term(text="lumbung"), 15),
        (Phrase(text="batik pesisir", field="title"), 1),
        (
            And(
                parts=(Term(text="lumbung"), Range(low=1, high=1)),
            ),
            0,
        ),
        (And(parts=(Term(text="lumbung"), Not(part=Term(text="lumbung")))), 0),
    ):
        found, got = linked(server.url, query, dialect=cql, schema="marcxml")
        assert (found.hits, len(got)) == (hits, hits), query
