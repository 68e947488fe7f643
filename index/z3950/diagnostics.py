"""Diagnostics of Z39.50: what went wrong, in words, and what a client can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from index.z3950.oids import BIB1_DIAGNOSTICS


class Action(StrEnum):
    """What may help against a diagnostic."""

    NONE = "none"  # nothing that a client can do by itself
    RETRY = "retry"  # the same again, later or on a new connection
    DROP_ATTRIBUTE = "drop_attribute"  # ask again with fewer or other attributes
    OTHER_SYNTAX = "other_syntax"  # ask for the records in another syntax or element set
    SMALLER = "smaller"  # ask for fewer records, or shorter ones
    SIGN_IN = "sign_in"  # other credentials
    BACK_OFF = "back_off"  # leave this server alone for a while


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A condition in words, and the action that fits."""

    text: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One diagnostic: the set that its number belongs to (dotted), the number, and what the server adds."""

    set: str = BIB1_DIAGNOSTICS
    condition: int = 0
    addinfo: str = ""

    @property
    def text(self) -> str:
        """The condition in words, without what the server adds; its number where the table does not have it."""
        meaning = self._meaning
        if meaning is not None:
            return meaning.text
        return f"diagnostic {self.condition} of {self.set}" if self.set else "the record could not be read"

    @property
    def action(self) -> Action:
        """What may help; NONE for what the table does not have."""
        meaning = self._meaning
        return Action.NONE if meaning is None else meaning.action

    @property
    def _meaning(self) -> Meaning | None:
        # Some servers leave the set out or name another: numbers of Bib-1 are used by all of them.
        return None if self.condition <= 0 else bib1().get(self.condition)

    def __str__(self) -> str:
        number = f"{self.condition}: " if self.condition > 0 else ""
        return f"{number}{self.text}" + (f" ({self.addinfo})" if self.addinfo else "")


@lru_cache(maxsize=1)
def bib1() -> dict[int, Meaning]:
    """The diagnostics of the set Bib-1 by their numbers, from `bib1.txt` beside this module."""
    table: dict[int, Meaning] = {}
    for line in files("index.z3950").joinpath("bib1.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            number, action, text = line.split(None, 2)
            table[int(number)] = Meaning(text=text, action=Action(action))
    return table
