"""After its retention a request says nothing of its patron anywhere, and everything else of it stays true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from broker import audit
from broker.privacy import purge
from broker.tables import attempt, patron_loan, request
from foundation import outbox, people
from foundation.db import metadata
from foundation.ids import uuid7
from foundation.outbox import Work
from foundation.tables import document, event, library
from foundation.tables import outbox as outbox_table
from tests.broker.world import CANARY, World

pytestmark = pytest.mark.slow

#: The only tables in which a patron is a person, by the design: a member stays a member.
MEMBERS = {"patron", "patron_person", "user_account"}


def everything(c: Connection, *, without: set[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Every row of every table as text."""
    for table in metadata.sorted_tables:
        if table.name in without:
            continue
        for row in c.execute(select(table)):
            yield table.name, json.dumps([_plain(value) for value in row], default=str, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else value


def where_it_stands(c: Connection, words: tuple[str, ...], *, without: set[str] = frozenset()) -> set[str]:
    return {
        name
        for name, text in everything(c, without=without)
        if any(w.casefold() in text.casefold() for w in words)
    }


def nothing(path: str) -> None:
    raise AssertionError(f"no file to forget, but {path}")


def returned(world: World) -> str:
    """A loan that went the whole way; everybody wrote the patron's name wherever words can be written."""
    view = world.submitted(override_reason=f"{CANARY} di rumah")
    world.broker.place(world.staff("MLT"), view.id, view.version, despite=f"{CANARY} dikenal")
    world.pump()
    world.broker.note(world.staff("MLT"), world.running(view.id).id, f"untuk {CANARY}")
    world.answer(view.id, "set_condition", condition="library_use_only", note=f"apakah {CANARY}?")
    world.press(view.id, "accept_condition", note=f"ya, {CANARY}")
    world.answer(view.id, "ship", barcode="KNG-1")
    for action in ("receive", "check_out", "check_in", "send_back"):
        world.press(view.id, action)
    world.answer(view.id, "check_in")
    assert world.seen(view.id).state == "completed"
    return view.id


def test_after_its_retention_a_request_says_nothing_of_its_patron(world: World) -> None:
    request_id = returned(world)
    world.clock.go(days=29)
    assert world.broker.purge(nothing) == 0
    with world.db.read() as c:
        before = where_it_stands(c, (CANARY,), without=MEMBERS)
        assert before >= {"request", "event", "outbox", "inbox", "message"}, before
        was = [row._asdict() for row in c.execute(select(attempt)).all()]
        loans = c.execute(select(patron_loan)).all()
    world.clock.go(days=2)
    assert world.broker.purge(nothing) == 1
    assert world.broker.purge(nothing) == 0
    with world.db.read() as c:
        ids = (world.patron_id, world.user["patron"])
        assert where_it_stands(c, (CANARY, *ids), without=MEMBERS | {"user_role"}) == set()
        assert audit.problems(c) == []
        row = c.execute(select(request).where(request.c.id == request_id)).one()
        assert (row.patron_id, row.created_by, row.purged_at) == (None, None, world.clock())
        kept = (row.patron_category, row.purpose, row.state, row.citation["title"], row.pickup_branch_id)
        assert kept == ("general", "other", "completed", "Hutan Rawa Gambut", world.branch["MLT pusat"])
        assert row.liable_user_id == world.user["MLT"]
        assert [one._asdict() for one in c.execute(select(attempt)).all()] == was
        assert c.execute(select(patron_loan)).all() == loans
        assert purge.report(c, world.clock()) == purge.Report(anonymous=1, named=0, due=0)
        last = c.execute(
            select(event).where(event.c.object_id == request_id).order_by(event.c.number.desc())
        ).first()
        assert last is not None
        assert (last.action, last.user_id, last.side) == ("purge", None, "system")
    with world.db.begin() as c:  # and once the member is erased too, the name is nowhere
        people.erase_person(c, world.patron_id)
        user = people.get_user(c, world.user["patron"])
        people.change_user(c, user.id, user.version, name="–")
        assert where_it_stands(c, (CANARY, "kenari@melati.id")) == set()


def test_the_desk_still_reads_what_happened_and_the_patron_nothing_more(small_world: World) -> None:
    world = small_world
    request_id = returned(world)
    world.clock.go(days=31)
    world.broker.purge(nothing)
    view = world.seen(request_id)
    assert (view.patron_id, view.note, view.override_reason) == (None, "", "")
    assert view.purged_at == world.clock()
    history = world.broker.history(world.staff("MLT"), "request", request_id)
    assert not any(CANARY in line.note or CANARY in str(line.data) for line in history)
    placed = next(line for line in history if line.action == "place")
    assert placed.user_id == world.user["MLT"], "who is liable stays known"
    assert world.broker.mine(world.patron) == ()


def test_a_changed_event_is_found_also_after_it_was_emptied(small_world: World) -> None:
    world = small_world
    request_id = returned(world)
    world.clock.go(days=31)
    world.broker.purge(nothing)
    with world.db.begin() as c:
        c.execute(
            update(event).where(event.c.object_id == request_id, event.c.number == 1).values(note="palsu")
        )
        assert any("event 1: was changed" in one for one in audit.problems(c))


def test_what_is_open_or_still_under_way_is_left(small_world: World) -> None:
    world = small_world
    world.submitted()
    away = world.asked(again=True)
    world.answer(away.id, "ship", barcode="KNG-1")
    world.press(away.id, "close", reason="other")
    world.clock.go(days=400)
    assert world.broker.purge(nothing) == 0, "one is open, and the book of the other is not back"
    assert world.seen(away.id).patron_id == world.patron_id


def test_each_library_says_how_long_and_copies_are_kept_for_a_year(small_world: World) -> None:
    world = small_world
    with world.db.begin() as c:
        c.execute(update(library).where(library.c.id == world.library["MLT"]).values(retention_days=5))
    loan, copy = world.submitted(), world.submitted(service_type="copy", again=True)
    for view in (loan, copy):
        world.press(view.id, "reject", reason="policy")
    world.clock.go(days=6)
    assert world.broker.purge(nothing) == 1
    assert world.seen(loan.id).patron_id is None
    world.clock.go(days=358)
    assert world.broker.purge(nothing) == 0
    world.clock.go(days=2)
    assert world.broker.purge(nothing) == 1
    assert world.seen(copy.id).patron_id is None


def test_a_mail_that_was_never_sent_is_not_sent_any_more(small_world: World) -> None:
    world = small_world
    request_id = returned(world)
    sent: list[object] = []
    with world.db.begin() as c:
        other = Work(channel="mail", effect_key="mail:x", payload={"template": "test"})
        outbox.put(c, other, world.clock())
    world.clock.go(days=31)
    world.broker.purge(nothing)
    outbox.work(world.db, world.clock, "mail", "test", lambda row: sent.append(row.effect_key))
    assert sent == ["mail:x"]
    with world.db.read() as c:
        rows = c.execute(select(outbox_table).where(outbox_table.c.channel == "mail")).all()
        mine = [row for row in rows if request_id in row.effect_key]
        assert [(row.state, row.payload) for row in mine] == [
            ("done", {"template": "ready_for_pickup", "data": {"request_id": request_id}})
        ]


def test_files_of_a_request_go_before_their_rows(small_world: World, tmp_path: Path) -> None:
    world = small_world
    request_id = returned(world)
    file = tmp_path / "salinan.pdf"
    file.write_bytes(b"%PDF " + CANARY.encode())
    with world.db.begin() as c:
        c.execute(
            document.insert().values(
                id=uuid7(),
                object_type="request",
                object_id=request_id,
                kind="copy",
                filename=f"{CANARY}.pdf",
                media_type="application/pdf",
                sha256="0" * 64,
                size=1,
                path=str(file),
                created_at=world.clock(),
            )
        )
    world.clock.go(days=31)
    assert world.broker.purge(lambda path: Path(path).unlink(missing_ok=True)) == 1
    assert not file.exists()
    with world.db.read() as c:
        assert c.execute(select(document)).all() == []


def test_the_report_counts_what_is_due(small_world: World) -> None:
    world = small_world
    view = world.submitted()
    world.press(view.id, "reject", reason="policy")
    with world.db.read() as c:
        assert purge.report(c, world.clock()) == purge.Report(anonymous=0, named=1, due=0)
        assert purge.report(c, world.clock() + timedelta(days=31)).due == 1
