"""What only the engine on disk can get wrong: files, commits, writers at the same time, readers from many threads."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from whoosh import query as stock
from whoosh.filedb.filestore import FileStorage

from index import analysis
from index.engines import generations, layout, merging
from index.engines.whoosh_engine import WhooshEngine
from index.parse import parse
from index.search import IndexDoc, SearchFailed, SearchRequest
from tests.index.engine_documents import document, request

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0  # seconds; only a hang reaches it


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the index lies."""
    return tmp_path / "index"


def doc(number: int, *words: str) -> IndexDoc:
    """A document with these words as title."""
    return IndexDoc(id=f"c{number:05d}", title=words, library=("MLT",), added=number)


def total(engine: WhooshEngine, text: str) -> int:
    """How many documents a text of the search box finds."""
    return engine.search(SearchRequest(query=parse(text))).total


def test_whoosh_itself_reads_what_we_write(folder: Path) -> None:
    engine = WhooshEngine(folder)
    docs = [
        doc(n, "kopi", f"w{n % 7}", *(["jarang"] if n % 400 == 3 else []), *(["teh"] if n < 2 else []))
        for n in range(2500)
    ]
    engine.write(docs, [], 1)
    engine.write([], ["c00001"], 2)
    index = FileStorage(str(generations.current(folder))).open_index(layout.NAME)
    with index.searcher() as searcher:
        assert searcher.doc_count() == engine.count() == 2499
        for word in ("kopi", "w3", "jarang", "teh", "c00004"):
            found = {hit.docnum for hit in searcher.search(stock.Term("any", word), limit=None)}
            assert len(found) == total(engine, word), word
        both = stock.And([stock.Term("title", "w3"), stock.Term("title", "jarang")])
        assert len(searcher.search(both, limit=None)) == total(engine, "ti:w3 ti:jarang")
        assert searcher.reader().doc_frequency("title", b"kopi") == 2500


def test_the_position_outlives_the_process(folder: Path) -> None:
    WhooshEngine(folder).write([doc(1, "kopi")], [], 17)
    engine = WhooshEngine(folder)
    assert (engine.position(), engine.count(), total(engine, "kopi")) == (17, 1, 1)
    engine.write([], [], 18)
    assert WhooshEngine(folder).position() == 18


def test_another_engine_sees_a_commit_once_it_refreshes(folder: Path) -> None:
    reader, writer = WhooshEngine(folder, look_every=DEADLINE), WhooshEngine(folder)
    writer.write([doc(1, "kopi")], [], 1)
    assert (total(reader, "kopi"), reader.position()) == (0, 1)
    reader.refresh()
    assert total(reader, "kopi") == 1
    writer.rebuild([doc(2, "kopi"), doc(3, "kopi")], 2)
    reader.refresh()
    assert (total(reader, "kopi"), reader.search(SearchRequest(query=parse("kopi"))).generation) == (2, 2)


def test_a_search_finds_a_commit_of_another_process_by_itself(folder: Path) -> None:
    reader = WhooshEngine(folder, look_every=0.0)
    WhooshEngine(folder).write([doc(1, "kopi")], [], 1)
    assert (total(reader, "kopi"), reader.count()) == (1, 1)


def test_two_writers_at_once_are_told_apart(folder: Path) -> None:
    first, second = WhooshEngine(folder), WhooshEngine(folder, patience=0.0)

    def docs() -> Iterator[IndexDoc]:
        with pytest.raises(generations.IndexLocked):
            second.write([doc(2, "teh")], [], 2)
        yield doc(1, "kopi")

    first.write(docs(), [], 1)
    second.write([doc(2, "teh")], [], 2)
    assert second.count() == 2


def test_a_rebuild_that_fails_leaves_the_live_index(folder: Path) -> None:
    engine = WhooshEngine(folder)
    engine.write([doc(1, "kopi")], [], 1)

    def docs() -> Iterator[IndexDoc]:
        yield doc(2, "teh")
        raise RuntimeError("the store went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(docs(), 2)
    assert (engine.position(), total(engine, "kopi"), total(engine, "teh")) == (1, 1, 0)
    engine.write([doc(3, "kopi")], [], 3)
    assert sorted(p.name for p in folder.iterdir()) == ["CURRENT", "LOCK", "gen-000001"]


@pytest.mark.slow
def test_many_commits_leave_few_segments_and_no_litter(folder: Path) -> None:
    engine = WhooshEngine(folder)
    for n in range(70):
        engine.write([doc(n, "kopi"), doc(n // 2, "kopi", "lagi")], [], n + 1)
    live = generations.current(folder)
    assert live is not None
    contents, note = layout.read_commit(live)
    assert (engine.count(), note["documents"], total(engine, "kopi")) == (70, 70, 70)
    assert len(contents.segments) < 2 * merging.WIDTH
    used = {
        s.segment_id()
        for number in layout.commits(live)
        for s in layout.TOC.read(layout.Storage(live), layout.NAME, gen=number).segments
    }
    assert {name.partition(".")[0] for name in os.listdir(live) if name.startswith("silang_")} == used
    assert len(layout.commits(live)) == 2


def test_a_torn_last_commit_falls_back_to_the_one_before(folder: Path) -> None:
    engine = WhooshEngine(folder)
    engine.write([doc(1, "kopi")], [], 1)
    engine.write([doc(2, "kopi")], [], 2)
    live = generations.current(folder)
    assert live is not None
    (live / f"_{layout.NAME}_2.toc").write_bytes(b"torn")
    again = WhooshEngine(folder)
    assert (again.position(), total(again, "kopi")) == (1, 1)
    again.write([doc(2, "kopi")], [], 2)
    assert (again.position(), total(again, "kopi")) == (2, 2)


def test_an_index_made_by_other_rules_counts_as_empty(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    WhooshEngine(folder).write([doc(1, "kopi")], [], 5)
    monkeypatch.setattr(analysis, "VERSION", analysis.VERSION + 1)
    engine = WhooshEngine(folder)
    assert engine.stale()
    assert (engine.count(), engine.position()) == (0, 0)
    with pytest.raises(SearchFailed, match="reindex"):
        total(engine, "kopi")
    engine.write([doc(2, "kopi")], [], 2)
    assert (engine.stale(), engine.count(), engine.position(), total(engine, "kopi")) == (False, 1, 2, 1)


@pytest.mark.parametrize("harm", ["cut", "gone", "garbage"])
@pytest.mark.parametrize("ending", [".trm", ".pst", ".brief.col", ".toc"])
@pytest.mark.parametrize("mend", ["write", "rebuild"])
def test_a_damaged_index_is_said_and_mended_by_the_next_writer(
    folder: Path, harm: str, ending: str, mend: str
) -> None:
    WhooshEngine(folder).write([doc(n, "kopi", f"w{n % 5}") for n in range(50)], [], 5)
    live = generations.current(folder)
    assert live is not None
    (file,) = [path for path in live.iterdir() if path.name.endswith(ending)]
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:9] if harm == "cut" else b"\xff" * file.stat().st_size)
    engine = WhooshEngine(folder)
    if ending == ".toc" and harm == "gone":  # nothing says that there ever was an index
        assert (total(engine, "kopi"), engine.position()) == (0, 0)
    else:
        with pytest.raises(SearchFailed):
            engine.search(SearchRequest(query=parse("kopi w3")))
    if (
        mend == "rebuild" or not engine.position()
    ):  # bytes that rotted in place are only found by who reads them
        docs = [doc(1, "kopi")]
        engine.write(docs, [], 1) if mend == "write" else engine.rebuild(docs, 1)
        assert (engine.stale(), engine.count(), engine.position(), total(engine, "kopi")) == (False, 1, 1, 1)


def test_a_seeded_random_does_not_make_names_meet(folder: Path) -> None:
    engine = WhooshEngine(folder)
    for n in range(3):
        random.seed(1)
        engine.write([doc(n, "kopi")], [], n + 1)
    assert total(engine, "kopi") == 3


@pytest.mark.slow
def test_threads_that_share_an_engine_get_right_answers_while_it_is_written_merged_and_rebuilt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "WIDTH", 2)
    r = Random(3)
    fixed = {d.id: d for d in (document(r) for _ in range(300))}
    engine = WhooshEngine(folder, cache_bytes=100_000)
    engine.write(fixed.values(), [], 1)
    asked = [request(r) for _ in range(60)]
    answers = [engine.search(a) for a in asked]
    wrong: list[object] = []
    done = threading.Event()

    def read(seed: int) -> None:
        mine = Random(seed)
        try:
            while not done.is_set():
                n = mine.randrange(len(asked))
                got = engine.search(asked[n])
                if (got.total, got.hits, got.facets) != (
                    answers[n].total,
                    answers[n].hits,
                    answers[n].facets,
                ):
                    wrong.append(asked[n])
                if n % 7 == 0:
                    WhooshEngine(folder).close()
        except Exception as fault:
            wrong.append(fault)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    try:
        for n in range(12):
            if n % 4 == 3:
                engine.rebuild(fixed.values(), n + 2)
            else:  # the same documents again: what is found stays, where it lies changes
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
from index.engines.whoosh_engine import WhooshEngine
from index.search import IndexDoc
engine = WhooshEngine(Path(sys.argv[1]))
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
    """The index opens, holds exactly the documents of its position, and nothing acknowledged is lost."""
    engine = WhooshEngine(folder)
    position = engine.position()
    assert position in (acknowledged, acknowledged + 1)
    assert engine.count() == total(engine, "kopi") == position * 5
    if position:
        assert total(engine, f"w{position * 5 - 1}") == 1
    engine.close()
    return position


@pytest.mark.faults
@pytest.mark.parametrize(
    "name", ["index.segment_written", "index.commit_noted", "index.committed", "index.swapped"]
)
@pytest.mark.parametrize("time_of", [1, 2, 5])
def test_killed_at_each_place_of_a_commit_the_index_is_whole(folder: Path, name: str, time_of: int) -> None:
    acknowledged = 0
    for _ in range(2):
        environment = {**os.environ, "SILANG_FAILPOINT": f"{name}:{time_of}"}
        child = subprocess.run(
            [sys.executable, "-c", WRITER, str(folder)],
            cwd=ROOT,
            env=environment,
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
        last = child.stdout.readline()  # it has begun
        until = time.monotonic() + moments.random() * 0.5
        while time.monotonic() < until:
            last = child.stdout.readline() or last
        child.kill()
        rest = child.stdout.read().split()
        child.wait(DEADLINE)
        child.stdout.close()
        acknowledged = check_whole(folder, int(rest[-1] if rest else last))
    assert acknowledged > 8
