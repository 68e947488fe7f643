"""Text tables: which encoding, which separator, and their rows one by one."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import lzma
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from harvester.uploads.table import LONGEST_CELL, MOST_COLUMNS, BadCells, BadTable, Line
from index.crosswalk.text import clean

#: Opens the (decompressed) bytes of a file from their beginning.
Opener = Callable[[], AbstractContextManager[BinaryIO]]

#: The most bytes of a text table, decompressed, and the characters that separators are guessed from.
LARGEST = 512 << 20
_CHUNK = 1 << 20
_HEAD = 200_000
_MENDING = "silang.cp1252"
_SEPARATORS = (",", ";", "\t", "|")
_BREAK = re.compile(r"(?<!\\)((?:\\\\)*)(?:\\r)?\\[nr]")


def encoding_of(opened: Opener) -> str:
    """utf-8-sig, utf-16, or cp1252 where some of the bytes are no UTF-8. Raises BadTable."""
    try:
        return _encoding_of(opened)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise BadTable("damaged", str(error)[:200]) from None


def codec(encoding: str) -> tuple[str, str]:
    """(encoding, what to do about errors) to open a text with: lists are put together from pieces, so what is
    UTF-8 stays it, and only what is not is Windows-1252."""
    return ("utf-8-sig", _MENDING) if encoding == "cp1252" else (encoding, "replace")


def _mend(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_MENDING, _mend)


def _encoding_of(opened: Opener) -> str:
    with opened() as file:
        head = file.read(4)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    size, utf8 = 0, True
    with opened() as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise BadTable("too_large")
            if b"\0" in chunk:
                raise BadTable("no_text")
            if utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    utf8 = False
    if utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            utf8 = False
    return "utf-8-sig" if utf8 else "cp1252"


def head_of(opened: Opener, encoding: str) -> str:
    """The beginning of a text, whole lines."""
    with opened() as file:
        text = file.read(_HEAD).decode(*codec(encoding))
    return text if len(text) < _HEAD // 4 else text[: text.rfind("\n") + 1] or text


def is_escaped(head: str) -> bool:
    """Whether quotes inside of cells are written as SLiMS does: as for SQL, with a backslash."""
    return '\\"' in head or "\\'" in head


def separator_of(head: str, escaped: bool) -> str:
    """The separator with which the first rows agree best on more than one column."""
    best, best_score = ",", (0.0, 0)
    lines = "".join(head.splitlines(keepends=True)[:60])
    for candidate in _SEPARATORS:
        try:
            widths = Counter(
                len(cells) for _, cells in rows(io.StringIO(lines), candidate, escaped) if any(cells)
            )
        except BadTable:
            continue
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        score = (round(count / sum(widths.values()), 1), width)
        if width > 1 and score > best_score:
            best, best_score = candidate, score
    return best


def lines(opened: Opener, encoding: str, separator: str, escaped: bool) -> Iterator[Line]:
    """The rows of a file: (number of its line, trimmed cells); BadCells where one cannot be read."""
    with opened() as file, io.TextIOWrapper(file, *codec(encoding), newline="") as text:
        yield from rows(text, separator, escaped)


def rows(text: Iterable[str], separator: str, escaped: bool) -> Iterator[Line]:
    """The rows of a text. A row that cannot be read has BadCells for its cells. Raises BadTable."""
    reader = csv.reader(
        _without_breaks(text) if escaped else text,
        delimiter=separator,
        escapechar="\\" if escaped else None,
        skipinitialspace=True,
        strict=False,
    )
    begins = 1
    while True:
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begins, BadCells(str(error)[:200])
            begins = reader.line_num + 1
            continue
        except UnicodeError as error:
            raise BadTable("no_text") from error
        if len(found) > MOST_COLUMNS:
            raise BadTable("too_wide")
        cells = tuple(clean(cell, LONGEST_CELL + 1) for cell in found)
        if any(cells):
            yield begins, cells
        begins = reader.line_num + 1


def _without_breaks(lines: Iterable[str]) -> Iterator[str]:
    """The lines with the breaks that SLiMS writes into cells, a backslash and n, made blanks."""
    for line in lines:
        yield _BREAK.sub(r"\1 ", line) if "\\" in line else line
