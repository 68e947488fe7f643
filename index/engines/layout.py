"""Where a Whoosh index lies on disk, and how it gets there whole.

    <folder>/LOCK                    held by the one writer
    <folder>/CURRENT                 names the live generation
    <folder>/gen-000001/             a Whoosh index: table of contents, segments
    <folder>/gen-000001/commit-7     what table of contents 7 contains, as JSON (change position, documents)

Everything is written beside what is live, synced, and then made live by one rename.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile
from whoosh.index import TOC

from foundation.failpoints import failpoint
from index.engines.generations import current, sweep, sync_folder, write_whole
from index.search import SearchFailed

#: The Whoosh name of the index inside a generation's folder.
NAME = "silang"

_COMMIT = re.compile(r"commit-(\d+)")
_SEGMENT = re.compile(rf"({NAME}_[0-9a-z]+)\..+")
_CONTENTS = re.compile(rf"_{NAME}_(\d+)\.toc")


class MappedFile(BufferFile):  # type: ignore[misc]  # Whoosh has no types
    """A file that is read in place: Whoosh's own copies all of it. Only its cursor-less reads are safe."""

    def __init__(self, buffer: Any, name: str) -> None:
        self._buf = buffer
        self._name = name
        self.file = buffer
        self.onclose = None
        self.is_real = False
        self.is_closed = False

    def view(self, position: int, length: int) -> memoryview:
        """A piece of it, where it lies: nothing is copied into this process."""
        return memoryview(self._buf)[position : position + length]


class _Synced(StructFile):  # type: ignore[misc]  # Whoosh has no types
    """A file that reaches the disk before it is closed: Whoosh itself never syncs."""

    def close(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        super().close()


class Storage(FileStorage):  # type: ignore[misc]  # Whoosh has no types
    """A Whoosh folder whose files are synced when written and mapped when read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.path = folder

    def create_file(self, name: str, excl: bool = False, mode: str = "wb", **_: Any) -> StructFile:
        """A new file of this name."""
        return _Synced((self.path / name).open("xb" if excl else mode, buffering=1 << 20), name=name)

    def rename_file(self, old: str, new: str, safe: bool = False) -> None:
        """Give a file another name, for good."""
        (self.path / old).replace(self.path / new)
        sync_folder(self.path)

    def mapped(self, name: str) -> MappedFile:
        """The file, read in place. Raises FileNotFoundError."""
        with (self.path / name).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            return MappedFile(mmap(stream.fileno(), 0, access=ACCESS_READ) if size else b"", name)


def commits(generation: Path) -> list[int]:
    """The commits that a generation's folder holds, newest first."""
    try:
        names = os.listdir(generation)
    except FileNotFoundError:
        return []
    return sorted((int(m.group(1)) for name in names if (m := _CONTENTS.fullmatch(name))), reverse=True)


def read_commit(generation: Path) -> tuple[TOC, dict[str, Any]]:
    """The newest readable commit: its table of contents and its note. Raises SearchFailed when there is none."""
    faults = []
    storage = Storage(generation)
    for number in commits(generation):
        try:
            contents = TOC.read(storage, NAME, gen=number)
            note = json.loads((generation / f"commit-{number}").read_text(encoding="utf-8"))
        except FileNotFoundError:  # a newer commit took it away while we looked
            raise
        except Exception as fault:  # torn by a power cut: the one before it is whole
            faults.append(f"{number}: {type(fault).__name__}")
            continue
        if sizes(generation, contents.segments) != note.get("sizes"):
            if commits(generation)[:1] != [number]:
                raise FileNotFoundError(f"commit {number} is gone")  # a newer one took its files away
            raise SearchFailed("files of the index are damaged or missing; reindex")
        return contents, note
    raise SearchFailed(f"no readable commit in {generation.name} ({', '.join(faults) or 'empty'}); reindex")


def sizes(generation: Path, segments: Iterable[Any]) -> dict[str, int]:
    """Bytes on disk of each of these segments, by segment id."""
    found = {segment.segment_id(): 0 for segment in segments}
    with os.scandir(generation) as entries:
        for entry in entries:
            if (name := entry.name.partition(".")[0]) in found:
                found[name] += entry.stat().st_size
    return found


def write_commit(generation: Path, schema: Any, segments: list[Any], note: dict[str, Any]) -> int:
    """Make these segments the content of the generation; returns the number of the commit."""
    number = max(commits(generation), default=0) + 1
    write_whole(generation / f"commit-{number}", json.dumps(note, separators=(",", ":")))
    failpoint("index.commit_noted")
    TOC(schema, segments, number).write(Storage(generation), NAME)
    sync_folder(generation)
    failpoint("index.committed")
    return number


def clean(folder: Path) -> None:
    """Take away what no commit needs: leftovers of killed writers, commits older than the last two, old generations.

    The commit before the last stays, for readers that are just opening it and in case the last cannot be read.
    """
    sweep(folder)
    live = current(folder)
    if live is None:
        return
    kept = commits(live)[:2]
    needed = set()
    for number in kept:
        try:
            needed |= {segment.segment_id() for segment in TOC.read(Storage(live), NAME, gen=number).segments}
        except Exception:
            return  # whatever it named stays
    for name in os.listdir(live):
        segment, contents, commit = (
            _SEGMENT.fullmatch(name),
            _CONTENTS.fullmatch(name),
            _COMMIT.fullmatch(name),
        )
        numbered = contents or commit
        if segment is not None:
            wanted = segment.group(1) in needed
        elif numbered is not None:
            wanted = int(numbered.group(1)) in kept
        else:
            wanted = False
        if not wanted:
            path = live / name
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def column_file(segment: Any, column: str) -> str:
    """The name of the file that holds a column of a segment."""
    return str(W3Codec.column_filename(segment, column))
