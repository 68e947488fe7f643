"""Records read again from the raw store: what changed changes, what did not costs nothing, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from foundation import libraries
from foundation.ids import uuid7
from harvester import process, reprocess, sources, store
from harvester.context import Harvesting
from harvester.sources import Source, SourceDraft
from harvester.tables import page, quarantine
from harvester.uploads import load
from index import crosswalk, views
from index.crosswalk import BadRecord
from index.record import Record
from index.tables import cluster, holding, record
from tests.index.iso2709 import iso2709

OAI = "http://www.openarchives.org/OAI/2.0/"
DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Judul {n}</dc:title><dc:creator>Putra, A.</dc:creator>'
    "</oai_dc:dc>"
)


@pytest.fixture
def harvested(sqlite_ctx: Harvesting, source_at: Callable[..., Source]) -> Source:
    """A source with two pages of records: 1 to 6, and 7 to 9."""
    source = source_at("http://127.0.0.1/oai")
    deliver(sqlite_ctx, source, range(1, 7), range(7, 10))
    return source


def deliver(ctx: Harvesting, source: Source, *pages: Any, payload: str = DC, tail: str = "") -> None:
    with ctx.db.begin() as c:
        mine = store.take(c, store.queue(c, source.id, at=ctx.clock()).id, owner="t", at=ctx.clock())
    for number, numbers in enumerate(pages, 1):
        records = "".join(
            f"<record><header><identifier>oai:x:{n}</identifier><datestamp>2026-01-01</datestamp></header>"
            f"<metadata>{payload.format(n=n)}</metadata></record>"
            for n in numbers
        )
        data = f'<OAI-PMH xmlns="{OAI}"><ListRecords>{records}</ListRecords></OAI-PMH>{tail}'.encode()
        kept = ctx.spool.write([data], f"{source.id}/{uuid7()}.xml.zst")
        with ctx.db.begin() as c:
            c.execute(
                page.insert().values(
                    id=uuid7(),
                    source_id=source.id,
                    harvest_id=mine.id,
                    number=number,
                    path=kept.path,
                    sha256=kept.sha256,
                    size=kept.size,
                    stored=kept.stored,
                    fetched_at=ctx.clock(),
                )
            )
        with ctx.db.read() as c:
            (row,) = process.pending(c, mine.id)
        process.process(ctx, source, mine, row)
    with ctx.db.begin() as c:
        store.end(c, mine, at=ctx.clock(), state="stopped", reason="", receipt={})


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Puts a newer crosswalk in place that does something to every Record; gives the titles it has read."""

    def put(change: Callable[[Record], Record] = lambda found: found) -> list[str]:
        plain: Any = crosswalk.read
        titles: list[str] = []

        def read(*how: Any) -> Record:
            found = plain(*how)
            titles.append(found.title)
            return change(found)

        monkeypatch.setattr(crosswalk, "read", read)
        monkeypatch.setattr(crosswalk.registry, "VERSIONS", dict.fromkeys(crosswalk.READERS, 90))
        return titles

    return put


def rows(ctx: Harvesting) -> dict[str, Any]:
    with ctx.db.read() as c:
        return {row.identifier: row for row in c.execute(select(record))}


def positions(ctx: Harvesting) -> list[int]:
    with ctx.db.read() as c:
        return list(c.execute(select(cluster.c.position).order_by(cluster.c.position)).scalars())


def test_with_the_same_crosswalk_there_is_nothing_to_do(sqlite_ctx: Harvesting, harvested: Source) -> None:
    with sqlite_ctx.db.read() as c:
        assert not reprocess.is_waiting(c)
    assert reprocess.run(sqlite_ctx).value() == reprocess.Tally().value()


def test_records_that_say_the_same_are_read_and_left_alone(
    sqlite_ctx: Harvesting, harvested: Source, newer: Any
) -> None:
    titles = newer()
    before, moved = rows(sqlite_ctx), positions(sqlite_ctx)
    with sqlite_ctx.db.read() as c:
        assert reprocess.is_waiting(c)

    tally = reprocess.run(sqlite_ctx)

    assert (tally.read, tally.changed, tally.pages, tally.total) == (9, 0, 2, 9)
    assert len(titles) == 9
    after = rows(sqlite_ctx)
    assert {row.crosswalk for row in after.values()} == {90}
    assert all(after[name].changed_at == before[name].changed_at for name in before)
    assert positions(sqlite_ctx) == moved
    assert reprocess.run(sqlite_ctx).read == 0


def test_what_a_newer_crosswalk_reads_out_is_told_and_nobody_is_seen_by_it(
    sqlite_ctx: Harvesting, harvested: Source, newer: Any
) -> None:
    newer(lambda found: replace(found, edition="Ed. 2") if found.title == "Judul 3" else found)
    before = rows(sqlite_ctx)

    tally = reprocess.run(sqlite_ctx)

    assert (tally.read, tally.changed) == (9, 1)
    after = rows(sqlite_ctx)
    assert all(after[name].last_seen == before[name].last_seen for name in before)
    assert after["oai:x:3"].changed_at > before["oai:x:3"].changed_at
    with sqlite_ctx.db.read() as c:
        found = views.get(c, after["oai:x:3"].cluster_id)
    assert isinstance(found, views.Cluster)
    assert found.record.edition == "Ed. 2"


def test_a_run_that_was_stopped_goes_on_with_what_is_left(
    sqlite_ctx: Harvesting, harvested: Source, newer: Any
) -> None:
    titles = newer()
    told: list[tuple[int, int]] = []

    class Enough(Exception):
        pass

    def report(done: int, total: int) -> None:
        told.append((done, total))
        raise Enough

    with pytest.raises(Enough):
        reprocess.run(sqlite_ctx, None, report)
    first = len(titles)

    assert reprocess.run(sqlite_ctx).read == 9 - first
    assert told == [(first, 9)]
    assert sorted(titles) == [f"Judul {n}" for n in range(1, 10)]


def test_the_worker_that_stops_lays_it_down(sqlite_ctx: Harvesting, harvested: Source, newer: Any) -> None:
    newer()
    sqlite_ctx.stopping.set()

    assert reprocess.run(sqlite_ctx).read == 0


def test_one_source_is_read_again_alone(
    sqlite_ctx: Harvesting, harvested: Source, source_at: Callable[..., Source], newer: Any
) -> None:
    other = source_at("http://127.0.0.2/oai", "kng")
    deliver(sqlite_ctx, other, range(1, 3))
    newer()

    assert reprocess.run(sqlite_ctx, other.id).read == 2
    with sqlite_ctx.db.begin() as c:
        assert reprocess.waiting(c) == 9
        reprocess.mark(c, other.id)
        assert reprocess.waiting(c) == 11


def test_a_record_that_cannot_be_read_any_more_is_kept_and_told(
    sqlite_ctx: Harvesting, harvested: Source, newer: Any
) -> None:
    def stumble(found: Record) -> Record:
        if found.title == "Judul 4":
            raise BadRecord("no_title", "nowhere")
        if found.title == "Judul 5":
            raise ZeroDivisionError
        return found

    newer(stumble)

    tally = reprocess.run(sqlite_ctx)

    assert (tally.read, tally.rejected) == (9, 2)
    assert rows(sqlite_ctx)["oai:x:4"].gone_at is None
    with sqlite_ctx.db.read() as c:
        told = c.execute(select(quarantine.c.identifier, quarantine.c.reason)).all()
        assert reprocess.waiting(c) == 0
    assert sorted(map(tuple, told)) == [("oai:x:4", "no_title"), ("oai:x:5", "crosswalk_failed")]


def test_bytes_that_are_gone_or_another_record_now_change_nothing(
    sqlite_ctx: Harvesting, harvested: Source, newer: Any
) -> None:
    newer(lambda found: replace(found, edition="Ed. 2"))
    with sqlite_ctx.db.begin() as c:
        paths = list(c.execute(select(page.c.path).order_by(page.c.number)).scalars())
        c.execute(update(record).where(record.c.identifier == "oai:x:8").values(identifier="oai:x:80"))
    sqlite_ctx.spool.remove(paths[0])

    tally = reprocess.run(sqlite_ctx)

    assert (tally.read, tally.changed, tally.gone) == (9, 2, 7)
    with sqlite_ctx.db.read() as c:
        assert reprocess.waiting(c) == 0


def test_a_record_that_came_anew_meanwhile_is_not_set_back(
    sqlite_ctx: Harvesting, harvested: Source, newer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def arrives(found: Record) -> Record:
        with sqlite_ctx.db.begin() as c:
            c.execute(
                update(record).where(record.c.identifier == "oai:x:8").values(page_id="new", datestamp="2027")
            )
        return replace(found, edition="Ed. 2")

    newer(arrives)

    tally = reprocess.run(sqlite_ctx)

    assert tally.changed == 8
    assert rows(sqlite_ctx)["oai:x:8"].datestamp == "2027"


def test_a_page_that_had_to_be_salvaged_is_salvaged_again(
    sqlite_ctx: Harvesting, source_at: Callable[..., Source], newer: Any
) -> None:
    source = source_at("http://127.0.0.1/oai")
    deliver(sqlite_ctx, source, range(1, 4), payload=DC.replace("Putra, A.", "Putra & Putri"))
    newer(lambda found: replace(found, edition="Ed. 2"))

    assert reprocess.run(sqlite_ctx).changed == 3


def test_records_of_files_are_read_again_in_every_format(
    sqlite_ctx: Harvesting, source_at: Callable[..., Source], newer: Any, tmp_path: Path
) -> None:
    source = source_at("http://127.0.0.1/oai")
    (tmp_path / "a.mrc").write_bytes(
        b"".join(iso2709([("001", b"%d" % n), ("245", b"00\x1faJudul %d" % n)]) for n in range(3))
    )
    (tmp_path / "b.xml").write_text(
        '<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>Peta</title></titleInfo></mods>'
    )
    (tmp_path / "c.csv").write_text("judul;pengarang\nBumi manusia;Pramoedya\n")
    with sqlite_ctx.db.read() as c:
        assert libraries.get(c, source.library_id)
    load.harvest_files(
        sqlite_ctx,
        [tmp_path / "a.mrc", tmp_path / "b.xml", tmp_path / "c.csv"],
        library_id=source.library_id,
        at=sqlite_ctx.clock(),
    )
    assert len(rows(sqlite_ctx)) == 5
    newer(lambda found: found)

    tally = reprocess.run(sqlite_ctx)

    assert (tally.read, tally.changed, tally.rejected, tally.gone) == (5, 0, 0, 0)


def test_a_record_that_comes_in_other_bytes_and_says_the_same_is_only_seen(
    sqlite_ctx: Harvesting, harvested: Source
) -> None:
    before = rows(sqlite_ctx)
    deliver(sqlite_ctx, harvested, range(1, 10), payload="<!-- other bytes -->" + DC)

    after = rows(sqlite_ctx)

    assert all(after[name].changed_at == before[name].changed_at for name in before)
    assert all(after[name].last_seen > before[name].last_seen for name in before)
    assert all(after[name].hash != before[name].hash for name in before)
    assert all(after[name].page_id != before[name].page_id for name in before)


def test_a_profile_decides_where_copies_stand_at_the_first_reading_and_at_the_next(
    sqlite_ctx: Harvesting, source_at: Callable[..., Source], newer: Any
) -> None:
    source = source_at("http://127.0.0.1/oai", profile="koha")
    deliver(
        sqlite_ctx,
        source,
        range(1, 2),
        payload='<record xmlns="http://www.loc.gov/MARC21/slim"><datafield tag="245" ind1=" " ind2=" ">'
        '<subfield code="a">Judul {n}</subfield></datafield><datafield tag="952" ind1=" " ind2=" ">'
        '<subfield code="c">RAK</subfield></datafield></record>',
    )
    with sqlite_ctx.db.read() as c:
        (copy,) = c.execute(select(holding)).all()
    assert copy.location == "RAK"
    newer()

    assert reprocess.run(sqlite_ctx).changed == 0


def test_another_profile_lets_the_records_be_read_again(sqlite_ctx: Harvesting, harvested: Source) -> None:
    draft = SourceDraft(
        code=harvested.code,
        library_id=harvested.library_id,
        name="n",
        url=harvested.url,
        profile="slims_oai2",
    )
    with sqlite_ctx.db.begin() as c:
        sources.change(c, harvested.id, draft, version=harvested.version, seal=sqlite_ctx.seal)
        assert reprocess.waiting(c, harvested.id) == 9

    assert reprocess.run(sqlite_ctx).read == 9
