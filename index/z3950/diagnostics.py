"""Diagnostics of Z39.50: what went wrong, in words, and what a client can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from index.z3950.oids import BIB1_DIAGNOSTICS


class Action(StrEnum):
    """What may help."""

    NONE = "none"
    RETRY = "retry"
    DROP_ATTRIBUTE = "drop_attribute"
    OTHER_SYNTAX = "other_syntax"
    SMALLER = "smaller"
    SIGN_IN = "sign_in"
    BACK_OFF = "back_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One diagnostic: the set that its number belongs to (dotted), the number, and what the server adds."""

    set: str = BIB1_DIAGNOSTICS
    condition: int = 0
    addinfo: str = ""
