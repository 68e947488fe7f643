"""Keeps the number of segments small: many little ones become one, without what was deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from typing import Any

import numpy as np
import numpy.typing as npt

from index.engines.layout import Storage
from index.engines.segment_reader import SegmentReader
from index.engines.segment_writer import INFO, Ints, write_segment

#: So many segments of one size may lie beside each other before they become one of the next size.
WIDTH = 8

#: Documents that a segment of the smallest size has at most; each next size is WIDTH times as big.
SMALLEST = 1000

#: A segment of which more than this share is deleted is written anew.
DELETED_SHARE = 0.3

#: What an index that is written whole is cut into, in documents: bounds the memory of a rebuild (some 300 MB).
#: A segment half as large is never merged for its size.
LARGEST = 50_000


def size_class(documents: int) -> int:
    """0 for the smallest segments, one more for each WIDTH times as many documents."""
    level = 0
    while documents > SMALLEST and level < 9:
        documents //= WIDTH
        level += 1
    return level


def due(segments: Sequence[Any]) -> list[Any]:
    """The segments that should become one now; [] when none should.

    `segments` are Whoosh's, with `doc_count()` and `deleted_count()`.
    """
    classes: dict[int, list[Any]] = {}
    for segment in segments:
        if segment.doc_count() < LARGEST // 2:
            classes.setdefault(size_class(segment.doc_count()), []).append(segment)
    chosen: list[Any] = []
    for level in sorted(classes):
        if len(classes[level]) + bool(chosen) >= WIDTH:
            chosen += classes[level]
    if chosen:
        return chosen
    for segment in segments:
        if segment.deleted_count() > DELETED_SHARE * segment.doc_count_all() and segment.doc_count():
            return [segment]
    return []


def merged(storage: Storage, readers: Sequence[SegmentReader], deleted: Sequence[frozenset[int]]) -> Any:
    """Write one segment with the living documents of several; None when nothing lives."""
    alive = sorted(
        (reader.id(number), which, number)
        for which, reader in enumerate(readers)
        for number in range(reader.count)
        if number not in deleted[which]
    )
    if not alive:
        return None
    places = [np.full(reader.count, -1, dtype=np.int32) for reader in readers]
    for place, (_, which, number) in enumerate(alive):
        places[which][number] = place
    rows = (readers[which].row(number) for _, which, number in alive)
    return write_segment(storage, rows, len(alive), _terms(readers, places))


def _terms(
    readers: Sequence[SegmentReader], places: Sequence[npt.NDArray[np.int32]]
) -> Iterator[tuple[bytes, list[int] | Ints]]:
    """The terms of all segments in order of key, each with the new numbers of its living documents."""
    quick = [place.tolist() for place in places]

    def of(which: int) -> Iterator[tuple[bytes, int, bytes]]:
        return ((key, which, value) for key, value in readers[which].items())

    last = b""
    few: list[int] = []
    many: list[Ints] = []
    for key, which, value in merge(*(of(which) for which in range(len(readers)))):
        if key != last:
            yield last, _joined(few, many)
            last, few, many = key, [], []
        inline, _, count, _, _, _, first, final = INFO.unpack_from(value)
        if inline:
            few += (quick[which][first],) if count == 1 else (quick[which][first], quick[which][final])
        else:
            many.append(places[which][readers[which].decode(value)])
    yield last, _joined(few, many)


def _joined(few: list[int], many: list[Ints]) -> list[int] | Ints:
    if not many:
        return sorted(number for number in few if number >= 0)
    docs = np.concatenate([np.array(few, dtype=np.int32), *many])
    return np.sort(docs[docs >= 0])
