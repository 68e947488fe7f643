"""What may be left out of a search when a server does not bear it, and which diagnostics say so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.live.link import Diagnostic
from index.sru.values import Answer, Wish

#: What a search can do without, and the parameters that carry it.
OPTIONAL = {
    "sort": ("sortkeys", "sortby"),
    "schema": ("recordschema",),
    "packing": ("recordpacking", "recordxmlescaping"),
    "facets": ("facetlimit", "facet"),
}

#: Numbers of diagnostics that mean one of them.
_MEANT = {
    **dict.fromkeys(("66", "67"), "schema"),
    "71": "packing",
    **dict.fromkeys((str(n) for n in range(80, 94)), "sort"),
}

#: So many records are asked for when a server minds the number: each try is smaller.
SMALLER = (50, 20, 10, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What to do differently: leave something out, or ask for fewer records at a time."""

    without: str = ""
    count: int | None = None
    because: Diagnostic


def lesson(answer: Answer, wish: Wish, without: Collection[str]) -> Lesson | None:
    """What a refusal teaches; None when there is nothing to learn, or nothing was refused."""
    for said in _refusals(answer):
        if said.set != "srw":
            continue
        for what in _blamed(said, wish):
            if what not in without:
                return Lesson(without=what, because=said)
        if said.code == "6" and _is_about(said, ("maximumrecords",)):
            smaller = next((count for count in SMALLER if count < wish.count), None)
            if smaller is not None:
                return Lesson(count=smaller, because=said)
    return None


def _refusals(answer: Answer) -> Sequence[Diagnostic]:
    """Diagnostics instead of an answer, or instead of each of its records."""
    surrogates = [one.diagnostic for one in answer.items if one.diagnostic is not None]
    if answer.items and len(surrogates) == len(answer.items):
        return surrogates[:1]
    if answer.items:
        return ()
    return answer.diagnostics


def _blamed(said: Diagnostic, wish: Wish) -> list[str]:
    """Which of the optional things that were asked for this may be about, the likeliest first."""
    asked = {
        "sort": bool(wish.sort),
        "schema": bool(wish.schema),
        "packing": True,
        "facets": bool(wish.facets),
    }
    if what := _MEANT.get(said.code):
        return [what] if asked[what] else []
    if said.code in ("6", "8", "9"):
        return [what for what, names in OPTIONAL.items() if asked[what] and _is_about(said, names)]
    if said.code in ("10", "48") and wish.sort and not wish.pqf:
        return ["sort"]  # sortby is no CQL for servers of version 1.1
    return []


def _is_about(said: Diagnostic, names: Sequence[str]) -> bool:
    words = f"{said.detail} {said.text}".lower()
    return any(name in words for name in names)
