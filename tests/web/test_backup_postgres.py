"""A backup of a PostgreSQL installation brings back every row and file, and a bad one changes nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, insert, select, text

from broker import audit
from foundation import outbox
from foundation.db import Database, metadata
from foundation.outbox import Work
from foundation.tables import outbox as outbox_table
from tests.broker.world import World, build
from tests.conftest import TestClock, needs
from web import backup, migrate

pytestmark = pytest.mark.postgres

NAME = "silang_backup"


@pytest.fixture
def live(postgres: str, clock: TestClock) -> Iterator[World]:
    """The broker's world in a database of its own, made by the migrations as an installation is."""
    needs("pg_dump", "apt-get install postgresql-client")
    outside = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with outside.connect() as c:
        c.execute(text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
        c.execute(text(f"CREATE DATABASE {NAME}"))
    db = Database(postgres.rsplit("/", 1)[0] + f"/{NAME}")
    migrate.upgrade(db)
    try:
        yield build(db, clock)
    finally:
        db.close()
        with outside.connect() as c:
            c.execute(text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
        outside.dispose()


def rows(db: Database) -> dict[str, list[str]]:
    """Every row of every table as text."""
    with db.read() as c:
        return {
            table.name: sorted(
                json.dumps([_plain(value) for value in row], default=str) for row in c.execute(select(table))
            )
            for table in metadata.sorted_tables
        }


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def data_folder(place: Path) -> Path:
    """A data folder with raw pages and keys."""
    data = place / "var"
    (data / "raw" / "kng").mkdir(parents=True)
    (data / "raw" / "kng" / "1.zst").write_bytes(b"\x28\xb5\x2f\xfd page")
    (data / "secret.key").write_bytes(b"k" * 32)
    return data


def wipe(db: Database, data: Path) -> None:
    """Nothing is left of the installation."""
    with db.begin() as c:
        c.execute(text("DROP SCHEMA public CASCADE"))
        c.execute(text("CREATE SCHEMA public"))
    shutil.rmtree(data)
    data.mkdir()


def test_it_is_backed_up_wiped_and_whole_again(live: World, tmp_path: Path) -> None:
    world, data, saved = live, data_folder(tmp_path), tmp_path / "silang.tar"
    view = world.asked()
    world.answer(view.id, "ship", barcode="KNG-1")
    config = tmp_path / "config.yaml"
    config.write_text("data: var\n")
    before = rows(world.db)
    assert len(before["event"]) > 5
    manifest = backup.make(world.db, data, config, saved, "2026-11-24T03:00:00Z")
    assert {"silang.dump", "raw/kng/1.zst", "secret.key", "config.yaml"} <= set(manifest["files"])
    assert saved.stat().st_mode & 0o077 == 0
    with pytest.raises(backup.BadBackup, match="--force"):
        backup.restore(saved, world.db, data)

    wipe(world.db, data)
    assert migrate.revision(world.db) is None
    backup.restore(saved, world.db, data)
    assert rows(world.db) == before
    assert migrate.is_current(world.db)
    assert (data / "raw" / "kng" / "1.zst").read_bytes() == b"\x28\xb5\x2f\xfd page"
    assert (data / "secret.key").read_bytes() == b"k" * 32
    with world.db.read() as c:
        assert audit.problems(c) == []

    # Work goes on where it stopped: numbers that the database gives are not given twice.
    with world.db.read() as c:
        last = c.execute(select(func.max(outbox_table.c.id))).scalar_one()
    with world.db.begin() as c:
        outbox.put(c, Work(channel="job", effect_key="after", payload={}), world.clock())
        new = c.execute(select(outbox_table.c.id).where(outbox_table.c.effect_key == "after")).scalar_one()
    assert new > last
    world.press(view.id, "receive")
    assert world.seen(view.id).stage == "ready"


def test_with_force_what_came_since_is_replaced(live: World, tmp_path: Path) -> None:
    world, data, saved = live, data_folder(tmp_path), tmp_path / "silang.tar"
    world.submitted()
    before = rows(world.db)
    backup.make(world.db, data, tmp_path / "none.yaml", saved, "now")
    world.submitted(again=True)
    (data / "raw" / "kng" / "2.zst").write_bytes(b"later")
    backup.restore(saved, world.db, data, force=True)
    assert rows(world.db) == before
    assert not (data / "raw" / "kng" / "2.zst").exists()


def test_a_damaged_one_or_one_of_sqlite_changes_nothing(live: World, tmp_path: Path) -> None:
    world, data, saved = live, data_folder(tmp_path), tmp_path / "silang.tar"
    world.submitted()
    backup.make(world.db, data, tmp_path / "none.yaml", saved, "now")
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    migrate.upgrade(other)
    foreign = tmp_path / "foreign.tar"
    backup.make(other, tmp_path / "nothing", tmp_path / "none.yaml", foreign, "now")
    other.close()
    bytes_of = bytearray(saved.read_bytes())
    bytes_of[len(bytes_of) // 2] ^= 0xFF
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(bytes(bytes_of))
    before = rows(world.db)
    for bad in (damaged, foreign):
        with pytest.raises(backup.BadBackup):
            backup.restore(bad, world.db, data, force=True)
    assert rows(world.db) == before
    assert (data / "raw" / "kng" / "1.zst").exists()


def test_a_dump_that_cannot_be_put_back_leaves_the_database_as_it_was(live: World, tmp_path: Path) -> None:
    """Something of somebody else stands on our tables: the whole restore is one transaction."""
    world, data, saved = live, data_folder(tmp_path), tmp_path / "silang.tar"
    backup.make(world.db, data, tmp_path / "none.yaml", saved, "now")
    with world.db.begin() as c:
        c.execute(text("CREATE VIEW theirs AS SELECT id FROM library"))
        c.execute(insert(outbox_table).values(_job(world)))
    before = rows(world.db)
    with pytest.raises(backup.BadBackup, match="pg_restore"):
        backup.restore(saved, world.db, data, force=True)
    assert rows(world.db) == before
    assert (data / "raw" / "kng" / "1.zst").exists()


def _job(world: World) -> dict[str, Any]:
    now = world.clock()
    return {"channel": "job", "effect_key": "since", "payload": {}, "due_at": now, "created_at": now}
