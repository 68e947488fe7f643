"""How systems speak ISO 18626, as data: the version they read, and where they leave the standard's path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A dialect.

    `version` is what we write to it. `conditions`: how a conditional answer is told: 'loan_condition' (WillSupply with a
    loanCondition or offered costs), 'retry' (RetryPossible), or 'note' (WillSupply with a marker in the note).
    `condition_marker` and `accept_marker` are such markers; without one, an acceptance is a note in words.
    `in_note`: facts that it reads in notes only. `knows`: actions and statuses that not every system of its version
    knows. `address`: that a pickup address is wanted. `scheme`: whether codes carry the address of their list.
    """

    version: str = "1.2"
    conditions: str = "loan_condition"
    condition_marker: str = ""
    accept_marker: str = ""
    in_note: frozenset[str] = frozenset()
    knows: frozenset[str] = frozenset({"ExpectToSupply", "Renew", "Recalled", "Overdue", "StatusRequest"})
    address: bool = True
    scheme: bool = False
    timeout: float = 20.0


_OLD = Profile()
_NEW = replace(_OLD, version="2021-2", knows=_OLD.knows | {"HoldReturn", "ReleaseHoldReturn", "Lost"})

_RESHARE = replace(
    _OLD,
    conditions="note",
    condition_marker="#ReShareAddLoanCondition#",
    accept_marker="#ReShareLoanConditionAgreeResponse#",
    in_note=frozenset({"cost", "url"}),
)

PROFILES: Mapping[str, Profile] = {
    "generic-1.2": _OLD,
    "generic-2021-2": _NEW,
    "generic-2021-3": replace(_NEW, version="2021-3"),
    "reshare": _RESHARE,
    "crosslink-broker": _RESHARE,
    "alma": replace(_OLD, in_note=frozenset({"cost"}), knows=_OLD.knows - {"ExpectToSupply"}),
    "illiad": replace(_OLD, conditions="retry", knows=frozenset({"Renew", "StatusRequest"})),
    "koha": _NEW,
}


def profile(name: str, changes: Mapping[str, Any]) -> Profile:
    """The dialect of this name with some of its fields changed. Raises KeyError for an unknown name or field."""
    unknown = set(changes) - set(Profile.__dataclass_fields__)
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    told: dict[str, Any] = {
        key: frozenset(value) if key in ("in_note", "knows") else value for key, value in changes.items()
    }
    return replace(PROFILES[name], **told)
