"""Who takes the rows of the loan's tables."""

from __future__ import annotations

from foundation.workflow import PEER, SYSTEM

STAFF = ("librarian", "head")
AUTO = (SYSTEM,)
THEM = (PEER,)
