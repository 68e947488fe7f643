"""Librarians at three desks, the messages between them, and hands that press the buttons that pages show."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from broker import tables as t
from foundation import libraries, people
from index.record import Availability
from tests.web import samples
from tests.web.conftest import HASHED, Client, World

#: Words that belong to the patron alone.
CANARIES = ("Rani Canari", "MLT-001", "rani@mlt.example", "rahasia-kenari")


class Forms(HTMLParser):
    """The forms of a page: where they go and what they would send, with each button's own value."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms, inputs and buttons."""
        told = dict(attrs)
        if tag == "form":
            self.forms.append({"action": told.get("action") or "", "values": {}, "buttons": []})
        elif self.forms and tag == "input" and told.get("name"):
            if told.get("type") in ("checkbox", "radio") and "checked" not in told:
                return
            self.forms[-1]["values"][told["name"]] = told.get("value") or ""
        elif self.forms and tag == "button" and told.get("name"):
            self.forms[-1]["buttons"].append((told["name"], told.get("value") or ""))


def buttons(page: str) -> set[str]:
    """The actions that a page offers."""
    return {value for form in Forms(page).forms for name, value in form["buttons"] if name == "action"}


def press(client: Client, address: str, action: str, **fields: str) -> TestResponse:
    """Press a button of a page as a person would: with everything that its form holds."""
    page = client.page(address)
    for form in Forms(page).forms:
        if ("action", action) in form["buttons"]:
            values = {**form["values"], "action": action, **fields}
            return client.post(form["action"] or address, data=values)
    raise AssertionError(f"{address} has no button {action}: {sorted(buttons(page))}")


def third_library(world: World) -> None:
    """TRT, with tuti at its desk; it has BATIK too, but nobody knows whether it is in."""
    with world.parts.db.begin() as c:
        one = libraries.add(
            c, world.parts.clock(), code="TRT", symbol="ISIL:ID-TRT", name="Balai Riset Teratai"
        )
        world.library["TRT"] = one.id
        world.branch["TRT"] = libraries.add_branch(c, one.id, code="PST", name="Gedung Pusat").id
        user = people.add_user(c, world.parts.clock(), login="tuti", name="Tuti")
        people.set_password_hash(c, user.id, HASHED)
        people.grant(c, user.id, "librarian", one.id)
        world.user["tuti"] = user.id


def catalogue(world: World) -> str:
    """BATIK at KNG (in) and at TRT (unknown), not at MLT; the id of its cluster."""
    third_library(world)
    samples.take(world, "KNG", batik=samples.BATIK)
    copy = replace(samples.BATIK.holdings[0], availability=Availability.UNKNOWN, call_number="746 TIR")
    samples.take(world, "TRT", batik=replace(samples.BATIK, holdings=(copy,)))
    return samples.cluster(world, "KNG", "batik")


def carry(world: World) -> None:
    """Carry messages until none waits."""
    for _ in range(20):
        if not world.parts.broker.deliver_messages("test"):
            return
    raise AssertionError("messages without end")


def ask(world: World, desk: Client, cluster: str) -> str:
    """A new request of MLT's desk for rani; the address of its page."""
    page = desk.page(f"/desk/MLT/new?cluster={cluster}&patron=MLT-001")
    (form,) = (one for one in Forms(page).forms if ("do", "create") in one["buttons"])
    values = {
        **form["values"],
        "do": "create",
        "for": "patron",
        "service_type": "loan",
        "pickup": world.branch["MLT"],
        "purpose": "research",
        "note": "rahasia-kenari",
    }
    answer = desk.post("/desk/MLT/new", data=values)
    assert answer.status_code == 302, re.sub(r"\s+", " ", answer.text)[:3000]
    assert answer.location.startswith("/desk/MLT/requests/")
    return answer.location


def supply_of(world: World, code: str) -> str:
    """The address of the one supply that this library is at work on."""
    with world.parts.db.read() as c:
        query = select(t.attempt.c.id).where(t.attempt.c.library_id == world.library[code])
        return (
            f"/desk/{code}/supplies/{c.execute(query.order_by(t.attempt.c.number.desc())).scalars().first()}"
        )


def state_of(world: World, address: str) -> tuple[str, str]:
    """The states of a request's row and of its running leg, or of the last one."""
    with world.parts.db.read() as c:
        request_id = address.rsplit("/", 1)[1]
        state = c.execute(select(t.request.c.state).where(t.request.c.id == request_id)).scalar_one()
        legs = c.execute(
            select(t.attempt.c.leg)
            .where(t.attempt.c.request_id == request_id)
            .order_by(t.attempt.c.active.desc(), t.attempt.c.number.desc())
        ).scalars()
        return state, legs.first() or ""
