"""Which records describe the same edition: vetoes, a score with reasons, and groups that hold together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rapidfuzz import fuzz

from index.normal import Norm

#: Pairs that score so much are the same; from MAYBE on they are shown as 'possibly the same'.
ACCEPT = 4.5
MAYBE = 3.0
#: A key that more records share says nothing by itself ('Annual report').
HOT = 60
#: Groups join only where at most this part of the pairs across is vetoed.
TOLERATED = 1 / 3
#: A title of so many letters is no accident when it is the same in both.
_TELLING_TITLE = 20

T = TypeVar("T", bound="str | int | tuple[str, str]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comparing two records gave: 'same', 'maybe', 'different' or 'veto'; the reasons are codes with weights.

    A veto has score 0 and one reason, the first that was found.
    """

    verdict: str
    score: float
    reasons: tuple[tuple[str, float], ...]


def compare(a: Norm, b: Norm) -> Verdict:
    """Compare two normal forms. Symmetric. The cheap vetoes come first: most pairs end there."""
    if a.kind != b.kind:
        return _veto("kind")
    if a.language and b.language and a.language != b.language:
        return _veto("language")
    isbn = _shared(a.isbns, b.isbns)
    if isbn is False:
        return _veto("isbn")
    strong = bool(a.strong and b.strong and not set(a.strong).isdisjoint(b.strong))
    issn = bool(a.issns and b.issns and not set(a.issns).isdisjoint(b.issns))
    known = bool(isbn) or strong
    pages = _pages(a.pages, b.pages)
    if pages is False:
        return _veto("pages")
    serial = " serial " in a.kind
    if a.year is not None and b.year is not None and a.year != b.year:
        near = abs(a.year - b.year) <= 1 and known and pages
        if not near and not (serial and (issn or strong)):
            return _veto("year")
    if a.edition is not None and b.edition is not None and a.edition != b.edition:
        return _veto("edition")
    if _other_part(a, b) and not (known and pages):
        return _veto("part")
    if serial and not issn and a.issns and b.issns and not strong:
        return _veto("issn")
    title = _title(a, b, known or issn)
    if title < 0.8:
        return _veto("title")
    if a.source and a.source == b.source and not strong and _both_in_oclc(a, b):
        return _veto("catalogue")
    author = _author(a, b)
    if not known and not issn:
        if author is False:
            return _veto("author")
        if title == 1.0 and a.full != b.full and _say_different_things(a.full, b.full):
            return _veto("words")
    return _score(a, b, bool(isbn), strong, issn and serial, pages, title, author)


def _veto(reason: str) -> Verdict:
    return _VETOES.get(reason) or _VETOES.setdefault(reason, Verdict("veto", 0.0, ((reason, 0.0),)))


_VETOES: dict[str, Verdict] = {}


def _shared(a: tuple[str, ...], b: tuple[str, ...]) -> bool | None:
    """True when they share one, False when both have some and share none, None when one has none."""
    if not a or not b:
        return None
    return not set(a).isdisjoint(b)


def _pages(a: int | None, b: int | None) -> bool | None:
    """True within 2 pages, False beyond 6 pages and 6 per cent, None between and when unknown."""
    if a is None or b is None:
        return None
    difference = abs(a - b)
    if difference <= 2:
        return True
    return False if difference > 6 and difference > 0.06 * max(a, b) else None


def _other_part(a: Norm, b: Norm) -> bool:
    """Whether numbers of the title or part of one are missing from everything the other says of its title."""
    if a.numbers != b.numbers:
        mine, yours = set(a.numbers), set(b.numbers)
        if not mine <= yours | set(b.more_numbers) or not yours <= mine | set(a.more_numbers):
            return True
    elif a.more_numbers != b.more_numbers and a.more_numbers and b.more_numbers:
        return True
    if not a.part_name or not b.part_name or a.part_name == b.part_name:
        return False
    return fuzz.ratio(a.part_name, b.part_name) < 80 or _say_different_things(a.part_name, b.part_name)


def _title(a: Norm, b: Norm, known: bool) -> float:
    """Likeness of the titles from 0 to 1, the best of main title, whole title and other titles."""
    if a.title == b.title or a.full == b.full:
        return 1.0
    best = max(fuzz.ratio(a.title, b.title), fuzz.ratio(a.full, b.full))
    if best < 95:
        for mine, yours in ((a, b), (b, a)):
            best = max(best, fuzz.token_sort_ratio(mine.full, yours.full) - 3)  # parts in another order
            for other in mine.others:
                best = max(best, fuzz.ratio(other, yours.title), fuzz.ratio(other, yours.full))
    if best < 80 and known:
        # One catalogue leaves the subtitle out, or writes it into the title.
        short, long = sorted((a.title, b.title), key=len)
        if " " in short and len(short) >= 10 and long.startswith(short + " "):
            best = 85.0
    return best / 100


def _author(a: Norm, b: Norm) -> bool | None:
    """True when a person or body is in both, False when both name some and share none, None when one names none."""
    if a.surnames and b.surnames:
        if not set(a.surnames).isdisjoint(b.names) or not set(b.surnames).isdisjoint(a.names):
            return True
        return (
            _in_words(a.surnames, b.said) or _in_words(b.surnames, a.said) or _alike(a.surnames, b.surnames)
        )
    if a.bodies and b.bodies and not a.surnames and not b.surnames:
        mine, yours = set(a.bodies), set(b.bodies)
        return len(mine & yours) * 2 >= min(len(mine), len(yours))
    for body, person in ((a, b), (b, a)):
        # Dublin Core does not tell bodies from persons.
        if body.bodies and person.names and not body.surnames and not person.bodies:
            return True if len(set(body.bodies) & set(person.names)) * 2 >= len(person.names) else None
    if (a.surnames and b.said and _in_words(a.surnames, b.said)) or (
        b.surnames and a.said and _in_words(b.surnames, a.said)
    ):
        return True
    return None


def _both_in_oclc(a: Norm, b: Norm) -> bool:
    """Whether one catalogue holds them under two numbers of WorldCat: then somebody meant to keep them apart."""
    return any(s.startswith("oclc:") for s in a.strong) and any(s.startswith("oclc:") for s in b.strong)


def _say_different_things(mine: str, yours: str) -> bool:
    """Whether each title has a word of its own that is no spelling or short form of a word of the other.

    'Flood insurance study : town of Epsom' and '… town of Concord'; what only one of them adds is no contradiction.
    """
    here, there = set(mine.split(" ")), set(yours.split(" "))
    only_here = [w for w in here - there if len(w) > 2 and w not in _GENRES]
    only_there = [w for w in there - here if len(w) > 2 and w not in _GENRES]
    return any(not _spelt(w, there) for w in only_here) and any(not _spelt(w, here) for w in only_there)


def _spelt(word: str, words: set[str]) -> bool:
    return any(fuzz.ratio(word, w) >= 75 or w.startswith(word[:4]) for w in words)


#: Words that say what a book is, which catalogues add as they like.
_GENRES = frozenset(
    ("novel", "roman", "sebuah", "kumpulan", "cerita", "buku", "book", "edisi", "edition", "text", "teks")
)


def _in_words(surnames: tuple[str, ...], said: str) -> bool:
    return any(name in said for name in surnames if len(name) > 2) if said else False


def _alike(mine: tuple[str, ...], yours: tuple[str, ...]) -> bool:
    """Spellings of one name: 'dostoevskij', 'dostoyevsky'."""
    return any(fuzz.ratio(x, y) >= 80 for x in mine[:4] for y in yours[:4] if len(x) > 4 and len(y) > 4)


def _score(
    a: Norm,
    b: Norm,
    isbn: bool,
    strong: bool,
    issn: bool,
    pages: bool | None,
    title: float,
    author: bool | None,
) -> Verdict:
    """The additive score: each reason with its weight."""
    reasons: list[tuple[str, float]] = []
    if isbn:
        reasons.append(("isbn", 2.0))
    if issn:
        reasons.append(("issn", 3.0))
    if strong:
        reasons.append(("number", 2.0 if title >= 0.95 else 1.5))
    if a.year is not None and a.year == b.year:
        reasons.append(("year", 1.5))
    if pages:
        reasons.append(("pages", 1.5))
    if author is not None:
        reasons.append(("author", 1.0 if author else -1.0))
    if a.publisher and b.publisher:
        likeness = fuzz.token_set_ratio(a.publisher, b.publisher)
        if likeness >= 85:
            reasons.append(("publisher", 1.2))
        elif likeness < 50:
            reasons.append(("publisher", -1.5))
    agrees = {reason for reason, weight in reasons if weight > 0}
    if title == 1.0 and {"year", "author", "publisher"} <= agrees:
        reasons.append(("imprint", 0.5))
    if " serial " in a.kind and title == 1.0 and "publisher" in agrees and "year" not in agrees:
        # Catalogues rarely agree on when a serial began, many do not say.
        reasons.append(("serial", 2.0 if "author" in agrees else 1.5))
    if a.place and b.place:
        reasons.append(("place", 0.4 if fuzz.ratio(a.place, b.place) >= 80 else -0.6))
    if a.edition is not None and a.edition == b.edition:
        reasons.append(("edition", 0.8))
    elif (a.edition or b.edition or 1) > 1:  # a first edition is often not called so
        reasons.append(("edition", -1.0))
    if a.shelf and b.shelf and not set(a.shelf).isdisjoint(b.shelf):
        reasons.append(("call_number", 0.5))
    if a.source and a.source == b.source and not strong:
        reasons.append(("catalogue", -1.0))
    if a.series_number and b.series_number:
        reasons.append(("series", 0.5 if a.series_number == b.series_number else -1.0))
    if title >= 0.95:
        reasons.append(
            ("title", 1.0 if title == 1.0 and min(len(a.full), len(b.full)) >= _TELLING_TITLE else 0.5)
        )
    if a.subtitle and b.subtitle and fuzz.token_set_ratio(a.subtitle, b.subtitle) < 50:
        reasons.append(("subtitle", -1.5))
    if a.said and b.said:
        likeness = fuzz.token_set_ratio(a.said, b.said)
        if likeness >= 80:
            reasons.append(("responsibility", 0.5))
        elif likeness < 40:
            reasons.append(("responsibility", -1.0))
    score = round(sum(weight for _, weight in reasons), 2)
    verdict = "same" if score >= ACCEPT else "maybe" if score >= MAYBE else "different"
    return Verdict(verdict, score, tuple(reasons))


def partition(
    members: Collection[T],
    accepted: Iterable[tuple[float, T, T]],
    vetoed: Callable[[T, T], bool],
    same: Iterable[tuple[T, T]] = (),
    not_same: Iterable[tuple[T, T]] = (),
) -> list[frozenset[T]]:
    """Groups of members that hold together. The order of what comes in does not matter, only the names do.

    Accepted pairs are taken by falling score; two groups join when at most a third of the pairs across is vetoed.
    What people decided goes before everything: 'same' joins whatever the score says, 'not same' keeps two groups
    apart for good. Where people contradict each other ('same' in a circle around a 'not same'), 'not same' wins.
    """
    group: dict[T, set[T]] = {m: {m} for m in members}
    apart = {(x, y) for x, y in not_same} | {(y, x) for x, y in not_same}

    def join(x: T, y: T) -> None:
        mine, yours = group[x], group[y]
        if len(mine) < len(yours):
            mine, yours = yours, mine
        mine |= yours
        for member in yours:
            group[member] = mine

    for x, y in sorted(tuple(sorted(pair)) for pair in same):
        if x in group and y in group and group[x] is not group[y] and not _apart(group[x], group[y], apart):
            join(x, y)
    together = {(x, y) for pair in same for x, y in (pair, pair[::-1])}
    ordered: list[tuple[float, T, T]] = sorted((-score, min(x, y), max(x, y)) for score, x, y in accepted)
    for _, x, y in ordered:
        mine, yours = group[x], group[y]
        if mine is yours or (apart and _apart(mine, yours, apart)):
            continue
        if len(mine) == 1 and len(yours) == 1:
            join(x, y)  # an accepted pair is not vetoed
            continue
        against = sum(1 for m in mine for n in yours if (m, n) not in together and vetoed(m, n))
        if against <= TOLERATED * len(mine) * len(yours):
            join(x, y)
    return [frozenset(g) for g in {id(g): g for g in group.values()}.values()]


def _apart(mine: set[T], yours: set[T], apart: set[tuple[T, T]]) -> bool:
    return any((m, n) in apart for m in mine for n in yours)


def displayed(norms: Mapping[T, Norm]) -> T:
    """The member whose record is shown for the group: the one that tells most; the first by name among equals."""
    return min(norms, key=lambda member: (-norms[member].richness, member))


def components(members: Iterable[T], pairs: Iterable[tuple[T, T]]) -> list[list[T]]:
    """Members in connected lots, each sorted; pairs may name others, which are left out."""
    parent: dict[T, T] = {m: m for m in members}

    def root(x: T) -> T:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for x, y in pairs:
        if x in parent and y in parent:
            parent[root(x)] = root(y)
    lots: dict[T, list[T]] = {}
    for member in parent:
        lots.setdefault(root(member), []).append(member)
    return [sorted(lot) for lot in lots.values()]


def candidates(holders: Mapping[int, Sequence[T]]) -> set[tuple[T, T]]:
    """Pairs that share a key which is not hot, the smaller first."""
    found: set[tuple[T, T]] = set()
    for sharing in holders.values():
        if 1 < len(sharing) <= HOT:
            ordered = sorted(sharing)
            for place, x in enumerate(ordered):
                for y in ordered[place + 1 :]:
                    found.add((x, y))
    return found
