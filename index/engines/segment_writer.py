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
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import columns, fields
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC, W3Codec, W3Segment, W3TermInfo
from whoosh.filedb.filetables import OrderedHashWriter

from index.analysis import SORT_BYTES
from index.engines.layout import NAME, Storage, column_file
from index.engines.ranking import prior
from index.plan import ORDERED, doc_tokens
from index.search import IndexDoc

#: Fields with terms. Their order is their number in the term file: append only.
INDEXED = (
    "any", "author", "availability", "call_number", "format", "held", "identifier", "isbn", "issn", "language",
    "library", "publisher", "region", "series", "stems", "subject", "subject_facet", "title",
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

#: Lists up to this long stand in the term file itself.
INLINE = 2

_FIELD = Struct("!H")
_LENGTH = Struct("!i")

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
    term_file = segment.create_file(storage, W3Codec.TERMS_EXT)
    post_file = segment.create_file(storage, W3Codec.POSTS_EXT)
    table = OrderedHashWriter(term_file)
    table.extras["fieldmap"] = {name: number for number, name in enumerate(INDEXED)}
    offset = 0
    for key, docs in terms:
        count = len(docs)
        if not count:
            continue
        info = W3TermInfo(count, count, None, 0, 1.0, int(docs[0]), int(docs[-1]))
        if count <= INLINE:
            info.set_inlined(map(int, docs), (1.0,) * count, (b"",) * count)
        else:
            block = _block(docs)
            post_file.write(block)
            info.set_extent(offset, len(block))
            offset += len(block)
        table.add(key, info.to_bytes())
    table.close()
    post_file.close()


def _block(docs: Docs | Ints) -> bytes:
    """A list of documents as one block: steps from each to the next in as few bytes as the widest step needs."""
    numbers = np.asarray(docs, dtype=np.int32)
    steps = np.diff(numbers, prepend=0)
    widest = int(steps.max())
    ids: Any
    if widest < 0x100:
        ids = steps.astype(np.uint8).tobytes()
    else:
        code = "H" if widest < 0x10000 else "I"
        ids = array(code, steps.astype(np.uint16 if code == "H" else np.uint32).tobytes())
    info = pickle.dumps((len(numbers), int(numbers[-1]), 1.0, 0, 0, 0), 4)
    data = pickle.dumps((ids, None, None), 4)
    return bytes(WHOOSH3_HEADER_MAGIC) + _LENGTH.pack(-(len(info) + len(data))) + info + data


def key_of(field: str, text: str) -> bytes:
    """The key of a term in the term file; b'' for a field without terms."""
    return _FIELD.pack(INDEXED.index(field)) + text.encode(errors="ignore") if field in INDEXED else b""


def field_of(key: bytes) -> str:
    """The field of a term's key."""
    return INDEXED[_FIELD.unpack_from(key)[0]]


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
