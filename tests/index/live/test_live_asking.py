"""index.live.asking: one target asked, and links that are lent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from index.live.asking.one import LONGEST_RECORD, Wish, ask
from index.live.asking.pool import Pool
from index.live.link import Diagnostic, Fetched, Found, LinkFailed
from index.query import Term
from tests.index.live.scripted import Target, marc

WORD = Term(text="word")


@dataclass
class Heard:
    """What was told."""

    positions: list[int] = field(default_factory=list)
    records_seen: list[Fetched] = field(default_factory=list)
    hits: list[int | None] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    began: int = 0

    def searching(self) -> None:
        self.began += 1

    def found(self, found: Found) -> None:
        self.hits.append(found.hits)

    def records(self, records: Sequence[Fetched]) -> None:
        self.positions += [one.position for one in records]
        self.records_seen += records

    def remark(self, diagnostic: Diagnostic) -> None:
        self.remarks.append(diagnostic.code)


def _many(count: int) -> list[bytes]:
    return [marc(f"Title {n}") for n in range(count)]


def _asked(target: Target, *, seconds: float = 20.0, wish: Wish | None = None, **aim: Any) -> Heard:
    """What one search tells; raises what it raises. Afterwards no link may be open."""
    heard = Heard()

    async def run() -> None:
        pool = Pool()
        try:
            deadline = asyncio.get_running_loop().time() + seconds
            await ask(target.aim(**aim), wish or Wish(query=WORD), pool, deadline, heard)
        finally:
            await pool.close()

    try:
        asyncio.run(run())
    finally:
        assert target.open_now == 0
    return heard


def test_the_first_records_come_with_the_answer_and_the_rest_in_one_round_trip() -> None:
    target = Target(records=_many(250))
    heard = _asked(target)
    assert heard.hits == [250]
    assert heard.positions == list(range(1, 101))
    assert target.fetches == [(21, 80)]


def test_a_target_that_sends_nothing_with_its_answer_is_asked_in_its_portions() -> None:
    target = Target(records=_many(50), piggyback=False)
    assert _asked(target, chunk=20).positions == list(range(1, 51))
    assert target.fetches == [(1, 20), (21, 20), (41, 10)]


def test_further_records_are_fetched_without_the_first() -> None:
    target = Target(records=_many(150))
    assert _asked(target, wish=Wish(query=WORD, start=101, count=100)).positions == list(range(101, 151))
    assert target.fetches == [(101, 50)]


def test_a_target_that_does_not_tell_its_hits_is_asked_until_nothing_comes() -> None:
    target = Target(records=_many(45), hits=-1)
    heard = _asked(target, chunk=20)
    assert heard.hits == [None]
    assert heard.positions == list(range(1, 46))
    assert heard.remarks == []


def test_fewer_records_than_hits_are_told_of() -> None:
    heard = _asked(Target(records=_many(30), hits=5000))
    assert heard.positions == list(range(1, 31))
    assert heard.remarks == ["fewer_records"]


def test_a_server_that_breaks_on_many_records_is_asked_for_few() -> None:
    target = Target(records=_many(100), breaks_over=20)
    heard = _asked(target)
    assert heard.positions == list(range(1, 101))
    assert heard.remarks == ["smaller_portions"]
    assert target.opened == 2


@pytest.mark.parametrize("where", ["silent", "silent_fetch"])
def test_a_silent_target_ends_at_its_deadline_and_keeps_what_came(where: str) -> None:
    target = Target(records=_many(100), **{where: True})
    with pytest.raises(LinkFailed) as failed:
        _asked(target, seconds=0.1)
    assert failed.value.code == "timeout"


def test_a_fault_of_ours_is_this_targets_failure_alone() -> None:
    target = Target(records=_many(1), hits=3)
    target.records = None  # type: ignore[assignment]  # so that the link itself goes wrong
    with pytest.raises(LinkFailed) as failed:
        _asked(target)
    assert failed.value.code == "internal"


def test_a_record_beyond_all_measure_is_told_of_and_not_kept() -> None:
    heard = _asked(Target(records=[marc("a"), b"x" * (LONGEST_RECORD + 1), marc("b")]))
    assert heard.positions == [1, 2, 3]
    assert heard.records_seen[1].payload == b""
    assert heard.records_seen[1].diagnostic is not None


def test_an_impossible_number_of_hits_is_no_number() -> None:
    assert _asked(Target(records=_many(5), hits=10**15)).hits == [None]


async def _ask(pool: Pool, target: Target, seconds: float = 20.0, **aim: Any) -> Heard:
    heard = Heard()
    until = asyncio.get_running_loop().time() + seconds
    await ask(target.aim(**aim), Wish(query=WORD, count=1), pool, until, heard)
    return heard


def test_a_link_is_kept_for_the_next_search_and_closed_when_nobody_comes() -> None:
    target = Target(records=_many(1))

    async def run() -> None:
        pool = Pool()
        await _ask(pool, target, idle=0.05)
        await _ask(pool, target, idle=0.05)
        assert target.opened == 1
        assert target.open_now == 1
        for _ in range(1000):
            if not target.open_now:
                break
            await asyncio.sleep(0.01)
        assert target.open_now == 0
        await pool.close()

    asyncio.run(run())


def test_a_link_that_was_closed_at_rest_is_opened_again_without_a_word() -> None:
    target = Target(records=_many(1))

    async def run() -> None:
        pool = Pool()
        await _ask(pool, target)
        target.fails = ["lost"]
        assert (await _ask(pool, target)).positions == [1]
        target.fails = ["lost", "lost"]
        with pytest.raises(LinkFailed):
            await _ask(pool, target)
        await pool.close()
        assert target.opened == 3
        assert target.open_now == 0

    asyncio.run(run())


def test_no_more_connections_than_allowed_are_open_at_a_time() -> None:
    target = Target(records=_many(1), search_delay=0.01)

    async def run() -> None:
        pool = Pool()
        await asyncio.gather(*(_ask(pool, target, connections=2) for _ in range(12)))
        await pool.close()
        assert target.most_open == 2
        assert target.searches == 12

    asyncio.run(run())


def test_whoever_gets_no_turn_in_time_is_told_that_it_is_busy() -> None:
    target = Target(records=_many(1), silent=True)

    async def run() -> list[BaseException | Heard]:
        pool = Pool()
        slow = asyncio.ensure_future(_ask(pool, target, 60.0, connections=1))
        await asyncio.sleep(0.02)
        told = await asyncio.gather(_ask(pool, target, 0.1, connections=1), return_exceptions=True)
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        await pool.close()
        return told

    (failed,) = asyncio.run(run())
    assert isinstance(failed, LinkFailed)
    assert failed.code in ("busy", "timeout")
    assert target.opened == 1
    assert target.open_now == 0


def test_searches_begin_at_least_an_interval_apart() -> None:
    target = Target(records=_many(1))

    async def run() -> float:
        pool = Pool()
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(_ask(pool, target, interval=0.05, connections=5) for _ in range(4)))
        await pool.close()
        return began

    began = asyncio.run(run())
    # Each may come late on a busy machine, none before its turn.
    assert all(at >= began + place * 0.05 - 0.001 for place, at in enumerate(target.started))


def test_a_changed_profile_opens_links_of_its_own() -> None:
    target = Target(records=_many(1))

    async def run() -> None:
        pool = Pool()
        await _ask(pool, target, revision="1")
        await _ask(pool, target, revision="2")
        await pool.close()
        assert target.opened == 2
        assert target.open_now == 0

    asyncio.run(run())


def test_a_target_that_says_no_keeps_its_link() -> None:
    target = Target(records=_many(1))

    async def run() -> None:
        pool = Pool()
        target.fails = ["diagnostic"]
        with pytest.raises(LinkFailed):
            await _ask(pool, target)
        await _ask(pool, target)
        assert target.opened == 1
        await pool.close()

    asyncio.run(run())
