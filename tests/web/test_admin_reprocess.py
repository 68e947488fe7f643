"""Reading records again: asked for by an admin or by the worker itself, and watched among the jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from foundation.tables import job
from harvester.uploads.load import harvest_files
from index.tables import record
from tests.index.iso2709 import iso2709
from tests.web.conftest import Client, World
from web import duties, jobs
from web.cli import main

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


def some_records(world: World, folder: Path) -> None:
    """Three records of a file, read by an older crosswalk."""
    path = folder / "a.mrc"
    path.write_bytes(
        b"".join(iso2709([("001", b"%d" % n), ("245", b"00\x1faJudul %d" % n)]) for n in range(3))
    )
    library_id = next(iter(world.library.values()))
    ctx = world.parts.harvesting()
    harvest_files(ctx, [path], library_id=library_id, at=world.parts.clock())
    with world.parts.db.begin() as c:
        c.execute(update(record).values(crosswalk=0))


def test_the_worker_asks_by_itself_when_an_older_crosswalk_has_read_records(
    world: World, tmp_path: Path
) -> None:
    assert not duties.reprocess(world.parts, "w")
    with world.parts.db.read() as c:
        assert jobs.recent(c) == []
    some_records(world, tmp_path)

    duties.reprocess(world.parts, "w")
    duties.reprocess(world.parts, "w")  # one job is enough

    with world.parts.db.read() as c:
        (row,) = jobs.recent(c)
    assert (row.kind, row.state, row.asked_by) == ("reprocess", "queued", None)
    assert jobs.work_on_one(world.parts, "w")
    with world.parts.db.read() as c:
        (row,) = c.execute(select(job)).all()
        assert set(c.execute(select(record.c.crosswalk)).scalars()) != {0}
    assert row.state == "done"
    assert (row.result["read"], row.result["changed"], row.done, row.total) == (3, 0, 3, 3)


def test_an_admin_asks_for_it_and_sees_how_far_it_is(visit: Visit, world: World, tmp_path: Path) -> None:
    some_records(world, tmp_path)
    ada = visit("ada")

    ada.send("/admin/jobs/reprocess")
    assert "Baca ulang rekaman" in ada.page("/admin/jobs")
    assert jobs.work_on_one(world.parts, "w")

    page = ada.page("/admin/jobs")
    assert "Dibaca: 3" in page
    assert "Berubah: 0" in page
    assert ada.send("/admin/jobs/reprocess", source="nobody").status_code == 404
    ada.send("/admin/jobs/reprocess", source=_code(world))
    with world.parts.db.read() as c:
        assert jobs.recent(c)[0].payload["source"] == _code(world)


def _code(world: World) -> str:
    from harvester import sources

    with world.parts.db.read() as c:
        return sources.listed(c)[0].code


def test_the_command_line_reads_again_what_is_old_and_everything_when_told(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text('data: store\nlibraries: [{code: MLT, name: Melati, symbol: "NPP:1"}]\n')
    (tmp_path / "a.mrc").write_bytes(iso2709([("001", b"1"), ("245", b"00\x1faJudul")]))

    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(main, ["--config", str(config), *words])
        assert done.exit_code == status, done.output
        return done.stdout

    run("init")
    run("harvest", "file", str(tmp_path / "a.mrc"), "--library", "MLT", "--json")

    assert json.loads(run("reprocess", "--json"))["read"] == 0
    assert json.loads(run("reprocess", "--all", "--json")) == {
        "read": 1, "changed": 0, "rejected": 0, "gone": 0, "pages": 1, "total": 1,
    }  # fmt: skip
    assert "0 records read again" in run("reprocess", "--source", "mlt-files")
    run("reprocess", "--source", "nobody", status=2)
