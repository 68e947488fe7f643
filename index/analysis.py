"""How text becomes search tokens: once, before any engine, and in the same way for what people type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from anyascii import anyascii
from Sastrawi.Stemmer.Stemmer import Stemmer
from Sastrawi.Stemmer.StemmerFactory import StemmerFactory
from snowballstemmer import stemmer as snowball


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Between two values of one field: no phrase reaches over it. Engines never index it.
GAP = ""

#: Part of the index's name on disk: raise it when the same text gives other tokens.
VERSION = 2

#: A longer run of letters is no word anybody searches; kept short so that no term fills a page.
MAX_TOKEN = 60

#: Languages (ISO 639-2) whose words are stemmed as Indonesian, and those stemmed as English; '' and und are both.
INDONESIAN = frozenset({"ind", "may", "msa", "und", ""})
ENGLISH = frozenset({"eng", "und", ""})

_APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u2018\u2019\u201b\u2032\u05f3\ua78c\uff07"
_NO_APOSTROPHES = {ord(c): None for c in _APOSTROPHES}
_MARK_RANGES = "".join(c for c in map(chr, range(0x300, 0x20000)) if unicodedata.category(c)[0] == "M")
_WORD = re.compile(f"c\\+\\+|(?<![a-z])[cf]#|(?:[^\\W_]|[{_MARK_RANGES}])+")
_PROGRAMMING = {"c++": "cplusplus", "c#": "csharp", "f#": "fsharp"}

#: Marks go only where a Latin or Greek letter carries them: elsewhere they are letters of their own (й, Indic vowels).
_MARKED = re.compile(
    "([A-Za-z\u00c6\u00d8\u00de-\u024f\u0250-\u02af\u0370-\u03ff\u1e00-\u1fff\u2c60-\u2c7f\ua720-\ua7ff])"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
#: Letters that no decomposition takes apart; Arabic vowel signs and tatweel are left out, alef has one form.
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŋ": "n", "ħ": "h"}
    | {chr(c): "" for c in (*range(0x64B, 0x660), 0x670, 0x640)}
    | {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]+")
#: French and Italian words that lose their vowel before an apostrophe: l'homme is also found as homme.
_ELISIONS = _set("l d j m n s c t qu un dell all nell sull dall quell lorsqu puisqu aujourd jusqu")

#: Titles of persons, folded, and degrees, which are written with dots inside (S.H., Ph.D.): left out of sort keys,
#: and never required of an author.
TITLES = _set("prof profesor dr dra drs drg drh ir hj kh kyai")
DEGREES = _set(
    "sh se sp st ss si skom ssi spd sag sos ssos mm msi msc mpd mkes mhum mag mkom mt mba ma ms mh phd dphil lc llm "
    "llb mphil ba bsc amd sked skep spog"
)
_DEGREE_WORDS = re.compile(r"[^\s,]+")

#: Words so common that a search of several words does not insist on them.
STOP_WORDS = _set(
    "a an and are as at by for from in is it of on or the to with "
    "di ke dari dan yang untuk pada dengan dalam oleh atau sebagai "
    "der die das des le la les et de du el los van het al"
)

#: The Arabic article before a hyphen: al-Qur'an, ar-Rahman.
ARABIC_ARTICLES = _set("al ar as at ad az asy")

#: The suffix that a library's symbol gets in the tokens of `held`, by value of the availability facet.
HELD = {"available": "available", "lendable": "lends", "online": "online", "on_site": "on_site"}

#: Bytes of a sort key; what differs only behind them is in the order of the ids.
SORT_BYTES = 40


class Chunk(NamedTuple):
    """One run of text between blanks: its tokens in order, the same joined ('' if it is one token), other spellings.

    `signs` are the single signs of scripts that are searched by pairs: a description is found by them, but a pair that
    is typed does not mean them.
    """

    tokens: tuple[str, ...]
    joined: str
    others: tuple[str, ...]
    signs: tuple[str, ...] = ()


def fold(text: str) -> str:
    """The text without differences of case, width, compatibility form and marks of Latin and Greek letters, in NFC."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _MARKED.sub(r"\1", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", text).translate(_LETTERS)


@lru_cache(maxsize=200_000)
def chunk(raw: str) -> Chunk:
    """What one run of text without blanks is found by."""
    folded = fold(raw).translate(_NO_APOSTROPHES)
    found = [_PROGRAMMING.get(word, word)[:MAX_TOKEN] for word in _WORD.findall(folded)]
    tokens: list[str] = []
    others: list[str] = []
    signs: list[str] = []
    for word in found:
        if word.isascii():
            tokens.append(word)
        elif _CJK.search(word):
            _split_cjk(word, tokens, signs)
        else:
            tokens.append(word)
            latin = "".join(_WORD.findall(anyascii(word).lower()))
            if latin and latin != word:
                others.append(latin[:MAX_TOKEN])
    if not raw.isascii():
        umlauts = fold(unicodedata.normalize("NFC", raw).casefold().translate(_UMLAUTS)).translate(
            _NO_APOSTROPHES
        )
        others.extend(word for word in _WORD.findall(umlauts) if word not in found)
    others.extend(_elided(raw))
    joined = ""
    if (
        len(tokens) > 1
        and len(set(tokens)) > 1
        and "-" in raw
        and all(t.isalpha() and len(t) < 15 for t in tokens)
    ):
        joined = "".join(tokens)[:MAX_TOKEN]
    known = {*tokens, joined}
    return Chunk(
        tuple(tokens),
        joined,
        tuple(w for w in dict.fromkeys(others) if w not in known),
        tuple(w for w in dict.fromkeys(signs) if w not in known),
    )


def _split_cjk(word: str, tokens: list[str], single: list[str]) -> None:
    """Pairs of signs for scripts without blanks between words; single signs are found too, beside the pairs."""
    at = 0
    for run in _CJK.finditer(word):
        if run.start() > at:
            tokens.append(word[at : run.start()])
        signs = run.group()
        tokens.extend([signs] if len(signs) == 1 else [signs[i : i + 2] for i in range(len(signs) - 1)])
        single.extend(signs if len(signs) > 1 else ())
        at = run.end()
    if at < len(word):
        tokens.append(word[at:])


def _elided(raw: str) -> list[str]:
    """What follows an elided article: homme of l'homme."""
    for mark in _APOSTROPHES:
        if mark in raw:
            left, _, right = fold(raw.replace(mark, "'")).partition("'")
            if left.lstrip("(\"'«[") in _ELISIONS:
                return _WORD.findall(right)
            return []
    return []


def tokens(text: str) -> list[str]:
    """The words of a text in order, as they are searched and compared side by side."""
    found: list[str] = []
    for raw in text.split():
        found.extend(chunk(raw).tokens)
    return found


def value_tokens(values: Iterable[str]) -> tuple[str, ...]:
    """The words of several values with a GAP between two, and behind a last GAP the other spellings they go by."""
    found: list[str] = []
    others: dict[str, None] = {}
    for value in values:
        if found:
            found.append(GAP)
        for raw in value.split():
            piece = chunk(raw)
            found.extend(piece.tokens)
            if piece.joined:
                others[piece.joined] = None
            for word in (*piece.others, *piece.signs):
                others[word] = None
    for word in others:
        found += (GAP, word)
    return tuple(found)


#: Stemmers keep the word they work on in themselves: two threads at once would stem each other's words.
_STEMMING = Lock()


@lru_cache(maxsize=1)
def _sastrawi() -> Stemmer:
    factory = StemmerFactory()
    return factory.create_stemmer().delegatedStemmer


#: What an Indonesian affix can look like; a word without one is its own stem, and the stemmer is slow.
_AFFIXED = re.compile(r"^(?:[dks]e|di|[mpt]e|be|ku|kau).{3}|.{3}(?:an|i|nya|[lkp]ah|pun|ku|mu)$")


@lru_cache(maxsize=200_000)
def indonesian_stem(token: str) -> str:
    """The root of a word by Sastrawi: teliti of penelitian."""
    if (
        len(token) < 5
        or len(token) > 30
        or not token.isascii()
        or not token.isalpha()
        or not _AFFIXED.search(token)
    ):
        return token
    with _STEMMING:
        return str(_sastrawi().stem_word(token)) or token


_english = snowball("english")


@lru_cache(maxsize=200_000)
def english_stem(token: str) -> str:
    """The stem of a word by Snowball: librari of libraries."""
    if len(token) < 4 or not token.isascii() or not token.isalpha():
        return token
    with _STEMMING:
        return str(_english.stemWord(token))


def stems(words: Iterable[str], languages: Sequence[str]) -> tuple[str, ...]:
    """The stems of a description's words that differ from the words, each once, marked with their language.

    `languages` are those of the description (ISO 639-2); without one, both stemmers are asked.
    """
    known = set(languages) or {""}
    indonesian, english = bool(known & INDONESIAN), bool(known & ENGLISH)
    if not (indonesian or english):
        return ()
    found: dict[str, None] = {}
    for word in set(words):
        if indonesian and (stem := indonesian_stem(word)) != word:
            found["id:" + stem] = None
        if english and (stem := english_stem(word)) != word:
            found["en:" + stem] = None
    return tuple(found)


def query_stems(token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """For a word that is searched: the surface words it also means, and the stem tokens it is found by."""
    indonesian, english = indonesian_stem(token), english_stem(token)
    surface = tuple(dict.fromkeys(stem for stem in (indonesian, english) if stem != token))
    return surface, ("id:" + indonesian, "en:" + english)


def _is_title(word: str) -> bool:
    plain = fold(word).replace(".", "")
    return plain in TITLES or (plain in DEGREES and "." in word[:-1])


def without_degrees(name: str) -> str:
    """A person's name without titles and degrees: 'Prof. Dr. Soepomo, S.H.' is 'Soepomo'. All of them only: as it is."""
    kept = [word for word in _DEGREE_WORDS.findall(name) if not _is_title(word)]
    if not kept:
        return name
    plain = " ".join(kept)
    comma = name.find(",")
    first = name[:comma].split() if comma > 0 else []
    return (
        plain.replace(kept[0], kept[0] + ",", 1)
        if first and first[-1] == kept[0] and len(kept) > 1
        else plain
    )


def held(library: str, availability: str = "") -> str:
    """The token of `IndexDoc.held` for "this library has it" or "this library has it, and in this way"."""
    return f"{library}:{HELD.get(availability, availability)}" if availability else library


def sort_key(text: str, skip: int = 0) -> str:
    """What a title or name is ordered by; the first `skip` characters (an article) are passed over."""
    key = " ".join(tokens(text[skip:] if 0 < skip < len(text) else text))
    return key.encode()[:SORT_BYTES].decode(errors="ignore")
