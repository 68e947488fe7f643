"""Little segments become one in time, big ones are left alone, and lists of every width survive it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pytest

from index.engines import merging
from index.engines.segment_writer import SHORT, block
from index.engines.whoosh_engine import WhooshEngine
from index.parse import parse
from index.search import IndexDoc, SearchRequest


@dataclass(frozen=True)
class Counted:
    """A segment as far as the rule looks at it."""

    all: int
    deleted: int = 0

    def doc_count(self) -> int:
        """Living documents."""
        return self.all - self.deleted

    def doc_count_all(self) -> int:
        """All documents."""
        return self.all

    def deleted_count(self) -> int:
        """Deleted documents."""
        return self.deleted


def test_eight_of_a_size_become_one_and_take_the_next_size_along_when_that_is_full() -> None:
    assert merging.due([Counted(200)] * 7) == []
    assert merging.due([Counted(200)] * 8 + [Counted(5000)]) == [Counted(200)] * 8
    full = [Counted(200)] * 8 + [Counted(5000)] * 7
    assert merging.due(full) == full


def test_a_segment_of_which_much_is_deleted_is_written_anew_and_big_ones_are_left_alone() -> None:
    assert merging.due([Counted(100, 31), Counted(100)]) == [Counted(100, 31)]
    assert merging.due([Counted(100, 30)]) == []
    assert merging.due([Counted(merging.LARGEST)] * 20) == []


@pytest.mark.parametrize("batch", [200, 1000])
def test_any_number_of_commits_leaves_a_bounded_number_of_segments(batch: int) -> None:
    segments: list[Counted] = []
    written = 0
    for _ in range(2000):
        segments.append(Counted(batch))
        while chosen := merging.due(segments):
            total = sum(s.all for s in chosen)
            written += total
            for s in chosen:
                segments.remove(s)
            segments.append(Counted(total))
        assert len([s for s in segments if s.all < merging.LARGEST // 2]) < 4 * merging.WIDTH
    assert written < 6 * 2000 * batch  # each document is written anew a few times only


@pytest.mark.slow
def test_lists_of_every_width_are_read_as_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    r = Random(4)
    count = 70_000
    engine = WhooshEngine(tmp_path / "index")
    steps = {
        "one": [69_999],
        "two": [0, 69_999],
        "near": list(range(500)),
        "far": [0, 300, 600, 69_000],
        "gap": [*range(60), 66_666],
    }
    steps |= {f"n{n}": sorted(r.sample(range(count), n)) for n in (3, SHORT - 1, SHORT, 300, 5000)}
    having: dict[int, list[str]] = {}
    for word, numbers in steps.items():
        for number in numbers:
            having.setdefault(number, []).append(word)
    docs = (IndexDoc(id=f"{n:06d}", title=tuple(having.get(n, ()))) for n in range(count))
    monkeypatch.setattr(merging, "LARGEST", 10**9)
    engine.rebuild(docs, 1)
    for word, numbers in steps.items():
        found = engine.search(SearchRequest(query=parse(f"ti:{word}"), sort="added", limit=6000))
        assert [int(hit.id) for hit in found.hits] == numbers
    engine.write([], [f"{n:06d}" for n in range(0, count, 2)], 2)  # more than a third: written anew
    for word, numbers in steps.items():
        found = engine.search(SearchRequest(query=parse(f"ti:{word}"), sort="added", limit=6000))
        assert [int(hit.id) for hit in found.hits] == [n for n in numbers if n % 2]


def test_a_block_begins_with_its_magic_whoever_made_its_list() -> None:
    numbers = [3, 5, 9]
    assert block(numbers) == block(np.array(numbers, dtype=np.int32))
