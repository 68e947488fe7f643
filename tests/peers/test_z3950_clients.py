"""Z39.50 clients that we did not write use our target: yaz-client, zoomsh and libyaz's ZOOM, as Koha uses it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conftest import needs
from tests.web.conftest import World
from tests.web.z3950.wire import listening, stocked
from web.settings import Z3950User

pytestmark = pytest.mark.peers


@dataclass(frozen=True, slots=True)
class Target:
    """Our target, and where it is."""

    world: World
    port: int

    @property
    def address(self) -> str:
        return f"tcp:127.0.0.1:{self.port}/silang"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("z3950")
    with stocked(folder) as world, listening(world.parts, connections_each=50) as port:
        yield Target(world, port)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("z3950")
    users = (Z3950User(name="desa", password="rahasia"),)
    with stocked(folder) as world, listening(world.parts, users=users, charset="marc-8") as port:
        yield Target(world, port)


def run(tool: str, *commands: str) -> str:
    """What a client prints for commands given on its standard input."""
    path = needs(tool, "apt-get install yaz")
    text = "\n".join((*commands, "quit", ""))
    done = subprocess.run([path], input=text.encode(), capture_output=True, timeout=60, check=False)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def yaz(target: Target, *commands: str) -> str:
    """What yaz-client prints once it is connected."""
    return run("yaz-client", f"open {target.address}", *commands)


def test_yaz_client_is_let_in_and_told_what_there_is(target: Target) -> None:
    said = yaz(target)
    assert "Connection accepted by v3 target." in said
    assert "Options: search present delSet scan sort namedResultSets" in said


@pytest.mark.parametrize(
    ("syntax", "elements", "expected"),
    [
        ("usmarc", "F", ("245 10 $a Batik Pesisir", "852    $a ID-MLT", "020    $a 9786239999902")),
        ("usmarc", "B", ("245 10 $a Batik Pesisir",)),
        ("opac", "F", ("Data holdings 1", "callNumber: 746.662 TIR b", "2026-12-03")),
        ("sutrs", "F", ("Title:        Batik Pesisir", "Held by:      Perpustakaan Kota Kenanga")),
        ("sutrs", "B", ("By:           Tirtaningrum, Laras",)),
        ("xml", "F", ("<leader>", "Batik Pesisir")),
        ("xml", "mods", ("<title>Batik Pesisir",)),
        ("xml", "dc", ("<dc:title>Batik Pesisir",)),
    ],
)
def test_yaz_client_reads_every_syntax(
    target: Target, syntax: str, elements: str, expected: tuple[str, ...]
) -> None:
    said = yaz(
        target,
        'find @attr 1=4 "batik pesisir"',
        f"format {syntax}",
        f"elements {elements}",
        "show 1",
    )
    assert "Number of hits: 1" in said, said
    for text in expected:
        assert text in said
    if elements == "B":
        assert "852 " not in said
        assert "Held by" not in said


def test_yaz_client_gets_records_along_with_the_search(target: Target) -> None:
    said = yaz(target, "ssub 5", "lslb 10", "mspn 3", "format usmarc", "find @attr 1=4 batik")
    assert "records returned: 4" in said, said
    assert said.count("Record type: USmarc") == 4


def test_yaz_client_sorts_both_ways_and_scans(target: Target) -> None:
    def shown(*commands: str) -> list[str]:
        said = yaz(target, "find @attr 1=4 lumbung", *commands, "format sutrs", "elements B", "show 1+15")
        return [line[14:] for line in said.splitlines() if line.startswith("Title:")]

    up, down = shown("sort 1=4 i<"), shown("sort 1=4 i>")
    assert len(up) == 15
    assert down == up[::-1]
    assert up[0] == "Lumbung Benih Desa 0 : Catatan Sepuluh Musim"
    said = yaz(target, "scan @attr 1=1003 tirta", "scanpos 2", "scansize 3", "scan @attr 1=1003 tirta")
    assert "Tirtaningrum, Laras" in said
    assert "entries, position=2" in said, said


def test_yaz_client_keeps_refines_and_deletes_named_results(target: Target) -> None:
    said = yaz(
        target,
        "find @attr 1=4 batik",
        "find @and @set 1 @attr 1=1003 tirtaningrum",
        "delete 1",
        "setnames",
        "find @set 1",
    )
    assert "Number of hits: 4" in said, said
    assert "Number of hits: 1" in said
    assert "deleteResultSetResponse status=0" in said


def test_yaz_client_is_told_what_is_wrong(target: Target) -> None:
    for commands, told in (
        (("find @attr 1=9999 x",), "[114]"),
        (("find @attr 1=4 @attr 2=1 x",), "[117]"),
        (("base nobody", "find x"), "[235]"),
        (("find @attr 1=4 batik", "show 99"), "[13]"),
        (("find @attr 1=4 batik", "format grs-1", "show 1"), "[239]"),
        (("find @attr 1=4 batik", "elements odd", "show 1"), "[25]"),
        (("find @attr 1=4 batik", "sort 1=21 i<"), "[207]"),
        (("scan @attr 1=9999 x",), "[114]"),
    ):
        said = yaz(target, *commands)
        assert told in said, (commands, said)


def test_yaz_client_searches_in_cql(target: Target) -> None:
    said = yaz(target, "querytype cql", 'find dc.title="batik pesisir" and dc.creator=laras')
    assert "Number of hits: 1" in said, said
    said = yaz(target, "querytype cql", "find dc.nobody=x")
    assert "[114]" in said, said


def test_yaz_client_agrees_on_utf_8(guarded: Target) -> None:
    look = (f"open {guarded.address}", "find @attr 1=4 batik", "format usmarc", "show 1")
    said = run("yaz-client", "negcharset utf-8 1", "auth desa/rahasia", *look)
    assert "nam a22" in said, said
    plain = run("yaz-client", "auth desa/rahasia", *look)
    assert "nam  22" in plain, plain


def test_a_wrong_password_is_refused_with_its_number(guarded: Target) -> None:
    wrong = run("yaz-client", "auth desa/salah", f"open {guarded.address}")
    assert "Connection rejected by v3 target." in wrong, wrong
    assert "1011" in wrong
    good = run("yaz-client", "auth desa/rahasia", f"open {guarded.address}", "find @attr 1=4 batik")
    assert "Number of hits: 4" in good


def test_zoomsh_searches_and_fetches(target: Target) -> None:
    said = run(
        "zoomsh",
        "set preferredRecordSyntax usmarc",
        f"connect {target.address}",
        'search @attr 1=4 "batik pesisir"',
        "show 0 1",
    )
    assert ": 1 hits" in said, said
    assert "245 10 $a Batik Pesisir" in said


def test_zoomsh_signs_in_by_name_and_password(guarded: Target) -> None:
    said = run(
        "zoomsh",
        "set user desa",
        "set password rahasia",
        f"connect {guarded.address}",
        "search @attr 1=4 batik",
    )
    assert ": 4 hits" in said, said


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ('@attr 1=7 @attr 5=1 "9786239999902"', 1),
        ('@attr 1=8 @attr 5=1 "0854-1019"', 1),
        ('@and @attr 1=4 "batik" @attr 1=1003 "tirtaningrum"', 1),
        ('@attr 1=16 @attr 2=3 @attr 3=1 @attr 4=1 @attr 5=1 @attr 6=1 "746.662"', 1),
        ('@and @attr 1=1016 "lumbung" @attr 1=31 "1955"', 1),
    ],
)
def test_zoom_fetches_one_record_at_a_time_as_koha_does(target: Target, query: str, hits: int) -> None:
    said = run(
        "zoomsh",
        "set preferredRecordSyntax usmarc",
        "set elementSetName F",
        "set presentChunk 1",
        f"connect {target.address}",
        f"search {query}",
        *(f"show {n} 1" for n in range(hits)),
    )
    assert f": {hits} hits" in said, said
    assert said.count("USmarc") == hits, said
