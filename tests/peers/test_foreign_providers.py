"""Providers that we did not write: harvested completely, incrementally, with deletions, killed and resumed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from harvester import store
from harvester.context import Harvesting
from harvester.run import process_queue
from harvester.sources import Source
from harvester.store import Harvest
from index.tables import record
from tests.conftest import free_port, needs
from tests.harvester.conftest import (  # noqa: F401 - fixtures
    MovingClock,
    fetcher,
    moving_clock,
    source_at,
    sqlite_ctx,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COUNT = 2520  # the last page is not full: a list that stops there is believed
pytestmark = pytest.mark.peers
SourceAt = Callable[..., Source]


@dataclass
class Provider:
    """A foreign provider that runs, its rows and its log."""

    url: str
    rows_file: Path
    log_file: Path

    def __post_init__(self) -> None:
        self.rows: list[tuple[int, datetime, bool, str]] = []

    def write(self) -> None:
        lines = (f"{n}\t{at:%Y-%m-%dT%H:%M:%SZ}\t{int(gone)}\t{title}" for n, at, gone, title in self.rows)
        fresh = self.rows_file.with_suffix(".new")
        fresh.write_text("\n".join(lines) + "\n")
        fresh.replace(self.rows_file)

    def asked(self, verb: str) -> list[dict[str, list[str]]]:
        requests = [parse_qs(line) for line in self.log_file.read_text().splitlines()]
        return [one for one in requests if one.get("verb") == [verb]]


def first_rows() -> list[tuple[int, datetime, bool, str]]:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        (n, begin + timedelta(minutes=n), n % 50 == 0, f"Judul ke-{n} & lainnya é")
        for n in range(1, COUNT + 1)
    ]


def _wait(url: str, process: subprocess.Popen[str]) -> None:
    place = urlsplit(url)
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline, "the provider does not answer"
        try:
            with socket.create_connection((str(place.hostname), int(place.port or 80)), timeout=1):
                return
        except OSError:
            time.sleep(0.05)


@pytest.fixture(params=["eth", "catmandu"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    """Each of the two in turn, with 2,500 records of which 50 are deleted."""
    rows, log = tmp_path / "rows.tsv", tmp_path / "requests.log"
    log.touch()
    made = Provider("", rows, log)
    made.rows = first_rows()
    made.write()
    if request.param == "eth":
        command = [sys.executable, str(HERE / "eth_provider.py"), str(rows), str(log)]
        url = ""
    else:
        perl = needs("perl", "apt-get install perl")
        hint = "apt-get install libdancer-plugin-catmandu-oai-perl"
        check = subprocess.run(
            [perl, "-MDancer::Plugin::Catmandu::OAI", "-e", "1"], capture_output=True, timeout=60
        )
        if check.returncode:
            pytest.skip(f"Catmandu's OAI provider is missing: {hint}")
        port = free_port()
        command = [perl, str(HERE / "dancer_provider.pl"), str(port), str(rows), str(log)]
        url = f"http://127.0.0.1:{port}/oai"
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        made.url = url or process.stdout.readline().strip()
        _wait(made.url, process)
        yield made
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate(timeout=10)


def work(ctx: Harvesting, source: Source, kind: str = "incremental") -> Harvest:
    with ctx.db.begin() as c:
        asked = store.queue(c, source.id, at=ctx.clock(), kind=kind)
    assert process_queue(ctx, "test")
    with ctx.db.read() as c:
        return store.get(c, asked.id)


def living(ctx: Harvesting) -> int:
    with ctx.db.read() as c:
        return int(c.execute(select(func.count()).where(record.c.gone_at.is_(None))).scalar_one())


def test_all_of_it_and_then_what_changes(
    sqlite_ctx: Harvesting,  # noqa: F811
    source_at: SourceAt,  # noqa: F811
    provider: Provider,
    moving_clock: MovingClock,  # noqa: F811
) -> None:
    ctx, source = sqlite_ctx, source_at(provider.url)
    done = work(ctx, source)
    assert (done.state, done.reason) == ("complete", "")
    assert (done.records, done.deleted, done.rejected, done.pages) == (COUNT - 50, 50, 0, 26)
    assert living(ctx) == COUNT - 50

    now = datetime.now(UTC).replace(microsecond=0)
    for at in (3, 7, 11):
        provider.rows[at] = (provider.rows[at][0], now, False, "Judul yang diperbarui")
    for at in (20, 21):
        provider.rows[at] = (provider.rows[at][0], now, True, "")
    provider.rows.append((COUNT + 1, now, False, "Judul baru"))
    provider.write()
    done = work(ctx, source)
    assert (done.state, done.records, done.deleted, done.pages) == ("complete", 4, 2, 1)
    assert living(ctx) == COUNT - 50 - 2 + 1
    assert "from" in provider.asked("ListRecords")[-1]

    moving_clock.go(minutes=5)
    del provider.rows[100:103]  # gone without a tombstone
    provider.write()
    done = work(ctx, source, kind="full")
    assert (done.state, done.receipt["swept"]) == ("complete", 3)
    assert living(ctx) == COUNT - 50 - 2 + 1 - 3


def test_killed_in_the_middle_and_resumed(
    sqlite_ctx: Harvesting,  # noqa: F811
    source_at: SourceAt,  # noqa: F811
    provider: Provider,
) -> None:
    ctx, source = sqlite_ctx, source_at(provider.url)
    with ctx.db.begin() as c:
        asked = store.queue(c, source.id, at=ctx.clock())
    data = str(ctx.spool.folder.parent)
    child = [sys.executable, "-m", "tests.harvester.harvest_process", data, ctx.db.url]
    process = subprocess.Popen([*child, "0"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while len(provider.asked("ListRecords")) < 8:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    again = subprocess.run([*child, "120"], cwd=ROOT, capture_output=True, timeout=120)
    assert again.returncode == 0, again.stderr.decode()[-2000:]
    with ctx.db.read() as c:
        done = store.get(c, asked.id)
    assert (done.state, done.records, done.deleted, done.pages) == ("complete", COUNT - 50, 50, 26)
    assert living(ctx) == COUNT - 50
    tokens = Counter(str(one.get("resumptionToken")) for one in provider.asked("ListRecords"))
    assert sum(tokens.values()) - len(tokens) <= 1, "more than one page was fetched again"
