"""The members as processes: harvested whole with a client from other hands, changed while they run, stopped cleanly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from lxml import etree
from sickle import Sickle

from web.demo import marcxml, mods, oai_dc
from web.demo.catalogue import catalogue
from web.demo.libraries import BY_CODE

pytestmark = pytest.mark.slow

ROOTS = {
    "oai_dc": f"{{{oai_dc.OAI_DC}}}dc",
    "marcxml": f"{{{marcxml.MARC}}}record",
    "marc21": f"{{{marcxml.MARC}}}record",
    "mods": f"{{{mods.MODS}}}mods",
}


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
    running = Member(getattr(request, "param", "TRT"), tmp_path / "state")
    try:
        yield running
    finally:
        running.close()


@pytest.mark.parametrize("member", sorted(BY_CODE), indirect=True)
def test_sickle_harvests_a_member_completely(member: Member, request: pytest.FixtureRequest) -> None:
    code = request.node.callspec.params["member"]
    prefix = BY_CODE[code].prefix
    client = Sickle(member.url, timeout=10)
    assert prefix in {form.metadataPrefix for form in client.ListMetadataFormats()}
    found, deleted = {}, set()
    for record in client.ListRecords(metadataPrefix=prefix):
        if record.deleted:
            deleted.add(record.header.identifier)
            continue
        found[record.header.identifier] = record.xml.find("{*}metadata")[0].tag
    entries = catalogue()[code]
    assert set(found) == {e.identifier for e in entries if not e.deleted}
    assert deleted == {e.identifier for e in entries if e.deleted}
    assert set(found.values()) == {ROOTS[prefix]}
    pages = [line for line in member.log() if "ListRecords" in line]
    assert len(pages) == -(-len(entries) // 100)


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
    control = member.url.rpartition("/")[0] + "/control"
    changed = requests.post(
        control, json={"action": "update", "number": 3, "title": "Judul baru"}, timeout=10
    ).json()
    gone = requests.post(control, json={"action": "delete", "number": 4}, timeout=10).json()
    client = Sickle(member.url, timeout=10)
    since = min(changed["datestamp"], gone["datestamp"]).replace("+00:00", "Z")
    records = {r.header.identifier: r for r in client.ListRecords(metadataPrefix="mods", **{"from": since})}
    assert set(records) == {changed["identifier"], gone["identifier"]}
    assert records[gone["identifier"]].deleted
    assert "Judul baru" in records[changed["identifier"]].raw


def test_control_takes_json_only_and_names_what_is_wrong(member: Member) -> None:
    control = member.url.rpartition("/")[0] + "/control"
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
