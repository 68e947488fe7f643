"""Reads one Whoosh segment with numpy, in place and without a cursor: any number of threads may share it.

Whoosh's own Searcher moves cursors and may not be shared; everything here is a read at a place, and what is decoded
is kept in a Cache with its own lock.
"""

from __future__ import annotations

import pickle
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filetables import OrderedHashReader

from index.analysis import SORT_BYTES
from index.engines.layout import Storage, column_file
from index.engines.segment_writer import (
    BLOCK_HEAD,
    COLUMNS,
    EXTENT,
    INDEXED,
    INFO,
    LAST,
    LENGTHS,
    NARROW,
    NO_YEAR,
    key_of,
)
from index.plan import ORDERED, AllOf, AnyOf, Every, Leaf, Plan, Starts, Without, Words, Years

Docs = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T")

_NONE: Docs = np.empty(0, dtype=np.int32)
_STEPS = {"H": np.uint16, "I": np.uint32}


class Cache:
    """What was decoded lately, up to so many bytes. Two threads may decode the same twice; neither waits."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._items: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[Any, ...], make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The value of the key, made when it is not there."""
        with self._lock:
            known = self._items.get(key)
            if known is not None:
                self._items.move_to_end(key)
                return known[0]  # type: ignore[no-any-return]  # one kind of value a key
        made = make()
        weight = size(made) + 200
        with self._lock:
            if key not in self._items:
                self._items[key] = (made, weight)
                self._held += weight
            while self._held > self._limit and len(self._items) > 1:
                _, (_, freed) = self._items.popitem(last=False)
                self._held -= freed
        return made


class SegmentReader:
    """The documents of one segment by number (0 … count-1, in order of id), deletions left aside."""

    def __init__(self, storage: Storage, segment: Any, cache: Cache) -> None:
        """Open all its files. Raises FileNotFoundError when a newer commit took them away."""
        self.segment_id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self._cache = cache
        terms = storage.mapped(segment.make_filename(W3Codec.TERMS_EXT))
        self._terms = OrderedHashReader(terms, storage.file_length(segment.make_filename(W3Codec.TERMS_EXT)))
        self._postings = storage.mapped(segment.make_filename(W3Codec.POSTS_EXT))
        self._columns = {name: storage.mapped(column_file(segment, name)) for name in COLUMNS}
        self._lengths = {
            name: storage.file_length(column_file(segment, name)) for name in ("id", "brief", "words")
        }
        self._readers = {
            name: COLUMNS[name].reader(self._columns[name], 0, self._lengths[name], self.count)
            for name in ("id", "brief", "words")
        }

    # Documents

    def id(self, number: int) -> bytes:
        """The id of a document."""
        return bytes(self._readers["id"][number])

    def brief(self, number: int) -> bytes:
        """The JSON text that a document was indexed with."""
        return bytes(self._readers["brief"][number])

    def row(self, number: int) -> tuple[Any, ...]:
        """All column values of a document, in the order of COLUMNS."""
        return (
            *(bytes(self._readers[name][number]) for name in ("id", "brief", "words")),
            *(
                self._columns[name].get(number * SORT_BYTES, SORT_BYTES)
                or LAST  # defaults at the end are not written
                for name in ("sort_title", "sort_author")
            ),
            int(self.years[number]),
            int(self.added[number]),
            int(self.priors[number]),
        )

    @cached_property
    def ids(self) -> list[bytes]:
        """All ids, in order."""
        return [bytes(key) for key in self._readers["id"]]

    def find(self, key: bytes) -> int | None:
        """The number of a document by its id."""
        at = bisect_left(self.ids, key)
        return at if at < self.count and self.ids[at] == key else None

    # Columns as arrays

    def _numbers(self, column: str, kind: str, default: int) -> npt.NDArray[Any]:
        found = np.frombuffer(
            self._columns[column].get(0, self.count * np.dtype(kind).itemsize), dtype=">" + kind
        )
        values = np.full(self.count, default, dtype=kind)
        values[: len(found)] = found
        return values

    @cached_property
    def years(self) -> npt.NDArray[np.int16]:
        """Years; NO_YEAR where there is none."""
        return self._numbers("year", "i2", NO_YEAR)

    @cached_property
    def added(self) -> npt.NDArray[np.int64]:
        """When each document was first seen."""
        return self._numbers("added", "i8", 0)

    @cached_property
    def priors(self) -> npt.NDArray[np.int16]:
        """What each document is worth before any word is asked."""
        return self._numbers("prior", "i2", 0)

    def _fixed(self, column: str) -> npt.NDArray[np.void]:
        found = np.frombuffer(self._columns[column].view(0, self.count * SORT_BYTES), dtype=f"V{SORT_BYTES}")
        if len(found) < self.count:
            found = np.concatenate([found, np.full(self.count - len(found), LAST, dtype=f"V{SORT_BYTES}")])
        return found

    @cached_property
    def sort_keys(self) -> dict[str, npt.NDArray[np.bytes_]]:
        """Sort keys of titles and authors, to be compared as bytes."""
        return {name: self._fixed(name).view(f"S{SORT_BYTES}") for name in ("sort_title", "sort_author")}

    @cached_property
    def title_words(self) -> npt.NDArray[np.uint64]:
        """Sort keys of titles in words of eight bytes, a row a document."""
        return self._fixed("sort_title").view(np.uint64).reshape(self.count, SORT_BYTES // 8)

    # Terms

    def postings(self, field: str, text: str) -> Docs:
        """The documents that have a term, in order; empty when none has it."""
        if field == "id":
            found = self.find(text.encode(errors="ignore"))
            return _NONE if found is None else np.array([found], dtype=np.int32)
        key = key_of(field, text)
        return self._cache.get((self.segment_id, key), lambda: self._read(key), lambda a: a.nbytes)

    def _read(self, key: bytes) -> Docs:
        for at, length in self._terms.ranges_for_key(key) if key else ():
            return self.decode(self._terms.dbfile.get(at, length))
        return _NONE

    def decode(self, value: bytes) -> Docs:
        """The documents that a term's value in the term file stands for."""
        inline, _, count, _, _, _, first, last = INFO.unpack_from(value)
        if inline:
            return np.array([first] if count == 1 else [first, last], dtype=np.int32)
        offset, length = EXTENT.unpack_from(value, INFO.size)
        data = self._postings.get(offset + BLOCK_HEAD, length - BLOCK_HEAD)
        if data.startswith(NARROW):
            steps = np.frombuffer(data, dtype=np.uint8, count=count, offset=len(NARROW) + 4)
        else:
            wide = pickle.loads(data)[0]  # noqa: S301  # Whoosh's format, in files that only we write
            steps = np.frombuffer(wide, dtype=_STEPS[wide.typecode])
        return np.cumsum(steps, dtype=np.int32)

    def terms(self, field: str, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Terms of the field that begin so, in order, with their values in the term file."""
        key = key_of(field, prefix)
        if not key:
            return
        get = self._terms.dbfile.get
        for at, length, value_at, value_length in self._terms.ranges_from(key):
            found = get(at, length)
            if not found.startswith(key):
                return
            yield found[2:].decode(), get(value_at, value_length)

    def walk(self, field: str, start: str, backwards: bool) -> Iterator[tuple[str, bytes]]:
        """Terms of the field in order from `start` on, or those before it, nearest first, with their values."""
        key = key_of(field, start)
        if not key:
            return
        head, table, get = key[:2], self._terms, self._terms.dbfile.get
        place = self._place(key)
        for at in range(place - 1, -1, -1) if backwards else range(place, table.indexlen):
            where = table._get_pos(table.indexbase + at * table.indexsize)
            key_length, value_length = LENGTHS.unpack(get(where, LENGTHS.size))
            both = get(where + LENGTHS.size, key_length + value_length)
            if not both.startswith(head):
                return
            yield both[2:key_length].decode(), both[key_length:]

    def _place(self, key: bytes) -> int:
        """How many terms of the file are smaller than the key."""
        table = self._terms
        low, high = 0, table.indexlen
        while low < high:
            middle = (low + high) // 2
            if table.key_at(table._get_pos(table.indexbase + middle * table.indexsize)) < key:
                low = middle + 1
            else:
                high = middle
        return int(low)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All terms in order of key, with their values in the term file."""
        get, at, end = self._terms.dbfile.get, self._terms.startofdata, self._terms.endofdata
        while at < end:
            key_length, value_length = LENGTHS.unpack(get(at, LENGTHS.size))
            both = get(at + LENGTHS.size, key_length + value_length)
            yield both[:key_length], both[key_length:]
            at += LENGTHS.size + key_length + value_length

    # Plans

    def union(self, field: str, texts: tuple[str, ...]) -> Docs:
        """The documents that have one of the terms, in order."""
        if len(texts) == 1:
            return self.postings(field, texts[0])
        key = (self.segment_id, "union", field, texts)
        return self._cache.get(key, lambda: self._joined(self._lists(field, texts)), lambda a: a.nbytes)

    def _lists(self, field: str, texts: tuple[str, ...]) -> list[Docs]:
        return [docs for text in texts if len(docs := self.postings(field, text))]

    def _joined(self, lists: list[Docs]) -> Docs:
        """Lists of documents as one, in order; marking them is faster than sorting unless they are few."""
        if len(lists) < 2:
            return lists[0] if lists else _NONE
        if sum(map(len, lists)) * 64 < self.count:
            docs = np.sort(np.concatenate(lists))
            return np.asarray(docs[np.concatenate([[True], docs[1:] != docs[:-1]])])
        mask = np.zeros(self.count, dtype=np.bool_)
        for docs in lists:
            mask[docs] = True
        return np.flatnonzero(mask).astype(np.int32)

    def leaf(self, leaf: Leaf | Words | Starts) -> Docs:
        """The documents that a leaf of a plan finds, in order."""
        key = (self.segment_id, leaf)
        if isinstance(leaf, Starts):
            return self._cache.get(key, lambda: self._starting(leaf), lambda a: a.nbytes)
        if isinstance(leaf, Words):
            return self._cache.get(key, lambda: self._side_by_side(leaf), lambda a: a.nbytes)
        if not (leaf.stems or leaf.others):
            return self.union(leaf.field, leaf.tokens)
        return self._cache.get(key, lambda: self._all_forms(leaf), lambda a: a.nbytes)

    def _all_forms(self, leaf: Leaf) -> Docs:
        words = leaf.tokens + leaf.others
        return self._joined(self._lists(leaf.field, words) + self._lists("stems", leaf.stems))

    def _starting(self, leaf: Starts) -> Docs:
        if leaf.field == "id":
            start, prefix = bisect_left(self.ids, leaf.prefix.encode()), leaf.prefix.encode()
            found = start
            while found < self.count and self.ids[found].startswith(prefix):
                found += 1
            return np.arange(start, found, dtype=np.int32)
        mask = np.zeros(self.count, dtype=np.bool_)
        for _, value in self.terms(leaf.field, leaf.prefix):
            mask[self.decode(value)] = True
        return np.flatnonzero(mask).astype(np.int32)

    def _side_by_side(self, leaf: Words) -> Docs:
        """Documents that have all the words, and of these the ones where they stand in this order."""
        field = leaf.fields[0] if len(leaf.fields) == 1 else "any"
        lists = sorted((self.postings(field, word) for word in set(leaf.tokens)), key=len)
        candidates = lists[0]
        for docs in lists[1:]:
            candidates = candidates[np.isin(candidates, docs, assume_unique=True)]
        wanted = f" {' '.join(leaf.tokens)} ".encode()
        words = self._readers["words"]
        if field == "any":
            found = [n for n in candidates.tolist() if wanted in words[n]]
        else:
            part = ORDERED.index(field)
            found = [n for n in candidates.tolist() if wanted in words[n].split(b"\n")[part]]
        return np.array(found, dtype=np.int32)

    def mask(self, node: Plan) -> Mask:
        """Which documents a plan finds."""
        match node:
            case Leaf() | Words() | Starts():
                found = np.zeros(self.count, dtype=np.bool_)
                found[self.leaf(node)] = True
                return found
            case Years(low, high):
                found = np.asarray(self.years != NO_YEAR)
                if low is not None:
                    found &= self.years >= max(-9999, min(low, 10_000))
                if high is not None:
                    found &= self.years <= max(-10_000, min(high, 9999))
                return found
            case AllOf(parts):
                found = np.ones(self.count, dtype=np.bool_)
                for part in parts:
                    found &= self.mask(part)
                return found
            case AnyOf(parts):
                found = np.zeros(self.count, dtype=np.bool_)
                for part in parts:
                    found |= self.mask(part)
                return found
            case Without(part):
                return ~self.mask(part)
            case Every():
                return np.ones(self.count, dtype=np.bool_)

    def any_of(self, field: str, texts: frozenset[str]) -> Mask:
        """Which documents have one of these values: a filter, kept for the next search."""

        def make() -> Mask:
            found = np.zeros(self.count, dtype=np.bool_)
            for text in texts:
                found[self.postings(field, text)] = True
            return found

        return self._cache.get((self.segment_id, "filter", field, texts), make, lambda a: a.nbytes)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields with terms."""
        return INDEXED
