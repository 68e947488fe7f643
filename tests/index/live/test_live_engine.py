"""index.live.engine: searches carried out, shown, stopped, tried again and taken over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from foundation.clock import system_clock
from index.live.asking.aim import Aim
from index.live.engine import LiveEngine, TooMany
from index.live.keeping import writing
from index.live.keeping.file import File
from index.live.settings import LiveSettings
from index.live.snapshot import UNION, SearchState, Snapshot, TargetReport, TargetState, View
from index.parse import parse
from index.query import Query
from index.search import Hit
from tests.conftest import TestClock
from tests.index.live.scripted import Target, marc

ME = "user:1"
PATIENCE = 30.0

Make = Callable[..., LiveEngine]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Engines over one file, as several processes would have them; all are closed at the end, and no thread is left."""
    before = set(threading.enumerate())
    made: list[LiveEngine] = []

    def one(*targets: Target, clock: Any = system_clock, **more: Any) -> LiveEngine:
        known = {target.name: target for target in targets}

        def aim_of(name: str) -> Aim | None:
            return known[name].aim() if name in known else None

        made.append(LiveEngine(File(tmp_path / "live.db"), clock, aim_of=aim_of, **more))
        return made[-1]

    yield one
    for engine in made:
        engine.close()
    assert set(threading.enumerate()) <= before


def _many(count: int, word: str = "Title") -> list[bytes]:
    return [marc(f"{word} {n}", f"Author{n}, A.", 1950 + n % 50) for n in range(count)]


def _start(engine: LiveEngine, *targets: Target, text: str = "title", **more: Any) -> str:
    more.setdefault("owner", ME)
    return engine.start(parse(text), [target.aim() for target in targets], **more)


def _when(
    engine: LiveEngine, search: str, ready: Callable[[Snapshot], bool], view: View | None = None
) -> Snapshot:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = engine.snapshot(search, ME, view)
        assert found is not None
        if ready(found):
            return found
        time.sleep(0.01)
    raise AssertionError(f"never: {found}")


def _over(engine: LiveEngine, search: str) -> Snapshot:
    return _when(engine, search, lambda s: not s.running, View(limit=500))


def _target(found: Snapshot, name: str) -> TargetReport:
    return next(one for one in found.targets if one.id == name)


def test_records_of_all_targets_are_one_list_with_facets_and_totals_that_agree(make: Make) -> None:
    a, b = Target("a", _many(120)), Target("b", _many(30))
    engine = make()
    found = _over(engine, _start(engine, a, b))
    assert found.state is SearchState.FINISHED
    assert [(t.id, t.state, t.hits, t.fetched, t.more) for t in found.targets] == [
        ("a", TargetState.OK, 120, 100, True),
        ("b", TargetState.OK, 30, 30, False),
    ]
    assert found.total == len(found.clusters) == 100
    assert sum(len(cluster.holders) for cluster in found.clusters) == 130
    assert len({cluster.id for cluster in found.clusters}) == 100
    assert found.hits == 150
    assert found.hits_exact
    years = next(facet for facet in found.facets if facet.name == "year")
    assert years.sample
    assert max(n for _, n in years.values) <= found.total
    assert found.first_seconds is not None
    assert found.first_seconds <= found.seconds


def test_our_own_catalogue_is_there_at_once(make: Make) -> None:
    slow = Target("slow", _many(1), silent=True)
    brief = {"title": "Title of ours", "holders": [{"library": "MLT"}]}

    def union(query: Query, sort: str) -> Sequence[Hit]:
        return [Hit(id="c1", brief=brief)]

    engine = make(union=union)
    search = _start(engine, slow)
    found = engine.snapshot(search, ME)
    assert found is not None
    (cluster,) = found.clusters
    assert cluster.union_id == "c1"
    assert cluster.brief["title"] == "Title of ours"
    assert [(holder.target, holder.library) for holder in cluster.holders] == [(UNION, "MLT")]
    assert [t.id for t in found.targets] == [UNION, "slow"]
    engine.stop(search, ME)


@pytest.mark.slow
def test_a_dead_a_silent_and_a_lying_target_hold_up_nobody_else(make: Make) -> None:
    good = Target("good", _many(10))
    dead = Target("dead", fails=["refused"])
    silent = Target("silent", silent=True)
    liar = Target("liar", [b"rubbish"] * 3, hits=10**14)
    engine = make()
    search = _start(engine, silent, dead, liar, good, budget=3.0)
    early = _when(engine, search, lambda s: _target(s, "good").state is TargetState.OK, View(limit=50))
    assert early.running
    assert sum(cluster.brief["title"].startswith("Title") for cluster in early.clusters) == 10
    found = _over(engine, search)
    assert {t.id: t.state.value for t in found.targets} == {
        "silent": "timeout",
        "dead": "failed",
        "liar": "ok",
        "good": "ok",
    }
    assert _target(found, "dead").diagnostics[0].code == "refused"
    assert _target(found, "dead").retry
    assert _target(found, "silent").retry
    assert _target(found, "liar").hits is None
    assert 2.0 < found.seconds < 30.0


def test_one_target_alone_is_tried_again(make: Make) -> None:
    good, bad = Target("good", _many(5)), Target("bad", _many(7, "Other title"), fails=["refused"])
    engine = make(good, bad)
    search = _start(engine, good, bad)
    before = _over(engine, search)
    assert engine.retry(search, ME, "bad")
    after = _when(engine, search, lambda s: _target(s, "bad").state is TargetState.OK and not s.running)
    assert after.total == 12
    assert after.version > before.version
    assert good.searches == 1
    assert not engine.retry(search, ME, "nobody")
    assert not engine.retry(search, "somebody else", "bad")


def test_more_is_fetched_from_where_it_ended(make: Make) -> None:
    target = Target("a", _many(250))
    engine = make(target)
    search = _start(engine, target)
    _over(engine, search)
    assert engine.more(search, ME, "a", 100)
    found = _when(engine, search, lambda s: _target(s, "a").fetched == 200 and not s.running, View(limit=500))
    assert _target(found, "a").more
    assert sorted(h.position for c in found.clusters for h in c.holders) == list(range(1, 201))
    one = engine.fetched(search, ME, "a", 200)
    assert one is not None
    assert one.payload == target.records[199]
    assert engine.fetched(search, "another", "a", 200) is None
    whole = engine.record(search, ME, "a", 200)
    assert whole is not None
    assert whole.title == "Title 199"
    assert engine.record(search, ME, "a", 201) is None


def test_a_target_is_added_to_a_search(make: Make) -> None:
    a, b = Target("a", _many(3)), Target("b", _many(3, "Another title"))
    engine = make(a, b)
    search = _start(engine, a)
    _over(engine, search)
    assert engine.add(search, ME, "b")
    assert not engine.add(search, ME, "unknown")
    found = _when(engine, search, lambda s: len(s.targets) == 2 and not s.running)
    assert found.total == 6


def test_a_stopped_search_keeps_what_came(make: Make) -> None:
    good, silent = Target("good", _many(5)), Target("silent", silent=True)
    engine = make()
    search = _start(engine, good, silent)
    _when(engine, search, lambda s: _target(s, "good").state is TargetState.OK)
    assert engine.stop(search, ME)
    found = _over(engine, search)
    assert found.state is SearchState.STOPPED
    assert found.total == 5
    assert _target(found, "silent").state is TargetState.SKIPPED
    assert [d.code for d in _target(found, "silent").diagnostics] == ["stopped"]
    assert silent.open_now == 0


def test_the_same_search_is_carried_out_once_and_shown_to_each_asker_alone(make: Make) -> None:
    target = Target("a", _many(5), search_delay=0.05)
    engine = make()
    mine = _start(engine, target)
    yours = _start(engine, target, owner="you")
    assert mine != yours
    _over(engine, mine)
    shown = engine.snapshot(yours, "you")
    assert shown is not None
    assert shown.total == 5
    assert engine.snapshot(yours, ME) is None
    assert target.searches == 1
    for other in ({"audience": "staff"}, {"sort": "title"}, {"fresh": True}, {"text": "title other"}):
        _over(engine, _start(engine, target, **other))
    assert target.searches == 5


def test_ids_cannot_be_guessed(make: Make) -> None:
    engine = make()
    ids = {_start(engine, fresh=True) for _ in range(20)}
    assert len(ids) == 20
    assert all(len(one) >= 22 for one in ids)
    assert engine.snapshot("x" * 22, ME) is None
    assert engine.version("x" * 22, ME) is None


def test_the_order_that_was_shown_stays_while_more_comes(make: Make) -> None:
    gate = threading.Event()
    late = Target("late", [marc("Title"), *_many(5)], gate=gate)
    first = Target("first", _many(30, "Some words before a title"))
    engine = make()
    search = _start(engine, first, late)
    early = _when(engine, search, lambda s: s.total >= 20, View(limit=10))
    shown = [cluster.id for cluster in early.clusters]
    gate.set()
    over = _when(engine, search, lambda s: not s.running, View(limit=10))
    assert [cluster.id for cluster in over.clusters] == shown
    assert over.new > 0
    fresh = engine.snapshot(search, ME, View(limit=10, fresh=True))
    assert fresh is not None
    assert fresh.new == 0
    assert fresh.clusters[0].brief["title"] == "Title"
    again = engine.snapshot(search, ME, View(limit=10))
    assert again is not None
    assert [c.id for c in again.clusters] == [c.id for c in fresh.clusters]


def test_versions_grow_and_pages_cover_everything_once_in_any_process(make: Make) -> None:
    targets = [Target(f"t{n}", _many(40, f"Title {n}"), search_delay=0.02 * n) for n in range(5)]
    engine, other = make(), make()
    search = _start(engine, *targets)
    versions = [0]
    while True:
        found = other.wait(search, ME, versions[-1], 10.0)
        assert found is not None
        versions.append(found[0])
        if not found[1]:
            break
    assert versions == sorted(versions)
    seen: list[str] = []
    for offset in range(0, 220, 20):
        page = other.snapshot(search, ME, View(offset=offset))
        assert page is not None
        assert page.total == 200
        seen += [cluster.id for cluster in page.clusters]
    assert len(seen) == len(set(seen)) == 200


def test_filters_and_orders_have_orders_of_their_own(make: Make) -> None:
    engine = make()
    search = _start(engine, Target("a", _many(60)))
    _over(engine, search)
    up = engine.snapshot(search, ME, View(sort="year_up", limit=60))
    assert up is not None
    years = [cluster.brief["year"] for cluster in up.clusters]
    assert years == sorted(years)
    some = engine.snapshot(search, ME, View(filters={"year": ("1950-1952",)}, limit=60))
    assert some is not None
    assert some.total == len(some.clusters) == 6
    assert {cluster.brief["year"] for cluster in some.clusters} == {1950, 1951, 1952}


def test_other_processes_stop_and_ask_for_more(make: Make) -> None:
    good, silent = Target("good", _many(150)), Target("silent", silent=True)
    one, two = make(good, silent), make(good, silent)
    search = _start(one, good, silent)
    _when(two, search, lambda s: _target(s, "good").state is TargetState.OK)
    assert two.more(search, ME, "good", 50)
    _when(two, search, lambda s: _target(s, "good").fetched == 150)
    assert two.stop(search, ME)
    assert _over(two, search).state is SearchState.STOPPED


def test_a_finished_search_is_taken_over_by_another_process_with_its_order(make: Make) -> None:
    good, bad = Target("good", _many(50)), Target("bad", _many(60), fails=["refused"])
    one, two = make(good, bad), make(good, bad)
    search = _start(one, good, bad)
    before = _over(one, search)
    assert two.retry(search, ME, "bad")
    after = _when(
        two, search, lambda s: _target(s, "bad").state is TargetState.OK and not s.running, View(limit=500)
    )
    assert after.total == 60
    assert [c.id for c in after.clusters][:50] == [c.id for c in before.clusters]
    assert all(len(c.holders) == 2 for c in after.clusters if c.id in {b.id for b in before.clusters})
    assert one.retry(search, ME, "good")


def test_a_search_whose_process_died_is_interrupted_and_can_be_tried_again(
    make: Make, clock: TestClock
) -> None:
    target = Target("a", _many(5))
    engine = make(target, clock=clock)
    now = clock().timestamp()
    file = engine._file
    with file.begin() as c:  # as a process leaves it that is killed
        work = writing.begin(
            c,
            key="k",
            text="title",
            wanted='{"query":"title","sort":"","audience":"","seconds":8.0}',
            runner="dead",
            now=now,
            deadline=now + 8,
        )
        writing.give(c, "s", ME, work, now)
        c.execute(
            "UPDATE work SET targets=? WHERE id=?",
            ('[{"id":"a","name":"A","url":"u","state":"searching","diagnostics":[]}]', work),
        )
    running = engine.snapshot("s", ME)
    assert running is not None
    assert running.running
    clock.go(seconds=writing.STALE + 1)
    found = engine.snapshot("s", ME)
    assert found is not None
    assert found.state is SearchState.INTERRUPTED
    assert _target(found, "a").retry
    assert engine.retry("s", ME, "a")
    assert _over(engine, "s").total == 5


def test_a_target_that_failed_often_is_left_alone_and_then_probed_by_one(
    make: Make, clock: TestClock
) -> None:
    bad = Target("bad", _many(1), fails=["refused"] * 3)
    engine = make(bad, clock=clock)
    for _ in range(3):
        assert _target(_over(engine, _start(engine, bad, fresh=True)), "bad").state is TargetState.FAILED
    rests = _target(_over(engine, _start(engine, bad, fresh=True)), "bad")
    assert rests.state is TargetState.SKIPPED
    assert [d.code for d in rests.diagnostics] == ["resting"]
    assert rests.retry
    clock.go(minutes=5)
    assert _target(_over(engine, _start(engine, bad, fresh=True)), "bad").state is TargetState.OK


def test_a_target_outside_its_hours_is_not_asked(make: Make) -> None:
    engine = make()
    shut = Target("shut", _many(1))
    search = engine.start(parse("title"), [shut.aim(closed="outside_hours")], owner=ME)
    found = _over(engine, search)
    assert _target(found, "shut").state is TargetState.SKIPPED
    assert not _target(found, "shut").retry
    assert shut.opened == 0


def test_no_more_searches_than_allowed_are_carried_out_at_a_time(make: Make) -> None:
    engine = make(settings=LiveSettings(running=2))
    slow = [Target(f"s{n}", silent=True) for n in range(3)]
    ids = []
    for target in slow[:2]:
        ids.append(_start(engine, target))
        _when(engine, ids[-1], lambda s: s.targets[0].state is TargetState.SEARCHING)
    with pytest.raises(TooMany):
        _start(engine, slow[2])
    for one in ids:
        engine.stop(one, ME)
        _over(engine, one)
    _start(engine, slow[2])


def test_what_nobody_looks_at_is_forgotten(make: Make, clock: TestClock) -> None:
    engine = make(clock=clock, settings=LiveSettings(keep_minutes=10))
    search = _start(engine, Target("a", _many(3)))
    _over(engine, search)
    clock.go(minutes=8)
    assert engine.snapshot(search, ME) is not None
    clock.go(minutes=8)
    assert engine.clean() == 0, "it was looked at"
    clock.go(minutes=11)
    assert engine.clean() == 1
    assert engine.snapshot(search, ME) is None


def test_closing_stops_what_is_under_way_and_says_so(make: Make) -> None:
    silent = Target("silent", silent=True)
    engine, other = make(), make()
    search = _start(engine, silent)
    _when(other, search, lambda s: s.targets[0].state is TargetState.SEARCHING)
    engine.close()
    found = other.snapshot(search, ME)
    assert found is not None
    assert found.state is SearchState.STOPPED
    assert silent.open_now == 0
