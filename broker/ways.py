"""Ways to get something: what this reader may do about one title, best first, the blocked ones with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from broker.agreements import Decide
from broker.views import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks: home library (None for a guest) and category; `branch_id` is the branch nearest to them."""

    library_id: str | None
    category: str | None = None
    branch_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What is asked for: shelves that hold it over all libraries, and addresses of free online copies."""

    shelves: Sequence[Shelf] = ()
    online: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way. `kind`: online, own_shelf, own_on_loan, loan, copy, read_there. `reasons` block it when not allowed."""

    kind: str
    allowed: bool
    library_id: str | None = None
    shelf: Shelf | None = None
    url: str = ""
    fee: int = 0
    due_days: int | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


#: Later forms add a function of this kind.
Provider = Callable[[Cited, Reader, Decide, date], Sequence[Option]]

#: The order in which kinds are offered.
ORDER = ("online", "own_shelf", "own_on_loan", "loan", "copy", "read_there")

_CONFIDENCE = {"available": 0, "unknown": 1, "on_loan": 2}


def options(
    cited: Cited, reader: Reader, decide: Decide, on: date, *, more: Sequence[Provider] = ()
) -> tuple[Option, ...]:
    """All ways, allowed ones first, each group in ORDER; the reader's own branch before its sisters."""
    found: list[Option] = []
    for provider in (_online, _own, _from_others, *more):
        found.extend(provider(cited, reader, decide, on))
    return tuple(sorted(found, key=lambda way: (not way.allowed, _place(way), _nearness(way, reader))))


def _place(way: Option) -> int:
    return ORDER.index(way.kind) if way.kind in ORDER else len(ORDER)


def _nearness(way: Option, reader: Reader) -> tuple[int, int, int, str]:
    if way.shelf is None:
        return (0, 0, 0, way.url)
    same = way.shelf.branch_id is not None and way.shelf.branch_id == reader.branch_id
    confidence = _CONFIDENCE.get(way.shelf.availability, 3)
    return (0 if same else 1, confidence, way.fee, f"{way.shelf.library_id} {way.shelf.branch_text}")


def _online(cited: Cited, reader: Reader, decide: Decide, on: date) -> Sequence[Option]:
    return [Option(kind="online", allowed=True, url=url) for url in cited.online]


def _own(cited: Cited, reader: Reader, decide: Decide, on: date) -> Sequence[Option]:
    ways = []
    for shelf in cited.shelves:
        if reader.library_id is None or shelf.library_id != reader.library_id:
            continue
        kind = "own_shelf" if shelf.available > 0 else "own_on_loan"
        reasons = ("item_excluded",) if shelf.lendable is False else ()
        ways.append(
            Option(
                kind=kind,
                allowed=kind == "own_shelf",
                library_id=shelf.library_id,
                shelf=shelf,
                warnings=reasons,
                reasons=() if kind == "own_shelf" else (shelf.availability,),
            )
        )
    return ways


def _from_others(cited: Cited, reader: Reader, decide: Decide, on: date) -> Sequence[Option]:
    ways = []
    for shelf in cited.shelves:
        if shelf.library_id == reader.library_id:
            continue
        for kind, form in (("loan", "f"), ("copy", "h")):
            if reader.library_id is None:
                ways.append(
                    Option(
                        kind=kind,
                        allowed=False,
                        library_id=shelf.library_id,
                        shelf=shelf,
                        reasons=("log_in",),
                    )
                )
                continue
            said = decide(
                form,
                kind,
                reader.library_id,
                shelf.library_id,
                on,
                reader.category,
                {"lendable": shelf.lendable, "availability": shelf.availability},
            )
            gone = ("lost",) if shelf.availability == "lost" else ()
            ways.append(
                Option(
                    kind=kind,
                    allowed=said.allowed and not gone,
                    library_id=shelf.library_id,
                    shelf=shelf,
                    fee=said.fee,
                    due_days=said.due_days,
                    reasons=said.reasons + gone,
                    warnings=said.warnings,
                )
            )
    return ways
