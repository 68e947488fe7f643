"""Identifiers: UUIDv7 for machines, numbers with a check character for people."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime

from sqlalchemy import Connection, select

from foundation.once import insert_once
from foundation.tables import sequence

#: Characters of the check character: no I, O, Q, S, Z, which are misread.
_ALPHABET = "0123456789ABCDEFGHJKLMNPRTUVWXY"


_lock = threading.Lock()
_last = (0, 0)  # the millisecond and the 74 random bits of the newest identifier of this process


def uuid7(milliseconds: int | None = None) -> str:
    """A fresh UUIDv7 (RFC 9562 5.7) as 36 characters; sorts by time of creation.

    Those of one process sort in the order in which they were made, even within a millisecond or when the clock
    is set back (RFC 9562 6.2, method 2): rows written in one transaction carry one time, and read back in order.
    """
    if milliseconds is not None:
        return _written(milliseconds, secrets.randbits(74))
    global _last
    with _lock:
        at, bits = time.time_ns() // 1_000_000, secrets.randbits(73)
        if at <= _last[0]:
            at, bits = _last[0], _last[1] + 1 + secrets.randbits(32)
            if bits >> 74:
                at, bits = at + 1, secrets.randbits(73)
        _last = (at, bits)
    return _written(at, bits)


def _written(at: int, bits: int) -> str:
    value = (at & (2**48 - 1)) << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & (2**62 - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def check_character(text: str) -> str:
    """The check character of a code: a weighted sum modulo 31 (a prime), which finds every single
    mistyped character and every swap of neighbours."""
    total = 0
    for place, character in enumerate(c for c in text.upper() if c.isalnum()):
        total += (place + 2) * int(character, 36)
    return _ALPHABET[total % 31]


def next_code(c: Connection, prefix: str, at: datetime) -> str:
    """The next number for people, such as 'SL-2026-000123-K'; gaps never, one sequence per prefix and year."""
    last = 1
    # The first of a year may be two at the same time: the second one waits, and finds the row.
    if not insert_once(c, sequence, {"prefix": prefix, "year": at.year, "last": last}):
        row = c.execute(
            select(sequence.c.last)
            .where(sequence.c.prefix == prefix, sequence.c.year == at.year)
            .with_for_update()
        ).one()
        last = int(row.last) + 1
        c.execute(
            sequence.update().where(sequence.c.prefix == prefix, sequence.c.year == at.year).values(last=last)
        )
    code = f"{prefix}-{at.year}-{last:06d}"
    return f"{code}-{check_character(code)}"


def is_code(text: str) -> bool:
    """Whether a typed or scanned code carries the right check character."""
    head, dash, last = text.strip().upper().rpartition("-")
    return bool(dash) and bool(head) and head.isascii() and check_character(head) == last
