"""The rota: which libraries are asked, in which order, and why. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from broker.agreements import Decision
from broker.views import Shelf

#: How much hope a shelf gives; higher is better.
CONFIDENCE: Mapping[str, float] = {
    "available": 0.8,
    "unknown": 0.5,
    "on_loan": 0.1,
    "on_order": 0.1,
    "in_process": 0.1,
}

#: Availabilities with which no copy can come, by kind of service.
HOPELESS: Mapping[str, frozenset[str]] = {
    "loan": frozenset({"lost", "on_site", "online"}),
    "copy": frozenset({"lost"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lender:
    """A library as the rota sees it. `load` counts what it is busy with for others, less what it borrows."""

    library_id: str
    region: str = ""
    load: int = 0
    closed_branches: Collection[str] = ()  # branches that do not lend


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The days on which an item of a library is here: sent at once, and sent when the agreed time is used up."""

    soonest: date
    agreed: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A library of the rota: rank from 1, or 0 when left out; `why` says the reason of either in codes and figures."""

    library_id: str
    rank: int
    shelf: Shelf
    why: Mapping[str, Any]


def order(
    request_id: str,
    home: Lender,
    service_type: str,
    held: Sequence[Shelf],
    lender: Callable[[str], Lender],
    decide: Callable[[str, Shelf], Decision],
    *,
    tried: Collection[str] = (),
    need_by: date | None = None,
    arrives: Callable[[str], Arrival] | None = None,
) -> tuple[Ranked, ...]:
    """All holders: those to ask in order of rank, then those left out with their reasons.

    Own shelves come first in a wish, not in the rota: `broker.service` looks there before. Then: availability, fee,
    load, region, and a stable hash, so that equals take turns over many requests and a rebuilt rota is the same.
    `tried` are libraries that had their turn. With `need_by` and `arrives`, whoever cannot be in time even when it
    sends at once is left out, and whoever is late by using the agreed time up comes last.
    """
    asked, left = [], []
    for library_id, shelves in _by_library(held).items():
        found = lender(library_id)
        shelf, reasons = _best(service_type, shelves, found)
        said = decide(library_id, shelf)
        if library_id == home.library_id:
            reasons = ["own_library"]
        else:
            reasons = [*reasons, *said.reasons]
        if library_id in tried:
            reasons.append("tried_before")
        when = arrives(library_id) if need_by and arrives and not reasons else None
        if need_by and when and when.soonest > need_by:
            reasons.append("too_late")
        if reasons:
            left.append(
                Ranked(
                    library_id=library_id, rank=0, shelf=shelf, why={"reasons": list(dict.fromkeys(reasons))}
                )
            )
            continue
        why = {
            "confidence": _hope(shelf),
            "availability": shelf.availability,
            "fee": said.fee,
            "load": found.load,
            "same_region": bool(home.region) and home.region == found.region,
            "tie": hashlib.sha256(f"{request_id} {library_id}".encode()).hexdigest()[:8],
            "agreement": said.agreement,
            "revision": said.revision,
            "terms": dict(said.terms),
        }
        if need_by and when:
            why |= {"in_time": when.agreed <= need_by, "arrives": when.agreed.isoformat()}
        asked.append((_key(why), Ranked(library_id=library_id, rank=0, shelf=shelf, why=why)))
    asked.sort(key=lambda pair: pair[0])
    ranked = [
        Ranked(library_id=one.library_id, rank=rank, shelf=one.shelf, why=one.why)
        for rank, (_, one) in enumerate(asked, start=1)
    ]
    return (*ranked, *left)


def _hope(shelf: Shelf) -> float:
    """What its catalogue says at this moment is as sure as can be; what was harvested may have changed since."""
    if shelf.live and shelf.availability == "available":
        return 1.0
    return CONFIDENCE.get(shelf.availability, 0.5)


def _key(why: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        not why.get("in_time", True),
        -why["confidence"],
        why["fee"],
        why["load"],
        not why["same_region"],
        why["tie"],
    )


def _by_library(held: Sequence[Shelf]) -> Mapping[str, Sequence[Shelf]]:
    found: dict[str, list[Shelf]] = {}
    for shelf in held:
        found.setdefault(shelf.library_id, []).append(shelf)
    return found


def _best(service_type: str, shelves: Sequence[Shelf], lender: Lender) -> tuple[Shelf, list[str]]:
    """The most hopeful shelf of a library, and why even that cannot be asked for."""
    ranked = sorted(
        (
            (_faults(service_type, shelf, lender), -_hope(shelf), place, shelf)
            for place, shelf in enumerate(shelves)
        ),
        key=lambda one: (len(one[0]), one[1], one[2]),
    )
    faults, _, _, shelf = ranked[0]
    return shelf, list(faults)


def _faults(service_type: str, shelf: Shelf, lender: Lender) -> tuple[str, ...]:
    found = (
        ("not_available", shelf.availability in HOPELESS[service_type]),
        ("item_excluded", service_type == "loan" and shelf.lendable is False),
        ("branch_not_lending", shelf.branch_id is not None and shelf.branch_id in lender.closed_branches),
    )
    return tuple(code for code, holds in found if holds)
