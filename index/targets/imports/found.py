"""What reading somebody else's list of targets brings, before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something of a row that was not taken over as it stood: a code with a text, and the part it is about."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One target of the list, as index.targets.flat reads it. The password is apart: it is never shown.

    `place` is where it stands in the file ('row 3', a pazpar2 target). `faults` are (field, reason) pairs: with any of
    them it cannot be taken in as it stands.
    """

    place: str
    flat: Mapping[str, Any]
    password: str = ""
    remarks: tuple[Remark, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


class Unreadable(Exception):
    """The file is no such list; `reason` is a code, `detail` says where."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


#: Longest file that is read, bytes; most targets of one file.
LONGEST = 100_000
MOST = 200
