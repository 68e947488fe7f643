"""The table of an agreement: from a draft over what every party confirms to its end."""

from __future__ import annotations

from typing import Any

from broker.roles import AUTO
from foundation.workflow import SYSTEM, Event, Machine, Row

#: Who speaks for a party, and who looks after the network.
HEAD = ("head",)
EITHER = ("head", "admin")

#: In these states the parties may rely on it.
IN_FORCE = ("valid", "ending")


def _all_confirmed(agreement: Any, _: Event) -> bool:
    return bool(agreement.confirmed(agreement.newest.number))


def _is_whole(agreement: Any, _: Event) -> bool:
    """At least two parties, one form, and for an oral agreement the note of how it was made."""
    oral = agreement.basis != "oral" or agreement.oral is not None
    return len(agreement.parties) >= 2 and bool(agreement.newest.forms) and oral


AGREEMENT: Machine[Any] = Machine(
    name="agreement",
    states=(
        "draft",
        "proposed",
        "agreed",
        "valid",
        "ending",
        "ended",
        "suspended",
        "terminated",
        "refused",
    ),
    terminal=frozenset({"ended", "terminated", "refused"}),
    rows=(
        Row(states=("draft",), action="edit", roles=EITHER),
        Row(
            states=("draft",),
            action="propose",
            roles=EITHER,
            next="proposed",
            guard="is_whole",
            effects=("ask_parties",),
            main=True,
        ),
        Row(states=("draft", "proposed"), action="withdraw", roles=EITHER, next="refused", grave=True),
        Row(states=("proposed",), action="back_to_draft", roles=EITHER, next="draft", effects=("forget",)),
        Row(states=("proposed",), action="confirm", roles=HEAD, effects=("confirm",), main=True),
        Row(states=("proposed",), action="sign", roles=EITHER, effects=("sign",)),
        Row(
            states=("proposed",),
            action="refuse",
            roles=HEAD,
            next="refused",
            needs=("reason",),
            grave=True,
        ),
        Row(states=("proposed",), action="settle", roles=AUTO, next="agreed", guard="all_confirmed"),
        Row(states=("agreed",), action="begin", roles=AUTO, next="valid"),
        Row(states=("valid",), action="near_its_end", roles=AUTO, next="ending"),
        Row(states=("valid", "ending"), action="revise", roles=EITHER, effects=("revise",)),
        Row(states=("valid", "ending"), action="confirm", roles=HEAD, effects=("confirm",)),
        Row(states=("valid", "ending"), action="sign", roles=EITHER, effects=("sign",)),
        Row(
            states=("valid", "ending", "ended"),
            action="renew",
            roles=EITHER,
            next="valid",
            needs=("valid_to",),
            effects=("renew",),
            late=True,
            main=True,
        ),
        Row(
            states=("valid", "ending"),
            action="suspend",
            roles=EITHER,
            next="suspended",
            needs=("reason",),
            grave=True,
        ),
        Row(states=("suspended",), action="resume", roles=EITHER, next="valid", main=True),
        Row(
            states=("agreed", "valid", "ending", "suspended"),
            action="terminate",
            roles=HEAD,
            needs=("reason",),
            effects=("give_notice",),
            grave=True,
        ),
        Row(
            states=("valid", "ending", "suspended", "agreed"),
            action="end",
            roles=AUTO,
            next="ended",
        ),
        Row(
            states=("agreed", "valid", "ending", "suspended"),
            action="stop",
            roles=(SYSTEM,),
            next="terminated",
        ),
        Row(states=("valid", "ending"), action="leave", roles=HEAD, effects=("leave",), grave=True),
        Row(states=("valid", "ending"), action="join", roles=EITHER, effects=("join",)),
    ),
    guards={"all_confirmed": _all_confirmed, "is_whole": _is_whole},
    effects=frozenset(
        ["ask_parties", "forget", "confirm", "sign", "revise", "renew", "give_notice", "leave", "join"]
    ),
)
