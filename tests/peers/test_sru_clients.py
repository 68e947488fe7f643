"""Search clients that we did not write find, fetch and scan in our union catalogue by SRU, and SLiMS's PHP reads it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conftest import needs
from tests.peers.conftest import Server

pytestmark = pytest.mark.peers

PHP = Path(__file__).with_name("slims_reader.php")


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
