"""Windows are cut so that nothing falls between them, and cutting always comes to an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.spans import Window, split
from tests.harvester.test_fault_list import harvest
from tests.peers.fault_server import FaultServer

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
stamps = st.lists(st.integers(0, 300), max_size=30)


@given(
    values=stamps,
    by_day=st.booleans(),
    most=st.integers(1, 5),
    parts=st.integers(2, 7),
    closed=st.booleans(),
    seen=st.integers(0, 30),
)
def test_every_moment_lies_in_exactly_one_window(
    values: list[int], by_day: bool, most: int, parts: int, closed: bool, seen: int
) -> None:
    unit = DAY if by_day else SECOND
    everything = [BEGIN + number * unit for number in values]
    known = sorted(set(everything[:seen] if closed else everything))
    ends = (BEGIN - 1000 * unit, BEGIN + 100_000 * unit) if closed else (None, None)
    waiting, done = [Window(since=ends[0], until=ends[1])], []
    for _ in range(10_000):
        if not waiting:
            break
        window = waiting.pop()
        inside = window.inside(everything)
        cut = split(window, known, unit, parts) if len(inside) >= most else None
        if cut is None:
            done.append(window)
            assert len(inside) < most or len(set(inside)) == 1
        else:
            waiting.extend(cut)
    assert not waiting
    probes = (
        everything if closed else [*everything, BEGIN - timedelta(days=900), BEGIN + timedelta(days=9000)]
    )
    for at in probes:
        assert sum(bool(window.inside([at])) for window in done) == 1
    for left, right in zip(sorted(done, key=_begin), sorted(done, key=_begin)[1:], strict=False):
        assert left.until is not None
        assert right.since == left.until + unit


def _begin(window: Window) -> datetime:
    return window.since or datetime.min.replace(tzinfo=UTC)


def test_a_window_of_one_unit_cannot_be_cut() -> None:
    assert split(Window(since=BEGIN, until=BEGIN), [BEGIN], SECOND) is None


def test_an_open_window_of_which_nothing_is_known_cannot_be_cut() -> None:
    assert split(Window(since=BEGIN, until=None), [], SECOND) is None


def test_where_records_crowd_together_the_window_is_cut_around_them() -> None:
    crowd = [BEGIN + timedelta(minutes=number) for number in range(100)]
    year = Window(since=BEGIN - timedelta(days=200), until=BEGIN + timedelta(days=200))
    late, middle, early = split(year, crowd, SECOND, 30) or ()
    assert (middle.since, middle.until) == (crowd[0], crowd[-1])
    assert (early.since, late.until) == (year.since, year.until)


def test_a_window_survives_being_stored() -> None:
    for one in (Window(since=BEGIN, until=None), Window(since=None, until=BEGIN)):
        assert Window.of(one.stored()) == one


@pytest.mark.slow
def test_windows_find_one_record_that_spoils_its_page() -> None:
    with FaultServer("poison", "tail_early_everywhere", count=600, page=20) as server:
        slip = harvest(server)
        assert (slip.state, slip.records) == ("complete", 599)
        assert [(one.identifier, one.reason) for one in slip.rejected] == [("oai:faults:15", "unreadable")]
        assert len(server.log) < 200


@pytest.mark.slow
def test_a_provider_that_ignores_windows_is_not_asked_for_ever() -> None:
    with FaultServer("tail_early_everywhere", "ignores_from") as server:
        slip = harvest(server, patience=2.0)
        assert slip.state == "incomplete"
        assert "ignores from and until" in slip.reason
        assert len(server.log) < 40
