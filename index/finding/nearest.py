"""The words of an index that are spelt nearly like one: symmetric deletes over the first letters, in two arrays.

What differs in one letter (one too many, one missing, another one, two swapped) has a form in common once a letter is
left out of both. The first eight letters with each one left out are numbers of eight bytes, so a look-up is a few binary
searches; whatever meets there is then compared whole. Some 110 bytes a word.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from string import ascii_lowercase
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import DamerauLevenshtein

from index.search import Engine

#: Letters that are looked up by; words kept at most, the most frequent ones.
LETTERS, WORDS = 8, 200_000

#: In an index of more documents than this a word that only one has is taken for a slip itself.
SMALL = 20_000

#: Seconds after which the words of an index that has changed are read again.
KEPT = 600.0

#: Shorter words are left as they are; from LONG on, two letters may differ.
SHORTEST, LONG = 4, 8

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Near:
    """A word of the index, in how many letters it differs, and how many documents have it."""

    word: str
    distance: int
    documents: int


class Words:
    """The words of an index with how many documents have each."""

    def __init__(self, counted: dict[str, int]) -> None:
        fit = [(w, n) for w, n in counted.items() if SHORTEST <= len(w) <= 40 and w.isascii() and w.isalpha()]
        fit.sort(key=lambda pair: (-pair[1], pair[0]))
        self._words = [word for word, _ in fit[:WORDS]]
        self._documents = np.array([n for _, n in fit[:WORDS]], dtype=np.int32)
        forms = _forms(self._words)
        order = np.argsort(forms, kind="stable")
        self._keys = forms[order]
        self._numbers = (order % max(1, len(self._words))).astype(np.int32)

    def near(self, word: str, most: int = 3) -> list[Near]:
        """The words nearest to this one, without itself: nearest first, then the most frequent."""
        if len(word) < SHORTEST or not (word.isascii() and word.isalpha()) or not self._words:
            return []
        cutoff = 2 if len(word) >= LONG else 1
        wanted = np.unique(_forms([word]))
        lows = np.searchsorted(self._keys, wanted, "left")
        highs = np.searchsorted(self._keys, wanted, "right")
        numbers = {
            n
            for low, high in zip(lows, highs, strict=True)
            for n in self._numbers[low : low + min(high - low, 5000)].tolist()
        }
        found = []
        for number in numbers:
            other = self._words[number]
            distance = DamerauLevenshtein.distance(word, other, score_cutoff=cutoff)
            if 0 < distance <= cutoff:
                found.append(Near(other, distance, int(self._documents[number])))
        found.sort(key=lambda one: (one.distance, -one.documents, one.word))
        return found[:most]


def _forms(words: list[str]) -> Keys:
    """The first letters of the words as numbers: whole for all words, then without the first letter, the second …"""
    letters = np.array(words, dtype=f"S{LETTERS}").view(np.uint8).reshape(len(words), LETTERS)
    forms = np.zeros((LETTERS + 1, len(words), LETTERS), dtype=np.uint8)
    forms[0] = letters
    for left_out in range(LETTERS):
        forms[left_out + 1, :, :left_out] = letters[:, :left_out]
        forms[left_out + 1, :, left_out:-1] = letters[:, left_out + 1 :]
    return forms.reshape(-1, LETTERS).view(np.uint64).reshape(-1)


_KNOWN: WeakKeyDictionary[Engine, tuple[int, float, Words]] = WeakKeyDictionary()
_READING = Lock()


def words_of(engine: Engine) -> Words:
    """The words of an engine, read again when it has changed: at once while it is small, else every ten minutes."""
    with _READING:
        known = _KNOWN.get(engine)
        position = engine.position()
        now = time.monotonic()
        if known is not None and (known[0] == position or (engine.count() > SMALL and now - known[1] < KEPT)):
            return known[2]
        counted: dict[str, int] = {}
        for (
            letter
        ) in ascii_lowercase:  # a letter at a time: all terms of a million titles at once are too many
            counted.update(engine.terms("any", letter, WORDS // 5))
        if engine.count() > SMALL:
            counted = {word: n for word, n in counted.items() if n > 1}
        made = Words(counted)
        _KNOWN[engine] = (position, now, made)
        return made
