"""Targets that speak Z39.50 as links of a live search."""

from __future__ import annotations

from index.live.link import LinkFailed
from index.live.z3950.link import Means, Z3950Link, open_link
from index.query import Query
from index.rpn.from_query import CannotSay, rpn
from index.rpn.pqf import write
from index.targets import dialects
from index.targets.profile import Profile

__all__ = ["Means", "Z3950Link", "open_link", "pqf"]


def pqf(query: Query, profile: Profile) -> str:
    """The query as a target wants it, in prefix notation. Raises LinkFailed."""
    try:
        return write(rpn(query, dialects.of(profile), leave_out=True).rpn)
    except CannotSay as why:
        raise LinkFailed("unsupported", str(why)) from why
