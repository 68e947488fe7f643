"""A request goes from the click to the return, and every turning on the way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from broker.errors import Missing, NotAllowed, NotNow, OnOwnShelf, Stale, UnknownRequest
from broker.tables import patron_loan
from broker.views import Actor
from foundation import libraries, people
from foundation.tables import outbox
from tests.broker.world import World, rota

pytestmark = pytest.mark.slow


def mails(world: World) -> list[dict[str, object]]:
    with world.db.read() as c:
        rows = c.execute(select(outbox.c.payload).where(outbox.c.channel == "mail").order_by(outbox.c.id))
        return [dict(row.payload) for row in rows]


def test_from_the_click_to_the_return(world: World) -> None:
    view = world.submitted()
    assert (view.state, view.reason, view.stage) == ("review", "to_place", "received")
    assert view.liable_user_id is None

    placed = world.broker.place(world.staff("MLT"), view.id, view.version)
    assert (placed.state, placed.liable_user_id) == ("sourcing", world.user["MLT"])
    assert placed.terms is not None
    world.pump()

    asked = world.seen(view.id)
    assert (asked.state, asked.stage) == ("active", "asked")
    assert asked.active is not None
    assert asked.active.library_id == world.library["KNG"], "available is asked before unknown"

    supply = world.supply(view.id)
    assert supply.state == "new"
    world.answer(view.id, "will_supply")
    assert world.seen(view.id).stage == "promised"
    sent = world.answer(view.id, "ship", barcode="KNG-0001")
    assert sent.due_on == date(2026, 12, 8)
    assert (world.running(view.id).leg, world.running(view.id).due_on) == ("shipped", date(2026, 12, 8))

    world.press(view.id, "receive")
    assert world.seen(view.id).stage == "ready"
    assert world.supply(view.id).state == "on_loan"
    assert [mail["template"] for mail in mails(world)] == ["ready_for_pickup"]

    out = world.press(view.id, "check_out")
    assert out.patron_due_on == date(2026, 12, 5), "three days for the way back"
    world.press(view.id, "check_in")
    world.press(view.id, "send_back")
    assert world.supply(view.id).state == "returning"
    world.answer(view.id, "check_in")

    done = world.seen(view.id)
    assert (done.state, done.stage) == ("completed", "done")
    assert done.closed_at is not None
    with world.db.read() as c:
        (loan,) = c.execute(select(patron_loan)).all()
    assert loan.in_at is not None
    told = [step.stage for step in world.broker.timeline(world.patron, view.id)]
    assert told == [
        "received",
        "looking",
        "asked",
        "promised",
        "on_its_way",
        "ready",
        "with_you",
        "returned",
        "done",
    ]


def test_a_decline_asks_the_next_by_itself_and_the_end_is_unfilled(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "decline", reason="not_on_shelf")
    second = world.running(view.id)
    assert (second.number, second.library_id) == (2, world.library["AGR"])
    world.answer(view.id, "decline", reason="non_circulating")
    ended = world.seen(view.id)
    assert (ended.state, ended.reason) == ("end_of_rota", "non_circulating")
    world.press(view.id, "give_up")
    over = world.seen(view.id)
    assert (over.state, over.reason, over.stage) == ("unfilled", "non_circulating", "not_available")
    assert [mail["template"] for mail in mails(world)] == ["unfilled"]


def test_a_mail_names_the_patron_by_id_only(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "ship")
    world.press(view.id, "receive")
    (mail,) = mails(world)
    assert mail["to_patron_id"] == world.patron_id
    assert "kenari" not in str(mail).lower()


def test_who_places_is_liable_and_a_patron_cannot(world: World) -> None:
    view = world.submitted()
    with pytest.raises(NotNow):
        world.broker.place(world.patron, view.id, view.version)
    nobody = Actor(user_id=None, role="librarian", library_id=world.library["MLT"])
    with pytest.raises(NotNow):
        world.broker.place(nobody, view.id, view.version)


def test_a_library_that_is_suspended_asks_nobody(world: World) -> None:
    view = world.submitted()
    with world.db.begin() as c:
        home = libraries.get(c, world.library["MLT"])
        libraries.change(c, home.id, home.version, state="suspended")
    with pytest.raises(NotAllowed) as problem:
        world.broker.place(world.staff("MLT"), view.id, view.version)
    assert problem.value.codes == ("library_suspended",)
    assert world.seen(view.id).state == "review"


def test_a_suspended_supplier_is_left_out_with_the_reason(world: World) -> None:
    with world.db.begin() as c:
        other = libraries.get(c, world.library["KNG"])
        libraries.change(c, other.id, other.version, state="suspended")
    view = world.asked()
    assert world.running(view.id).library_id == world.library["AGR"]
    (left,) = [one for one in world.seen(view.id).rota if one.rank == 0]
    assert (left.library_id, left.why["reasons"]) == (world.library["KNG"], ["library_suspended"])


def test_a_library_that_places_by_itself_names_who_is_liable(world: World) -> None:
    with world.db.begin() as c:
        home = libraries.get(c, world.library["MLT"])
        libraries.change(c, home.id, home.version, places_itself=True, liable_user_id=world.user["MLT"])
    view = world.submitted()
    assert (view.state, view.liable_user_id) == ("sourcing", world.user["MLT"])
    blank = world.submitted(cluster_id=None, citation={"title": "Tanpa catatan"})
    assert blank.state == "review", "what was typed by hand is looked at"


def test_what_stands_on_the_own_shelf_is_told_before_submitting(world: World) -> None:
    own = world.draft(cluster_id=world.own_title, citation={"title": "Sungai Siak"})
    said = world.broker.checks(world.patron, own)
    assert said.on_shelf
    assert [(s.branch_text, s.call_number) for s in said.shelves] == [("Melati pusat", "551.48 SIA")]
    with pytest.raises(OnOwnShelf) as problem:
        world.broker.submit(world.patron, own)
    assert problem.value.shelves == said.shelves

    despite = world.submitted(
        cluster_id=world.own_title, citation={"title": "Sungai Siak"}, override_reason="selalu dipinjam"
    )
    assert (despite.state, despite.reason) == ("review", "own_copy")

    fetched = world.submitted(
        cluster_id=world.own_title, citation={"title": "Sungai Siak"}, fetch=True, again=True
    )
    assert (fetched.state, fetched.stage) == ("local", "at_home")
    filled = world.press(fetched.id, "fill_local")
    assert (filled.state, filled.stage) == ("delivered", "ready")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"blocked": True}, "blocked"),
        ({"expires_on": date(2026, 11, 23)}, "membership_expired"),
        ({"state": "pending"}, "not_confirmed"),
    ],
)
def test_who_may_not_borrow_is_told_why(world: World, change: dict[str, object], code: str) -> None:
    with world.db.begin() as c:
        patron = people.get_patron(c, world.patron_id)
        people.change_patron(c, patron.id, patron.version, **change)
    with pytest.raises(NotAllowed) as problem:
        world.submitted()
    assert problem.value.codes == (code,)
    made = world.broker.create(world.staff("MLT"), world.draft(), patron_id=world.patron_id)
    assert made.attention == (code,)
    with pytest.raises(Missing):
        world.broker.place(world.staff("MLT"), made.id, made.version)
    placed = world.broker.place(world.staff("MLT"), made.id, made.version, despite="dosen tamu")
    assert placed.state == "sourcing"
    assert placed.attention == ()


def test_the_limit_of_open_requests(world: World) -> None:
    with world.db.begin() as c:
        home = libraries.get(c, world.library["MLT"])
        libraries.change(c, home.id, home.version, request_limit=1)
    world.submitted()
    with pytest.raises(NotAllowed) as problem:
        world.submitted(cluster_id=None, citation={"title": "Lain"})
    assert problem.value.codes == ("limit_reached",)


def test_the_same_wish_twice_is_noticed(world: World) -> None:
    first = world.submitted()
    with pytest.raises(NotAllowed) as problem:
        world.submitted()
    assert problem.value.request_id == first.id
    assert world.seen(world.submitted(again=True).id).attention == ("duplicate",)


def test_a_draft_says_what_it_lacks(world: World) -> None:
    with pytest.raises(Missing) as problem:
        world.submitted(citation={"title": " "}, pickup_branch_id=world.branch["KNG pusat"], purpose="fun")
    assert problem.value.fields == ("title", "pickup_branch_id", "purpose")


def test_the_desk_asks_for_the_library_itself_and_edits_before_sending(world: World) -> None:
    made = world.broker.create(world.staff("MLT"), world.draft(cluster_id=None, citation={"title": "x"}))
    assert (made.patron_id, made.state) == (None, "review")
    changed = world.broker.edit(
        world.staff("MLT"), made.id, made.version, citation={"title": "y"}, cluster_id=world.title
    )
    assert (changed.citation["title"], changed.cluster_id) == ("y", world.title)
    with pytest.raises(Stale):
        world.broker.edit(world.staff("MLT"), made.id, made.version, note="spät")
    world.broker.place(world.staff("MLT"), made.id, changed.version)
    world.pump()
    with pytest.raises(NotNow):
        world.broker.edit(world.staff("MLT"), made.id, world.seen(made.id).version, note="zu spät")
    world.answer(made.id, "ship")
    world.press(made.id, "receive")
    assert mails(world) == [], "nobody to write to"


def test_a_patron_cancels_before_shipment_and_not_after(world: World) -> None:
    view = world.asked()
    cancelling = world.broker.cancel(world.patron, view.id, view.version, reason="not_needed")
    assert cancelling.state == "cancelling"
    world.pump()
    assert (world.seen(view.id).state, world.supply(view.id).state) == ("cancelled", "cancelled")

    sent = world.asked()
    world.answer(sent.id, "ship")
    with pytest.raises(NotNow):
        world.broker.cancel(world.patron, sent.id, world.seen(sent.id).version)


def test_a_cancel_that_crosses_the_shipment_loses_nothing(world: World) -> None:
    view = world.asked()
    supply = world.supply(view.id)
    world.broker.cancel(world.patron, view.id, world.seen(view.id).version)
    world.broker.answer(world.staff("KNG"), supply.id, "ship", supply.version)
    world.pump()
    after = world.seen(view.id)
    assert (after.state, world.running(view.id).leg) == ("active", "shipped")
    assert "cancel_late" in after.attention
    for action in ("receive", "send_back"):
        world.press(view.id, action)
    world.answer(view.id, "check_in")
    assert world.seen(view.id).state == "completed"


def test_a_cancel_of_a_picked_book_is_the_suppliers_to_answer(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "will_supply")
    world.answer(view.id, "pick")
    world.press(view.id, "cancel")
    assert world.supply(view.id).state == "cancel_asked"
    world.answer(view.id, "reject_cancel")
    after = world.seen(view.id)
    assert (after.state, after.active and after.active.leg) == ("active", "promised")
    assert after.attention == ("cancel_refused",)
    assert world.press(view.id, "dismiss").attention == ()


def test_conditions_are_offered_and_accepted_or_not(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "set_condition", condition="library_use_only", cost_minor=500_000)
    offered = world.running(view.id)
    assert (offered.leg, offered.condition, offered.cost_minor) == ("condition", "library_use_only", 500_000)
    world.press(view.id, "accept_condition")
    assert world.supply(view.id).state == "will"
    world.answer(view.id, "set_condition", condition="signature_required")
    world.press(view.id, "reject_condition")
    assert world.running(view.id).number == 2, "the next library is asked"


def test_a_retry_is_a_new_attempt_at_the_same_library(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "offer_retry", reason="on_loan", expected_on=date(2026, 12, 20))
    world.press(view.id, "accept_retry")
    again = world.running(view.id)
    assert (again.number, again.library_id) == (2, world.library["KNG"])
    assert world.supply(view.id).state == "new"


def test_renewal_overdue_and_recall_reach_the_other_side(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "ship")
    world.press(view.id, "receive")
    world.press(view.id, "check_out")
    world.press(view.id, "renew")
    assert world.supply(view.id).flags["renewal"] == "asked"
    world.answer(view.id, "grant_renewal")
    renewed = world.seen(view.id)
    assert renewed.active is not None
    assert (renewed.active.due_on, renewed.patron_due_on) == (date(2026, 12, 15), date(2026, 12, 12))

    world.tick(days=15)
    assert world.supply(view.id).flags.get("due") == "ok", "the old due date does nothing any more"
    world.tick(days=7)
    assert world.supply(view.id).flags["due"] == "overdue"
    late = world.seen(view.id)
    assert late.active is not None
    assert late.active.flags["due"] == "overdue"
    assert {"overdue", "patron_overdue"} <= set(late.attention)

    world.answer(view.id, "recall")
    assert world.running(view.id).flags["due"] == "recalled"


def test_a_lost_item_ends_on_both_sides(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "ship")
    world.press(view.id, "never_arrived")
    assert world.supply(view.id).state == "lost"
    world.answer(view.id, "declare_lost")
    assert (world.seen(view.id).state, world.seen(view.id).stage) == ("lost_closed", "lost")


def test_a_copy_is_delivered_and_done(world: World) -> None:
    view = world.asked(service_type="copy", citation={"title": "Hutan", "pages": "1-12"})
    assert [action.name for action in world.supply(view.id).actions if action.main] == [
        "will_supply",
        "deliver_copy",
    ]
    world.answer(view.id, "deliver_copy")
    assert world.seen(view.id).state == "delivered"


def test_silence_asks_the_next_library(world: World) -> None:
    view = world.asked()
    world.tick(days=1, minutes=1)
    assert (world.supply(view.id, 1).state, world.supply(view.id, 1).reason) == (
        "unfilled",
        "not_acknowledged",
    )
    assert world.running(view.id).number == 2


def test_who_acknowledged_has_three_working_days(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "acknowledge")
    world.tick(days=2)
    assert world.supply(view.id).state == "new"
    world.tick(days=1, minutes=1)
    assert (world.supply(view.id, 1).state, world.supply(view.id, 1).reason) == ("unfilled", "no_answer")


def test_an_end_of_rota_that_nobody_looks_at_ends_unfilled(world: World) -> None:
    view = world.asked()
    for _ in range(2):
        world.answer(view.id, "decline", reason="not_held")
    world.tick(days=12)
    assert world.seen(view.id).state == "unfilled"


def test_searching_again_leaves_out_who_said_no(world: World) -> None:
    view = world.asked()
    for reason in ("not_held", "on_loan"):
        world.answer(view.id, "decline", reason=reason)
    world.press(view.id, "search_again")
    again = world.running(view.id)
    assert again.library_id == world.library["AGR"], "it was on loan there: worth another try"
    second = {one["library_id"]: one for one in rota(world, view.id) if one["round"] == 2}
    assert second[world.library["KNG"]]["why"]["reasons"] == ["tried_before"]


def test_a_late_book_of_a_library_given_up_is_taken_in(world: World) -> None:
    view = world.asked()
    first = world.supply(view.id)
    world.broker.answer(world.staff("KNG"), first.id, "ship", first.version)  # its message is under way
    world.press(view.id, "skip")
    after = world.seen(view.id)
    assert (after.state, world.running(view.id).library_id) == ("active", world.library["KNG"])
    assert world.running(view.id).leg == "shipped"


def test_other_libraries_see_nothing_of_it(world: World) -> None:
    view = world.submitted()
    for stranger in (world.staff("KNG"), world.staff("AGR")):
        with pytest.raises(UnknownRequest):
            world.broker.request(stranger, view.id)
        with pytest.raises(UnknownRequest):
            world.broker.act(stranger, view.id, "place", view.version)
        with pytest.raises(UnknownRequest):
            world.broker.history(stranger, "request", view.id)
    world.broker.place(world.staff("MLT"), view.id, view.version)
    world.pump()
    supply = world.supply(view.id)
    for stranger in (world.staff("AGR"), world.staff("MLT"), world.patron):
        with pytest.raises(UnknownRequest):
            world.broker.supply(stranger, supply.id)
        with pytest.raises(UnknownRequest):
            world.broker.answer(stranger, supply.id, "ship", supply.version)


def test_the_supplier_never_sees_the_patron(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "will_supply")
    supply = world.supply(view.id)
    shown = repr(supply) + repr(world.broker.history(world.staff("KNG"), "supply", supply.id))
    for secret in ("enari", "M-77", world.patron_id, world.user["patron"], "untuk"):
        assert secret not in shown
    assert not any("patron" in name for name in type(supply).__slots__)
    with world.db.read() as c:
        rows = c.execute(select(outbox.c.payload).where(outbox.c.channel == "message")).all()
    assert "enari" not in str(rows)


def test_a_patron_sees_their_own_without_what_libraries_say_to_each_other(world: World) -> None:
    view = world.asked(note="x")
    mine = world.broker.request(world.patron, view.id)
    assert (mine.rota, mine.attempts, mine.attention, mine.supplier_note) == ((), (), (), "")
    assert [one.name for one in mine.actions] == ["cancel"]
    assert [one.id for one in world.broker.mine(world.patron)] == [view.id]
    world.answer(view.id, "decline", reason="policy")
    world.answer(view.id, "decline", reason="not_held")
    assert world.broker.request(world.patron, view.id).reason == ""


def test_only_the_newest_version_may_act(world: World) -> None:
    view = world.submitted()
    world.broker.place(world.staff("MLT"), view.id, view.version)
    with pytest.raises(Stale):
        world.broker.place(world.staff("MLT"), view.id, view.version)
    world.pump()
    supply = world.supply(view.id)
    world.broker.answer(world.staff("KNG"), supply.id, "will_supply", supply.version)
    with pytest.raises(Stale):
        world.broker.answer(world.staff("KNG"), supply.id, "decline", supply.version, reason="not_held")


def test_a_refusal_wants_a_reason(world: World) -> None:
    view = world.asked()
    supply = world.supply(view.id)
    with pytest.raises(Missing) as problem:
        world.broker.answer(world.staff("KNG"), supply.id, "decline", supply.version)
    assert problem.value.fields == ("reason",)


def test_libraries_talk_about_an_attempt(world: World) -> None:
    view = world.asked()
    supply = world.supply(view.id)
    world.broker.note(world.staff("MLT"), supply.id, "Edisi kedua juga boleh.")
    assert world.supply(view.id).unread == 1
    (note,) = world.broker.notes(world.staff("KNG"), supply.id)
    assert (note.body, note.from_library_id) == ("Edisi kedua juga boleh.", world.library["MLT"])
    assert world.supply(view.id).unread == 0
    world.broker.note(world.staff("KNG"), supply.id, "Baik.")
    assert world.running(view.id).unread == 1
    with pytest.raises(UnknownRequest):
        world.broker.notes(world.staff("AGR"), supply.id)
    with pytest.raises(Missing):
        world.broker.note(world.staff("KNG"), supply.id, "  ")


def test_many_rows_at_once_each_with_its_result(world: World) -> None:
    views = [
        world.broker.create(world.staff("MLT"), world.draft(citation={"title": f"T{n}"})) for n in range(3)
    ]
    rows = [
        (views[0].id, views[0].version),
        (views[1].id, 99),
        ("nowhere", 1),
        (views[2].id, views[2].version),
    ]
    results = world.broker.bulk(world.staff("MLT"), "request", rows, "place")
    assert [one.error for one in results] == ["", "stale", "unknown", ""]
    assert [one.state for one in results] == ["sourcing", "", "", "sourcing"]
    again = world.broker.bulk(world.staff("MLT"), "request", [(views[0].id, 2)], "reject")
    assert (again[0].error, again[0].code) == ("not_now", views[0].code)
    with pytest.raises(ValueError):
        world.broker.bulk(world.staff("MLT"), "request", [("x", 1)] * 501, "place")


def test_the_scan_field_does_the_next_sensible_step_at_both_desks(world: World) -> None:
    view = world.asked()
    kng, mlt = world.staff("KNG"), world.staff("MLT")
    slip = world.supply(view.id).code
    assert world.broker.scan(kng, slip, barcode="B-1").done == "ship"
    assert world.broker.scan(kng, slip).error == "no_step", "the slip again does not check it in"
    world.pump()
    assert world.broker.scan(mlt, "B-1").done == "receive"
    assert world.broker.scan(mlt, "B-1").error == "just_scanned"
    world.pump()
    for expected in ("check_out", "check_in", "send_back"):
        world.clock.go(minutes=1)
        assert world.broker.scan(mlt, view.code).done == expected
        world.pump()
    assert world.broker.scan(kng, slip.lower(), barcode="B-2").error == "wrong_item"
    assert world.broker.scan(kng, "B-1").done == "check_in"
    assert world.broker.scan(kng, "B-1").error == "unknown_code"
    swapped = view.code[:-1] + ("0" if view.code[-1] != "0" else "1")
    assert world.broker.scan(mlt, swapped).error == "bad_check"
    assert world.broker.scan(world.staff("AGR"), slip).error == "unknown_code"


def test_the_own_last_step_can_be_taken_back_for_ten_minutes(world: World) -> None:
    view = world.submitted()
    mlt = world.staff("MLT")
    placed = world.broker.place(mlt, view.id, view.version)
    world.broker.undo(mlt, "request", view.id, placed.version)
    back = world.seen(view.id)
    assert (back.state, back.liable_user_id) == ("review", None)
    with pytest.raises(NotNow):
        world.broker.undo(mlt, "request", view.id, back.version)
    world.pump()
    assert world.seen(view.id).state == "review", "the rota that was asked for is not built"

    world.broker.place(mlt, view.id, back.version)
    world.pump()
    world.answer(view.id, "ship")
    world.press(view.id, "receive")
    with pytest.raises(NotNow):
        world.broker.undo(mlt, "request", view.id, world.seen(view.id).version)
    world.press(view.id, "check_out")
    world.broker.undo(mlt, "request", view.id, world.seen(view.id).version)
    assert world.running(view.id).leg == "received"
    assert world.seen(view.id).patron_due_on is None
    world.press(view.id, "check_out")
    world.clock.at += timedelta(minutes=11)
    with pytest.raises(NotNow):
        world.broker.undo(mlt, "request", view.id, world.seen(view.id).version)


def test_a_supplier_takes_picking_back(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "will_supply")
    world.answer(view.id, "pick")
    supply = world.supply(view.id)
    world.broker.undo(world.staff("KNG"), "supply", supply.id, supply.version)
    assert world.supply(view.id).flags.get("pull") is None
    with pytest.raises(NotNow):
        world.broker.undo(world.staff("KNG"), "supply", supply.id, world.supply(view.id).version)
