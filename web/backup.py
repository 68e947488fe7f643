"""One file that holds the truth: database, raw records, keys and configuration; and the way back from it.

The search index is not in it: it is derived, and rebuilt after a restore.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from foundation.db import Database
from web import migrate
from web.wiring import VERSION

MANIFEST = "manifest.json"

#: Folders and files of the data folder that are kept beside the database.
KEPT = ("raw", "documents", "secret.key", "web.key")


class BadBackup(Exception):
    """The file is not a whole backup of Silang, or may not be put here."""


def make(db: Database, data: Path, config: Path, target: Path, at: str) -> dict[str, Any]:
    """Write the backup to `target` while everything goes on; the file appears only when it is whole.

    Returns the manifest. The database comes first, so every raw page that it names is there as well.
    """
    part = target.with_name(target.name + ".part")
    scratch = target.with_name(target.name + ".db")
    files: dict[str, str] = {}
    try:
        name = _copy_database(db, scratch)
        with tarfile.open(part, "w") as archive:
            files[name] = _add(archive, scratch, name)
            for path, inside in _kept(data):
                files[inside] = _add(archive, path, inside)
            if config.exists():
                files["config.yaml"] = _add(archive, config, "config.yaml")
            manifest = {"silang": VERSION, "revision": migrate.revision(db), "at": at, "files": files}
            text = json.dumps(manifest, indent=1).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mode = len(text), 0o600
            archive.addfile(info, io.BytesIO(text))
        with part.open("rb+") as done:
            os.fsync(done.fileno())
        part.chmod(0o600)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
        scratch.unlink(missing_ok=True)
    return manifest


def restore(source: Path, db: Database, data: Path, *, force: bool = False) -> dict[str, Any]:
    """Put a backup into an empty data folder (or, with force, in the place of what is there).

    Everything is unpacked beside the data folder and checked against the manifest before anything of the
    old is touched. Raises BadBackup; then nothing has changed. Returns the manifest.
    """
    if migrate.revision(db) is not None and not force:
        raise BadBackup("there is an installation here already; say --force to replace it")
    room = data.with_name(data.name + ".restoring")
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(mode=0o700)
    try:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(room, filter="data")
        except (OSError, tarfile.TarError) as error:
            raise BadBackup(f"{source}: {error}") from error
        manifest = _checked(room)
        _put_database(db, data, room)
        for name in KEPT:
            old, new = data / name, room / name
            if old.is_dir():
                shutil.rmtree(old)
            if new.exists():
                new.replace(old)
        shutil.rmtree(data / "index", ignore_errors=True)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    migrate.upgrade(db)
    return manifest


def _copy_database(db: Database, scratch: Path) -> str:
    scratch.unlink(missing_ok=True)
    if db.is_sqlite:
        path = make_url(db.url).database
        with closing(sqlite3.connect(str(path))) as live, closing(sqlite3.connect(scratch)) as copy:
            live.backup(copy, pages=2_000)
        return "silang.db"
    _postgres_tool(db, "pg_dump", "--format=custom", f"--file={scratch}")
    return "silang.dump"


def _put_database(db: Database, data: Path, room: Path) -> None:
    if db.is_sqlite:
        found = room / "silang.db"
        if not found.exists():
            raise BadBackup("this backup is of a PostgreSQL database; database.url must name one")
        db.close()
        path = Path(str(make_url(db.url).database))
        for tail in ("-wal", "-shm"):
            Path(f"{path}{tail}").unlink(missing_ok=True)
        found.replace(path)
        return
    if not (room / "silang.dump").exists():
        raise BadBackup("this backup is of an SQLite database; leave database.url empty")
    db.close()
    _postgres_tool(
        db,
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--single-transaction",
        str(room / "silang.dump"),
    )


def _postgres_tool(db: Database, tool: str, *words: str) -> None:
    url = make_url(db.url)
    if shutil.which(tool) is None:
        raise BadBackup(f"{tool} is missing: apt-get install postgresql-client")
    environment = dict(os.environ, PGPASSWORD=str(url.password or ""))
    where = [
        "-h",
        url.host or "",
        "-p",
        str(url.port or 5432),
        "-U",
        url.username or "",
        "-d",
        url.database or "",
    ]
    done = subprocess.run(
        [tool, *where, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BadBackup(f"{tool}: {done.stderr.strip()[:500]}")


def _kept(data: Path) -> Iterator[tuple[Path, str]]:
    for name in KEPT:
        path = data / name
        if path.is_file():
            yield path, name
        for inner in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else ():
            yield inner, str(inner.relative_to(data))


def _add(archive: tarfile.TarFile, path: Path, inside: str) -> str:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    archive.add(path, inside, recursive=False)
    return digest


def _checked(room: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((room / MANIFEST).read_text(encoding="utf-8"))
        files: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadBackup("this is not a backup of Silang: it has no manifest") from error
    for name, digest in files.items():
        path = room / name
        if not path.is_file():
            raise BadBackup(f"the backup lacks {name}")
        with path.open("rb") as source:
            if hashlib.file_digest(source, "sha256").hexdigest() != digest:
                raise BadBackup(f"{name} in the backup is damaged")
    return manifest
