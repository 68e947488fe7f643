"""Windows are cut so that nothing falls between them, and cutting always comes to an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from harvester.windows import Window, cut

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
stamps = st.lists(st.integers(0, 300), max_size=30)


@given(values=stamps, by_day=st.booleans(), most=st.integers(1, 5))
def test_every_moment_lies_in_exactly_one_window(values: list[int], by_day: bool, most: int) -> None:
    unit = timedelta(days=1) if by_day else timedelta(seconds=1)
    known = sorted(BEGIN + number * unit for number in set(values))
    everything = [BEGIN + number * unit for number in values]
    waiting, done = [Window(since=None, until=None)], []
    for _ in range(10_000):
        if not waiting:
            break
        window = waiting.pop()
        inside = [at for at in everything if _holds(window, at)]
        parts = cut(window, known, unit) if len(inside) >= most else None
        if parts is None:
            done.append(window)
            assert len(inside) < most or len(set(inside)) == 1
        else:
            waiting.extend(parts)
    assert not waiting
    for at in [*everything, BEGIN - timedelta(days=900), BEGIN + timedelta(days=9000)]:
        assert sum(_holds(window, at) for window in done) == 1


def _holds(window: Window, at: datetime) -> bool:
    return (window.since is None or at >= window.since) and (window.until is None or at <= window.until)


def test_a_window_of_one_unit_cannot_be_cut() -> None:
    assert cut(Window(since=BEGIN, until=BEGIN), [BEGIN], timedelta(seconds=1)) is None


def test_an_open_window_of_which_nothing_is_known_cannot_be_cut() -> None:
    assert cut(Window(since=BEGIN, until=None), [], timedelta(seconds=1)) is None
