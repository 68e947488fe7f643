"""The members' OAI-PMH answers: verbs, arguments, errors, windows, sets, tokens, tombstones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from lxml import etree

from web.demo.catalogue import catalogue
from web.demo.provider import VERBS, Provider
from web.demo.shelf import Shelf, UnknownRecord, open_shelf

OAI = {"o": "http://www.openarchives.org/OAI/2.0/"}
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return open_shelf("KNG", tmp_path / "KNG", lambda: NOW)


@pytest.fixture
def provider(shelf: Shelf) -> Provider:
    return Provider(shelf=shelf, base_url="http://127.0.0.1:1/oai-pmh", now=lambda: NOW, page_size=100)


def ask(provider: Provider, query: str) -> etree._Element:
    return etree.fromstring(provider.answer(parse_qsl(query, keep_blank_values=True)))


def errors(root: etree._Element) -> list[str | None]:
    return [error.get("code") for error in root.findall("o:error", OAI)]


def every(provider: Provider, query: str) -> list[str]:
    """Identifiers of the whole list, over all pages."""
    found: list[str] = []
    root = ask(provider, query)
    while True:
        assert not errors(root)
        found += [e.text or "" for e in root.findall(".//o:header/o:identifier", OAI)]
        token = root.find(".//o:resumptionToken", OAI)
        if token is None or not token.text:
            return found
        root = ask(provider, f"verb={query.partition('&')[0][5:]}&resumptionToken={token.text}")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=Destroy", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=identify", "badVerb"),
        ("verb=Identify&set=x", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&metadataPrefix=marc21", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&colour=blue", "badArgument"),
        ("verb=ListRecords&metadataPrefix=mods", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=marc21&from=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&from=2026-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&from=2026-05-01&until=2026-05-02T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&from=2026-05-02&until=2026-05-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&from=2026-05-01T00:00:00.5Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21&until=1999-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=marc21&set=kelas:1234", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=nonsense", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=W10", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=GetRecord&identifier=oai:kenanga.example:1", "badArgument"),
        ("verb=GetRecord&identifier=oai:none:1&metadataPrefix=marc21", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=oai:none:1", "idDoesNotExist"),
    ],
)
def test_every_mistake_gets_its_error_code(provider: Provider, query: str, code: str) -> None:
    root = ask(provider, query)
    assert errors(root) == [code]
    request = root.find("o:request", OAI)
    assert request is not None
    if code in ("badVerb", "badArgument"):
        assert not request.attrib
    else:
        assert request.get("verb") in VERBS


def test_identify_says_what_a_harvester_must_know(provider: Provider) -> None:
    root = ask(provider, "verb=Identify")
    assert root.findtext(".//o:deletedRecord", namespaces=OAI) == "persistent"
    assert root.findtext(".//o:granularity", namespaces=OAI) == "YYYY-MM-DDThh:mm:ssZ"
    assert root.findtext(".//o:baseURL", namespaces=OAI) == provider.base_url
    assert root.findtext("o:responseDate", namespaces=OAI) == "2026-11-24T03:00:00Z"
    earliest = root.findtext(".//o:earliestDatestamp", namespaces=OAI)
    assert earliest == min(e.datestamp for e in catalogue()["KNG"]).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_whole_list_names_every_record_once_and_ends_with_an_empty_token(provider: Provider) -> None:
    found = every(provider, "verb=ListIdentifiers&metadataPrefix=marc21")
    assert sorted(found) == sorted(entry.identifier for entry in catalogue()["KNG"])
    assert found == every(provider, "verb=ListRecords&metadataPrefix=oai_dc")


def test_pages_count_and_the_last_token_is_empty(provider: Provider) -> None:
    root = ask(provider, "verb=ListIdentifiers&metadataPrefix=marc21")
    cursors = []
    while True:
        token = root.find(".//o:resumptionToken", OAI)
        assert token is not None
        assert token.get("completeListSize") == str(len(catalogue()["KNG"]))
        cursors.append(token.get("cursor"))
        if not token.text:
            break
        root = ask(provider, f"verb=ListIdentifiers&resumptionToken={token.text}")
    assert cursors == [str(n * 100) for n in range(len(cursors))]


def test_a_short_list_has_no_token(provider: Provider) -> None:
    root = ask(provider, "verb=ListIdentifiers&metadataPrefix=marc21&until=2026-01-08")
    assert root.find(".//o:resumptionToken", OAI) is None
    assert root.findall(".//o:header", OAI)


def test_windows_include_both_ends_and_a_day_is_its_whole_day(provider: Provider) -> None:
    entry = catalogue()["KNG"][100]
    stamp = entry.datestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    day = stamp[:10]
    for window in (f"from={stamp}&until={stamp}", f"from={day}&until={day}"):
        assert entry.identifier in every(provider, f"verb=ListIdentifiers&metadataPrefix=marc21&{window}")


def test_a_set_holds_its_subsets_and_sets_are_listed(provider: Provider) -> None:
    root = ask(provider, "verb=ListSets")
    specs = [e.text for e in root.findall(".//o:setSpec", OAI)]
    assert {"kelas", "kelas:600", "jenis", "jenis:book"} <= set(specs)
    whole = every(provider, "verb=ListIdentifiers&metadataPrefix=marc21&set=kelas")
    part = every(provider, "verb=ListIdentifiers&metadataPrefix=marc21&set=kelas:600")
    assert len(whole) == len(catalogue()["KNG"])
    assert 0 < len(part) < len(whole)
    assert set(part) <= set(whole)


def test_a_deleted_record_has_a_header_and_no_description(provider: Provider) -> None:
    gone = next(e for e in catalogue()["KNG"] if e.deleted)
    root = ask(provider, f"verb=GetRecord&metadataPrefix=marc21&identifier={gone.identifier}")
    header = root.find(".//o:header", OAI)
    assert header is not None
    assert header.get("status") == "deleted"
    assert root.find(".//o:metadata", OAI) is None


def test_a_list_goes_on_unharmed_while_records_move_to_its_end(provider: Provider, shelf: Shelf) -> None:
    root = ask(provider, "verb=ListIdentifiers&metadataPrefix=marc21")
    first = [e.text or "" for e in root.findall(".//o:identifier", OAI)]
    token = root.findtext(".//o:resumptionToken", namespaces=OAI)
    last_on_page = int(first[-1].rpartition(":")[2])
    shelf.change({"action": "update", "number": last_on_page, "title": "Judul baru"})
    rest = []
    while token:
        root = ask(provider, f"verb=ListIdentifiers&resumptionToken={token}")
        rest += [e.text or "" for e in root.findall(".//o:identifier", OAI)]
        token = root.findtext(".//o:resumptionToken", namespaces=OAI)
    assert set(first) | set(rest) == {entry.identifier for entry in catalogue()["KNG"]}
    assert rest[-1] == first[-1]


def test_changes_get_new_datestamps_and_survive_a_restart(
    provider: Provider, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.change({"action": "update", "number": 5, "title": "Judul baru"})
    shelf.change({"action": "delete", "number": 6})
    again = open_shelf("KNG", tmp_path / "KNG", lambda: NOW)
    changed = again.select(NOW, None, "")
    assert [(e.number, e.deleted) for e in changed] == [(5, False), (6, True)]
    assert changed[0].title == "Judul baru"
    assert [
        json.loads(line)["number"] for line in (tmp_path / "KNG/changes.jsonl").read_text().splitlines()
    ] == [5, 6]


@pytest.mark.parametrize(
    "change", [{"action": "delete", "number": 99999}, {"action": "burn", "number": 1}, {}]
)
def test_an_impossible_change_is_refused_and_not_remembered(
    shelf: Shelf, tmp_path: Path, change: dict[str, object]
) -> None:
    with pytest.raises(UnknownRecord):
        shelf.change(change)
    assert not (tmp_path / "KNG/changes.jsonl").exists()
