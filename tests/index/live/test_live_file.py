"""index.live.keeping: the file of live searches."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from index.live.asking.health import Health
from index.live.keeping import packing, reading, writing
from index.live.keeping.file import VERSION, File
from index.live.link import Diagnostic, Fetched
from index.live.snapshot import Facet, Holder, LiveCluster, SearchState, TargetReport, TargetState, View
from index.record import Availability, Holding


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "live.db")


def _begin(
    file: File, now: float = 1000.0, *, search: str = "s", owner: str = "me", runner: str = "r"
) -> int:
    with file.begin() as c:
        work = writing.begin(c, key="k", text="words", wanted="{}", runner=runner, now=now, deadline=now + 8)
        writing.give(c, search, owner, work, now)
    return work


def _changes(**more: object) -> writing.Changes:
    value = {
        "state": SearchState.RUNNING,
        "targets": "[]",
        "facets": "[]",
        "ranked": b"",
        "arrivals": 0,
        "spent": 0.0,
        **more,
    }
    return writing.Changes(**value)  # type: ignore[arg-type]  # keywords of Changes


def test_values_come_back_as_they_were() -> None:
    copy = Holding(
        location="A", call_number="1", availability=Availability.ON_LOAN, due="2026-12-01", copies=2
    )
    said = Diagnostic(code="114", set="bib1", text="Unsupported Use attribute", detail="1016", fatal=False)
    record = Fetched(
        position=3, syntax="1.2", payload=b"\x00\xff", charset="marc-8", holdings=(copy,), diagnostic=said
    )
    plain = [Fetched(position=n, syntax="1.1", payload=b"x" * n) for n in (1, 2)]
    assert packing.portion_of(1, *packing.portion([*plain, record])) == [*plain, record]
    report = TargetReport(
        id="t", name="T", url="u", state=TargetState.OK, hits=0, seconds=1.5, diagnostics=(said,)
    )
    assert packing.report_of(packing.report(report)) == report
    cluster = LiveCluster(
        id="7",
        brief={"title": "T"},
        holders=(
            Holder(target="t", position=1),
            Holder(target="u", position=2, library="L", holdings=(copy,)),
        ),
        union_id="x",
        score=1.25,
    )
    assert packing.body_of(7, packing.body(cluster)) == cluster
    facets = (Facet(name="year", values=(("1999", 2),), sample=True),)
    assert packing.facets_of(packing.facets(facets)) == facets


def test_a_search_is_shown_to_its_owner_alone(file: File) -> None:
    _begin(file)
    shelf = reading.Shelf()
    with file.read() as c:
        assert reading.snapshot(c, shelf, "s", "me", View(), 1000.0) is not None
        assert reading.snapshot(c, shelf, "s", "you", View(), 1000.0) is None
        assert reading.version(c, "s", "you", 1000.0) is None
        assert reading.fetched(c, "s", "you", "t", 1) is None
        assert reading.cluster(c, "s", "me", "no number") is None
        assert reading.work_of(c, "s", "you") is None


def test_each_writing_makes_the_version_grow(file: File) -> None:
    work = _begin(file)
    versions = []
    for _ in range(3):
        with file.begin() as c:
            assert writing.flush(c, work, "r", _changes(), 1000.0)
        with file.read() as c:
            found = reading.version(c, "s", "me", 1000.0)
            assert found is not None
            versions.append(found[0])
    assert versions == [1, 2, 3]


def test_only_the_runner_writes(file: File) -> None:
    work = _begin(file)
    with file.begin() as c:
        assert not writing.flush(c, work, "another", _changes(), 1000.0)
        assert not writing.claim(c, work, "another", 1001.0, 1009.0)
        assert writing.claim(c, work, "another", 1000.0 + writing.STALE + 1, 1020.0)
        assert not writing.flush(c, work, "r", _changes(), 1010.0)


def test_a_search_whose_runner_is_silent_is_interrupted(file: File) -> None:
    work = _begin(file)
    waiting = TargetReport(id="t", name="T", url="u", state=TargetState.SEARCHING)
    with file.begin() as c:
        writing.flush(c, work, "r", _changes(targets=packing.dump([packing.report(waiting)])), 1000.0)
    with file.read() as c:
        alive = reading.snapshot(c, reading.Shelf(), "s", "me", View(), 1001.5)
        dead = reading.snapshot(c, reading.Shelf(), "s", "me", View(), 1000.0 + writing.STALE + 0.1)
    assert alive is not None
    assert dead is not None
    assert alive[0].state is SearchState.RUNNING
    assert alive[0].targets[0].seconds == 1.5
    (target,) = dead[0].targets
    assert dead[0].state is SearchState.INTERRUPTED
    assert not dead[0].running
    assert target.state is TargetState.FAILED
    assert target.retry
    assert target.diagnostics[-1].code == "interrupted"


def test_a_runner_that_beats_is_alive_until_long_after_its_deadline(file: File) -> None:
    work = _begin(file)
    with file.begin() as c:
        writing.beat(c, "r", [work], 1007.0)
    with file.read() as c:
        assert reading.version(c, "s", "me", 1010.0) == (0, True)
    with file.begin() as c:
        writing.beat(c, "r", [work], 1030.0)
    with file.read() as c:
        assert reading.version(c, "s", "me", 1030.0) == (0, False)


def test_the_same_is_shared_while_it_is_fresh_and_whole(file: File) -> None:
    work = _begin(file)
    with file.begin() as c:
        assert writing.shared(c, "k", 900.0, 1001.0) == work
        assert writing.shared(c, "other", 900.0, 1001.0) is None
        assert writing.shared(c, "k", 1000.5, 1001.0) is None, "too old"
        assert writing.shared(c, "k", 900.0, 1000.0 + writing.STALE + 1) is None, "its runner is dead"
        writing.flush(c, work, "r", _changes(state=SearchState.STOPPED), 1002.0)
        assert writing.shared(c, "k", 900.0, 1002.0) is None, "it was broken off"


def test_wishes_are_taken_once_and_in_order(file: File) -> None:
    work = _begin(file)
    with file.begin() as c:
        writing.wish(c, work, "retry", "a")
        writing.wish(c, work, "more", "b", 50)
        assert writing.wishes(c, [work, 99]) == [(work, "retry", "a", 0), (work, "more", "b", 50)]
        assert writing.wishes(c, [work]) == []


def test_health_is_remembered(file: File) -> None:
    health = Health(seconds=(0.1, 0.2), failures=2, rests_until=5.0, probe_until=6.0)
    with file.begin() as c:
        writing.remember(c, "t", health)
        assert writing.healths(c, ["t", "unknown"]) == {"t": health, "unknown": Health()}


def _left(file: File) -> dict[str, int]:
    tables = ("work", "search", "cluster", "portion", "pin", "wish")
    with file.read() as c:
        return {name: c.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def test_what_nobody_looks_at_is_taken_out_with_everything_of_it(file: File) -> None:
    work = _begin(file)
    with file.begin() as c:
        writing.flush(
            c,
            work,
            "r",
            _changes(
                state=SearchState.FINISHED,
                clusters=[(1, "[]", "{}")],
                portions=[("t", 1, 1, "{}", b"x")],
            ),
            1000.0,
        )
        writing.pin(c, "s", "v", b"")
        writing.wish(c, work, "retry", "t")
        assert writing.clean(c, 1500.0, keep=600.0, works=10, size=10**9) == 0
        assert writing.clean(c, 1700.0, keep=600.0, works=10, size=10**9) == 1
    assert set(_left(file).values()) == {0}


def test_the_oldest_go_when_there_are_too_many_or_too_much(file: File) -> None:
    for number in range(6):
        work = _begin(file, 1000.0 + number, search=f"s{number}")
        with file.begin() as c:
            big = [("t", 1, 1, "{}", b"x" * 1000)]
            writing.flush(c, work, "r", _changes(state=SearchState.FINISHED, portions=big), 1000.0)
    with file.begin() as c:
        assert writing.clean(c, 1010.0, keep=600.0, works=4, size=10**9) == 2
        assert writing.clean(c, 1010.0, keep=600.0, works=4, size=2500) == 2
        assert {row[0] for row in c.execute("SELECT id FROM search")} == {"s4", "s5"}


def test_what_is_being_carried_out_stays(file: File) -> None:
    _begin(file)
    with file.begin() as c:
        assert writing.clean(c, 1001.0, keep=0.0, works=0, size=0) == 0
        assert writing.clean(c, 1100.0, keep=0.0, works=0, size=0) == 1, "its runner is dead"


@pytest.mark.parametrize("content", [b"this is no database, this is no database" * 100, None])
def test_a_file_that_is_broken_or_of_another_version_is_begun_anew(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "live.db"
    if content is None:
        other = sqlite3.connect(path)
        other.execute(f"PRAGMA user_version={VERSION + 1}")
        other.execute("CREATE TABLE work (x)")
        other.close()
    else:
        path.write_bytes(content)
    _begin(File(path))


def test_many_threads_begin_and_read_at_once(tmp_path: Path) -> None:
    files = [File(tmp_path / "live.db") for _ in range(3)]
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            mine = files[number % 3]
            for turn in range(5):
                _begin(mine, search=f"{number}-{turn}")
                with mine.read() as c:
                    assert reading.version(c, f"{number}-{turn}", "me", 1000.0) == (0, True)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert _left(files[0])["work"] == 40


def test_whoever_must_not_wait_is_told_that_somebody_writes(tmp_path: Path) -> None:
    one, two = File(tmp_path / "live.db"), File(tmp_path / "live.db")
    with one.begin(), pytest.raises(sqlite3.OperationalError), two.begin_at_once():
        pass
    with two.begin_at_once() as c:
        c.execute("SELECT 1")


def test_without_a_path_it_is_in_memory() -> None:
    file = File(None)
    _begin(file)
    assert _left(file)["work"] == 1
    file.close()
