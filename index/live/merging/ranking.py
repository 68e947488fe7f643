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
from index.query import And, Not, Or, Phrase, Prefix, Query, Term

#: Fields in the order of the text that is searched, with weight and length (words) of a usual one.
FIELDS = (("title", 3.0, 8), ("author", 2.0, 6), ("subject", 1.5, 10), ("rest", 0.6, 25))
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
_APOSTROPHES = str.maketrans(dict.fromkeys("'`´ʹʻʼʽʾʿ‘’′", ""))


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for: its weight, the index of its field in FIELDS (None: any), how it is written."""

    text: str
    weight: float
    field: int | None
    pattern: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as ranking sees it: its words, one pattern for all of them, and the title it may be."""

    words: tuple[Word, ...] = ()
    pattern: re.Pattern[str] | None = None
    title: str = ""
    article: str = ""  # the title without its first word, where that is an article
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
                found[key] = Word(text, weight, key[1], _pattern(text, isinstance(part, Prefix)))
    words = tuple(found.values())
    if not words:
        return Asked()
    pattern = re.compile("|".join(f"({word.pattern})" for word in words))
    article = " ".join(said[1:]) if len(said) > 1 and said[0] in ARTICLES else ""
    return Asked(words, pattern, " ".join(said), article, sum(word.weight for word in words))


def _positive(query: Query) -> Iterable[Term | Phrase | Prefix]:
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from _positive(part)
    elif isinstance(query, Term | Phrase | Prefix) and not isinstance(query, Not):
        yield query


def _pattern(text: str, prefix: bool) -> str:
    """How a word is written in a description: as it is, or with another ending. Scripts without blanks have no borders."""
    if text in ("cplusplus", "csharp", "fsharp"):
        return {"cplusplus": r"\bc\+\+", "csharp": r"\bc#", "fsharp": r"\bf#"}[text]
    if not text.isascii():
        return re.escape(text)
    if prefix:
        return rf"\b{re.escape(text)}"
    stems = {english_stem(text), indonesian_stem(text)} - {text}
    ways = [
        rf"{re.escape(text)}\b",
        *(rf"{re.escape(stem)}[a-z]{{0,4}}\b" for stem in sorted(stems) if len(stem) > 3),
    ]
    if not stems and len(text) > 3:
        ways.append(rf"{re.escape(text)}(?:e?s|an|nya)\b")
    return rf"\b(?:{'|'.join(ways)})"


def fit(lean: Lean, what: Asked) -> float:
    """From 0 to 1, and above for titles that are called as was asked."""
    if what.pattern is None:
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
    rest = " ; ".join((lean.responsibility, lean.publisher, lean.place, *lean.series, *lean.notes[:6]))
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
    assert what.pattern is not None
    a, b, c = ends
    counts: dict[tuple[int, int], float] = {}
    words = what.words
    for found in what.pattern.finditer(text):
        place = found.start()
        field = 0 if place < a else 1 if place < b else 2 if place < c else 3
        index = (found.lastindex or 1) - 1
        word = words[index]
        exact = len(found.group()) == len(word.text) or not word.text.isascii()
        key = (index, field)
        counts[key] = counts.get(key, 0.0) + (1.0 if exact else STEMMED)
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
    if what.pattern is not None:
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
