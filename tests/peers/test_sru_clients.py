"""Search clients that we did not write find, fetch and scan in our union catalogue by SRU, and SLiMS's PHP reads it."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from waitress.server import create_server

from foundation.db import Database, metadata
from tests.conftest import needs
from tests.harvester.conftest import MovingClock
from tests.web import samples
from tests.web.conftest import make_parts, make_world

pytestmark = pytest.mark.peers

PHP = Path(__file__).with_name("slims_reader.php")


@dataclass(frozen=True, slots=True)
class Server:
    """Our catalogue behind a real server: BATIK at two libraries, THESIS, EVIL, and fifteen other titles."""

    host: str

    @property
    def url(self) -> str:
        return f"http://{self.host}/sru"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sru")
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    clock = MovingClock()
    world = make_world(make_parts(db, folder, clock), clock)  # type: ignore[arg-type]  # a clock that moves
    samples.store_all(world)
    samples.take(world, "KNG", **{f"t{n}": samples.plain(n) for n in range(15)})
    made = create_server(world.app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield Server(f"127.0.0.1:{made.effective_port}")
    finally:
        made.close()
        thread.join(timeout=10)
        db.close()


def run(tool: str, *commands: str) -> str:
    """What a client prints for commands given on its standard input."""
    path = needs(tool, "apt-get install yaz")
    done = subprocess.run(
        [path], input="\n".join((*commands, "quit", "")), capture_output=True, text=True, timeout=30, check=False
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
def test_zoomsh_finds_and_fetches_in_each_version(server: Server, version: str) -> None:
    said = run(
        "zoomsh",
        "set sru get",
        f"set sru_version {version}",
        "set preferredRecordSyntax xml",
        "set schema marcxml",
        f"connect http://{server.host}/sru",
        "search cql:dc.title=\"batik pesisir\"",
        "show 0 1",
    )  # fmt: skip
    assert ": 1 hits" in said, said
    assert "Batik Pesisir" in said
    assert "http://www.loc.gov/MARC21/slim" in said


def test_zoomsh_posts_too_and_shows_our_diagnostics(server: Server) -> None:
    said = run(
        "zoomsh", "set sru post", f"connect http://{server.host}/sru", "search cql:lumbung", "show 0 2"
    )
    assert ": 15 hits" in said, said
    refused = run("zoomsh", "set sru get", f"connect http://{server.host}/sru", "search cql:dc.foo=a")
    assert "Unsupported index" in refused or "info:srw/diagnostic/1:16" in refused or "(16)" in refused, (
        refused
    )


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
def test_yaz_client_finds_shows_sorts_and_scans(server: Server, version: str) -> None:
    said = run(
        "yaz-client",
        f"sru get {version}",
        "querytype cql",
        f"open http://{server.host}/sru",
        "schema dc",
        "find lumbung sortby dc.date",
        "show 1+2",
        "scan dc.creator=purwakala",
    )  # fmt: skip
    assert "Number of hits: 15" in said, said
    assert "1950" in said
    assert "Purwakala, Dewanti" in said


def php(address: str, kind: str) -> list[dict[str, str]]:
    """The titles that SimpleXML sees, read the way SLiMS does."""
    path = needs("php", "apt-get install php-cli php-xml")
    done = subprocess.run(
        [path, str(PHP), kind, address], capture_output=True, text=True, timeout=30, check=True
    )  # fmt: skip
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "query",
    ['"batik pesisir"', 'dc.title="batik pesisir"', 'bath.isbn="9786239999902"', 'bath.name="tirtaningrum"'],
)
def test_g6_the_mods_client_of_slims_reads_its_answers(server: Server, query: str) -> None:
    asked = {
        "version": "1.1", "operation": "searchRetrieve", "query": query,
        "startRecord": "1", "maximumRecords": "20", "recordSchema": "mods",
    }  # fmt: skip
    first = php(f"{server.url}?{urlencode(asked)}", "mods")[0]
    assert first == {
        "title": "Batik Pesisir",
        "isbn": "9786239999902",
        "author": "Tirtaningrum, Laras",
        "call_number": "746.662 TIR b",
        "publisher": "Samudra Aksara",
        "year": "2019",
    }


def test_g6_the_marc_client_of_slims_reads_its_answers(server: Server) -> None:
    asked = {
        "version": "1.1", "operation": "searchRetrieve", "query": 'dc.title any "pesisir"',
        "startRecord": "1", "maximumRecords": "20", "xmlformat": "marc21",
    }  # fmt: skip
    found = php(f"{server.url}?{urlencode(asked)}", "marc")
    assert {"title": "Batik Pesisir", "isbn": "9786239999902"} in found
