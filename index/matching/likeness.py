"""How alike two descriptions are: titles, names, publishers, series."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from rapidfuzz import fuzz

from index.matching.imprint import house_likeness
from index.matching.people import other_given_name
from index.matching.words import GENRES
from index.normal import Norm

#: A title of so many letters is no accident when it is the same in both.
TELLING_TITLE = 20


def other_part_name(a: Norm, b: Norm) -> bool:
    if not a.part_name or not b.part_name or a.part_name == b.part_name:
        return False
    return fuzz.ratio(a.part_name, b.part_name) < 80 or say_different_things(a.part_name, b.part_name)


def title_likeness(a: Norm, b: Norm, known: bool) -> tuple[float, bool]:
    """Likeness of the titles from 0 to 1, the best of main title, whole title and other titles; whether it was
    another title that is most alike."""
    if a.title == b.title or a.full == b.full:
        return 1.0, False
    best = max(fuzz.ratio(a.title, b.title), fuzz.ratio(a.full, b.full))
    if best < 95:
        best = max(best, fuzz.token_sort_ratio(a.full, b.full) - 3)  # parts in another order
    by_other = False
    if best < 95 and (a.others or b.others):
        for mine, yours in ((a, b), (b, a)):
            for other in mine.others:
                likeness = max(fuzz.ratio(other, yours.title), fuzz.ratio(other, yours.full))
                if likeness > best and likeness >= 92:
                    best, by_other = likeness, True
    if best < 90:
        # One catalogue leaves the subtitle out, or writes it into the title.
        for mine, yours in ((a, b), (b, a)):
            if mine.title and (
                yours.title.startswith(mine.title + " ") or yours.full.startswith(mine.full + " ")
            ):
                rest = yours.title[len(mine.title) :].strip()
                inside = bool(rest) and bool(mine.subtitle) and fuzz.partial_ratio(rest, mine.subtitle) >= 80
                telling = " " in mine.title and len(mine.title) >= 10
                if inside or (telling and (known or len(mine.title) >= TELLING_TITLE)):
                    best = max(best, 90.0 if inside else 85.0)
    return (min(best, 94.0) if by_other else best) / 100, by_other


def longer_title(a: Norm, b: Norm) -> bool:
    """Whether one title is how the other begins ('zauberflote', 'zauberflote kv 620')."""
    return any(
        len(mine.title) >= 5 and yours.full.startswith(mine.title + " ") for mine, yours in ((a, b), (b, a))
    )


def same_author(a: Norm, b: Norm) -> bool | None:
    """True when a person or body is in both, False when both name some and share none, None when one names none."""
    if a.surnames and b.surnames:
        if not set(a.surnames).isdisjoint(b.names) or not set(b.surnames).isdisjoint(a.names):
            return None if other_given_name(a.first, b.first) else True
        if _in_words(a.surnames, b.said) or _in_words(b.surnames, a.said) or _alike(a.surnames, b.surnames):
            return True
        return None if _nearly(a.names, b.names) else False
    if a.bodies and b.bodies and not a.surnames and not b.surnames:
        mine, yours = set(a.bodies), set(b.bodies)
        if len(mine & yours) * 2 < min(len(mine), len(yours)):
            return False
        return True if mine <= yours or yours <= mine else None
    for body, person in ((a, b), (b, a)):
        # Dublin Core does not tell bodies from persons.
        if body.bodies and person.names and not body.surnames and not person.bodies:
            return True if len(set(body.bodies) & set(person.names)) * 2 >= len(person.names) else None
    if (a.surnames and b.said and _in_words(a.surnames, b.said)) or (
        b.surnames and a.said and _in_words(b.surnames, a.said)
    ):
        return True
    return None


def both_are_entered(a: Norm, b: Norm) -> bool:
    """Whether both name who made the work: editors of one work may be listed by halves."""
    return bool((a.main and b.main) or (a.bodies and b.bodies))


def say_different_things(mine: str, yours: str) -> bool:
    """Whether each title has a word of its own that is no spelling or short form of a word of the other.

    'Flood insurance study : town of Epsom' and '… town of Concord'; what only one of them adds is no contradiction.
    """
    here, there = Counter(mine.split(" ")), Counter(yours.split(" "))
    only_here = [w for w in here - there if len(w) > 2 and w not in GENRES and not w.isdigit()]
    only_there = [w for w in there - here if len(w) > 2 and w not in GENRES and not w.isdigit()]
    if not only_here or not only_there:
        return False
    return any(not _spelt(w, only_there, yours) for w in only_here) and any(
        not _spelt(w, only_here, mine) for w in only_there
    )


def _spelt(word: str, words: list[str], whole: str) -> bool:
    """Whether one of the words is a spelling, a short form or a part of this one ('bundes gesetz')."""
    if _COMPASS.fullmatch(word):
        words = [w for w in words if not _COMPASS.fullmatch(w)]  # 'northeast' is no spelling of 'southeast'
    if any(fuzz.ratio(word, w) >= 75 or w.startswith(word[:4]) for w in words):
        return True
    return len(word) > 7 and word in whole.replace(" ", "")


_COMPASS = re.compile("(?:north|south|east|west|northeast|northwest|southeast|southwest)(?:ern)?")
_NUMBER = re.compile(r"\d+")


def other_numbers(a: Norm, b: Norm) -> bool:
    """Whether the whole titles differ in their numbers and in nothing else: hearings of the 9th and the 21st of June."""
    if a.full == b.full or _NUMBER.sub("#", a.full) != _NUMBER.sub("#", b.full):
        return False
    mine, yours = (tuple(int(n[:18]) for n in _NUMBER.findall(one.full)) for one in (a, b))
    return mine != yours


def _in_words(surnames: tuple[str, ...], said: str) -> bool:
    return any(name in said for name in surnames if len(name) > 2) if said else False


def _alike(mine: tuple[str, ...], yours: tuple[str, ...]) -> bool:
    """Spellings of one name: 'dostoevskij', 'dostoyevsky'."""
    return any(
        fuzz.ratio(_sound(x), _sound(y)) >= 78
        for x in mine[:4]
        for y in yours[:4]
        if len(x) > 4 and len(y) > 4
    )


def _nearly(mine: tuple[str, ...], yours: tuple[str, ...]) -> bool:
    """Whether words of the names may be one name in two languages: 'vergilius', 'virgile'."""
    return any(
        x[0] == y[0] and fuzz.ratio(_sound(x), _sound(y)) >= 60
        for x in mine[:20]
        for y in yours[:20]
        if len(x) > 4 and len(y) > 4
    )


@lru_cache(maxsize=16384)
def _sound(name: str) -> str:
    """A name without what transliterations and languages write in different ways."""
    for this, that in _SOUNDS:
        name = name.replace(this, that)
    return name.rstrip("aeiosu") or name


_SOUNDS = (("sch", "s"), ("sh", "s"), ("tch", "c"), ("ch", "c"), ("tz", "c"), ("ts", "c"), ("ph", "f"), ("ij", "i"),
           ("w", "v"), ("j", "i"), ("y", "i"), ("k", "c"), ("th", "t"), ("ii", "i"), ("ss", "s"), ("z", "s"))  # fmt: skip


def publisher_likeness(a: Norm, b: Norm) -> float | None:
    """Likeness of the best pair of publishers, 0 to 100; None when one names none."""
    if not a.publishers or not b.publishers:
        return None
    return max(house_likeness(*sorted((x, y))) for x in a.publishers for y in b.publishers)


def others_helped(a: Norm, b: Norm) -> bool:
    """Whether each names helpers (editors, translators) of whom the other knows nothing."""
    mine = [n for n in a.surnames if n not in b.names and n not in b.said and not _alike((n,), b.surnames)]
    yours = [n for n in b.surnames if n not in a.names and n not in a.said and not _alike((n,), a.surnames)]
    return bool(mine and yours)


def same_series(a: Norm, b: Norm) -> bool | None:
    """True when a number in one series is the same, False when a series of one name is numbered otherwise."""
    if not a.series or not b.series:
        return None
    conflict = None
    for mine in a.series:
        name, _, number = mine.rpartition("|")
        for yours in b.series:
            other, _, count = yours.rpartition("|")
            if name == other or fuzz.token_set_ratio(name, other) >= 80:
                if f"{number} ".startswith(f"{count} ") or f"{count} ".startswith(f"{number} "):
                    return True  # '8' and '8/9'
                mine_numbers, your_numbers = set(number.split(" ")), set(count.split(" "))
                mine_last, your_last = number.rpartition(" ")[2], count.rpartition(" ")[2]
                one_series = name == other or fuzz.ratio(name, other) >= 85
                if one_series and (
                    mine_numbers.isdisjoint(your_numbers)
                    or (len(number.split(" ")) == len(count.split(" ")) and mine_last != your_last)
                ):
                    conflict = False
    return conflict
