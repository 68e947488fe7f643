"""What each button makes of an agreement beside its state. Pure; all raise Missing and NotNow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from broker.errors import Missing, NotNow
from broker.partnership.values import Agreement, Party
from broker.views import Actor
from foundation.ids import uuid7

Change = Callable[[Agreement, Actor, Mapping[str, Any], datetime], Agreement]


def as_it_is(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    """The same: the button moves the state alone."""
    return one


def _confirm(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    party = one.party(actor.library_id)
    if party is None or party.role == "observer" or party.confirmed >= one.newest.number:
        raise NotNow("there is nothing for this library to confirm")
    if one.basis == "written" and party.signed_on is None and not told.get("signatory"):
        raise Missing(["signatory"])
    done = replace(
        party,
        confirmed=one.newest.number,
        confirmed_by=actor.user_id,
        confirmed_at=now,
        channel="account",
        **_signature(party, told, now),
    )
    return _with(one, done)


def _sign(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    """A signature on paper is told for a party: one's own, or, by the coordinator or admin, a body that has no account."""
    party = next((each for each in one.parties if each.id == told.get("party_id")), None)
    if party is None:
        raise Missing(["party_id"])
    own = party.library_id is not None and party.library_id == actor.library_id
    if not own and actor.role != "admin" and party.library_id is not None:
        raise NotNow("another library signs for itself")
    if one.basis == "oral" and party.library_id is not None:
        raise NotNow("an oral agreement is confirmed by each party itself")
    if not told.get("signatory"):
        raise Missing(["signatory"])
    done = replace(
        party,
        confirmed=one.newest.number,
        confirmed_by=actor.user_id,
        confirmed_at=now,
        channel="paper",
        **_signature(party, told, now),
    )
    return _with(one, done)


def _signature(party: Party, told: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "letter": str(told.get("letter") or party.letter)[:120],
        "signatory": str(told.get("signatory") or party.signatory)[:200],
        "position": str(told.get("position") or party.position)[:200],
        "signed_on": told.get("signed_on") or party.signed_on or now.date(),
    }


def _with(one: Agreement, party: Party) -> Agreement:
    return replace(one, parties=tuple(party if each.id == party.id else each for each in one.parties))


def _forget(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    return replace(one, parties=tuple(replace(each, confirmed=0, confirmed_at=None) for each in one.parties))


def _renew(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    """Longer, in one step: the same terms up to another day."""
    until = told["valid_to"]
    revision = one.on(now.date())
    if revision.valid_to is not None and until <= revision.valid_to:
        raise Missing(["valid_to"])
    longer = replace(revision, valid_to=until)
    kept = tuple(longer if each.number == revision.number else each for each in one.revisions)
    return replace(one, revisions=kept, ends_on=None)


def _give_notice(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    last = now.date() + timedelta(days=one.notice_days)
    return replace(one, ends_on=min(last, one.ends_on) if one.ends_on else last)


def _leave(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    party = one.party(actor.library_id)
    if party is None or one.is_bilateral:
        raise NotNow("an agreement between two is terminated, not left")
    return _with(one, replace(party, left_on=now.date() + timedelta(days=one.notice_days + 1)))


def _join(one: Agreement, actor: Actor, told: Mapping[str, Any], now: datetime) -> Agreement:
    library_id = told.get("library_id")
    if not library_id or one.party(str(library_id)) is not None:
        raise Missing(["library_id"])
    fresh = Party(id=uuid7(), library_id=str(library_id), joined_on=now.date())  # it confirms for itself
    return replace(one, parties=(*one.parties, fresh))


CHANGES: Mapping[str, Change] = {
    "confirm": _confirm,
    "sign": _sign,
    "back_to_draft": _forget,
    "renew": _renew,
    "terminate": _give_notice,
    "leave": _leave,
    "join": _join,
}
