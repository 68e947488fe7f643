"""Two installations lend to each other by ISO 18626: each story ends in a pair of states that agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from broker import tables as t
from broker.iso18626 import values as v
from broker.iso18626.reading import read
from broker.iso18626.writing import write
from broker.peers import log
from broker.peers.store import Brought
from foundation.db import metadata
from tests.broker.iso18626.two import Two, joined
from tests.broker.world import CANARY, hasty
from tests.conftest import TestClock

pytestmark = pytest.mark.slow

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@pytest.fixture(params=["generic-1.2", "generic-2021-2", "reshare", "illiad", "koha"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def two(tmp_path: Path, profile: str) -> Iterator[Two]:
    dbs = [hasty(f"sqlite:///{tmp_path / name}.db") for name in ("here", "there")]
    for db in dbs:
        metadata.create_all(db.engine)
    yield joined(dbs[0], dbs[1], TestClock(NOON), profile)
    for db in dbs:
        db.close()


def asked(two: Two, **more: Any) -> str:
    view = two.here.submitted(**more)
    two.here.broker.place(two.here.staff("MLT"), view.id, view.version)
    two.pump()
    return view.id


def test_a_loan_goes_out_and_comes_back(two: Two) -> None:
    wanted = asked(two, supplier_note="", need_by=None)
    assert two.pair(wanted) == ("sent", "new")
    two.answer("will_supply")
    assert two.pair(wanted)[0] == "promised"
    two.answer("ship", barcode="B-1")
    assert two.pair(wanted) == ("shipped", "shipped")
    due = two.here.running(wanted).due_on
    assert due == two.there.broker.supply(two.there.staff("KNG"), two.incoming()).due_on
    two.press(wanted, "receive")
    assert two.pair(wanted) == ("received", "on_loan")
    two.press(wanted, "check_out")
    two.press(wanted, "renew")
    two.answer("grant_renewal")
    assert two.here.running(wanted).due_on > due  # type: ignore[operator]  # both have one
    two.press(wanted, "check_in")
    two.press(wanted, "send_back")
    assert two.pair(wanted) == ("returned", "returning")
    two.answer("check_in")
    assert two.pair(wanted) == ("completed", "completed")
    assert two.here.seen(wanted).state == "completed"
    with two.there.db.read() as c:
        states = c.execute(select(t.request.c.state).where(t.request.c.peer_id.is_not(None))).scalars().all()
    assert states == ["completed"]


def test_nothing_says_who_the_patron_is(two: Two) -> None:
    wanted = asked(two)
    two.answer("ship")
    two.press(wanted, "receive")
    assert len(two.out.carried) == 2
    for body in two.out.carried:
        assert CANARY.encode() not in body
        assert b"kenari" not in body.lower()
        assert b"patronInfo" not in body


def test_a_refusal_says_why(two: Two) -> None:
    wanted = asked(two)
    two.answer("decline", reason="not_on_shelf")
    assert two.pair(wanted) == ("unfilled", "unfilled")
    view = two.here.seen(wanted)
    assert (view.state, view.attempts[-1].reason) == ("end_of_rota", "not_on_shelf")


def test_conditions_are_told_and_accepted(two: Two, profile: str) -> None:
    wanted = asked(two)
    two.answer("set_condition", condition="library_use_only", cost_minor=1_500_000)
    if profile == "illiad":  # it knows conditions as a retry only
        assert two.pair(wanted) == ("retry_offered", "cond")
        return
    assert two.pair(wanted) == ("condition", "cond")
    attempt = two.here.running(wanted)
    assert (attempt.condition, attempt.cost_minor, attempt.currency) == ("library_use_only", 1_500_000, "IDR")
    two.press(wanted, "accept_condition")
    assert two.pair(wanted) == ("promised", "will")


def test_a_cancel_in_time_and_one_too_late(two: Two) -> None:
    first = asked(two)
    two.press(first, "cancel")
    assert two.pair(first) == ("cancelled", "cancelled")
    assert two.here.seen(first).state == "cancelled"
    second = asked(two)
    two.answer("will_supply")
    two.answer("pick")
    two.press(second, "cancel")
    assert two.pair(second) == ("cancel_pending", "cancel_asked")
    two.answer("reject_cancel")
    assert two.pair(second)[1] == "will"
    two.answer("ship")
    assert two.pair(second) == ("shipped", "shipped")


def test_a_retry_is_a_new_request_that_names_the_old_one(two: Two) -> None:
    wanted = asked(two)
    two.answer("offer_retry", reason="on_loan")
    assert two.pair(wanted) == ("retry_offered", "retried")
    first = two.here.seen(wanted).attempts[-1].code
    two.press(wanted, "accept_retry")
    assert two.pair(wanted) == ("sent", "new")
    sent = read(two.out.carried[-1]).document
    assert isinstance(sent, v.Request)
    assert sent.service
    assert (sent.service.request_type, sent.service.previous) == ("Retry", first)


def test_overdue_recall_and_loss(two: Two) -> None:
    wanted = asked(two)
    two.answer("ship")
    two.press(wanted, "receive")
    two.answer("recall")
    assert two.here.running(wanted).flags["due"] == "recalled"
    two.press(wanted, "lose")
    two.answer("declare_lost")
    assert two.pair(wanted) == ("lost_closed", "lost_closed")


def test_a_copy_is_delivered(two: Two) -> None:
    wanted = asked(
        two, service_type="copy", citation={"title": "Hutan Rawa Gambut", "article_title": "Bab 2"}
    )
    two.answer("deliver_copy")
    assert two.pair(wanted) == ("delivered", "copy_done")
    with two.there.db.read() as c:
        row = c.execute(select(t.request).where(t.request.c.peer_id.is_not(None))).one()
    assert (row.service_type, row.state, row.citation["article_title"]) == ("copy", "delivered", "Bab 2")


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
def test_what_is_doubled_is_answered_byte_for_byte_and_done_once(two: Two) -> None:
    two.out.twice = two.back.twice = True
    wanted = asked(two)
    two.answer("ship")
    two.press(wanted, "receive")
    two.press(wanted, "check_out")
    two.press(wanted, "check_in")
    two.press(wanted, "send_back")
    two.answer("check_in")
    assert two.pair(wanted) == ("completed", "completed")
    with two.there.db.read() as c:
        assert len(c.execute(select(t.request.c.id).where(t.request.c.peer_id.is_not(None))).all()) == 1


@pytest.mark.parametrize("profile", ["generic-2021-2"], indirect=True)
def test_a_lost_answer_is_no_lost_request(two: Two) -> None:
    two.out.deaf = 1
    wanted = asked(two)
    assert two.pair(wanted) == ("sent", "new")
    two.tick(minutes=1)
    assert two.out.carried[0] == two.out.carried[1]
    assert two.out.answers[0] == two.out.answers[1]
    with two.here.db.read() as c:
        sent = log.of_attempts(c, [one.id for one in two.here.seen(wanted).attempts])
    assert [(one.kind, one.outcome) for one in sent] == [("request", "ok")]


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
def test_a_dead_line_leads_to_the_next_library(two: Two) -> None:
    two.out.cut = 99
    wanted = asked(two)
    assert two.here.running(wanted).leg == "sent"
    for _ in range(12):
        two.tick(minutes=61)
    view = two.here.seen(wanted)
    assert (view.state, view.attempts[0].leg) == ("end_of_rota", "failed")
    with two.here.db.read() as c:
        peer = c.execute(select(t.peer)).one()
    assert peer.failures >= 3


def refusing(two: Two, value: str) -> None:
    """From now on every request is answered with this ERROR."""
    hear = two.there.broker.hear

    def answer(body: bytes, brought: Brought) -> Any:
        document = read(body).document
        said = hear(body, brought)
        if not isinstance(document, v.Request):
            return said
        fault = v.Fault(type="UnrecognisedDataValue", value=value)
        refusal = v.Confirmation(of="request", request_id="1", status="ERROR", received=NOON, faults=(fault,))
        return replace(said, body=write(refusal))

    two.there.broker.hear = answer  # type: ignore[method-assign]


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
@pytest.mark.parametrize(
    ("value", "leg"),
    [("requestingAgencyRequestId: already exists", "sent"), ("requestingAgencyRequestId: unknown", "failed")],
)
def test_known_already_is_a_yes_after_a_try_that_nobody_answered(two: Two, value: str, leg: str) -> None:
    two.out.deaf = 1
    wanted = asked(two)
    refusing(two, value)
    two.tick(minutes=1)
    assert two.here.seen(wanted).attempts[0].leg == leg


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
def test_known_already_at_the_first_try_is_a_no(two: Two) -> None:
    refusing(two, "requestingAgencyRequestId: already exists")
    assert two.here.seen(asked(two)).attempts[0].leg == "failed"


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
def test_a_resting_peer_is_no_failed_try(two: Two) -> None:
    two.out.cut = 3
    first = asked(two)
    for _ in range(3):
        two.tick(minutes=11)
    second = asked(two, again=True)  # the peer rests by now
    with two.here.db.read() as c:
        tried = log.of_attempts(c, [one.id for one in two.here.seen(second).attempts])
    assert all(one.outcome != "failed" for one in tried)
    for _ in range(20):
        two.tick(minutes=61)
    assert two.here.seen(first).attempts[0].leg != "failed"
    assert two.here.seen(second).attempts[0].leg != "failed"


# --- what strangers and faults are answered --------------------------------------------------------


def header(number: str = "77", requester: str = "ALF", supplier: str = "BTA") -> v.Header:
    npp = v.Code(value="NPP")
    return v.Header(
        supplier=v.Agency(type=npp, value=supplier),
        requester=v.Agency(type=npp, value=requester),
        request_id=number,
        authentication=v.Authentication(account="alfa", secret="a"),
    )


def heard(two: Two, document: v.Document, **brought: Any) -> tuple[int, v.Confirmation]:
    answer = two.there.broker.hear(write(document, "1.2"), Brought(address="127.0.0.1", **brought))
    said = read(answer.body).document
    assert isinstance(said, v.Confirmation)
    return answer.status, said


def request(number: str = "77", title: str = "Sungai", **more: Any) -> v.Request:
    return v.Request(
        header=header(number, **more),
        wanted=v.Bibliographic(title=title),
        service=v.Service(request_type="New", service_type="Loan"),
    )


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
def test_strangers_are_turned_away(two: Two) -> None:
    wrong = replace(header(), authentication=v.Authentication(account="alfa", secret="x"))
    for one in (
        request(requester="XYZ"),
        replace(request(), header=wrong),
        replace(request(), header=replace(header(), authentication=None)),
    ):
        status, said = heard(two, one)
        assert (status, said.status) == (401, "ERROR")
    assert heard(two, request())[0] == 200
    unsigned = replace(request("78"), header=replace(header("78"), authentication=None))
    assert heard(two, unsigned, basic=("alfa", "a"))[1].status == "OK"


FAULTS = [
    (request(supplier="XYZ"), "UnrecognisedDataValue", "supplyingAgencyId"),
    (request(title=""), "UnrecognisedDataElement", "bibliographicInfo"),
    (
        v.Requesting(header=header("none"), action="Cancel"),
        "UnrecognisedDataValue",
        "requestingAgencyRequestId",
    ),
    (v.Requesting(header=header(), action="Jump"), "UnsupportedActionType", "action"),
]


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
@pytest.mark.parametrize(("document", "type", "value"), FAULTS, ids=[one[2] for one in FAULTS])
def test_faults_of_a_readable_message_are_errors_with_200(
    two: Two, document: v.Document, type: str, value: str
) -> None:
    status, said = heard(two, document)
    assert (status, said.status) == (200, "ERROR")
    assert said.faults[0].type == type
    assert said.faults[0].value.startswith(value)
    again = heard(two, document)
    assert again == (status, said)


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
def test_a_number_is_used_once(two: Two) -> None:
    assert heard(two, request(title="Sungai"))[1].status == "OK"
    assert heard(two, request(title="Sungai"))[1].status == "OK"  # the same again
    status, said = heard(two, request(title="Gunung"))
    assert (status, said.status, said.faults[0].type) == (200, "ERROR", "UnrecognisedDataValue")


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
def test_a_status_request_is_answered_with_how_things_stand(two: Two) -> None:
    wanted = asked(two)
    two.answer("will_supply")
    two.press(wanted, "ask_status")
    last = read(two.back.carried[-1]).document
    assert isinstance(last, v.Supplying)
    assert (last.info.reason, last.status.status) == ("StatusRequestResponse", "WillSupply")


@pytest.mark.parametrize("profile", ["generic-1.2"], indirect=True)
@pytest.mark.parametrize("body", [b"", b"hello", b"<a/>", b"<ISO18626Message/>"])
def test_what_is_no_message_at_all_is_400(two: Two, body: bytes) -> None:
    answer = two.there.broker.hear(body, Brought(address="127.0.0.1"))
    assert answer.status == 400
    said = read(answer.body).document
    assert isinstance(said, v.Confirmation)
    assert said.faults[0].type == "BadlyFormedMessage"
