"""Names of persons and bodies as they are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.folding import fold
from index.matching.words import HOUSE_NOISE
from index.record import Name

_MOST = 12


@dataclass(frozen=True, slots=True)
class People:
    """Surnames, those of the makers, all words of persons' names, the first maker's surname and given names apart by
    a bar, words of bodies' names."""

    surnames: tuple[str, ...]
    main: tuple[str, ...]
    words: tuple[str, ...]
    first: str
    bodies: tuple[str, ...]


def people_of(
    authors: tuple[Name, ...], contributors: tuple[Name, ...], spell: Callable[[str], str]
) -> People:
    """The names of a record; `spell` makes old spellings new."""
    surnames: list[str] = []
    main: list[str] = []
    words: set[str] = set()
    bodies: set[str] = set()
    first = ""
    for place, name in enumerate((*authors, *contributors)[:_MOST]):
        if name.corporate:
            bodies.update(w for w in fold(name.text).split(" ") if len(w) > 2 and w not in HOUSE_NOISE)
            continue
        head, comma, rest = name.text.partition(",")
        parts = spell(fold(name.text)).split(" ")
        surname = (
            spell(fold(head)).replace(" ", "")
            if comma
            else next((p for p in reversed(parts) if len(p) > 1), "")
        )
        if surname and surname not in surnames:
            surnames.append(surname)
            if place < len(authors):
                main.append(surname)
                if comma and not first:
                    first = f"{surname}|{spell(fold(rest))}"
        words.update(p for p in parts if len(p) > 1)
        words.add(surname)
    words.discard("")
    return People(tuple(surnames), tuple(main), tuple(sorted(words)), first, tuple(sorted(bodies))[:30])


def other_given_name(mine: str, yours: str) -> bool:
    """Whether two first makers share a surname and have given names that nobody would take for each other.

    Initials fit whatever begins with them; so does a name in another language with the same letter ('Jean', 'Johannes').
    """
    surname, _, given = mine.partition("|")
    other, _, others = yours.partition("|")
    if not given or not others or surname != other:
        return False
    return {w[0] for w in given.split(" ")}.isdisjoint(w[0] for w in others.split(" "))
