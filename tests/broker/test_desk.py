"""Every request stands in one queue, counts and lists agree, and each filter gives what a plain look gives."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from datetime import date

import pytest

from broker import desk
from broker.desk import BORROWING, LENDING, SORTS, TABS, BorrowRow, Filter, LendRow
from broker.errors import BrokerError
from broker.states import LEG, REQUEST, SUPPLY
from tests.broker.world import CANARY, World, add_copy, add_title

pytestmark = pytest.mark.slow


def test_every_state_has_one_queue() -> None:
    for state in REQUEST.states:
        legs = (
            [leg for leg in LEG.states if leg not in LEG.terminal and leg != "abandoned"]
            if state == "active"
            else [""]
        )
        for leg in legs:
            found = [
                name
                for name, (_, states, of_legs) in BORROWING.items()
                if state in states and (not of_legs or leg in of_legs)
            ]
            assert len(found) == (state != "draft"), (state, leg, found)
    for state in SUPPLY.states:
        assert sum(state in states for _, states in LENDING.values()) == (state != "unasked"), state
    assert {tab for tab, *_ in (*BORROWING.values(), *LENDING.values())} == set(TABS)


@pytest.fixture
def busy(world: World) -> World:
    """A desk on which all sorts of things stand."""
    dice = random.Random(7)
    with world.db.begin() as c:
        titles = []
        for number in range(6):
            titles.append(add_title(c, world.clock(), f"Judul {number}"))
            for code in ("KNG", "AGR"):
                add_copy(c, world.clock(), world, titles[-1], code, call_number=f"{number}")
    for number in range(24):
        world.clock.go(minutes=1)
        patron_id = world.patron_id if number % 3 else None
        draft = world.draft(
            cluster_id=dice.choice(titles),
            citation={"title": f"Judul {dice.randrange(6)}", "author": dice.choice(["Ani", "Budi"])},
            service_type=dice.choice(["loan", "loan", "copy"]),
            pickup_branch_id=world.branch[dice.choice(["MLT pusat", "MLT kedua"])],
        )
        view = world.broker.create(world.staff("MLT"), draft, patron_id=patron_id)
        for _ in range(dice.randrange(9)):
            press_something(world, view.id, dice)
    return world


FIELDS = {"reason": "not_held", "condition": "library_use_only", "expected_on": date(2026, 12, 9)}


def press_something(world: World, request_id: str, dice: random.Random) -> None:
    view = world.seen(request_id)
    choices = [("request", action) for action in view.actions if action.name != "close"]
    if view.active:
        with contextlib.suppress(BrokerError):
            choices += [("supply", action) for action in world.supply(request_id).actions]
    if not choices:
        return
    side, action = dice.choice(choices)
    fields = {name: FIELDS[name] for name in action.needs}
    if side == "request":
        world.press(request_id, action.name, **fields)
    else:
        world.answer(request_id, action.name, **fields)


def all_borrowed(world: World) -> list[BorrowRow]:
    with world.db.read() as c:
        return list(desk.borrowing(c, world.library["MLT"], Filter(limit=500)).rows)


def test_counts_and_lists_agree(busy: World) -> None:
    rows = all_borrowed(busy)
    assert len(rows) == 24
    with busy.db.read() as c:
        counts = desk.borrowing_counts(c, busy.library["MLT"])
        seen = Counter(row.queue for row in rows)
        for queue in BORROWING:
            page = desk.borrowing(c, busy.library["MLT"], Filter(queue=queue))
            assert counts[queue] == page.total == len(page.rows) == seen[queue]
        for tab in TABS:
            page = desk.borrowing(c, busy.library["MLT"], Filter(tab=tab, limit=500))
            assert counts[tab] == page.total == len(page.rows)
        assert counts["attention"] == sum(bool(row.attention) for row in rows)
        for code in ("KNG", "AGR"):
            counts = desk.lending_counts(c, busy.library[code])
            for queue in LENDING:
                page = desk.lending(c, busy.library[code], Filter(queue=queue))
                assert counts[queue] == page.total == len(page.rows)
                assert {row.queue for row in page.rows} <= {queue}
        assert sum(desk.lending_counts(c, busy.library["KNG"])[tab] for tab in TABS) > 3


def test_each_filter_gives_what_a_plain_look_gives(busy: World) -> None:
    rows = all_borrowed(busy)
    branch, kng = busy.branch["MLT kedua"], busy.library["KNG"]
    cases = [
        (Filter(pickup_branch_id=branch), lambda row: row.pickup_branch_id == branch),
        (Filter(other=kng), lambda row: row.supplier_id == kng),
        (Filter(service_type="copy"), lambda row: row.service_type == "copy"),
        (Filter(text="ani"), lambda row: row.author == "Ani"),
        (Filter(text="JUDUL 3"), lambda row: row.title == "Judul 3"),
        (Filter(text=rows[3].code), lambda row: row.code == rows[3].code),
        (Filter(text=CANARY), lambda row: row.patron_id is not None),
        (Filter(text="m-77"), lambda row: row.patron_id is not None),
        (Filter(text="%"), lambda row: False),
        (Filter(attention=True), lambda row: bool(row.attention)),
        (
            Filter(queue="new", service_type="loan"),
            lambda row: row.queue == "new" and row.service_type == "loan",
        ),
        (Filter(queue="nonsense"), lambda row: False),
    ]
    with busy.db.read() as c:
        for wanted, plain in cases:
            found = {row.id for row in desk.borrowing(c, busy.library["MLT"], wanted).rows}
            assert found == {row.id for row in rows if plain(row)}, wanted


def test_orders_and_pages(busy: World) -> None:
    with busy.db.read() as c:
        for sort in SORTS:
            pages: list[BorrowRow] = []
            while True:
                page = desk.borrowing(c, busy.library["MLT"], Filter(sort=sort, offset=len(pages), limit=7))
                pages += page.rows
                assert page.total == 24
                if not page.more:
                    break
            assert len({row.id for row in pages}) == 24, sort
        titles = [row.title for row in desk.borrowing(c, busy.library["MLT"], Filter(sort="title")).rows]
        assert titles == sorted(titles)
        newest = desk.borrowing(c, busy.library["MLT"], Filter()).rows
        assert [row.created_at for row in newest] == sorted((row.created_at for row in newest), reverse=True)


def test_the_lending_desk_shows_shelf_marks_and_no_reader(busy: World) -> None:
    with busy.db.read() as c:
        for code in ("KNG", "AGR"):
            for sort in SORTS:
                page = desk.lending(c, busy.library[code], Filter(sort=sort, text="judul"))
                for row in page.rows:
                    assert isinstance(row, LendRow)
                    assert row.call_number
                    assert "enari" not in repr(row)
                    assert busy.patron_id not in repr(row)
            assert desk.lending(c, busy.library[code], Filter(text=CANARY)).rows == ()
        branch = busy.branch["KNG pusat"]
        here = desk.lending(c, busy.library["KNG"], Filter(pickup_branch_id=branch))
        assert here.total > 0
        assert desk.lending(c, busy.library["KNG"], Filter(pickup_branch_id="elsewhere")).total == 0


def test_overdue_loans_are_counted_and_found(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "ship")
    world.press(view.id, "receive")
    world.tick(days=16)
    with world.db.read() as c:
        assert desk.lending_counts(c, world.library["KNG"])["overdue"] == 1
        assert desk.lending(c, world.library["KNG"], Filter(overdue=True)).total == 1
        assert desk.borrowing(c, world.library["MLT"], Filter(overdue=True)).total == 1


def test_unread_notes_are_counted_on_the_side_that_has_not_read(world: World) -> None:
    view = world.asked()
    attempt = world.running(view.id)
    world.broker.note(world.staff("MLT"), attempt.id, "Halo")
    with world.db.read() as c:
        assert desk.lending_counts(c, world.library["KNG"])["unread"] == 1
        assert desk.borrowing_counts(c, world.library["MLT"])["unread"] == 0
    world.broker.note(world.staff("KNG"), attempt.id, "Ya")
    world.broker.notes(world.staff("KNG"), attempt.id)
    with world.db.read() as c:
        assert desk.lending_counts(c, world.library["KNG"])["unread"] == 0
        assert desk.borrowing_counts(c, world.library["MLT"])["unread"] == 1
