"""The checks that validators of OAI-PMH providers make, numbered, and some more of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from foundation.db import Database, metadata
from tests.conftest import TestClock
from tests.web import oai_rules
from tests.web.conftest import Client, World, make_parts, make_world
from tests.web.oai_world import Got, all_of, ask, both, identifier, pages, send, take, title
from web.settings import OaiSettings


def filled(folder: Path, clock: TestClock) -> World:
    """Seven records, three on a page."""
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    world = make_world(make_parts(db, folder, clock), clock)
    world.parts.settings = replace(world.parts.settings, oai=OaiSettings(page_size=3))
    take(world, "MLT", **{f"m{n}": title(n, dewey=f"{n}10") for n in range(1, 5)}, b=both(1))
    take(world, "KNG", **{f"k{n}": title(n) for n in range(11, 13)}, b=both(1))
    return world


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all that change nothing in it."""
    world = filled(tmp_path_factory.mktemp("oai"), TestClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC)))
    yield world
    world.parts.db.close()


@pytest.fixture
def oai(still: World) -> Client:
    """Somebody who asks there."""
    return still.client()


@pytest.fixture
def moving(tmp_path: Path, clock: TestClock) -> Iterator[Client]:
    """The same where time passes."""
    world = filled(tmp_path, clock)
    yield world.client()
    world.parts.db.close()


def first(client: Client) -> Got:
    return ask(client, verb="ListRecords", metadataPrefix="oai_dc")


# --- 1 to 12: what is there --------------------------------------------------------------------------


def test_01_identify_names_the_repository(oai: Client) -> None:
    got = ask(oai, verb="Identify")
    assert got.request == {"verb": "Identify"}
    assert got.texts("o:Identify/o:baseURL") == got.texts("o:request") == ["http://localhost/oai"]
    assert got.texts("o:Identify/o:protocolVersion") == ["2.0"]
    assert got.texts("o:Identify/o:deletedRecord") == ["persistent"]
    assert got.texts("o:Identify/o:granularity") == ["YYYY-MM-DDThh:mm:ssZ"]
    assert got.texts("o:Identify/o:compression") == ["gzip"]


def test_02_no_datestamp_is_earlier_than_the_earliest(oai: Client) -> None:
    (earliest,) = ask(oai, verb="Identify").texts("o:Identify/o:earliestDatestamp")
    assert min(stamp for got in pages(oai) for stamp in got.texts("//o:datestamp")) >= earliest


def test_03_response_dates_are_utc_in_seconds(oai: Client) -> None:
    assert first(oai).texts("o:responseDate") == ["2026-11-24T03:00:00Z"]


def test_04_identifiers_follow_the_scheme_that_identify_describes(oai: Client) -> None:
    scheme = ask(oai, verb="Identify").root.find(".//{*}repositoryIdentifier")
    assert scheme is not None
    for one in all_of(oai):
        assert re.fullmatch(rf"oai:{re.escape(scheme.text or '')}:[0-9a-f\-]{{36}}", one)


def test_05_every_set_is_listed_once_with_its_parent(oai: Client) -> None:
    specs = ask(oai, verb="ListSets").texts("//o:setSpec")
    assert len(set(specs)) == len(specs)
    assert {"library", "library:MLT", "library:KNG", "class", "class:200"} <= set(specs)
    assert {spec.rpartition(":")[0] for spec in specs} <= {"", *specs}


def test_06_a_list_of_a_set_gives_records_that_say_they_are_in_it(oai: Client) -> None:
    for got in pages(oai, "ListIdentifiers", of_set="library:KNG"):
        for one in got.identifiers:
            assert "library:KNG" in got.specs(one)


def test_07_every_record_can_be_had_in_oai_dc(oai: Client) -> None:
    for one in all_of(oai):
        assert "oai_dc" in ask(oai, verb="ListMetadataFormats", identifier=one).texts("//o:metadataPrefix")


def test_08_a_record_by_itself_has_the_header_that_it_has_in_the_list(oai: Client) -> None:
    for got in pages(oai, "ListIdentifiers"):
        for one in got.identifiers:
            alone = ask(oai, verb="GetRecord", metadataPrefix="oai_dc", identifier=one)
            assert alone.identifiers == [one]
            assert (alone.stamp(one), alone.specs(one)) == (got.stamp(one), got.specs(one))


def test_09_from_and_until_of_its_datestamp_contain_a_record(oai: Client) -> None:
    one = all_of(oai)[4]
    stamp = ask(oai, verb="GetRecord", metadataPrefix="oai_dc", identifier=one).stamp(one)
    assert one in all_of(oai, "ListRecords", start=stamp, until=stamp)
    assert one in all_of(oai, "ListRecords", start=stamp[:10], until=stamp[:10])


def test_10_the_first_page_has_a_token_that_is_not_empty_and_the_last_an_empty_one(oai: Client) -> None:
    tokens = [got.token for got in pages(oai)]
    assert [token is not None and bool(token.text) for token in tokens] == [True, True, False]
    assert tokens[-1] is not None
    assert [token.get("cursor") for token in tokens if token is not None] == ["0", "3", "6"]
    assert {token.get("completeListSize") for token in tokens if token is not None} == {"7"}


def test_11_a_list_on_one_page_has_no_token(oai: Client) -> None:
    assert ask(oai, verb="ListRecords", metadataPrefix="oai_dc", of_set="library:KNG").token is None
    assert ask(oai, verb="ListSets").token is None


def test_12_both_lists_name_the_same_records_in_the_same_order(oai: Client) -> None:
    listed = all_of(oai)
    assert listed == all_of(oai, "ListRecords") == all_of(oai, "ListRecords", metadataPrefix="marcxml")
    assert len(set(listed)) == len(listed) == 7


# --- 13 to 25: thirteen requests that are wrong ------------------------------------------------------

WRONG = {
    "13_no_verb": ("", ["badVerb"]),
    "14_an_unknown_verb": ("verb=junk", ["badVerb"]),
    "15_no_prefix": ("verb=ListRecords", ["badArgument"]),
    "16_no_identifier": ("verb=GetRecord&metadataPrefix=oai_dc", ["badArgument"]),
    "17_no_prefix_for_a_record": ("verb=GetRecord&identifier=oai:x:y", ["badArgument"]),
    "18_an_identifier_that_cannot_be": (
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=invalid%22id",
        ["idDoesNotExist"],
    ),
    "19_a_junk_from": ("verb=ListRecords&metadataPrefix=oai_dc&from=junk", ["badArgument"]),
    "20_a_junk_until": ("verb=ListIdentifiers&metadataPrefix=oai_dc&until=junk", ["badArgument"]),
    "21_a_token_with_something_else": (
        "verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=junk",
        ["badArgument"],
    ),
    "22_a_junk_token": ("verb=ListRecords&resumptionToken=junktoken", ["badResumptionToken"]),
    "23_two_granularities": (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2001-01-01&until=2002-01-01T00:00:00Z",
        ["badArgument"],
    ),
    "24_until_before_the_earliest": (
        "verb=ListRecords&metadataPrefix=oai_dc&until=1969-01-01",
        ["noRecordsMatch"],
    ),
    "25_an_unknown_format": ("verb=ListRecords&metadataPrefix=junk", ["cannotDisseminateFormat"]),
    "26_a_junk_token_of_sets": ("verb=ListSets&resumptionToken=junk", ["badResumptionToken"]),
    # and the protocol's other corners
    "27_a_verb_twice": ("verb=Identify&verb=Identify", ["badVerb"]),
    "28_an_argument_twice": (
        "verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc",
        ["badArgument"],
    ),
    "29_an_empty_from": ("verb=ListRecords&metadataPrefix=oai_dc&from=", ["badArgument"]),
    "30_until_before_from": (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-24&until=2026-11-23",
        ["badArgument"],
    ),
    "31_an_unknown_set": ("verb=ListRecords&metadataPrefix=oai_dc&set=library:XYZ", ["noRecordsMatch"]),
    "32_no_set_at_all": ("verb=ListRecords&metadataPrefix=oai_dc&set=a%20b", ["badArgument"]),
    "33_an_argument_of_nobody": ("verb=Identify&colour=red", ["badArgument"]),
    "34_an_argument_of_another_verb": ("verb=Identify&metadataPrefix=oai_dc", ["badArgument"]),
    "35_a_day_that_is_none": ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", ["badArgument"]),
    "36_a_month_alone": ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02", ["badArgument"]),
    "37_parts_of_a_second": (
        "verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01T00:00:00.0Z",
        ["badArgument"],
    ),
    "38_another_zone": (
        f"verb=ListRecords&metadataPrefix=oai_dc&from={quote('2026-02-01T00:00:00+07:00')}",
        ["badArgument"],
    ),
    "39_digits_of_another_script": (
        f"verb=ListRecords&metadataPrefix=oai_dc&from={quote('٢٠٢٦-02-01')}",
        ["badArgument"],
    ),
    "40_the_year_nought": ("verb=ListRecords&metadataPrefix=oai_dc&from=0000-01-01", ["badArgument"]),
    "41_two_things_at_once": (
        "verb=ListRecords&from=junk&until=junk&set=library:MLT",
        ["badArgument", "badArgument", "badArgument"],
    ),
    "42_nothing_like_it": (
        "verb=GetRecord&metadataPrefix=junk&identifier=oai:elsewhere.example:1",
        ["idDoesNotExist", "cannotDisseminateFormat"],
    ),
    "43_formats_of_nothing": ("verb=ListMetadataFormats&identifier=oai:x:1", ["idDoesNotExist"]),
    "44_characters_that_xml_has_not": (
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=a%00b",
        ["badArgument"],
    ),
    "45_a_verb_in_small_letters": ("verb=identify", ["badVerb"]),
    "46_an_empty_token": ("verb=ListRecords&resumptionToken=", ["badArgument"]),
    "47_an_identifier_without_end": (
        f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:x:{'a' * 3000}",
        ["badArgument"],
    ),
    "48_days_to_come": ("verb=ListRecords&metadataPrefix=oai_dc&from=2099-01-01", ["noRecordsMatch"]),
}


@pytest.mark.parametrize("post", [False, True], ids=["get", "post"])
@pytest.mark.parametrize(("query", "codes"), WRONG.values(), ids=WRONG.keys())
def test_wrong_requests_get_the_errors_of_the_protocol(
    oai: Client, query: str, codes: list[str], post: bool
) -> None:
    got = send(oai, query, post=post)
    assert got.errors == codes
    assert got.texts("o:request") == ["http://localhost/oai"]
    if {"badVerb", "badArgument"} & set(codes):
        assert got.request == {}
    else:
        assert got.request["verb"] in query


# --- 49 and on: how it is asked ----------------------------------------------------------------------


def test_49_identify_by_post(oai: Client) -> None:
    assert ask(oai, post=True, verb="Identify").request == {"verb": "Identify"}


def test_50_a_record_by_post(oai: Client) -> None:
    one = all_of(oai)[0]
    got = ask(oai, post=True, verb="GetRecord", metadataPrefix="oai_dc", identifier=one)
    assert got.identifiers == [one]
    assert got.request == {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": one}


def test_51_a_list_by_post_with_a_token(oai: Client) -> None:
    token = first(oai).token
    assert token is not None
    got = ask(oai, post=True, verb="ListRecords", resumptionToken=token.text or "")
    assert got.token is not None
    assert got.token.get("cursor") == "3"


def test_52_a_body_that_is_no_form_has_no_verb(client: Client) -> None:
    answer = client.post("/oai", data="verb=Identify", content_type="text/plain")
    assert Got(oai_rules.check(answer.data)).errors == ["badVerb"]


def test_53_head_gives_the_headers_alone(oai: Client) -> None:
    answer = oai.head("/oai?verb=Identify")
    assert (answer.status_code, answer.data) == (200, b"")


def test_54_gzip_for_whoever_takes_it(oai: Client) -> None:
    import gzip

    plain = oai.get("/oai?verb=Identify")
    packed = oai.get("/oai?verb=Identify", headers={"Accept-Encoding": "gzip, deflate"})
    refused = oai.get("/oai?verb=Identify", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_55_what_has_not_changed_need_not_be_sent_again(moving: Client, clock: TestClock) -> None:
    for query in ("verb=Identify", "verb=ListRecords&metadataPrefix=oai_dc"):
        tag = moving.get(f"/oai?{query}").headers["ETag"]
        clock.go(minutes=5)
        again = moving.get(f"/oai?{query}", headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


def test_56_any_earlier_token_works_again_and_gives_the_same(oai: Client) -> None:
    whole = list(pages(oai, "ListIdentifiers"))
    for got, following in pairwise(whole):
        assert got.token is not None
        again = ask(oai, verb="ListIdentifiers", resumptionToken=got.token.text or "")
        assert again.identifiers == following.identifiers


def test_57_tokens_live_for_days_and_then_end(moving: Client, clock: TestClock) -> None:
    token = first(moving).token
    assert token is not None
    until = datetime.fromisoformat(token.get("expirationDate", ""))
    assert (until - clock().astimezone(UTC)).days >= 7
    clock.go(days=7)
    assert ask(moving, verb="ListRecords", resumptionToken=token.text or "").errors == []
    clock.go(days=2)
    assert ask(moving, verb="ListRecords", resumptionToken=token.text or "").errors == ["badResumptionToken"]


def test_58_a_token_that_was_tampered_with_is_none(oai: Client) -> None:
    token = first(oai).token
    assert token is not None
    text = token.text or ""
    for at in range(0, len(text), 7):
        other = "A" if text[at] != "A" else "B"
        changed = text[:at] + other + text[at + 1 :]
        assert ask(oai, verb="ListRecords", resumptionToken=changed).errors == ["badResumptionToken"], at


def test_59_tokens_need_no_encoding_in_an_address(oai: Client) -> None:
    token = first(oai).token
    assert token is not None
    assert quote(token.text or "", safe="") == token.text


def test_60_a_token_outlives_the_server(oai: Client, still: World) -> None:
    from web.app import create_app

    token = first(oai).token
    assert token is not None
    other = Client(create_app(still.parts))
    assert ask(other, verb="ListRecords", resumptionToken=token.text or "").errors == []


def test_61_an_empty_catalogue_answers_all_the_same(client: Client) -> None:
    assert ask(client, verb="Identify").errors == []
    assert ask(client, verb="ListSets").errors == []
    assert first(client).errors == ["noRecordsMatch"]


def test_62_our_identifiers_are_ours_alone(oai: Client, still: World) -> None:
    mine = identifier(still, "MLT", "m1")
    for wrong in (mine.upper(), mine.replace("silang.invalid", "other.example"), mine + "x", mine[:-1]):
        assert ask(oai, verb="GetRecord", metadataPrefix="oai_dc", identifier=wrong).errors == [
            "idDoesNotExist"
        ]
