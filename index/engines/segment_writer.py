"""Writes one Whoosh segment in bulk: the same files as Whoosh's own writer, a term at a time instead of a posting at a time.

Whoosh calls Python for each of a segment's postings, which is where most of its time goes. Here a batch of documents
is turned over in memory (term → documents) and every list is written in one piece, in Whoosh's format (codec W3), so
that Whoosh itself reads the result. Postings say only that a document has a term; `ranking` needs no more.

Documents lie in a segment in the order of their ids, so that "by id" is "by number".
"""

from __future__ import annotations

import pickle
import secrets
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import md5
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import columns, fields
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC, W3Codec, W3Segment
from whoosh.filedb.filetables import OrderedHashWriter

from foundation.failpoints import failpoint
from index.analysis import SORT_BYTES
from index.engines.layout import NAME, Storage, column_file
from index.engines.ranking import prior
from index.plan import ORDERED, doc_tokens
from index.search import IndexDoc

#: Fields with terms. Their order is their number in the term file: append only.
INDEXED = (
    "any", "author", "availability", "call_number", "format", "held", "identifier", "isbn", "issn", "language",
    "library", "publisher", "region", "series", "stems", "subject", "subject_facet", "title",
    "sale", "heading",
)  # fmt: skip

#: No year, and what sorts behind every title.
NO_YEAR = -32768
LAST = b"\xff" * SORT_BYTES

COLUMNS: dict[str, Any] = {
    "id": columns.VarBytesColumn(),
    "brief": columns.VarBytesColumn(),
    "words": columns.VarBytesColumn(),  # the ordered fields, for phrases
    "sort_title": columns.FixedBytesColumn(SORT_BYTES, LAST),
    "sort_author": columns.FixedBytesColumn(SORT_BYTES, LAST),
    "year": columns.NumericColumn("h", NO_YEAR),
    "added": columns.NumericColumn("q", 0),
    "prior": columns.NumericColumn("h", 0),
}

SCHEMA = fields.Schema(
    **{name: fields.ID() for name in INDEXED}, **{name: fields.COLUMN(kind) for name, kind in COLUMNS.items()}
)

#: The value of a term: inline?, weight, documents, shortest, longest, heaviest, first document, last document; behind it
#: where the list lies in the file of postings, or, for one or two documents, the pickle of the list itself.
INFO = Struct("!BfIBBfII")
EXTENT = Struct("!qi")
LENGTHS = Struct("!ii")

#: Whoosh frames lists in pickles. Ours are all of one shape, so they are filled in, and read, without pickling.
_FIELD = Struct("!H")
_LENGTH = Struct("!i")
_INT = Struct("<i")
_ONE_POINT_ZERO = pickle.dumps(1.0, 2)[2:-1]
_ONE = b"\x80\x03J%b\x85" + _ONE_POINT_ZERO + b"\x85C\x00\x85\x87."  # ((doc,), (1.0,), (b"",))
_TWO = b"\x80\x03J%bJ%b\x86" + _ONE_POINT_ZERO * 2 + b"\x86C\x00C\x00\x86\x87."
_BLOCK_INFO = b"\x80\x02(J%bJ%b" + _ONE_POINT_ZERO + b"K\x00K\x00K\x00t."  # (count, last, 1.0, 0, 0, 0)
NARROW = b"\x80\x03B"

#: Bytes of a block before its data: magic and length, then what is in it.
BLOCK_HEAD = 8 + len(_BLOCK_INFO % (b"....", b"...."))

#: Below this many documents a loop is faster than numpy.
SHORT = 48

Docs = Sequence[int]
Ints = npt.NDArray[np.int32]


def year_value(year: int | None) -> int:
    """A year as its column holds it."""
    return NO_YEAR if year is None or not -9999 <= year <= 9999 else year


def sort_bytes(key: str) -> bytes:
    """A sort key as its column holds it."""
    return key.encode(errors="replace")[:SORT_BYTES].ljust(SORT_BYTES, b"\0") if key else LAST


def words_value(doc: IndexDoc) -> bytes:
    """The ordered fields, each ` one two `, values apart by NUL and fields by line feed."""
    return "\n".join(f" {' '.join(t or chr(0) for t in getattr(doc, f))} " for f in ORDERED).encode(
        errors="replace"
    )


def column_values(doc: IndexDoc) -> tuple[Any, ...]:
    """What the columns hold of a document, in the order of COLUMNS."""
    return (
        doc.id.encode(),
        doc.brief.encode(errors="replace"),
        words_value(doc),
        sort_bytes(doc.sort_title),
        sort_bytes(doc.sort_author),
        year_value(doc.year),
        doc.added,
        prior(doc),
    )


class SegmentBuilder:
    """A batch of documents turned over in memory. An id that comes again replaces the document before it."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._postings: list[defaultdict[str, list[int]]] = [defaultdict(list) for _ in INDEXED]
        self._numbers: dict[bytes, int] = {}
        self._replaced: set[int] = set()

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, doc: IndexDoc) -> None:
        """Take in a document."""
        number = len(self._rows)
        row = column_values(doc)
        if (before := self._numbers.get(row[0])) is not None:
            self._replaced.add(before)
        self._numbers[row[0]] = number
        self._rows.append(row)
        for postings, name in zip(self._postings, INDEXED, strict=True):
            for token in doc_tokens(doc, name):
                postings[token].append(number)

    def ids(self) -> list[bytes]:
        """The ids taken in, in order."""
        return sorted(self._numbers)

    def write(self, storage: Storage) -> W3Segment | None:
        """The segment, on disk and synced but in no table of contents yet; None when there is nothing to write."""
        if not self._numbers:
            return None
        order = [self._numbers[key] for key in self.ids()]
        moved = order != list(range(len(self._rows)))
        places = np.full(len(self._rows), -1, dtype=np.int32)
        places[order] = np.arange(len(order), dtype=np.int32)

        def place(docs: list[int]) -> Docs:
            if not moved:
                return docs
            found = places[docs]
            return sorted(found[found >= 0].tolist()) if self._replaced else sorted(found.tolist())

        terms = (
            (_FIELD.pack(number) + text.encode(), place(postings[text]))
            for number, postings in enumerate(self._postings)
            for text in sorted(postings)
        )
        return write_segment(storage, (self._rows[i] for i in order), len(order), terms)


def write_segment(
    storage: Storage, rows: Iterable[tuple[Any, ...]], count: int, terms: Iterable[tuple[bytes, Docs | Ints]]
) -> W3Segment:
    """Write a segment of `count` documents: their column values in the order of ids, and the terms in order of key.

    A term without documents is left out. The name of the segment comes from the operating system's randomness:
    Whoosh takes it from `random`, where a seed set by anybody makes two segments share a name.
    """
    segment = W3Segment(W3Codec(), NAME, segid=f"{secrets.randbits(80):020x}")
    segment.set_doc_count(count)
    _write_columns(storage, segment, rows, count)
    _write_terms(storage, segment, terms)
    failpoint("index.segment_written")
    return segment


def _write_columns(storage: Storage, segment: W3Segment, rows: Iterable[tuple[Any, ...]], count: int) -> None:
    files = [storage.create_file(column_file(segment, name)) for name in COLUMNS]
    writers = [kind.writer(file) for kind, file in zip(COLUMNS.values(), files, strict=True)]
    adds: list[Callable[[int, Any], None]] = [writer.add for writer in writers]
    for number, row in enumerate(rows):
        for add, value in zip(adds, row, strict=True):
            add(number, value)
    for writer, file in zip(writers, files, strict=True):
        writer.finish(count)
        file.close()


def _write_terms(storage: Storage, segment: W3Segment, terms: Iterable[tuple[bytes, Docs | Ints]]) -> None:
    post_file = segment.create_file(storage, W3Codec.POSTS_EXT)
    table = TermTable(segment.create_file(storage, W3Codec.TERMS_EXT))
    table.extras["fieldmap"] = {name: number for number, name in enumerate(INDEXED)}
    offset = 0
    for key, docs in terms:
        count = len(docs)
        if count == 1:
            first = docs[0]
            table.add(key, INFO.pack(1, 1.0, 1, 0, 0, 1.0, first, first) + _ONE % _INT.pack(first))
        elif count == 2:
            first, last = docs
            table.add(
                key, INFO.pack(1, 2.0, 2, 0, 0, 1.0, first, last) + _TWO % (_INT.pack(first), _INT.pack(last))
            )
        elif count:
            written = block(docs)
            post_file.write(written)
            table.add(
                key,
                INFO.pack(0, count, count, 0, 0, 1.0, docs[0], docs[-1]) + EXTENT.pack(offset, len(written)),
            )
            offset += len(written)
    table.close()
    post_file.close()


class TermTable(OrderedHashWriter):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's table of terms, with the same hash (the last four bytes of MD5), asking the file less often where it is."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.lastkey: bytes = b""
        self._at: int = file.tell()

    def add(self, key: bytes, value: bytes) -> None:
        """Add a term; keys must come in order."""
        if key <= self.lastkey:
            raise ValueError(f"terms out of order: {self.lastkey!r}, {key!r}")
        self.lastkey = key
        self.index.append(self._at)
        number = int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
        self.buckets[number & 255].append((number, self._at))
        self.dbfile.write(LENGTHS.pack(len(key), len(value)) + key + value)
        self._at += LENGTHS.size + len(key) + len(value)


def block(docs: Docs | Ints) -> bytes:
    """A list of documents as one block: steps from each to the next in as few bytes as the widest step needs."""
    if len(docs) < SHORT:
        before = 0
        short: list[int] = []
        for doc in docs:
            short.append(doc - before)
            before = doc
        widest = max(short)
        if widest < 0x100:
            return _framed(len(docs), docs[-1], _bytes(bytes(short)))
    steps = np.diff(np.asarray(docs, dtype=np.int32), prepend=0)
    widest = int(steps.max())
    if widest < 0x100:
        return _framed(len(docs), int(docs[-1]), _bytes(steps.astype(np.uint8).tobytes()))
    code, kind = ("H", np.uint16) if widest < 0x10000 else ("I", np.uint32)
    wide = array(code, steps.astype(kind).tobytes())
    return _framed(len(docs), int(docs[-1]), pickle.dumps((wide, None, None), 4))


def _framed(count: int, last: int, data: bytes) -> bytes:
    """A block as Whoosh's reader expects it: magic, length (negative: the last block), what is in it, the data."""
    info = _BLOCK_INFO % (_INT.pack(count), _INT.pack(last))
    return bytes(WHOOSH3_HEADER_MAGIC) + _LENGTH.pack(-(len(info) + len(data))) + info + data


def _bytes(steps: bytes) -> bytes:
    """The pickle of (steps, None, None)."""
    return NARROW + _INT.pack(len(steps)) + steps + b"NN\x87."


def key_of(field: str, text: str) -> bytes:
    """The key of a term in the term file; b'' for a field without terms."""
    return _FIELD.pack(INDEXED.index(field)) + text.encode(errors="ignore") if field in INDEXED else b""


def chunks(docs: Iterable[IndexDoc], size: int) -> Iterator[SegmentBuilder]:
    """The documents in builders of at most `size`."""
    builder = SegmentBuilder()
    for doc in docs:
        builder.add(doc)
        if len(builder) >= size:
            yield builder
            builder = SegmentBuilder()
    if len(builder):
        yield builder
