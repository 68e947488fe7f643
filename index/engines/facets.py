"""Counts of facet values over all hits, from arrays that are built once a segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from threading import Lock

import numpy as np
import numpy.typing as npt

from index.engines.segment_reader import Mask, SegmentReader
from index.engines.segment_writer import NO_YEAR

#: The indexed field that a facet counts, where its name is another.
FIELD = {"subject": "subject_facet"}

#: With fewer hits than one in so many documents, hits are looked up one by one.
SPARSE = 16

Numbers = npt.NDArray[np.int64]


class Values:
    """Every value a field ever had, numbered in order of arrival, for all segments of an engine together."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []
        self._lock = Lock()

    def numbers(self, texts: Iterable[str]) -> Numbers:
        """The numbers of these values; new ones are taken in."""
        with self._lock:
            found = []
            for text in texts:
                number = self._numbers.setdefault(text, len(self._texts))
                if number == len(self._texts):
                    self._texts.append(text)
                found.append(number)
        return np.array(found, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, number: int) -> str:
        """The value of a number."""
        return self._texts[number]


@dataclass(frozen=True, slots=True)
class Column:
    """A segment's values of a field both ways: by value (for many hits) and by document (for few)."""

    numbers: Numbers  # of each value of the segment
    docs: npt.NDArray[np.int32]  # documents value by value
    starts: Numbers  # where each value's documents begin
    codes: npt.NDArray[np.int32]  # places in `numbers`, document by document
    offsets: Numbers  # where each document's codes begin; one more than documents

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(a.nbytes for a in (self.numbers, self.docs, self.starts, self.codes, self.offsets))

    def count(self, hits: Mask, found: int, into: Numbers) -> None:
        """Add how many of the hits have each value, at the value's number."""
        if not len(self.numbers) or not found:
            return
        if found * SPARSE < len(hits):
            into += np.bincount(self.numbers[self._codes_of(np.flatnonzero(hits))], minlength=len(into))
        else:
            into[self.numbers] += np.add.reduceat(hits[self.docs].astype(np.int64), self.starts)

    def _codes_of(self, documents: npt.NDArray[np.intp]) -> npt.NDArray[np.int32]:
        starts = self.offsets[documents]
        lengths = self.offsets[documents + 1] - starts
        ends = np.cumsum(lengths)
        steps = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
        return np.asarray(self.codes[np.repeat(starts, lengths) + steps])


def column(reader: SegmentReader, field: str, values: Values) -> Column:
    """Turn a field's terms over: value by document."""
    texts: list[str] = []
    lists: list[npt.NDArray[np.int32]] = []
    for text, value in reader.terms(field, ""):
        texts.append(text)
        lists.append(reader.decode(value))
    lengths = np.array([len(docs) for docs in lists], dtype=np.int64)
    docs = np.concatenate(lists) if lists else np.empty(0, dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if lists else np.empty(0, dtype=np.int64)
    by_document = np.argsort(docs, kind="stable")
    codes = np.repeat(np.arange(len(lists), dtype=np.int32), lengths)[by_document]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(docs, minlength=reader.count))])
    return Column(values.numbers(texts), docs, starts.astype(np.int64), codes, offsets.astype(np.int64))


def top(counts: Iterable[tuple[str, int]], limit: int) -> tuple[tuple[str, int], ...]:
    """The biggest counts above 0, equals in order of value."""
    return tuple(nsmallest(limit, counts, key=lambda pair: (-pair[1], pair[0])))


def named(counts: Numbers, values: Values, limit: int) -> Iterator[tuple[str, int]]:
    """The values that can be among the `limit` biggest, with their counts."""
    present = np.flatnonzero(counts)
    if limit <= 0:
        return
    if len(present) > limit:
        found = counts[present]
        least = np.partition(found, len(found) - limit)[len(found) - limit]
        present = present[found >= least]
    for number in present.tolist():
        yield values.text(number), int(counts[number])


def years(reader: SegmentReader, hits: Mask, into: dict[str, int]) -> None:
    """Add how many of the hits are of each year."""
    found = reader.years[hits]
    found = found[found != NO_YEAR]
    for year, count in zip(*(part.tolist() for part in np.unique(found, return_counts=True)), strict=True):
        into[str(year)] = into.get(str(year), 0) + int(count)
