"""Pages on disk: written while they come in, compressed, safe before anybody hears of them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

from foundation.failpoints import failpoint
from harvester import salvage
from harvester.errors import HarvestFailed, Malformed, NotOai, Truncated
from harvester.oai import ListReader, items
from harvester.pages import Header, Item, Summary
from harvester.transport import whole_or_raise

_LEVEL = 3
#: Pages that are not well-formed say so in their name: they are read by salvage the next time too.
_UNWELL = ".unwell.xml.zst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A page that is on disk. `path` is below the spool's folder; `size` and `stored` are bytes before and
    after compression; `ids_hash` tells pages with other records apart."""

    path: str
    sha256: str
    size: int
    stored: int
    ids_hash: str
    summary: Summary
    headers: tuple[Header, ...]


class Spool:
    """The folder of raw pages: `<source>/<harvest>/<page>.xml.zst` (or `.unwell.xml.zst`)."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self._durable = durable  # False where nothing has to survive the process

    def write(self, chunks: Iterable[bytes], name: str) -> Stored:
        """Store a page as it comes in, read strictly on the way, salvaged where it is not well-formed.

        Raises NotOai and its children; then nothing is left behind.
        """
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            with part.open("wb") as file:
                sha256, size, notes = _copy(chunks, file)
                file.flush()
                if self._durable:
                    os.fsync(file.fileno())
            if notes is None:
                notes = _salvaged(part)
                path = path.with_name(path.name.removesuffix(".xml.zst") + _UNWELL)
            summary, headers, ids_hash = notes
            failpoint("harvest.page_written")
            part.replace(path)
            if self._durable:
                _sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return Stored(
            path=str(path.relative_to(self.folder)),
            sha256=sha256,
            size=size,
            stored=path.stat().st_size,
            ids_hash=ids_hash,
            summary=summary,
            headers=headers,
        )

    def items(self, name: str) -> Iterator[Item]:
        """The records of a stored page, as they were read when it was stored."""
        if name.endswith(_UNWELL):
            yield from salvage.page(b"".join(self.chunks(name))).items
        else:
            yield from items(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """The page as it came, in UTF-8."""
        with (
            (self.folder / name).open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as reader,
        ):
            while piece := reader.read(256 * 1024):
                yield piece

    def cut(self, name: str, offset: int, length: int) -> bytes:
        """So many bytes of a page from an offset on: one raw record."""
        out = bytearray()
        at = 0
        for piece in self.chunks(name):
            if at + len(piece) > offset:
                out += piece[max(0, offset - at) : offset + length - at]
            at += len(piece)
            if at >= offset + length:
                break
        return bytes(out)

    def remove(self, name: str) -> None:
        """Forget a page, or a whole folder of them; one that is not there is no error."""
        path = self.folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


_Notes = tuple[Summary, tuple[Header, ...], str]


def _copy(chunks: Iterable[bytes], file: object) -> tuple[str, int, _Notes | None]:
    """(sha256, size, what the page said, None where it is not well-formed)."""
    digest = hashlib.sha256()
    names: list[bytes] = []
    headers: list[Header] = []
    size = 0
    with zstandard.ZstdCompressor(level=_LEVEL).stream_writer(file, closefd=False) as packed:  # type: ignore[arg-type]  # it asks for IO, any writer does
        strict = ListReader()
        reader: ListReader | None = strict
        for chunk in whole_or_raise(chunks, lambda: strict.is_whole):
            packed.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            if reader is None:
                continue
            try:
                for at in range(0, len(chunk), 64 * 1024):
                    for item in reader.feed(chunk[at : at + 64 * 1024]):
                        _note(item, headers, names)
            except Malformed:
                reader = None
        if reader is not None:
            try:
                summary = reader.close()
                for item in reader.feed(b""):
                    _note(item, headers, names)
            except Malformed:
                reader = None
    if reader is None:
        return digest.hexdigest(), size, None
    return digest.hexdigest(), size, (summary, tuple(headers), _hash(names))


def _note(item: Item, headers: list[Header], names: list[bytes]) -> None:
    headers.append(item.header)
    names.append(item.header.identifier.encode() or hashlib.sha256(item.raw).digest())


def _hash(names: list[bytes]) -> str:
    """Of which records a page holds, in whatever order."""
    return hashlib.sha256(b"\n".join(sorted(set(names)))).hexdigest()


def _salvaged(part: Path) -> _Notes:
    with part.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
        data = reader.read()
    try:
        page = salvage.page(data)
    except (NotOai, Truncated):
        raise
    except HarvestFailed as error:  # pragma: no cover - salvage raises nothing else
        raise NotOai(str(error)) from None
    names: list[bytes] = []
    headers: list[Header] = []
    for item in page.items:
        _note(item, headers, names)
    return page.summary, tuple(headers), _hash(names)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
