"""The mock peer plays every scenario with our own pages over HTTP on loopback, in both roles."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from werkzeug.serving import make_server

from broker import tables as t
from broker.peers import store
from broker.peers.outside import Outside, by_http
from broker.peers.settings import PeerSettings
from broker.service import Broker
from broker.views import Actor, Draft
from foundation.clock import system_clock
from foundation.fetch import Fetcher, FetchPolicy
from foundation.ids import uuid7
from foundation.tables import library
from index.tables import cluster, holding, record
from tests.web.conftest import World
from web.cli import main
from web.mockpeer import play, scenarios
from web.mockpeer.server import Mock, Peer, Server

pytestmark = pytest.mark.slow

#: Seconds to wait for what must come.
PATIENCE = 60.0


@dataclass
class Stage:
    """The world served on loopback, and the mock peer that knows it."""

    world: World
    mock: Server
    title: str

    def lala(self) -> Actor:
        return Actor(user_id=self.world.user["lala"], role="librarian", library_id=self.world.library["MLT"])

    def asked(self, scenario: str, service: str = "loan") -> str:
        """A request of MLT for the title that only the mock peer has."""
        broker = self.world.parts.broker
        draft = Draft(
            citation={"title": "Angin Timur", "author": "Hadi"},
            cluster_id=self.title,
            service_type=service,
            supplier_note=f"scenario:{scenario}",
        )
        view = broker.create(self.lala(), draft)
        broker.place(self.lala(), view.id, view.version)
        return view.id

    def press(self, request_id: str, action: str, **fields: object) -> None:
        broker = self.world.parts.broker
        view = broker.request(self.lala(), request_id)
        broker.act(self.lala(), request_id, action, view.version, **fields)

    def leg(self, request_id: str) -> str:
        attempts = self.world.parts.broker.request(self.lala(), request_id).attempts
        return attempts[-1].leg if attempts else ""

    def until(self, holds: Callable[[], bool]) -> None:
        """Carry messages until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, [(e.direction, e.what, e.outcome) for e in self.mock.peer.entries]
            if not self.world.parts.broker.deliver_messages("test"):
                time.sleep(0.02)


@pytest.fixture
def stage(world: World) -> Iterator[Stage]:
    served = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    fetcher = Fetcher(FetchPolicy(allow=("127.0.0.0/8",), user_agent="test"))
    told = Mock(
        symbol="ISIL:XX-MOCK",
        other="ISIL:ID-MLT",
        url=f"http://127.0.0.1:{served.server_port}/iso18626",
        account="mock",
        secret="rahasia",
    )
    mock = Server(Peer(mock=told, post=by_http(fetcher), clock=system_clock))
    listening = threading.Thread(target=mock.serve_forever, daemon=True)
    listening.start()
    parts = world.parts
    parts.broker = Broker(
        parts.db,
        system_clock,
        parts.settings.agreement,
        outside=Outside(seal=parts.seal, post=by_http(fetcher)),
    )
    peer = PeerSettings(
        code="mock",
        symbols=("ISIL:XX-MOCK",),
        url=f"{mock.address}/iso18626",
        account="mock",
        secret="rahasia",
    )
    with parts.db.begin() as c:
        store.keep(c, parts.seal, peer, system_clock())
        theirs = c.execute(select(library.c.id).where(library.c.symbol == "ISIL:XX-MOCK")).scalar_one()
        title = uuid7()
        now = system_clock()
        c.execute(cluster.insert().values(id=title, created_at=now, position=1, title="Angin Timur"))
        made = c.execute(
            record.insert().values(
                source_id=uuid7(),
                library_id=theirs,
                identifier="1",
                schema="oai_dc",
                hash=b"",
                body=b"",
                first_seen=now,
                last_seen=now,
                changed_at=now,
                cluster_id=title,
            )
        ).inserted_primary_key
        assert made is not None
        c.execute(holding.insert().values(record_id=made[0], library_id=theirs, availability="available"))
    yield Stage(world=world, mock=mock, title=title)
    for server, waits in ((mock, listening), (served, thread)):
        server.shutdown()
        server.server_close()
        waits.join(30)
    fetcher.close()


#: As the supplier: what our leg comes to.
ENDS = {
    "loan": "shipped",
    "loan_at_once": "shipped",
    "conditions": "condition",
    "retry": "retry_offered",
    "unfilled": "unfilled",
    "expect": "shipped",
    "overdue": "shipped",
    "recall": "shipped",
    "renew_refused": "shipped",
    "cancel_accepted": "promised",
    "cancel_refused": "promised",
    "lost": "shipped",
    "error": "failed",
    "slow": "shipped",
}


@pytest.mark.parametrize("scenario", ENDS)
def test_each_scenario_leads_where_it_says(stage: Stage, scenario: str) -> None:
    wanted = stage.asked(scenario)
    stage.until(lambda: stage.leg(wanted) == ENDS[scenario])


def test_a_whole_loan_with_renewal(stage: Stage) -> None:
    wanted = stage.asked("loan")
    stage.until(lambda: stage.leg(wanted) == "shipped")
    stage.press(wanted, "receive")
    stage.press(wanted, "check_out")
    stage.press(wanted, "renew")
    broker = stage.world.parts.broker
    stage.until(lambda: broker.request(stage.lala(), wanted).attempts[-1].flags.get("renewal") == "granted")
    stage.press(wanted, "check_in")
    stage.press(wanted, "send_back")
    stage.until(lambda: stage.leg(wanted) == "completed")


def test_conditions_accepted_and_a_cancel_each_way(stage: Stage) -> None:
    wanted = stage.asked("conditions")
    stage.until(lambda: stage.leg(wanted) == "condition")
    stage.press(wanted, "accept_condition")
    stage.until(lambda: stage.leg(wanted) == "shipped")
    for scenario, end in (("cancel_accepted", "cancelled"), ("cancel_refused", "shipped")):
        another = stage.asked(scenario)
        stage.until(lambda another=another: stage.leg(another) == "promised")  # type: ignore[misc]  # a default
        stage.press(another, "cancel")
        stage.until(lambda another=another, end=end: stage.leg(another) == end)  # type: ignore[misc]  # a default


def test_a_copy_with_a_link(stage: Stage) -> None:
    wanted = stage.asked("copy", "copy")
    stage.until(lambda: stage.leg(wanted) == "delivered")


@pytest.mark.parametrize("fault", ["http_404", "http_500", "garbage", "silent"])
def test_a_faulty_peer_loses_nothing(stage: Stage, fault: str) -> None:
    wanted = stage.asked(fault)
    with stage.world.parts.db.read() as c:
        before = c.execute(select(t.ill_message.c.id)).all()
    stage.until(lambda: stage.leg(wanted) == "sent")
    end = time.monotonic() + PATIENCE
    outcome = ""
    while outcome != "failed" and time.monotonic() < end:
        stage.world.parts.broker.deliver_messages("test")
        with stage.world.parts.db.read() as c:
            outcome = c.execute(select(t.ill_message.c.outcome)).scalar() or ""
    assert (before, outcome) == ([], "failed")
    assert stage.leg(wanted) == "sent"


@pytest.mark.parametrize("scenario", sorted(scenarios.REQUESTING))
def test_it_asks_us_and_answers_what_we_say(stage: Stage, scenario: str) -> None:
    broker = stage.world.parts.broker
    number = stage.mock.peer.ask(scenario, {"title": "Angin Barat"})

    def attempt() -> str:
        with stage.world.parts.db.read() as c:
            a, r = t.attempt.c, t.request.c
            query = select(a.id).join(t.request, r.id == a.request_id).where(r.peer_request_id == number)
            return str(c.execute(query).scalar() or "")

    def state() -> str:
        return broker.supply(stage.lala(), attempt()).state

    def answer(action: str, **fields: object) -> None:
        view = broker.supply(stage.lala(), attempt())
        broker.answer(stage.lala(), view.id, action, view.version, **fields)

    stage.until(lambda: attempt() != "")
    if scenario == "cancel":
        stage.until(lambda: state() == "cancelled")
        return
    if scenario == "copy":
        answer("deliver_copy")
        stage.until(lambda: state() == "copy_done")
        return
    if scenario == "conditions":
        answer("set_condition", condition="library_use_only")
        stage.until(lambda: state() == "will")
    answer("ship", barcode="77")
    if scenario == "renew":
        stage.until(lambda: bool(broker.supply(stage.lala(), attempt()).flags.get("renewal")))
        answer("grant_renewal")
    end = {"keep": "on_loan", "lost": "lost"}.get(scenario, "returning")
    if scenario == "lost":  # 2017 has no such action: it comes as a note
        stage.until(lambda: any(one.what == "Lost" for one in stage.mock.peer.entries))
        return
    stage.until(lambda: state() == end)
    if end == "returning":
        answer("check_in")
        stage.until(lambda: state() == "completed")


def test_its_log_can_be_looked_at(stage: Stage) -> None:
    wanted = stage.asked("unfilled")
    stage.until(lambda: stage.leg(wanted) == "unfilled")
    with urllib.request.urlopen(f"{stage.mock.address}/log.json", timeout=30) as answer:
        lines = json.load(answer)
    assert [(one["direction"], one["what"], one["outcome"]) for one in lines] == [
        ("in", "New", "ok"),
        ("out", "RequestResponse Unfilled", "ok"),
    ]
    with urllib.request.urlopen(f"{stage.mock.address}/", timeout=30) as answer:
        page = answer.read().decode()
    assert "RequestResponse Unfilled" in page
    assert "rahasia" not in page


def test_every_scenario_is_played_by_a_test() -> None:
    known = set(scenarios.SUPPLYING) | set(scenarios.FAULTS)
    assert known == set(ENDS) | {"copy", "http_404", "http_500", "garbage", "silent"}
    assert play.begun.__doc__


def test_the_command_says_what_it_can_play() -> None:
    said = CliRunner().invoke(main, ["mock-peer", "--help"])
    assert said.exit_code == 0
    assert all(name in said.output for name in ("conditions", "http_500", "renew"))
