"""The character sets of MARC-8: which sign stands for which letter, both ways; the tables are the Library of Congress's.

They come with pymarc and are put right where newer characters of Unicode took the place of stand-ins.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from pymarc.marc8_mapping import CODESETS

#: The sets by the last byte of the escape sequence that calls them.
ASCII, ANSEL, EACC = 0x42, 0x45, 0x31
#: In this order a set is looked for that has a letter: Latin, Cyrillic, Greek, Hebrew, Arabic, small figures, Chinese.
ORDER = (ASCII, ANSEL, 0x4E, 0x51, 0x53, 0x32, 0x33, 0x34, 0x62, 0x70, 0x67, EACC)
#: Sets that a single letter calls, without a bracket: Greek symbols, subscripts, superscripts.
SMALL = frozenset((0x67, 0x62, 0x70))

#: Control characters of ANSEL: beginning and end of what is not sorted, joiner and non-joiner.
CONTROLS = {0x88: "\x98", 0x89: "\x9c", 0x8D: "\u200d", 0x8E: "\u200c"}
#: Marks over two letters: the sign before the first letter makes the mark of Unicode, that before the second nothing.
_DOUBLE = {0x6B: "\u0361", 0x7A: "\u0360"}
_SECOND = frozenset((0x6C, 0x7B))
#: Stand-ins of the old table, and what they are since.
_SINCE = {
    0x223339: 0x22C4D, 0x217559: 0x212C4, 0x222A34: 0x2251B, 0x6F7625: 0x318D, 0x6F773C: 0xC717,
}  # fmt: skip


class Set(NamedTuple):
    """Signs of a set under their codes of seven bits: letters, and marks, which stand before their letter."""

    letters: dict[int, str]
    marks: dict[int, str]


@cache
def of(name: int) -> Set:
    """A set by its name; KeyError for one that MARC-8 has not."""
    letters: dict[int, str] = {}
    marks: dict[int, str] = {}
    for code, (sign, mark) in CODESETS[name].items():
        if name == ANSEL and code in CONTROLS:
            continue
        code &= 0x7F7F7F
        if code < 0x21:
            continue
        (marks if mark else letters)[code] = chr(_SINCE.get(code, sign) if name == EACC else sign)
    if name == ANSEL:
        marks.update(_DOUBLE)
        marks.update(dict.fromkeys(_SECOND, ""))
    return Set(letters, marks)


@cache
def letters() -> dict[str, tuple[tuple[int, int], ...]]:
    """Letter → the (set, code) that stand for it, in ORDER; of two codes of a set the smaller one."""
    found: dict[str, dict[int, int]] = {}
    for name in ORDER:
        for code, letter in sorted(of(name).letters.items()):
            found.setdefault(letter, {}).setdefault(name, code)
    return {letter: tuple(places.items()) for letter, places in found.items()}


@cache
def marks() -> dict[str, tuple[int, int]]:
    """Mark → the (set, code) that stands for it; ANSEL's needs no escape."""
    found: dict[str, tuple[int, int]] = {}
    for name in (ANSEL, *ORDER):
        for code, mark in sorted(of(name).marks.items()):
            if mark:
                found.setdefault(mark, (name, code))
    found |= {
        "\ufe20": (ANSEL, 0x6B),
        "\ufe21": (ANSEL, 0x6C),
        "\ufe22": (ANSEL, 0x7A),
        "\ufe23": (ANSEL, 0x7B),
    }
    return found
