"""Folding for comparison: what two spellings of a title, a name or a number have in common."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

_ASCII = dict.fromkeys(range(128), " ") | {i: chr(i) for i in (*range(48, 58), *range(97, 123))}
_ASCII |= {i: chr(i + 32) for i in range(65, 91)}
_ASCII[39] = ""  # Qur'an, l'été
_ASCII[96] = ""

#: Combining marks of Latin, Greek and Cyrillic, vowel points of Arabic and Hebrew. Marks of Indic scripts and
#: Thai stay: there they are the letters' vowels.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
#: Letters that have no decomposition, and signs for alif and ayn, which catalogues leave out at will.
_LETTERS = str.maketrans(
    {
        "đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h",
        "ʻ": "", "ʼ": "", "ʾ": "", "ʿ": "", "‘": "", "’": "", "ʹ": "", "ʺ": "", "'": "", "`": "", "´": "",
    }
)  # fmt: skip
#: Besides letters and digits, the scripts of South and South-East Asia whole, Javanese and Balinese among them:
#: Python does not count their vowel signs as letters.
_NOT_WORD = re.compile(
    "[^\\w\u0900-\u0963\u0966-\u0dff\u0e01-\u0e4e\u0e81-\u0eff\u0f40-\u109f\u1780-\u17d3"
    "\u1b00-\u1bff\ua980-\ua9ff]+|_+"
)
_ROMAN = re.compile(r"(?=[ivxl])(?:x{0,3}|xl|lx{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}


def fold(text: str) -> str:
    """Lower-case words of letters and digits without accents, one blank between them."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    text = normalize("NFKD", normalize("NFKD", text).casefold()).translate(_LETTERS)
    return " ".join(_NOT_WORD.sub(" ", normalize("NFC", _MARKS.sub("", text))).split())


@lru_cache(maxsize=2000)
def number_of(word: str) -> int | None:
    """The number a folded word is, Arabic or Roman up to 89 ('ii', not 'mix'); None when it is no number."""
    if word.isdigit():
        return int(word) if len(word) < 9 else None
    if len(word) < 7 and word.strip("ivxl") == "" and _ROMAN.fullmatch(word):
        values = [_ROMAN_VALUES[c] for c in word]
        return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
    return None


def old_spelling(text: str) -> str:
    """Folded Indonesian and Malay in the spelling of today: 'soekarno', 'djakarta', 'tjerita'."""
    if "oe" in text or "dj" in text or "tj" in text:
        return text.replace("oe", "u").replace("dj", "j").replace("tj", "c")
    return text
