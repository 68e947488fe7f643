"""Who may do what with whom: the matrix of libraries, one pair form by form, and the partners for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, g, render_template, request, url_for
from sqlalchemy import Connection

from broker.agreements import Decision
from broker.partnership import store
from broker.partnership.deciding import last_day
from broker.partnership.states import IN_FORCE
from broker.partnership.terms import FORMS, TERMS
from broker.partnership.values import Agreement, FormTerms
from foundation.libraries import Library
from web.agreements.room import blueprint, libraries_by_id, today
from web.app import parts
from web.may import needs

#: What is asked of each form when nothing narrower is known.
ACTIONS = {
    "a": "order",
    "b": "exchange",
    "c": "take",
    "d": "process",
    "e": "visit",
    "f": "loan",
    "g": "share",
    "h": "ask",
}

#: So many libraries to a side of the matrix.
SIDE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What holds for one form in one direction; `agreement` is the one behind it, None for the network's own."""

    form: str
    decision: Decision
    agreement: Agreement | None = None
    terms: FormTerms | None = None
    until: date | None = None


def between(c: Connection, asks: Library, gives: Library, on: date) -> tuple[Said, ...]:
    """What `asks` may have of `gives`, form by form."""
    agreements = {one.code: one for one in store.counting(c)}
    return _between(parts().broker.house.decide(c), agreements, asks, gives, on)


def _between(
    decide: Any, agreements: Mapping[str, Agreement], asks: Library, gives: Library, on: date
) -> tuple[Said, ...]:
    found = []
    for form in FORMS:
        decision = decide(form, ACTIONS[form], asks.id, gives.id, on)
        one = agreements.get(decision.agreement or "")
        revision = one.on(on) if one else None
        found.append(
            Said(
                form=form,
                decision=decision,
                agreement=one,
                terms=revision.forms.get(form) if revision else None,
                until=last_day(one, revision) if one and revision else parts().settings.agreement.valid_to,
            )
        )
    return tuple(found)


def _members() -> list[Library]:
    return sorted(
        (one for one in libraries_by_id().values() if one.state in ("active", "suspended")),
        key=lambda one: one.code,
    )


@blueprint.get("/agreements")
@needs("agreements_look")
def matrix() -> str:
    """Libraries that ask down, libraries that give across; a pair opened shows the terms below."""
    members = _members()
    rows, down = _part(members, "down")
    columns, across = _part(members, "across")
    by_code = {one.code: one for one in members}
    pair = (by_code.get(request.args.get("from", "")), by_code.get(request.args.get("to", "")))
    with parts().db.read() as c:
        decide = parts().broker.house.decide(c)
        agreements = {one.code: one for one in store.counting(c)}
        cells = {
            (a.code, b.code): _between(decide, agreements, a, b, today())
            for a in rows
            for b in columns
            if a.id != b.id
        }
        opened = between(c, pair[0], pair[1], today()) if pair[0] and pair[1] and pair[0] != pair[1] else ()
    return render_template(
        "agreements/matrix.html",
        rows=rows,
        columns=columns,
        cells=cells,
        soonest=lambda said: min(
            (one.until for one in said if one.decision.allowed and one.until), default=None
        ),
        pair=pair,
        opened=opened,
        steps={"down": down, "across": across},
        total=len(members),
        FORMS=FORMS,
        TERMS=TERMS,
        address=_address,
    )


def _part(members: Sequence[Library], side: str) -> tuple[Sequence[Library], list[tuple[str, str, bool]]]:
    """The libraries of this part of a side, and the parts as (what it spans, its number, whether it is this one)."""
    number = max(0, min(len(members) // SIDE, request.args.get(side, 0, type=int)))
    chunks = [members[start : start + SIDE] for start in range(0, len(members), SIDE)] or [[]]
    number = min(number, len(chunks) - 1)
    steps = [(f"{one[0].code}–{one[-1].code}", str(n), n == number) for n, one in enumerate(chunks) if one]
    return chunks[number], steps


def _address(**changes: str) -> str:
    kept: dict[str, Any] = {name: request.args[name] for name in ("down", "across") if name in request.args}
    return url_for("agreements.matrix", **kept | changes)


@blueprint.get("/desk/<library>/partners/<code>")
@needs("desk_look")
def desk_partner(library: str, code: str) -> str:
    """What this library and another one may do with each other."""
    them = next((one for one in _members() if one.code == code), None)
    us = libraries_by_id()[g.library.id]
    if them is None or them.id == us.id:
        abort(404)
    with parts().db.read() as c:
        ours, theirs = between(c, us, them, today()), between(c, them, us, today())
        shared = [
            one
            for one in store.every(c, library_id=us.id)
            if one.party(them.id) is not None and one.state != "refused"
        ]
    return render_template(
        "agreements/partner.html",
        them=them,
        us=us,
        sides=((us, them, ours), (them, us, theirs)),
        shared=shared,
        TERMS=TERMS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A member with the forms it takes part in, and with how many others."""

    library: Library
    forms: tuple[str, ...]
    others: tuple[str, ...]


@blueprint.get("/partners")
@needs("look")
def partners() -> str:
    """Who cooperates with whom in what, for everybody: no terms, no prices."""
    with parts().db.read() as c:
        valid = store.every(c, *IN_FORCE)
    shown = _partners(valid, today())
    bodies = sorted({party.name for one in valid for party in one.parties if not party.library_id})
    return render_template("agreements/partners.html", shown=shown, bodies=bodies, FORMS=FORMS)


def _partners(valid: Sequence[Agreement], on: date) -> list[Partner]:
    house = parts().broker.house.agreement
    members = [one for one in _members() if one.state == "active" and one.managed]
    everywhere = set(house.forms) if len(members) > 1 else set()
    codes = {one.id: one.code for one in members}
    found = []
    for member in members:
        forms, others = set(everywhere), set(codes) - {member.id} if everywhere else set()
        for one in valid:
            party = one.party(member.id)
            if party is None or party.role == "observer":
                continue
            forms |= set(one.on(on).forms)
            others |= {each.library_id for each in one.parties if each.library_id} - {member.id}
        found.append(
            Partner(
                library=member,
                forms=tuple(sorted(forms)),
                others=tuple(sorted(codes[one] for one in others if one in codes)),
            )
        )
    return [one for one in found if one.forms]
