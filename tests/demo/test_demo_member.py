"""The members as processes: harvested whole with a client from other hands, changed while they run, stopped cleanly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from lxml import etree
from sickle import Sickle
from sickle.oaiexceptions import BadArgument, NoRecordsMatch

from web.demo import marcxml
from web.demo.catalogue import catalogue

pytestmark = pytest.mark.slow


class Member:
    """A member's server as a process of its own, tethered to this one."""

    def __init__(self, code: str, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "web.demo.member",
                "--library",
                code,
                "--state",
                str(folder),
                "--tethered",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"]

    def log(self) -> list[str]:
        return (self.folder / "access.log").read_text().splitlines()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def member(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Member]:
    running = Member(getattr(request, "param", "AGR"), tmp_path / "state")
    try:
        yield running
    finally:
        running.close()


def test_sickle_harvests_a_koha_completely(member: Member) -> None:
    client = Sickle(member.url, timeout=10)
    assert {form.metadataPrefix for form in client.ListMetadataFormats()} >= {"marcxml", "oai_dc"}
    found, deleted = {}, set()
    for record in client.ListRecords(metadataPrefix="marcxml"):
        number = int(record.header.identifier.rpartition(":")[2])
        if record.deleted:
            deleted.add(number)
            continue
        found[number] = record.xml.find("{*}metadata")[0].tag
    entries = catalogue()["AGR"]
    assert set(found) == {e.number for e in entries if not e.deleted}
    assert deleted == {e.number for e in entries if e.deleted}
    assert set(found.values()) == {f"{{{marcxml.MARC}}}record"}
    assert len([line for line in member.log() if "ListRecords" in line]) == -(-len(entries) // 100)


@pytest.mark.parametrize("member", ["KNG"], indirect=True)
def test_an_inlislite_refuses_a_client_that_keeps_to_the_protocol_after_a_hundred(member: Member) -> None:
    records = Sickle(member.url, timeout=10).ListRecords(metadataPrefix="marc21")
    found = [next(records) for _ in range(100)]
    assert len({record.header.identifier for record in found}) == 100
    with pytest.raises(BadArgument):
        next(records)


@pytest.mark.parametrize("member", ["MLT"], indirect=True)
def test_a_slims_ends_a_selection_on_its_second_page(member: Member) -> None:
    client = Sickle(member.url, timeout=10)
    entries = sorted(e.created for e in catalogue()["MLT"] if not e.deleted)
    since = entries[-250].strftime("%Y-%m-%dT%H:%M:%SZ")
    records = client.ListRecords(metadataPrefix="oai_dc", **{"from": since})
    assert records.resumption_token.complete_list_size is not None
    found = []
    with pytest.raises(NoRecordsMatch):
        while True:
            found.append(next(records))
    assert len(found) == 100
    assert int(records.resumption_token.complete_list_size) > 200


@pytest.mark.parametrize("member", ["MLT"], indirect=True)
def test_a_slims_falls_over_a_token_that_is_none(member: Member) -> None:
    site = member.url.rpartition("/")[0]
    for script, size in (("oai.php", 100_000), ("oai2.php", 1000)):
        words = {"verb": "ListRecords", "resumptionToken": "junk"}
        answer = requests.get(f"{site}/{script}", params=words, timeout=10)
        assert answer.status_code == 500
        assert len(answer.text) > size
        assert "html" in answer.headers["Content-Type"]


@pytest.mark.parametrize("member", ["MLT"], indirect=True)
def test_a_slims_forgets_the_window_with_the_first_page(member: Member) -> None:
    site = member.url.rpartition("/")[0]
    words = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}
    found = etree.fromstring(
        requests.get(
            f"{site}/oai.php", params=words | {"from": "2026-01-10", "until": "2026-03-01"}, timeout=10
        ).content
    )
    stamps = [e.text or "" for e in found.iterfind(".//{*}datestamp")]
    assert all("2026-01-10" <= stamp[:10] <= "2026-03-01" and " " in stamp for stamp in stamps)
    ignored = etree.fromstring(
        requests.get(f"{site}/oai.php", params=words | {"from": "2027-01-01"}, timeout=10).content
    )
    assert len(ignored.findall(".//{*}header")) == 100
    token = found.findtext(".//{*}resumptionToken")
    assert token == "oai_dc/100"
    rest = requests.get(
        f"{site}/oai.php", params={"verb": "ListIdentifiers", "resumptionToken": token}, timeout=10
    )
    outside = [e.text or "" for e in etree.fromstring(rest.content).iterfind(".//{*}datestamp")]
    assert any(not "2026-01-10" <= stamp[:10] <= "2026-03-01" for stamp in outside)


def test_post_and_compression_work_like_get(member: Member) -> None:
    plain = requests.get(
        member.url, params={"verb": "ListSets"}, headers={"Accept-Encoding": "identity"}, timeout=10
    )
    zipped = requests.post(
        member.url, data={"verb": "ListSets"}, headers={"Accept-Encoding": "gzip"}, timeout=10
    )
    assert zipped.headers["Content-Encoding"] == "gzip"
    sets = [etree.fromstring(answer.content).findtext(".//{*}setSpec") for answer in (plain, zipped)]
    assert sets[0] == sets[1] == "jenis"


def test_a_cataloguer_changes_records_while_the_server_runs(member: Member) -> None:
    control = urljoin(member.url, "/control")
    changed = requests.post(
        control, json={"action": "update", "number": 3, "title": "Judul baru"}, timeout=10
    ).json()
    gone = requests.post(control, json={"action": "delete", "number": 4}, timeout=10).json()
    client = Sickle(member.url, timeout=10)
    since = min(changed["datestamp"], gone["datestamp"]).replace("+00:00", "Z")
    records = {
        r.header.identifier: r for r in client.ListRecords(metadataPrefix="marcxml", **{"from": since})
    }
    assert changed["identifier"].endswith(":3")
    assert set(records) == {"KOHA-OAI-AGR:3", "KOHA-OAI-AGR:4"}
    assert records["KOHA-OAI-AGR:4"].deleted
    assert "Judul baru" in records["KOHA-OAI-AGR:3"].raw


def test_control_takes_json_only_and_names_what_is_wrong(member: Member) -> None:
    control = urljoin(member.url, "/control")
    assert requests.post(control, data={"action": "delete", "number": 4}, timeout=10).status_code == 404
    wrong = requests.post(control, json={"action": "delete", "number": 4000}, timeout=10)
    assert wrong.status_code == 400
    assert "4000" in wrong.json()["error"]


def test_another_path_is_not_found(member: Member) -> None:
    assert requests.get(member.url + "x", params={"verb": "Identify"}, timeout=10).status_code == 404


def test_it_stops_on_sigterm_with_success(member: Member) -> None:
    member.process.send_signal(signal.SIGTERM)
    assert member.process.wait(timeout=10) == 0


def test_it_stops_when_whoever_started_it_is_gone(member: Member) -> None:
    assert member.process.stdin is not None
    member.process.stdin.close()
    assert member.process.wait(timeout=10) == 0
