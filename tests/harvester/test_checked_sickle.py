"""CheckedSickle keeps sickle's public behaviour, and repairs what breaks sickle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

import pytest
from sickle import Sickle

from foundation.fetch import Fetcher
from harvester import provider
from harvester.checked import CheckedSickle
from harvester.errors import NotOai, ProtocolError
from harvester.patience import Patience
from harvester.transport import Conversation, Endpoint
from harvester.wire import FetchWire
from tests.peers.fault_server import FaultServer

Talk = Callable[[FaultServer], Conversation]


@pytest.fixture
def talk(fetcher: Fetcher) -> Talk:
    def to(server: FaultServer) -> Conversation:
        return Conversation(
            Endpoint(url=server.url), FetchWire(fetcher), patience=Patience(2), now=lambda: datetime.now(UTC)
        )

    return to


def test_it_answers_as_sickle_does(talk: Talk) -> None:
    with FaultServer() as server:
        ours, theirs = CheckedSickle(talk(server)), Sickle(server.url)
        assert dict(ours.Identify()) == dict(theirs.Identify())
        assert [dict(one) for one in ours.ListMetadataFormats()] == [
            dict(one) for one in theirs.ListMetadataFormats()
        ]
        asked = {"metadataPrefix": "marc21", "identifier": "oai:faults:3"}
        mine, other = ours.GetRecord(**asked), theirs.GetRecord(**asked)
        assert mine.metadata == other.metadata
        assert mine.header.datestamp == other.header.datestamp
        names = [one.identifier for one in ours.ListIdentifiers(metadataPrefix="marc21")]
        assert names == [
            (one.identifier or "").strip() for one in theirs.ListIdentifiers(metadataPrefix="marc21")
        ]
        assert len(list(ours.ListRecords(metadataPrefix="marc21"))) == 30


@pytest.mark.parametrize(
    "faults",
    [
        ("no_namespace",), ("https_namespace",), ("prefixed",), ("payload_like_protocol",), ("no_metadata",),
        ("no_header",), ("empty_metadata",), ("shouting_deleted",), ("space_token",), ("control_char",),
        ("bom", "everywhere"), ("php_notice", "everywhere"), ("silent_gzip", "everywhere"), ("html_once",),
        ("truncated_once",), ("late_503_date",), ("reset_once",), ("utf16_sent", "everywhere"),
    ],
    ids="+".join,
)  # fmt: skip
def test_all_records_come_where_sickle_loses_some_or_breaks(talk: Talk, faults: tuple[str, ...]) -> None:
    with FaultServer(*faults) as server:
        server.entries[7].deleted = True
        found = list(CheckedSickle(talk(server)).ListRecords(metadataPrefix="marc21"))
        assert len(found) == 30
        assert sum(one.deleted for one in found) == 1


def test_a_list_that_goes_round_is_ended(talk: Talk) -> None:
    with FaultServer("same_token") as server:
        conversation = talk(server)
        found = list(islice(CheckedSickle(conversation).ListRecords(metadataPrefix="marc21"), 1000))
        assert len(found) < 100
        assert "goes_round" in conversation.tally.oddities


def test_errors_come_as_one_exception_with_all_of_them(talk: Talk) -> None:
    with FaultServer() as server:
        sickle = CheckedSickle(talk(server))
        with pytest.raises(ProtocolError) as caught:
            sickle.GetRecord(metadataPrefix="marc21", identifier="none")
        assert caught.value.has("iddoesnotexist")
    with FaultServer("no_sets") as server:
        assert provider.sets(talk(server)) == ()


def test_a_login_page_is_no_provider(talk: Talk) -> None:
    with FaultServer("login_page") as server, pytest.raises(NotOai):
        CheckedSickle(talk(server)).Identify()


def test_what_a_provider_says_about_itself(talk: Talk) -> None:
    with FaultServer("day_granularity") as server:
        said = provider.identify(talk(server))
        assert (said.name, said.granularity, said.deleted, said.version) == (
            "Faults",
            "day",
            "persistent",
            "2.0",
        )
        assert said.response_date
        assert said.date_header


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/")], "oai_dc"),
        (
            [("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"), ("m", "http://www.loc.gov/mods/v3")],
            "m",
        ),
        ([("x", "http://www.loc.gov/MARC21/slim"), ("mods", "http://www.loc.gov/mods/v3")], "x"),
        ([("marcxml", ""), ("oai_dc", "")], "marcxml"),
        ([("etdms", "http://www.ndltd.org/standards/metadata/etdms/1.0/")], ""),
        ([], ""),
    ],
)
def test_the_format_is_chosen_by_namespace(offered: list[tuple[str, str]], chosen: str) -> None:
    from index import crosswalk

    formats = [
        provider.Format(prefix=prefix, namespace=space, reads_as=crosswalk.schema_of(space) or "")
        for prefix, space in offered
    ]
    assert provider.best_prefix(formats) == chosen
