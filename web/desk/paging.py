"""Addresses of the pages of a list, with everything else of the address kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import request


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The page shown, (number, address) of those that can be jumped to (None is a gap), and its neighbours."""

    number: int
    numbers: list[tuple[int | None, str]] = field(default_factory=list)
    before: str = ""
    after: str = ""


def paging(number: int, *, more: bool = False, total: int | None = None, size: int = 50) -> Paging:
    """Pages around this one. With a total all are known; without one, only whether there are `more`."""
    last = number + (1 if more else 0) if total is None else max(1, -(-total // size))
    shown = sorted({1, last, *range(max(1, number - 2), min(last, number + 2) + 1)})
    numbers: list[tuple[int | None, str]] = []
    for one in shown:
        if numbers and numbers[-1][0] is not None and one > (numbers[-1][0] or 0) + 1:
            numbers.append((None, ""))
        numbers.append((one, address(page=str(one))))
    return Paging(
        number=number,
        numbers=numbers,
        before=address(page=str(number - 1)) if number > 1 else "",
        after=address(page=str(number + 1)) if number < last else "",
    )


def address(**changes: str) -> str:
    """This page's address with these parameters changed; '' takes one away."""
    pairs = [(k, v) for k, v in request.args.items(multi=True) if k not in changes and k != "lang"]
    pairs += [(k, v) for k, v in changes.items() if v]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path
