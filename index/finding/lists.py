"""A stretch of a list around what somebody named: what scan answers, in SRU and in Z39.50."""

from __future__ import annotations

from dataclasses import dataclass

from index.analysis import tokens
from index.finding import headings
from index.identifiers import isbn_key, issn_key
from index.plan import EXACT
from index.search import Engine

#: (value, how many titles it leads to)
Line = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Lines of a list, and the place (from 1) at which what was named stands, or would stand."""

    lines: tuple[Line, ...]
    position: int


def around(engine: Engine, field: str, kind: str, typed: str, position: int, size: int) -> Stretch:
    """Up to `size` lines with `typed` at `position`: 1 is the first, 0 before the first, size + 1 behind the last.

    `kind` is a list of headings, or 'words' for the words of the access point `field`. Near the beginning of a list
    there are fewer lines before; the place that is told is the real one.
    """
    if kind == "words":
        before, after, found = _words(engine, field, typed, position, size)
    else:
        before, after, found = _headings(engine, kind, typed, position, size)
    if position == 0 and found:
        after = after[1:]
    lines = (*before, *after)[:size]
    return Stretch(lines=lines, position=min(len(before), len(lines)) + (position > 0))


def _words(
    engine: Engine, field: str, typed: str, position: int, size: int
) -> tuple[list[Line], list[Line], bool]:
    if field in EXACT:
        start = isbn_key(typed) or issn_key(typed) or typed
    else:
        start = next(iter(tokens(typed)), "")
    before = [*reversed(engine.walk(field, start, position - 1, backwards=True))] if position > 1 else []
    after = [*engine.walk(field, start, size + 1)]
    found = bool(after) and after[0][0] == start
    return [line for line in before if line[0]], [line for line in after if line[0]], found and bool(start)


def _headings(
    engine: Engine, kind: str, typed: str, position: int, size: int
) -> tuple[list[Line], list[Line], bool]:
    start = headings.key(kind, typed)
    before: tuple[headings.Heading, ...] = ()
    if position > 1:
        before = headings.page(engine, kind, start, position - 1, backwards=True).headings
    after = headings.page(engine, kind, start, size + 1).headings
    found = bool(after) and after[0].key == start
    return [(one.text, one.count) for one in before], [(one.text, one.count) for one in after], found
