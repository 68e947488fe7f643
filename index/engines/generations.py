"""Generations of an index on disk: a new one is built beside the live one and made live by one rename."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whoosh.util.filelock import FileLock

from foundation.failpoints import failpoint
from index.search import SearchFailed

_GENERATION = re.compile(r"gen-(\d{6})")


class IndexLocked(SearchFailed):
    """Another writer holds the index; there is one at a time."""


def sync_folder(folder: Path) -> None:
    """Make names that were created or renamed in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that it is either the old or the new one, whatever happens."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def current(folder: Path) -> Path | None:
    """The live generation's folder; None before the first commit."""
    try:
        name = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return folder / name if _GENERATION.fullmatch(name) else None


def next_generation(folder: Path) -> Path:
    """A fresh folder for a generation, with a number nobody used."""
    used = [int(m.group(1)) for p in folder.glob("gen-*") if (m := _GENERATION.fullmatch(p.name))]
    fresh = folder / f"gen-{max(used, default=0) + 1:06d}"
    fresh.mkdir(parents=True)
    return fresh


def make_current(folder: Path, generation: Path) -> None:
    """Make a generation the live one."""
    write_whole(folder / "CURRENT", generation.name)
    failpoint("index.swapped")


def sweep(folder: Path) -> None:
    """Take away all generations but the live one."""
    live = current(folder)
    for path in folder.glob("gen-*"):
        if path != live:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def writing(folder: Path, patience: float) -> Iterator[None]:
    """Hold the index for writing; waits at most `patience` seconds. Raises IndexLocked. A killed holder loses it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(folder / "LOCK"))
    deadline = time.monotonic() + patience
    while not lock.acquire():
        if time.monotonic() >= deadline:
            raise IndexLocked(f"another process or thread is writing the index in {folder.name}")
        time.sleep(0.02)
    try:
        yield
    finally:
        lock.release()
