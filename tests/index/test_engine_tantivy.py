"""The tantivy engine alone: ties, other processes, threads, kills; and changing over to it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest

from index.engines import generations, tantivy_engine, tantivy_page
from index.engines.memory import MemoryEngine
from index.engines.switching import SwitchingEngine
from index.engines.tantivy_engine import TantivyEngine
from index.engines.whoosh_engine import WhooshEngine
from index.parse import parse
from index.search import IndexDoc, SearchFailed, SearchRequest
from tests.index.engine_documents import document, request

ROOT = Path(__file__).parents[2]
DEADLINE = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def doc(n: int, *words: str) -> IndexDoc:
    return IndexDoc(id=f"c{n:06d}", title=words)


def total(engine: TantivyEngine | SwitchingEngine, text: str) -> int:
    return engine.search(SearchRequest(query=parse(text))).total


def test_a_word_is_looked_for_in_titles_first_and_the_answer_is_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(3)
    docs = list({one.id: one for one in (document(random) for _ in range(200))}.values())
    engine, reference = TantivyEngine(folder), MemoryEngine()
    engine.write(docs, [], 1)
    reference.write(docs, [], 1)
    monkeypatch.setattr(tantivy_page, "WORTH_WHILE", 1)
    through_titles = 0
    for word in ("kopi", "teh", "java", "library", "libraries", "history", "running", "Jakarta", "dan"):
        for offset, limit in ((0, 1), (1, 1), (0, 3), (2, 3), (0, 1)):
            asked = SearchRequest(query=parse(word), offset=offset, limit=limit)
            ours, theirs = engine.search(asked), reference.search(asked)
            assert ours.total == theirs.total
            assert [hit.id for hit in ours.hits] == [hit.id for hit in theirs.hits]
            assert engine._state is not None
            ranked = [one.ranked for one in engine._state.asked.values()]
            through_titles += any(one and one.titles and one.total for one in ranked)
    assert through_titles


def test_equals_are_in_the_order_of_their_ids_from_page_to_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = TantivyEngine(folder)
    ids = list(range(500))
    Random(1).shuffle(ids)
    engine.write([doc(n, "kopi") for n in ids], [], 1)

    def pages() -> list[str]:
        return [
            hit.id
            for start in range(0, 500, 50)
            for hit in engine.search(SearchRequest(query=parse("kopi"), offset=start, limit=50)).hits
        ]

    assert pages() == [f"c{n:06d}" for n in range(500)]
    monkeypatch.setattr(tantivy_page, "TIES", 100)
    assert sorted(pages()) == [f"c{n:06d}" for n in range(500)]  # in an order of its own, but each once


@pytest.mark.parametrize("beginning", ["", "0193f2a4-7c1e-7abc-8def-"])
def test_equals_are_in_order_also_where_their_ids_begin_alike(folder: Path, beginning: str) -> None:
    engine = TantivyEngine(folder)
    ids = [f"{beginning}{end}" for end in ("b", "a\x00", "a", "é", "aa", "z" * 30)]
    engine.write([IndexDoc(id=one, title=("kopi",)) for one in ids], [], 1)
    assert [hit.id for hit in engine.search(SearchRequest(query=parse("kopi"))).hits] == sorted(ids)


def test_another_engine_sees_a_commit_and_its_position(folder: Path) -> None:
    one = TantivyEngine(folder)
    one.write([doc(1, "kopi")], [], 7)
    other = TantivyEngine(folder, look_every=0)
    assert (other.position(), total(other, "kopi")) == (7, 1)
    one.write([doc(2, "kopi")], ["c000001"], 8)
    assert total(other, "kopi") == 1
    assert other.position() == 8


def test_two_writers_at_once_are_told_apart(folder: Path) -> None:
    engine = TantivyEngine(folder, patience=0.05)
    with generations.writing(folder, 1), pytest.raises(generations.IndexLocked):
        engine.write([doc(1, "kopi")], [], 1)
    engine.write([doc(1, "kopi")], [], 1)


def test_documents_that_break_off_leave_the_index_as_it_was(folder: Path) -> None:
    engine = TantivyEngine(folder)
    engine.write([doc(1, "kopi")], [], 1)

    def broken():
        yield doc(2, "kopi")
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        engine.write(broken(), ["c000001"], 2)
    with pytest.raises(RuntimeError, match="no more"):
        engine.rebuild(broken(), 2)
    assert (engine.position(), engine.count(), total(engine, "kopi")) == (1, 1, 1)


def test_an_index_made_by_other_rules_counts_as_empty_and_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    TantivyEngine(folder).write([doc(1, "kopi")], [], 5)
    monkeypatch.setattr(tantivy_engine, "_RULES", "others")
    engine = TantivyEngine(folder)
    assert engine.position() == 0
    with pytest.raises(SearchFailed, match="reindex"):
        total(engine, "kopi")
    engine.write([doc(2, "teh")], [], 1)
    assert (engine.position(), total(engine, "kopi"), total(engine, "teh")) == (1, 0, 1)


@pytest.mark.slow
def test_threads_get_right_answers_while_it_is_written_and_rebuilt(folder: Path) -> None:
    r = Random(3)
    fixed = {d.id: d for d in (document(r) for _ in range(300))}
    engine, reference = TantivyEngine(folder, look_every=0.01), MemoryEngine()
    for one in (engine, reference):
        one.write(fixed.values(), [], 1)
    asked = [request(r) for _ in range(60)]
    answers = [reference.search(a) for a in asked]
    wrong: list[object] = []
    done = threading.Event()

    def read(seed: int) -> None:
        mine = Random(seed)
        try:
            while not done.is_set():
                n = mine.randrange(len(asked))
                got, right = engine.search(asked[n]), answers[n]
                if (got.total, got.hits, got.facets) != (right.total, right.hits, right.facets):
                    wrong.append(asked[n])
        except Exception as fault:
            wrong.append(fault)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    try:
        for n in range(12):
            if n % 4 == 3:
                engine.rebuild(fixed.values(), n + 2)
            else:
                engine.write(r.sample(sorted(fixed.values(), key=lambda d: d.id), 20), [], n + 2)
    finally:
        done.set()
        for thread in threads:
            thread.join(DEADLINE)
    assert not wrong
    assert not any(thread.is_alive() for thread in threads)


WRITER = """
import os, sys
from pathlib import Path
from index.engines.tantivy_engine import TantivyEngine
from index.search import IndexDoc
engine = TantivyEngine(Path(sys.argv[1]))
start = engine.position()
for n in range(start, start + 10_000):
    new = [IndexDoc(id=f"c{m:06d}", title=("kopi", f"w{m}")) for m in range(n * 5, n * 5 + 5)]
    if n % 9 == 8:
        engine.rebuild([IndexDoc(id=f"c{m:06d}", title=("kopi", f"w{m}")) for m in range(n * 5 + 5)], n + 1)
    else:
        engine.write(new, [], n + 1)
    os.write(1, f"{n + 1}\\n".encode())
"""


def check_whole(folder: Path, acknowledged: int) -> int:
    """The index holds exactly the documents of its position, and nothing acknowledged is lost."""
    engine = TantivyEngine(folder)
    position = engine.position()
    assert position in (acknowledged, acknowledged + 1)
    assert engine.count() == total(engine, "kopi") == position * 5
    engine.close()
    return position


@pytest.mark.faults
@pytest.mark.parametrize("name", ["index.commit_noted", "index.committed", "index.swapped"])
@pytest.mark.parametrize("time_of", [1, 2, 5])
def test_killed_at_each_place_of_a_commit_the_index_is_whole(folder: Path, name: str, time_of: int) -> None:
    acknowledged = 0
    for _ in range(2):
        child = subprocess.run(
            [sys.executable, "-c", WRITER, str(folder)],
            cwd=ROOT,
            env={**os.environ, "SILANG_FAILPOINT": f"{name}:{time_of}"},
            capture_output=True,
            timeout=DEADLINE,
            check=False,
        )
        assert child.returncode == -9, child.stderr.decode()
        lines = child.stdout.split()
        acknowledged = check_whole(folder, int(lines[-1]) if lines else acknowledged)


@pytest.mark.faults
def test_killed_at_any_moment_the_index_is_whole(folder: Path) -> None:
    moments = Random(5)
    acknowledged = 0
    for _ in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        last = child.stdout.readline()
        until = time.monotonic() + moments.random() * 0.5
        while time.monotonic() < until:
            last = child.stdout.readline() or last
        child.kill()
        rest = child.stdout.read().split()
        child.wait(DEADLINE)
        child.stdout.close()
        acknowledged = check_whole(folder, int(rest[-1] if rest else last))
    assert acknowledged > 8


@pytest.mark.slow
def test_another_engine_takes_over_without_a_failed_search(tmp_path: Path) -> None:
    makers = {
        "whoosh": lambda: WhooshEngine(tmp_path / "index"),
        "tantivy": lambda: TantivyEngine(tmp_path / "index-tantivy"),
    }
    docs = [doc(n, "kopi", f"w{n}") for n in range(200)]
    here, elsewhere = (SwitchingEngine(tmp_path, makers, "whoosh") for _ in range(2))
    here.rebuild(docs, 9)
    failed: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                if total(elsewhere, "kopi") != 200:
                    failed.append("wrong count")
            except Exception as fault:
                failed.append(fault)

    thread = threading.Thread(target=read)
    thread.start()

    def build(engine):
        engine.rebuild(docs, 9)
        return engine.count()

    assert here.build_with("tantivy", build) == 200
    until = time.monotonic() + DEADLINE
    while elsewhere.name != "tantivy" and time.monotonic() < until:
        time.sleep(0.05)
    done.set()
    thread.join(DEADLINE)
    assert not failed
    assert here.name == elsewhere.name == "tantivy"
    assert SwitchingEngine(tmp_path, makers, "whoosh").position() == 9  # also after a new start
    with pytest.raises(SearchFailed, match="no engine"):
        here.build_with("lucene", build)
