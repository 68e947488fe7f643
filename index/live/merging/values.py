"""What goes into a merge and what comes out of it: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from index.live.lean.record import Lean
from index.live.snapshot import Facet, Holder, LiveCluster
from index.normal import Norm

#: Facets of merged results, in this order in `Merged.facets`. `target` is where it was found, `library` who has it.
FACETS = ("format", "language", "year", "subject", "author", "target", "library")


class Arrival(NamedTuple):
    """One record of one target: `position` counts from 1 in its result, `library` is whose catalogue it is."""

    target: str
    position: int
    lean: Lean
    library: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionHit:
    """A cluster of our own index among its hits: `position` from 1, `brief` as the index holds it, with its holders.

    `norms` are the normal forms of its records, as the store keeps them; without any, one is made of the brief.
    """

    id: str
    position: int
    brief: Mapping[str, Any]
    norms: tuple[Norm, ...] = ()


class Merged(NamedTuple):
    """One edition among the results, as lists are made of it.

    `id` is that of the record that came first of those in it: it stays while they come and go. `name` is the first
    by name of target and position: it breaks ties in an order that does not depend on who came first. `title` and `author`
    are what sorting goes by, `facets` the values of FACETS. `shown` is the record that tells most, `union` the hit of
    our own index.
    """

    id: str
    score: float
    title: str
    author: str
    year: int | None
    name: str
    facets: tuple[tuple[str, ...], ...]
    holders: tuple[Holder, ...]
    shown: Lean
    union: UnionHit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is new since it was last asked: clusters that are new or changed, and ids that are gone with those that hold
    their first record now."""

    changed: tuple[Merged, ...] = ()
    gone: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something stands where it stands: `code` names a text of the catalogue, `weight` is its part of the score,
    `detail` the words or targets concerned."""

    code: str
    weight: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A view of merged clusters. `shown` are the ids that keep their places from now on: hand them in the next time."""

    clusters: tuple[LiveCluster, ...]
    total: int
    new: int
    facets: tuple[Facet, ...]
    shown: tuple[str, ...]
