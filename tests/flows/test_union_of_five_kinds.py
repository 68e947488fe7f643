"""Five members of five kinds, one of them asked live by Z39.50 while four were read before: one row, five locations."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from harvester import sources, store
from index import parse
from index.live.snapshot import LiveCluster, TargetState
from tests.flows.test_union_catalogue import keep
from tests.peers.members.conftest import Member, serving
from tests.web.z3950.wire import listening
from web.cli import main
from web.demo import spreadsheet
from web.demo.catalogue import catalogue
from web.demo.dialects import DIALECTS
from web.elsewhere import aims, live_engine, searchable
from web.settings import load
from web.wiring import Parts, build
from web.worker import run_once

pytestmark = pytest.mark.slow

SHARED = "Budidaya kopi liberika di lahan gambut"
HEAD = """
data: store
fetch: {allow: ["127.0.0.1/32"]}
log: {level: error}
harvest: {patience: 3, host_delay_ms: 0}
index: {try_links: 0}
"""
LIBRARY = '  - {{code: {code}, name: "Perpustakaan {code}", symbol: "ISIL:ID-{code}"}}\n'
SOURCE = '  - {{code: {low}, library: {code}, url: "{url}", profile: {profile}}}\n'
TARGET = (
    'targets:\n  - {{code: agr-z, name: "Perpustakaan AGR", url: "z3950://127.0.0.1:{port}/silang", '
    'symbol: "ISIL:ID-AGR", syntaxes: [opac, usmarc]}}\n'
)


@dataclass(slots=True)
class Five:
    """The union over MLT and TRT (two ways of SLiMS), KNG (INLISLite), CMP (a spreadsheet); AGR is searched live."""

    parts: Parts
    config: Path


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    folder = tmp_path_factory.mktemp("five")
    begun = time.monotonic()

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=time.monotonic() - begun)

    def system(name: str) -> Callable[..., object]:
        return lambda shelf, site: DIALECTS[name](shelf, site, clock, 100)

    with ExitStack() as stack:

        def member(code: str, dialect: str, count: int) -> Member:
            made = stack.enter_context(serving(code, folder / code, system(dialect), clock))  # type: ignore[arg-type]  # any callable clock
            keep(made, count)
            return made

        mlt, trt = member("MLT", "slims", 12), member("TRT", "slims", 12)
        kng, agr = member("KNG", "inlislite", 12), member("AGR", "koha", 12)
        alone = installed(
            folder / "agr",
            HEAD
            + "libraries:\n"
            + LIBRARY.format(code="AGR")
            + "sources:\n"
            + SOURCE.format(
                low="agr", code="AGR", url=agr.server.site + "/cgi-bin/koha/oai.pl", profile="koha"
            ),
            clock,
        )
        stack.callback(alone.parts.close)
        harvest(alone.parts, "agr")
        port = stack.enter_context(listening(alone.parts))
        text = HEAD + "libraries:\n" + "".join(LIBRARY.format(code=code) for code in catalogue())
        text += "sources:\n"
        for one, path, profile in (
            (mlt, "/oai2.php", "slims_oai2"),
            (trt, "/index.php", "slims_p2p"),
            (kng, "/oai-pmh", "inlislite_oai"),
        ):
            code = one.server.shelf.library.code
            text += SOURCE.format(low=code.lower(), code=code, url=one.server.site + path, profile=profile)
        made = installed(folder / "union", text + TARGET.format(port=port), clock)
        stack.callback(made.parts.close)
        for name in ("mlt", "trt", "kng"):
            harvest(made.parts, name)
        village = spreadsheet.write(catalogue()["CMP"], folder / "daftar-buku.csv")
        command(made.config, "harvest", "file", "--library", "CMP", "--whole", str(village))
        run_once(made.parts)
        made.parts.engine.refresh()
        yield made


def installed(folder: Path, text: str, clock: Callable[[], datetime]) -> Five:
    """An installation of its own commands."""
    folder.mkdir()
    config = folder / "config.yaml"
    config.write_text(text)
    command(config, "init")
    return Five(build(load(config, os.environ), folder, clock=clock), config)


def command(config: Path, *words: str) -> None:
    done = CliRunner().invoke(main, ["--config", str(config), *words])
    assert done.exit_code == 0, done.output


def harvest(parts: Parts, code: str) -> None:
    """A full run, and what follows from it."""
    with parts.db.begin() as c:
        source = sources.by_code(c, code)
        asked = store.queue(c, source.id, at=parts.clock(), kind="full", asked_by="test")
    run_once(parts)
    with parts.db.read() as c:
        done = store.get(c, asked.id)
    assert (done.state, done.reason) == ("complete", "")


def searched(parts: Parts, text: str) -> tuple[LiveCluster, ...]:
    """What one search finds, here and elsewhere, once everybody has answered."""
    engine = live_engine(parts)
    with parts.db.read() as c:
        asked = aims(parts, c, searchable(parts, c, "public"))
    assert [aim.library for aim in asked] == ["AGR"]
    search = engine.start(parse.parse(text), asked, owner="test")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = engine.snapshot(search, "test")
        assert found is not None
        if not found.running:
            assert [one.state for one in found.targets if one.library == "AGR"] == [TargetState.OK]
            return found.clusters
        engine.wait(search, "test", found.version, 1.0)
    raise AssertionError("the search did not end")


def test_g1_one_search_shows_one_row_with_the_locations_of_five_kinds_of_members(five: Five) -> None:
    (row,) = searched(five.parts, f'"{SHARED}"')
    assert row.brief["title"].lower() == SHARED.lower()
    assert {holder.library for holder in row.holders} == {"MLT", "TRT", "KNG", "CMP", "AGR"}
    assert row.union_id
    live = next(holder for holder in row.holders if holder.library == "AGR")
    assert live.holdings[0].call_number


def test_g1_what_is_read_before_shows_the_others_by_itself(five: Five) -> None:
    from web.app import create_app

    client = create_app(five.parts).test_client()
    answer = client.get("/api/v1/search", query_string={"q": f'"{SHARED}"', "facets": "0"}).get_json()
    (hit,) = answer["hits"]
    record = client.get(f"/api/v1/records/{hit['cluster']}").get_json()
    assert len(record["descriptions"]) == 4
