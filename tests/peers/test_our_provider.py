"""Harvesters that we did not write, and our own, get the whole of our union catalogue, and then what changed."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from lxml import etree
from sickle import Sickle
from sqlalchemy import func, select

from foundation.clock import format_utc
from foundation.db import Database, metadata
from harvester.context import Harvesting
from harvester.sources import Source
from index.tables import holding
from tests.conftest import needs
from tests.harvester.conftest import (  # noqa: F401 - fixtures
    MovingClock,
    fetcher,
    moving_clock,
    source_at,
    sqlite_ctx,
)
from tests.peers.test_foreign_providers import living, work
from tests.served import served
from tests.web.conftest import World, make_parts, make_world
from tests.web.oai_world import both, take, title, withdraw
from web.settings import OaiSettings

pytestmark = pytest.mark.peers
SourceAt = Callable[..., Source]

#: Clusters: at MLT alone, at KNG alone, at both; of those at MLT some that went again.
MLT, KNG, SHARED, GONE = 1300, 1100, 150, 50
ALL = MLT + KNG + SHARED


@dataclass(frozen=True, slots=True)
class Provider:
    """Our union catalogue behind a real server."""

    world: World
    url: str
    clock: MovingClock


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """2,550 clusters in two sets that overlap, 50 of them tombstones."""
    folder = tmp_path_factory.mktemp("provider")
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    clock = MovingClock()
    parts = make_parts(db, folder, clock)  # type: ignore[arg-type]  # a clock that moves
    parts.settings = replace(parts.settings, oai=OaiSettings(domain="katalog.silang.example"))
    world = make_world(parts, clock)  # type: ignore[arg-type]  # the same
    clock.go(days=-2)
    for start in range(0, MLT, 200):
        take(world, "MLT", **{f"m{n}": title(n) for n in range(start, min(start + 200, MLT))})
    for start in range(0, KNG, 200):
        take(world, "KNG", **{f"k{n}": title(20_000 + n) for n in range(start, min(start + 200, KNG))})
    for code in ("MLT", "KNG"):
        take(world, code, **{f"b{n}": both(n) for n in range(SHARED)})
    withdraw(world, "MLT", *(f"m{n}" for n in range(GONE)))
    clock.go(days=2)
    with served(world.app) as host:
        yield Provider(world, f"http://{host}/oai", clock)
    db.close()


def test_sickle_gets_everything_and_knows_what_is_deleted(provider: Provider) -> None:
    client = Sickle(provider.url, max_retries=0)
    for prefix in ("oai_dc", "marcxml"):
        found = {one.header.identifier: one.header for one in client.ListRecords(metadataPrefix=prefix)}
        assert len(found) == ALL
        assert sum(header.deleted for header in found.values()) == GONE
    in_mlt = {one.identifier for one in client.ListIdentifiers(metadataPrefix="oai_dc", set="library:MLT")}
    in_kng = {one.identifier for one in client.ListIdentifiers(metadataPrefix="oai_dc", set="library:KNG")}
    assert (len(in_mlt), len(in_kng)) == (MLT + SHARED, KNG + SHARED)
    assert len(in_mlt & in_kng) == SHARED
    assert in_mlt | in_kng == set(found)
    assert client.Identify().granularity == "YYYY-MM-DDThh:mm:ssZ"
    assert {one.setSpec for one in client.ListSets()} >= {"library:MLT", "library:KNG"}
    some = next(iter(found))
    assert client.GetRecord(identifier=some, metadataPrefix="oai_dc").header.identifier == some


def test_the_client_of_the_eth_library_gets_everything(provider: Provider) -> None:
    from oaipmh.client import Client
    from oaipmh.metadata import MetadataRegistry, oai_dc_reader

    registry = MetadataRegistry()
    registry.registerReader("oai_dc", oai_dc_reader)
    client = Client(provider.url, registry)  # it asks by POST
    assert client.identify().deletedRecord() == "persistent"
    client.updateGranularity()
    found = {
        header.identifier(): (header, told) for header, told, _ in client.listRecords(metadataPrefix="oai_dc")
    }
    assert len(found) == ALL
    assert sum(header.isDeleted() for header, _ in found.values()) == GONE
    assert all(told.getField("title") for header, told in found.values() if not header.isDeleted())
    assert len(list(client.listIdentifiers(metadataPrefix="oai_dc", set="library:KNG"))) == KNG + SHARED
    from_ = datetime.now(UTC).replace(tzinfo=None)
    with pytest.raises(Exception, match="no record fits"):
        list(client.listIdentifiers(metadataPrefix="oai_dc", from_=from_))


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, timeout=120, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_catmandu_gets_everything(provider: Provider) -> None:
    catmandu = needs("catmandu", "apt-get install libcatmandu-perl libcatmandu-oai-perl")

    def got(*more: str) -> list[dict[str, object]]:
        command = [catmandu, "convert", "OAI", "--url", provider.url, "--handler", "raw", *more]
        lines = run([*command, "to", "JSON", "--line_delimited", "1"]).splitlines()
        return [json.loads(line) for line in lines]

    found = got("--metadataPrefix", "marcxml")
    assert len({one["_identifier"] for one in found}) == len(found) == ALL
    assert sum(one.get("_status") == "deleted" for one in found) == GONE
    assert all("852" in str(one["_metadata"]) for one in found if one.get("_status") != "deleted")
    in_set = got("--metadataPrefix", "oai_dc", "--set", "library:MLT", "--listIdentifiers", "1")
    assert len(in_set) == MLT + SHARED


def test_oai_pmh_of_perl_gets_everything(provider: Provider) -> None:
    tool = needs("oai_pmh", "apt-get install libhttp-oai-perl")
    told = run([tool, "--metadataPrefix", "oai_dc", provider.url]).split("\f")
    records = [one for one in told if "identifier" in one.lower()]
    assert len(records) == ALL
    assert sum("deleted" in one for one in records) == GONE
    told = run(
        [tool, "-X", "ListIdentifiers", "--metadataPrefix", "oai_dc", "--set", "library:KNG", provider.url]
    )
    assert len([one for one in told.split("\f") if "identifier" in one.lower()]) == KNG + SHARED


def test_our_own_harvester_gets_everything_and_then_what_changed(
    provider: Provider,
    sqlite_ctx: Harvesting,  # noqa: F811
    source_at: SourceAt,  # noqa: F811
) -> None:
    ctx, source = sqlite_ctx, source_at(provider.url, code="uni", prefix="marcxml")
    done = work(ctx, source)
    assert (done.state, done.reason) == ("complete", "")
    assert (done.records, done.deleted, done.rejected) == (ALL - GONE, GONE, 0)
    assert done.expected == ALL
    assert living(ctx) == ALL - GONE
    with ctx.db.read() as c:
        shared = c.execute(
            select(func.count())
            .select_from(holding)
            .group_by(holding.c.record_id)
            .order_by(func.count().desc())
        ).first()
        assert shared is not None
        assert shared[0] == 2
    world = provider.world
    take(world, "MLT", m60=title(60, author="Baru, Nama"), new=title(77_777))
    withdraw(world, "MLT", "m61")
    withdraw(world, "KNG", "b3")
    try:
        done = work(ctx, source)
        assert (done.state, done.records, done.deleted) == ("complete", 3, 1)
        assert living(ctx) == ALL - GONE
        done = work(ctx, source, kind="full")
        assert done.state == "complete"
        assert living(ctx) == ALL - GONE
    finally:
        take(world, "KNG", b3=both(3))
        take(world, "MLT", m60=title(60), m61=title(61))
        withdraw(world, "MLT", "new")


def test_a_list_that_is_read_while_the_catalogue_changes_lacks_nothing(provider: Provider) -> None:
    client = Sickle(provider.url, max_retries=0)
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            some = {
                f"k{n}": title(20_000 + n, author=f"Ubah, {number}") for n in range(number % 40, 1000, 40)
            }
            take(provider.world, "KNG", **some)

    before = {one.identifier for one in client.ListIdentifiers(metadataPrefix="oai_dc")}
    thread = threading.Thread(target=change)
    thread.start()
    try:
        found = {one.header.identifier for one in client.ListRecords(metadataPrefix="oai_dc")}
    finally:
        stop.set()
        thread.join(timeout=60)
    assert before <= found


def test_answers_are_well_formed_with_gzip_over_a_real_connection(provider: Provider) -> None:
    import requests

    address = f"{provider.url}?verb=ListRecords&metadataPrefix=marcxml"
    plain = requests.get(address, headers={"Accept-Encoding": "identity"}, timeout=10)
    packed = requests.get(address, timeout=10, stream=True)
    size = len(packed.raw.read())
    assert packed.headers["Content-Encoding"] == "gzip"
    assert size * 4 < len(plain.content)
    assert len(etree.fromstring(plain.content).findall(".//{*}header")) == 100
    assert format_utc(datetime.now(UTC))[:10] == etree.fromstring(plain.content)[0].text[:10]
