"""Passwords: argon2id, never two hashes more at once than the machine bears, common ones refused."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: OWASP's profile for argon2id: 46 MiB, one pass.
_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(2)  # hashing is memory; a flood of logins must not take it all

SHORTEST, LONGEST = 10, 1024

#: Compared with when the account does not exist, so that both answers take the same time.
_NOBODY = _HASHER.hash("nobody has this password")

_COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "password12",
        "password123",
        "qwertyuiop",
        "iloveyou12",
        "perpustakaan",
        "pustakawan",
        "indonesia1",
        "indonesia123",
        "rahasia123",
        "adminadmin",
        "administrator",
        "bismillah1",
        "bismillah123",
        "sayangku12",
    ]
)


def hash_of(password: str) -> str:
    """What is stored."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password; takes as long for an account that does not exist."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _NOBODY, password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def fault(password: str, *own: str) -> str | None:
    """Why a new password is refused, as a key of the texts; None when it is good. `own` are words of the account."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        return "password.short"
    if len(password) > LONGEST:
        return "password.long"
    if folded in _COMMON or len(set(folded)) < 4 or any(len(w) > 3 and w.casefold() == folded for w in own):
        return "password.common"
    return None
