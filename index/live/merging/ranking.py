"""How well a description fits what was asked, and how high the targets put it: two numbers that no other record moves.

The words of the query are looked for in title, names, subjects and the rest; each counts more the more telling its field
and the shorter it is, and less with every further time (BM25 over fields, with set lengths instead of averages). To that
comes how high up the targets themselves had it, added up over targets (reciprocal ranks) and levelled off. A score is
made of the cluster alone: what comes in later does not move it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.analysis import STOP_WORDS, english_stem, fold, indonesian_stem, tokens
from index.live.lean.record import Lean
from index.live.merging.values import Reason
from index.matching.words import ARTICLES
from index.query import And, Or, Phrase, Prefix, Query, Term

#: Fields in the order of the text that is searched, with weight and length (words) of a usual one.
FIELDS = (("title", 3.0, 8), ("author", 2.0, 6), ("subject", 1.5, 10), ("rest", 0.6, 15))
#: After how much of a word more of it hardly counts.
SATURATION = 1.2
#: What a word that stands everywhere counts, and one that is found by its stem alone.
COMMON, STEMMED = 0.2, 0.5
#: The title is what was asked; it begins so; the words stand in it side by side.
WHOLE, BEGINS, SIDE_BY_SIDE = 0.4, 0.2, 0.1
#: What the places that targets gave it can add at most; half of it for one target's first place.
FUSION = 0.5
_DEPTH = 30
#: Most words of a query that are looked for.
_MOST = 30
_ACCESS = {"any": None, "title": 0, "author": 1, "subject": 2, "series": 3, "publisher": 3}
#: Tokens of names of programming languages → how they are written.
_SIGNS = {"cplusplus": "c++", "csharp": "c#", "fsharp": "f#"}
_APOSTROPHES = str.maketrans(dict.fromkeys("'`´ʹʻʼʽʾʿ‘’′", ""))


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for: its weight, the index of its field in FIELDS (None: any).

    It is written as it is, or as one of its `stems` with another `ending`; `core` is what all ways begin with.
    """

    text: str
    weight: float
    field: int | None
    core: str
    ways: re.Pattern[str]
    bound: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as ranking sees it: its words and the title it may be, also without an article in front."""

    words: tuple[Word, ...] = ()
    title: str = ""
    article: str = ""
    total: float = 0.0


def asked(query: Query) -> Asked:
    """What ranking looks for. Words behind NOT, numbers and codes of other access points do not rank."""
    found: dict[tuple[str, int | None], Word] = {}
    said: list[str] = []
    for part in _positive(query):
        if part.field not in _ACCESS:
            continue
        texts = tokens(part.text)
        if part.field in ("any", "title"):
            said.extend(texts)
        for text in texts:
            key = (text, _ACCESS[part.field])
            if key not in found and len(found) < _MOST:
                weight = COMMON if text in STOP_WORDS and not isinstance(part, Phrase) else 1.0
                found[key] = _word(text, weight, key[1], isinstance(part, Prefix))
    words = tuple(found.values())
    if not words:
        return Asked()
    article = " ".join(said[1:]) if len(said) > 1 and said[0] in ARTICLES else ""
    return Asked(words, " ".join(said), article, sum(word.weight for word in words))


def _positive(query: Query) -> Iterable[Term | Phrase | Prefix]:
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from _positive(part)
    elif isinstance(query, Term | Phrase | Prefix):
        yield query


def _word(text: str, weight: float, field: int | None, prefix: bool) -> Word:
    """How a word is written in a description: as it is, or with another ending. Scripts without blanks have no borders."""
    if text in _SIGNS:
        written = _SIGNS[text]
        return Word(written, weight, field, written, re.compile(re.escape(written)), True)
    if not text.isascii():
        return Word(text, weight, field, text, re.compile(re.escape(text)), False)
    if prefix:
        return Word(text, weight, field, text, re.compile(re.escape(text)), True)
    stems = {
        stem
        for stem in (english_stem(text), indonesian_stem(text))
        if len(stem) > 3 and text.startswith(stem[:4])
    }
    core = _beginning([text, *stems])
    ways = [rf"{re.escape(text)}\b", *(rf"{re.escape(stem)}[a-z]{{0,4}}\b" for stem in sorted(stems))]
    return Word(text, weight, field, core, re.compile("|".join(ways)), True)


def _beginning(texts: Sequence[str]) -> str:
    """What all of these begin with."""
    low, high = min(texts), max(texts)
    same = (place for place, (a, b) in enumerate(zip(low, high, strict=False)) if a != b)
    return low[: next(same, min(len(low), len(high)))]


def fit(lean: Lean, what: Asked) -> float:
    """From 0 to 1, and above for titles that are called as was asked."""
    if not what.words:
        return 0.0
    text, ends = _text(lean)
    return _score(text, ends, what)[0]


def _text(lean: Lean) -> tuple[str, tuple[int, int, int]]:
    """The folded text of a description, and where title, names and subjects end in it."""
    title = lean.title[lean.non_filing :]
    if lean.subtitle or lean.part_number or lean.part_name:
        title = f"{title} : {lean.subtitle} {lean.part_number} {lean.part_name}"
    if lean.alternates or lean.scripts or lean.non_filing:
        title = " ; ".join((title, *lean.alternates, *lean.scripts, lean.title[: lean.non_filing]))
    names = lean.authors + lean.contributors
    people = " ; ".join([name.text for name in names])
    subjects = " ; ".join(lean.subjects)
    rest = " ; ".join((lean.responsibility, lean.publisher, lean.place, *lean.series))
    parts = [_folded(part) for part in (title, people, subjects)]
    a = len(parts[0])
    b = a + 1 + len(parts[1])
    c = b + 1 + len(parts[2])
    return "\n".join((*parts, _folded(rest))), (a, b, c)


def _folded(text: str) -> str:
    text = text.lower() if text.isascii() else fold(text)
    return text.translate(_APOSTROPHES) if "'" in text or not text.isascii() else text


def _score(
    text: str, ends: tuple[int, int, int], what: Asked
) -> tuple[float, dict[tuple[int, int], float], str]:
    """(the score, how often each word stands in each field, which bonus)."""
    a, b, c = ends
    counts: dict[tuple[int, int], float] = {}
    words = what.words
    for index, word in enumerate(words):
        core = word.core
        place = text.find(core)
        while place >= 0:
            if not word.bound or not place or not text[place - 1].isalnum():
                found = word.ways.match(text, place)
                if found is not None:
                    field = 0 if place < a else 1 if place < b else 2 if place < c else 3
                    key = (index, field)
                    exact = found.end() - place == len(word.text)
                    counts[key] = counts.get(key, 0.0) + (1.0 if exact else STEMMED)
            place = text.find(core, place + len(core))
    total = 0.0
    if counts:
        lengths = (text.count(" ", 0, a), text.count(" ", a, b), text.count(" ", b, c), text.count(" ", c))
        sums = [0.0] * len(words)
        for (index, field), count in counts.items():
            wanted = words[index].field
            if wanted is None or wanted == field:
                _, weight, usual = FIELDS[field]
                sums[index] += weight * count / (0.3 + 0.7 * (1 + lengths[field]) / usual)
        for word, found_sum in zip(words, sums, strict=True):
            total += word.weight * found_sum / (SATURATION + found_sum)
        total /= what.total
    bonus = _bonus(text, a, what)
    total += {"title_is": WHOLE, "title_begins": BEGINS, "side_by_side": SIDE_BY_SIDE, "": 0.0}[bonus]
    return total, counts, bonus


def _bonus(text: str, end: int, what: Asked) -> str:
    """title_is, title_begins, side_by_side or ''; the title goes to the first mark of the text, other titles to `end`."""
    title = what.title
    if not title:
        return ""
    if text.startswith(title) or (what.article and text.startswith(what.article)):
        after = text[len(title if text.startswith(title) else what.article) :][:3]
        if after[:1] in ("", "\n") or after[:2] in (" ;", " :"):
            return "title_is"
        if not after[:1].isalnum():
            return "title_begins"
    return "side_by_side" if " " in title and title in text[:end] else ""


def fused(places: Iterable[int]) -> float:
    """What the places (from 1) that targets gave a record are worth together, from 0 to FUSION."""
    total = 0.0
    for place in places:
        total += _DEPTH / (_DEPTH + place - 1)
    return FUSION * total / (1.0 + total)


def why(lean: Lean, what: Asked, best: Sequence[tuple[str, int]]) -> tuple[Reason, ...]:
    """The parts of a score, the biggest first; `best` are targets with the place each gave it."""
    reasons: list[Reason] = []
    if what.words:
        text, ends = _text(lean)
        total, counts, bonus = _score(text, ends, what)
        extra = {"title_is": WHOLE, "title_begins": BEGINS, "side_by_side": SIDE_BY_SIDE, "": 0.0}[bonus]
        shares: dict[int, list[str]] = {}
        for index, field in sorted(counts):
            shares.setdefault(field, []).append(what.words[index].text)
        weighed = {field: FIELDS[field][1] * len(words) for field, words in shares.items()}
        for field, words in shares.items():
            part = (total - extra) * weighed[field] / sum(weighed.values())
            reasons.append(
                Reason(f"words_in_{FIELDS[field][0]}", round(part, 4), ", ".join(dict.fromkeys(words)))
            )
        if bonus:
            reasons.append(Reason(bonus, extra, what.title))
    if best:
        told = ", ".join(f"{target} {place}" for target, place in sorted(best, key=lambda b: (b[1], b[0])))
        reasons.append(Reason("places", round(fused(place for _, place in best), 4), told))
    return tuple(sorted(reasons, key=lambda r: (-r.weight, r.code)))
