"""The SRU client finds the version, leaves out what a server does not bear and says so, and is not held up by anybody."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from foundation.fetch import Fetcher, FetchPolicy
from index.live.link import LinkFailed
from index.sru import asking as requests
from index.sru.asking import Spoken
from index.sru.client import Client
from index.sru.values import Endpoint, SortKey, Wish
from tests.index.sru.scripted import Said, Script, Seen, asking, diagnostic, marc, record, response, serving

TITLE = SortKey(index="dc.title", descending=True)


def only(version: str) -> Script:
    """A server that knows one version, and says so by diagnostic 5."""

    def script(seen: Seen) -> str:
        if seen.values.get("version") != version:
            return response(version=version, more=diagnostic(5, version))
        return response(record(marc()), hits=1, version=version)

    return script


# --- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("1.1", "version operation query startRecord maximumRecords recordPacking recordSchema sortKeys"),
        ("1.2", "version operation query startRecord maximumRecords recordPacking recordSchema"),
        (
            "2.0",
            "version operation query startRecord maximumRecords recordXMLEscaping recordSchema facetLimit",
        ),
    ],
)
def test_each_version_has_its_parameters(version: str, names: str) -> None:
    wish = Wish(
        query="batik", start=0, schema="dc", sort=(TITLE,), facets=(("dc.subject", 5), ("dc.date", 3))
    )
    pairs = requests.search(wish, Spoken(version=version))
    values = dict(pairs)
    assert [name for name, _ in pairs] == names.split()
    assert values["startRecord"] == "1"
    assert values["query"] == ("batik" if version == "1.1" else "batik sortby dc.title/sort.descending")
    assert values.get("sortKeys", "title,,0") == "title,,0"
    assert values.get("facetLimit", "5:dc.subject,3:dc.date") == "5:dc.subject,3:dc.date"


def test_version_2_is_asked_without_operation_once_it_is_known() -> None:
    assert "operation" not in dict(requests.search(Wish(query="a"), Spoken(version="2.0", operation=False)))
    assert "operation" in dict(requests.search(Wish(query="a"), Spoken(version="1.2", operation=False)))


def test_pqf_goes_by_the_parameter_of_yaz_and_is_never_given_a_sortby() -> None:
    pairs = dict(requests.search(Wish(query="@attr 1=4 a", pqf=True, sort=(TITLE,)), Spoken(version="1.2")))
    assert (pairs["x-pquery"], pairs["sortKeys"], "query" in pairs) == ("@attr 1=4 a", "title,,0", False)


def test_queries_are_sent_in_the_character_set_of_the_server() -> None:
    pairs = [("query", "Kuchař a+b")]
    assert "query=Kucha%C5%99%20a%2Bb" in requests.ready(pairs, Endpoint(url="http://a/b")).url
    assert (
        "query=Kucha%F8%20" in requests.ready(pairs, Endpoint(url="http://a/b", charset="windows-1250")).url
    )
    with pytest.raises(LinkFailed, match="latin-1") as caught:
        requests.ready([("query", "Ḥāfiẓ")], Endpoint(url="http://a/b", charset="latin-1"))
    assert caught.value.code == "unsupported"


def test_parameters_of_the_url_and_of_the_endpoint_stay() -> None:
    sent = requests.ready([("query", "a")], Endpoint(url="http://a/b?db=x", parameters={"key": "k&l"}))
    assert sent.url == "http://a/b?db=x&query=a&key=k%26l"


def test_a_long_request_is_posted_and_a_short_one_is_not() -> None:
    with (
        serving(lambda seen: response(hits=len(seen.values["query"]))) as server,
        asking(server.url) as client,
    ):
        assert client.search(Wish(query="a"), 30).hits == 1
        assert client.search(Wish(query="a" * 3000), 30).hits == 3000
    assert [one.method for one in server.seen] == ["GET", "POST"]
    assert server.seen[1].headers["content-type"] == "application/x-www-form-urlencoded"
    assert "?" not in server.seen[1].path


@pytest.mark.parametrize("status", [413, 414])
def test_what_is_too_long_for_the_server_is_posted(status: int) -> None:
    def script(seen: Seen) -> Said | str:
        return Said(b"", status) if seen.method == "GET" else response(hits=3)

    with serving(script) as server, asking(server.url) as client:
        assert client.search(Wish(query="a" * 1000), 30).hits == 3


@pytest.mark.parametrize("status", [405, 501, 302])
def test_a_server_that_takes_no_post_is_asked_by_get(status: int) -> None:
    def script(seen: Seen) -> Said | str:
        return Said(b"", status, {"Location": "/"}) if seen.method == "POST" else response(hits=3)

    with serving(script) as server, asking(server.url) as client:
        assert client.search(Wish(query="a" * 3000), 30).hits == 3


def test_a_method_that_is_set_is_kept() -> None:
    with serving(lambda seen: response(hits=3)) as server, asking(server.url, method="post") as client:
        client.search(Wish(query="a"), 30)
    assert [one.method for one in server.seen] == ["POST"]


def test_three_ways_to_say_who_we_are() -> None:
    with serving(lambda seen: response(hits=3)) as server:
        for settings in (
            {"auth": "basic", "user": "u", "password": "ü"},
            {"auth": "url", "user": "u", "password": "p"},
            {"parameters": {"apikey": "k"}},
        ):
            with asking(server.url, **settings) as client:
                client.search(Wish(query="a"), 30)
    basic, url, key = server.seen
    assert basic.headers["authorization"] == "Basic dTrDvA=="
    assert (url.values["x-username"], url.values["x-password"]) == ("u", "p")
    assert (key.values["apikey"], "authorization" in key.headers) == ("k", False)


def test_a_password_is_never_shown() -> None:
    shown = repr(Endpoint(url="http://a/b", password="rahasia", parameters={"key": "rahasia"}))
    assert "rahasia" not in shown


# --- which version -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "tries"), [("2.0", ["2.0"]), ("1.2", ["2.0", "1.2"]), ("1.1", ["2.0", "1.1"])]
)
def test_the_version_is_found_and_remembered(version: str, tries: list[str]) -> None:
    with serving(only(version)) as server, asking(server.url) as client:
        assert client.search(Wish(query="a"), 30).version == version
        assert client.search(Wish(query="a"), 30).version == version
    assert [one.values["version"] for one in server.seen] == [*tries, version]


def test_without_a_hint_the_versions_are_tried_in_turn() -> None:
    def script(seen: Seen) -> str:
        if seen.values["version"] != "1.1":
            return response(version="1.1", more=diagnostic(5))
        return response(record(marc()), hits=1, version="1.1")

    with serving(script) as server, asking(server.url) as client:
        assert client.search(Wish(query="a"), 30).hits == 1
    assert [one.values["version"] for one in server.seen] == ["2.0", "1.2", "1.1"]


@pytest.mark.parametrize(
    "odd",
    [
        Said("<html><title>Error</title></html>", 500),
        Said("", 400),
        Said("<explainResponse/>"),
        Said("no such version"),
        Said(""),
    ],
)
def test_whatever_a_server_answers_to_a_version_it_has_never_heard_of_the_next_is_tried(odd: Said) -> None:
    def script(seen: Seen) -> Said | str:
        return odd if seen.values["version"] == "2.0" else response(hits=2, version="1.2")

    with serving(script) as server, asking(server.url) as client:
        assert client.search(Wish(query="a"), 30).hits == 2


def test_a_server_that_answers_in_another_version_is_taken_at_its_namespace() -> None:
    with (
        serving(lambda seen: response(record(marc()), hits=1, version="1.1")) as server,
        asking(server.url) as client,
    ):
        assert client.search(Wish(query="a"), 30).hits == 1
        client.search(Wish(query="a", sort=(TITLE,)), 30)
    assert [one.values["version"] for one in server.seen] == ["2.0", "1.1"]
    assert server.seen[1].values["sortKeys"] == "title,,0"


def test_sorting_is_said_again_when_the_version_turns_out_older() -> None:
    with (
        serving(lambda seen: response(record(marc()), hits=1, version="1.1")) as server,
        asking(server.url) as client,
    ):
        client.search(Wish(query="a", sort=(TITLE,)), 30)
    assert server.seen[-1].values["sortKeys"] == "title,,0"


def test_a_version_that_is_set_is_kept_and_its_refusal_told() -> None:
    with serving(only("1.1")) as server, asking(server.url, version="2.0") as client:
        found = client.search(Wish(query="a"), 30)
    assert found.refused
    assert [one.code for one in found.diagnostics] == ["5"]
    assert len(server.seen) == 1


def test_being_turned_away_is_not_taken_for_another_version() -> None:
    with (
        serving(lambda seen: Said("", 401)) as server,
        asking(server.url) as client,
        pytest.raises(LinkFailed) as caught,
    ):
        client.search(Wish(query="a"), 30)
    assert caught.value.code == "rejected"
    assert len(server.seen) == 1


def test_explain_tells_the_version_too() -> None:
    explained = (
        '<explainResponse xmlns="http://www.loc.gov/zing/srw/"><version>1.1</version><record><recordData>'
        '<explain xmlns="http://explain.z3950.org/dtd/2.0/"><serverInfo version="1.2"/></explain></recordData></record>'
        "</explainResponse>"
    )
    with serving(lambda seen: explained) as server, asking(server.url) as client:
        assert client.explain(30).offered == "1.2"
        assert client.memory.of(client.key).spoken == Spoken(version="1.2")


# --- what is left out ----------------------------------------------------------------------------


def refusing(parameter: str, number: int, details: str = "") -> Script:
    """A server that refuses a search as long as a parameter is there."""

    def script(seen: Seen) -> str:
        there = parameter in seen.values or parameter in seen.values.get("query", "")
        return response(more=diagnostic(number, details)) if there else response(record(marc()), hits=1)

    return script


@pytest.mark.parametrize(
    ("parameter", "number", "details", "remark"),
    [
        ("recordSchema", 66, "dc", "schema_dropped"),
        ("sortby", 80, "", "sort_dropped"),
        ("sortby", 10, "syntax error near sortby", "sort_dropped"),
        ("recordPacking", 71, "xml", None),
        ("recordPacking", 8, "recordPacking", None),
        ("recordSchema", 6, "recordSchema", "schema_dropped"),
    ],
)
def test_what_a_server_does_not_bear_is_left_out_and_told(
    parameter: str, number: int, details: str, remark: str | None
) -> None:
    with serving(refusing(parameter, number, details)) as server, asking(server.url, version="1.2") as client:
        found = client.search(Wish(query="a", schema="dc", sort=(TITLE,)), 30)
    assert (found.hits, found.refused) == (1, False)
    assert [one.code for one in found.diagnostics] == ([remark] if remark else [])
    assert len(server.seen) == 2


def test_an_unknown_schema_told_in_each_record_is_left_out_and_remembered() -> None:
    def script(seen: Seen) -> str:
        if "recordSchema" in seen.values:
            inside = "<diagnostic><uri>info:srw/diagnostic/1/66</uri></diagnostic>"
            return response(record(inside), record(inside), hits=2)
        return response(record(marc()), record(marc()), hits=2)

    with serving(script) as server, asking(server.url, version="1.2") as client:
        for _ in range(2):
            found = client.search(Wish(query="a", schema="dc"), 30)
            assert [one.diagnostic for one in found.items] == [None, None]
            assert [one.code for one in found.diagnostics] == ["schema_dropped"]
    assert len(server.seen) == 3


def test_fewer_records_at_a_time_are_asked_for_when_the_server_minds() -> None:
    def script(seen: Seen) -> str:
        if int(seen.values["maximumRecords"]) > 20:
            return response(more=diagnostic(6, "maximumRecords"))
        return response(*[record(marc())] * int(seen.values["maximumRecords"]), hits=200)

    with serving(script) as server, asking(server.url, version="1.2") as client:
        assert len(client.search(Wish(query="a", count=100), 30).items) == 20
        assert len(client.search(Wish(query="a", count=100, start=21), 30).items) == 20
    assert [one.values["maximumRecords"] for one in server.seen] == ["100", "50", "20", "20"]


def test_facets_are_told_to_be_missing_before_2_0() -> None:
    with serving(lambda seen: response(hits=1)) as server, asking(server.url, version="1.2") as client:
        found = client.search(Wish(query="a", facets=(("dc.date", 5),)), 30)
    assert [one.code for one in found.diagnostics] == ["facets_dropped"]


def test_what_cannot_be_helped_is_told_and_not_tried_for_ever() -> None:
    with (
        serving(lambda seen: response(more=diagnostic(66))) as server,
        asking(server.url, version="1.2") as client,
    ):
        found = client.search(Wish(query="a", schema="dc"), 30)
    assert found.refused
    assert len(server.seen) == 2
    with (
        serving(lambda seen: response(more=diagnostic(16))) as server,
        asking(server.url, version="1.2") as client,
    ):
        assert client.search(Wish(query="a", schema="dc"), 30).refused
    assert len(server.seen) == 1


# --- HTTP and worse ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (Said("<html><body>Go away</body></html>", 403), "rejected", "web page"),
        (Said("", 429, {"Retry-After": "7"}), "rejected", "Retry-After: 7"),
        (Said("<p>Busy</p>", 503), "rejected", "Busy"),
        (Said("", 404), "protocol", ""),
        (Said("oops", 500), "protocol", ""),
    ],
)
def test_refusals_by_http_have_their_status_and_words(said: Said, code: str, words: str) -> None:
    with (
        serving(lambda seen: said) as server,
        asking(server.url, version="1.2") as client,
        pytest.raises(LinkFailed) as caught,
    ):
        client.search(Wish(query="a"), 30)
    assert caught.value.code == code
    assert (caught.value.diagnostics[0].set, caught.value.diagnostics[0].code) == ("http", str(said.status))
    assert words in caught.value.diagnostics[0].detail


def test_a_diagnostic_that_comes_with_an_error_of_http_is_told() -> None:
    with (
        serving(lambda seen: Said(response(more=diagnostic(2, "tonight")), 500)) as server,
        asking(server.url) as client,
    ):
        found = client.search(Wish(query="a"), 30)
    assert [(one.code, one.detail) for one in found.diagnostics] == [("2", "tonight")]


def test_compressed_answers_are_read() -> None:
    body = gzip.compress(response(record(marc()), hits=1).encode())
    with (
        serving(lambda seen: Said(body, headers={"Content-Encoding": "gzip"})) as server,
        asking(server.url) as client,
    ):
        assert client.search(Wish(query="a"), 30).hits == 1
    assert "gzip" in server.seen[0].headers["accept-encoding"]


def endless() -> Iterator[bytes]:
    yield response().encode()[:100]
    while True:
        yield b"<x/>" * 20_000


def bomb() -> Iterator[bytes]:
    yield gzip.compress(b" " * 12_000_000)


@pytest.mark.parametrize(
    ("pieces", "headers"),
    [(endless, {}), (bomb, {"Content-Encoding": "gzip"})],
    ids=["endless", "compressed bomb"],
)
def test_too_much_ends_at_the_limit(pieces: Callable[[], Iterator[bytes]], headers: dict[str, str]) -> None:
    with serving(lambda seen: Said(headers=headers, pieces=pieces)) as server, asking(server.url) as client:
        before = time.process_time()
        with pytest.raises(LinkFailed) as caught:
            client.search(Wish(query="a"), 30)
    assert caught.value.code == "too_big"
    assert time.process_time() - before < 10


def test_a_bomb_of_entities_is_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "&e{n - 1};&e{n - 1};&e{n - 1};">' for n in range(1, 40))
    body = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "ha">{entities}]><a>&e39;</a>'
    with (
        serving(lambda seen: body) as server,
        asking(server.url, version="1.2") as client,
        pytest.raises(LinkFailed, match="DOCTYPE") as caught,
    ):
        client.search(Wish(query="a"), 30)
    assert caught.value.code == "protocol"


def test_a_slow_drip_ends_at_its_deadline() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            time.sleep(0.02)
            yield b" "

    with serving(lambda seen: Said(pieces=drip)) as server, asking(server.url) as client:
        before = time.monotonic()
        with pytest.raises(LinkFailed) as caught:
            client.search(Wish(query="a"), 0.3)
    assert caught.value.code == "timeout"
    assert time.monotonic() - before < 10


def test_nobody_waiting_ends_an_answer_between_two_pieces() -> None:
    with (
        serving(lambda seen: Said(pieces=endless)) as server,
        asking(server.url) as client,
        pytest.raises(LinkFailed, match="nobody waits") as caught,
    ):
        client.search(Wish(query="a"), 30, given_up=lambda: True)
    assert caught.value.code == "timeout"


def test_a_server_that_is_not_there_is_told_apart_from_one_that_may_not_be_asked() -> None:
    with serving(lambda seen: "") as server:
        url = server.url
    with asking(url) as client, pytest.raises(LinkFailed) as caught:
        client.search(Wish(query="a"), 30)
    assert caught.value.code == "refused"
    public = Fetcher(FetchPolicy(user_agent="Silang tests"))
    with pytest.raises(LinkFailed) as caught:
        Client(public, Endpoint(url=url)).search(Wish(query="a"), 30)
    assert caught.value.code == "forbidden"


def test_a_connection_that_breaks_off_is_told() -> None:
    def short(seen: Seen) -> Any:
        return Said(response(hits=1).encode(), headers={"Content-Length": "99999", "Connection": "close"})

    with serving(short) as server, asking(server.url) as client, pytest.raises(LinkFailed) as caught:
        client.search(Wish(query="a"), 30)
    assert caught.value.code == "lost"
