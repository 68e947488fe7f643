"""Which part of a work a title names: numbers of volumes in eight languages, apart from numbers that only count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.folding import number_of
from index.matching.words import CARDINALS, COUNTED, ORDINALS, PARTS, WORK_LISTS

_EARLIEST, _LATEST = 1450, 2099
_MOST = 12
#: 'KV620', 'K. V. 620', 'op.27'
_WORK = re.compile(r" (kv|k v|op|bwv|rv|hwv|twv|hob|d) ?(\d+[a-z]?) ")
#: Roman numbers of one letter are more often words ('i promessi sposi', 'v lesu').
_LETTERS = frozenset("ivxl")
_AND = frozenset(("und", "and", "et", "dan", "e", "y", "bis", "to", "a"))


@dataclass(frozen=True, slots=True)
class Told:
    """Numbers of a title: `parts` say which part it is, `bare` stand alone, `years`, `works` name a composer's work."""

    parts: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    works: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def numbers_told(text: str, *, designation: bool = False, subtitle: bool = False) -> Told:
    """The numbers of a folded text, Roman ones and words as Arabic.

    In a `designation` (MARC 245 $n) every number is one of the part. In a `subtitle` a number that stands alone
    says little: it is left out.
    """
    words = _WORK.sub(_work, f" {text} ").split() if text else []
    found: dict[str, set[str]] = {"parts": set(), "bare": set(), "years": set(), "works": set()}
    used: set[int] = set()
    for at, word in enumerate(words):
        if word in WORK_LISTS and at + 1 < len(words) and any(c.isdigit() for c in words[at + 1]):
            found["works"].add(f"{words[at + 1]}")
            used.add(at + 1)
    for at, word in enumerate(words):
        if word not in PARTS or at in used:
            continue
        run = _run(words, at + 1, used)
        if not run and at:
            run = _run_before(words, at - 1, used)
        if found["works"] and word in ("nr", "no"):
            continue  # op. 27 Nr. 2
        for place in run:
            value = _value(words[place], letters=True)
            if value is not None:
                found["parts"].add(value)
                used.add(place)
    last = len(words) - 1
    for at, word in enumerate(words):
        if at in used:
            continue
        value = _digits(word) if not designation else _value(word, letters=True)
        if (
            value is None
            and at == last
            and at > 0
            and not subtitle
            and (number := number_of(word)) is not None
        ):
            value = str(number)
        if value is None and not word.isalpha() and any(c.isdigit() for c in word):
            value = word
        if value is None or (designation and word in PARTS):
            continue
        if value.isdigit() and _EARLIEST <= int(value) <= _LATEST:
            found["years"].add(value)
        elif designation:
            found["parts"].add(value)
        elif subtitle or _counts(words, at):
            continue
        elif at == last and at > 0:
            found["parts"].add(value)  # 'Matematika 2'
        else:
            found["bare"].add(value)
    return Told(*(tuple(sorted(found[key]))[:_MOST] for key in ("parts", "bare", "years", "works")))


def _work(found: re.Match[str]) -> str:
    return f" {found.group(1).replace(' ', '')} {found.group(2)} "


def _counts(words: list[str], at: int) -> bool:
    """Whether the number says how many: 'in 2 Bänden', 'libri XXII'."""
    return any(0 <= near < len(words) and words[near] in COUNTED for near in (at - 1, at + 1))


def _run(words: list[str], start: int, used: set[int]) -> list[int]:
    """Places of the numbers from `start` on: 'Teil 1 und 2'."""
    found: list[int] = []
    place = start
    while place < len(words):
        if place not in used and _value(words[place], letters=True) is not None:
            found.append(place)
        elif not (found and words[place] in _AND):
            break
        place += 1
    return found


def _run_before(words: list[str], start: int, used: set[int]) -> list[int]:
    """Places of ordinals or figures before the word for the part: 'erster und zweiter Teil', '2. Band'."""
    found: list[int] = []
    place = start
    while place >= 0:
        word = words[place]
        if place not in used and (
            word in ORDINALS or _digits(word) is not None or (number_of(word) and word not in _LETTERS)
        ):
            found.append(place)
        elif not (found and word in _AND):
            break
        place -= 1
    return found


def _digits(word: str) -> str | None:
    return str(int(word)) if word.isdigit() and len(word) < 9 else None


def _value(word: str, *, letters: bool) -> str | None:
    number = ORDINALS.get(word) or CARDINALS.get(word)
    if number is None and (letters or word not in _LETTERS):
        number = number_of(word)
    if number is not None:
        return str(number)
    return word if not word.isalpha() and any(c.isdigit() for c in word) else None
