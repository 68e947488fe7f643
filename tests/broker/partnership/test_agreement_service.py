"""An agreement from draft to end: every party confirms it, and what runs keeps its terms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from broker.agreements import AgreementSettings
from broker.errors import Missing, NotAllowed, NotNow, Stale
from broker.partnership.service import Drawn, Partnerships
from broker.partnership.store import UnknownAgreement
from broker.partnership.terms import BadTerms
from broker.partnership.values import Agreement, FormTerms, OralNote, Party
from broker.service import Broker
from broker.views import Actor
from foundation import events
from foundation.tables import outbox
from tests.broker.world import World

pytestmark = pytest.mark.slow

UNTIL = date(2027, 12, 31)


@pytest.fixture
def heads(world: World) -> dict[str, Actor]:
    """The heads of the three libraries; nobody cooperates by the network's own agreement."""
    world.broker = Broker(world.db, world.clock, AgreementSettings(forms=""))
    return {code: world.staff(code, "head") for code in world.library}


def agreed(world: World) -> Partnerships:
    return Partnerships(world.broker.house)


def draft(world: World, *codes: str, **more: Any) -> Drawn:
    values: dict[str, Any] = {
        "name": "Pinjam antara Melati dan Kenanga",
        "parties": tuple(Party(id="", library_id=world.library[code]) for code in codes),
        "valid_from": date(2026, 1, 1),
        "valid_to": UNTIL,
        "forms": {"f": FormTerms(terms={"loan_days": 14})},
        "parts": {"object": "Buku"},
    }
    return Drawn(**(values | more))


def decide(world: World, **more: Any) -> Any:
    on = more.get("on", date(2026, 11, 24))
    return world.broker.decide("f", "loan", world.library["MLT"], world.library["KNG"], on)


def proposed(world: World, heads: dict[str, Actor], **more: Any) -> Agreement:
    they = agreed(world)
    one = they.draw_up(heads["MLT"], draft(world, "MLT", "KNG", **more))
    return they.act(heads["MLT"], one.id, "propose", one.version)


def in_force(world: World, heads: dict[str, Actor], **more: Any) -> Agreement:
    one = proposed(world, heads, **more)
    for code in ("MLT", "KNG"):
        one = agreed(world).act(heads[code], one.id, "confirm", one.version, signatory=f"Kepala {code}")
    return one


def test_agreement_in_writing_counts_when_all_have_signed(world: World, heads: dict[str, Actor]) -> None:
    assert decide(world).reasons == ("no_agreement",)
    one = proposed(world, heads)
    they = agreed(world)
    assert decide(world).reasons == ("no_agreement",)
    one = they.act(heads["MLT"], one.id, "confirm", one.version, signatory="Kepala Melati")
    assert one.state == "proposed"
    with pytest.raises(Missing):
        they.act(heads["KNG"], one.id, "confirm", one.version)
    one = they.act(heads["KNG"], one.id, "confirm", one.version, signatory="Kepala Kenanga", letter="7/KNG")
    assert one.state == "valid"
    said = decide(world)
    assert (said.allowed, said.agreement, said.due_days, said.fee) == (True, one.code, 14, 0)
    assert decide(world, on=date(2028, 1, 1)).reasons == ("expired",)


def test_agreement_oral_with_one_confirmation_missing_stays_proposed(
    world: World, heads: dict[str, Actor]
) -> None:
    they = agreed(world)
    bare = they.draw_up(heads["MLT"], draft(world, "MLT", "KNG", basis="oral"))
    with pytest.raises(NotNow):
        they.act(heads["MLT"], bare.id, "propose", bare.version)
    note = OralNote(spoken_on=date(2026, 11, 20), channel="telephone", summary="Saling pinjam buku")
    one = proposed(world, heads, basis="oral", oral=note)
    one = they.act(heads["MLT"], one.id, "confirm", one.version)
    assert one.state == "proposed"
    assert not decide(world).allowed
    one = they.act(heads["KNG"], one.id, "confirm", one.version)
    assert (one.state, one.oral) == ("valid", note)
    assert decide(world).allowed


def test_agreement_revision_leaves_an_open_loan_alone(world: World, heads: dict[str, Actor]) -> None:
    one = in_force(world, heads)
    they = agreed(world)
    view = world.asked()
    world.answer(view.id, "ship")
    due = world.running(view.id).due_on
    assert due == date(2026, 12, 8)
    shorter = draft(world, "MLT", "KNG", forms={"f": FormTerms(terms={"loan_days": 7, "renew_days": 1})})
    with pytest.raises(Missing):
        they.revise(heads["MLT"], one.id, one.version, shorter, date(2026, 11, 24), " ")
    one = they.revise(heads["MLT"], one.id, one.version, shorter, date(2026, 11, 24), "lebih singkat")
    assert decide(world).due_days == 14
    for code in ("MLT", "KNG"):
        one = they.act(heads[code], one.id, "confirm", one.version)
    assert (one.newest.number, decide(world).due_days) == (2, 7)
    assert world.running(view.id).due_on == due
    world.press(view.id, "receive")
    world.press(view.id, "renew")
    world.answer(view.id, "grant_renewal")
    assert world.running(view.id).due_on == date(2026, 12, 15)  # seven days, as agreed when it was asked


def test_agreement_is_renewed_in_one_step_and_ends_by_itself(world: World, heads: dict[str, Actor]) -> None:
    one = in_force(world, heads, valid_to=date(2026, 12, 10))
    they = agreed(world)
    they.keep_time()
    one = they.get(heads["MLT"], one.id)
    assert one.state == "ending"
    assert decide(world).warnings == ("ends_soon",)
    with pytest.raises(Missing):
        they.act(heads["MLT"], one.id, "renew", one.version, valid_to=date(2026, 12, 1))
    one = they.act(heads["MLT"], one.id, "renew", one.version, valid_to=date(2027, 12, 10))
    assert one.state == "valid"
    world.clock.go(days=400)
    they.keep_time()
    assert they.get(heads["MLT"], one.id).state == "ended"


def test_agreement_renews_itself_where_that_was_agreed(world: World, heads: dict[str, Actor]) -> None:
    one = in_force(world, heads, valid_to=date(2026, 11, 30), auto_renew_months=3)
    world.clock.go(days=10)
    agreed(world).keep_time()
    again = agreed(world).get(heads["MLT"], one.id)
    assert (again.state, again.newest.valid_to) == ("valid", date(2027, 2, 28))


def test_agreement_given_notice_of_runs_on_for_so_long(world: World, heads: dict[str, Actor]) -> None:
    one = in_force(world, heads, notice_days=30)
    they = agreed(world)
    one = they.act(heads["KNG"], one.id, "terminate", one.version, reason="pindah gedung")
    assert (one.state, one.ends_on) == ("ending", date(2026, 12, 24))
    assert decide(world, on=date(2026, 12, 24)).allowed
    assert decide(world, on=date(2026, 12, 25)).reasons == ("expired",)
    world.clock.go(days=31)
    they.keep_time()
    assert they.get(heads["MLT"], one.id).state == "terminated"


def test_agreement_is_nobody_elses_business(world: World, heads: dict[str, Actor]) -> None:
    one = proposed(world, heads)
    they = agreed(world)
    with pytest.raises(UnknownAgreement):
        they.get(heads["AGR"], one.id)
    with pytest.raises(UnknownAgreement):
        they.act(heads["AGR"], one.id, "confirm", one.version)
    with pytest.raises(NotNow):
        they.act(world.staff("KNG"), one.id, "confirm", one.version, signatory="x")
    with pytest.raises(Stale):
        they.act(heads["KNG"], one.id, "confirm", one.version - 1, signatory="x")
    with pytest.raises(NotAllowed):
        they.draw_up(heads["AGR"], draft(world, "MLT", "KNG"))
    with pytest.raises(BadTerms):
        they.draw_up(heads["MLT"], draft(world, "MLT", forms={"f": FormTerms(terms={"loan_days": 0})}))


def test_agreement_with_another_body_is_signed_for_on_paper(world: World, heads: dict[str, Actor]) -> None:
    they = agreed(world)
    parties = (Party(id="", library_id=world.library["MLT"]), Party(id="", name="Yayasan Pustaka"))
    one = they.draw_up(heads["MLT"], draft(world, parties=parties))
    one = they.act(heads["MLT"], one.id, "propose", one.version)
    body = next(each for each in one.parties if each.library_id is None)
    one = they.act(
        heads["MLT"],
        one.id,
        "sign",
        one.version,
        party_id=body.id,
        signatory="Ketua",
        signed_on=date(2026, 11, 1),
    )
    one = they.act(heads["MLT"], one.id, "confirm", one.version, signatory="Kepala")
    assert one.state == "valid"


def test_agreement_changes_are_on_record_and_parties_are_told(world: World, heads: dict[str, Actor]) -> None:
    one = in_force(world, heads)
    with world.db.read() as c:
        told = [each.action for each in events.of(c, "agreement", one.id)]
        mails = c.execute(select(outbox.c.payload).where(outbox.c.channel == "mail")).scalars().all()
    assert told == ["draw_up", "propose", "confirm", "confirm", "settle", "begin"]
    assert [each["to_library_id"] for each in mails] == [world.library["MLT"], world.library["KNG"]]


def test_agreement_binds_a_newcomer_only_by_its_own_word(world: World, heads: dict[str, Actor]) -> None:
    three = tuple(Party(id="", library_id=world.library[code]) for code in ("MLT", "KNG"))
    one = in_force(world, heads, parties=(*three, Party(id="", name="Yayasan", role="observer")))
    they = agreed(world)
    one = they.act(heads["MLT"], one.id, "join", one.version, library_id=world.library["AGR"])
    on = date(2026, 11, 24)
    ask = world.broker.decide
    assert not ask("f", "loan", world.library["AGR"], world.library["KNG"], on).allowed
    assert decide(world).allowed  # and holds up nobody
    assert "confirm" in they.actions(heads["AGR"], one)
    one = they.act(heads["AGR"], one.id, "confirm", one.version, signatory="Kepala Anggrek")
    assert ask("f", "loan", world.library["AGR"], world.library["KNG"], on).allowed
