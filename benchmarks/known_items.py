"""Whether a title that somebody knows is found: queries made by rule from the demo's works, and at which place it stands.

`python -m benchmarks.known_items [others=20000] [--list]`: `others` are titles of `benchmarks.corpus` around them. The
queries come from what is catalogued, by rules that ask no index: a part of a title is asked for only where no other work's
title has all its words. What counts is the place of the first edition of the work on the page that a patron sees: where
nothing is found, that page shows the hits of the nearest spelling. Prints the mean of 1/place (MRR), in all and by kind.
"""

from __future__ import annotations

import re
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from stdnum import isbn as isbn_rules

from benchmarks.corpus import Corpus
from benchmarks.measure import table
from index.document import Described, document
from index.engines.whoosh_engine import WhooshEngine
from index.parse import parse
from index.record import Availability, Format, Holding, Identifier, Name, Record
from index.search import Engine, IndexDoc, SearchRequest
from index.spelling import suggest
from web.demo.works import Work, works

#: How many queries of each kind; exact titles (the journals are such too) are less than a fifth.
COUNTS = {
    "exact title": 20, "partial title": 40, "misspelt": 40, "without diacritics": 30, "inverted author": 40,
    "ISBN-10": 30, "journal": 24, "old spelling": 40,
}  # fmt: skip
EXACT = ("exact title", "journal")

#: Hits on a page: what stands behind them is not found.
PAGE = 20
LIBRARIES = ("MLT", "KNG", "AGR", "CMP", "TRT")

#: How letters of today were written from 1901 and from 1947 on, and marks that a cataloguer may have set.
_COLONY = {"ny": "nj", "sy": "sj", "kh": "ch", "j": "dj", "c": "tj", "y": "j", "u": "oe"}
_REPUBLIC = {old: new for old, new in _COLONY.items() if old != "u"}
_MARKS = {"a": "ā", "e": "é", "i": "ī", "o": "ö", "u": "ū", "s": "ś", "n": "ñ"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query of a kind, and the ids of the documents any of which answers it."""

    kind: str
    text: str
    wanted: frozenset[str]


def words_of(text: str) -> list[str]:
    """The words of a text as anybody would type them: small letters, no signs."""
    return re.findall(r"[^\W_]+", text.replace("'", "").lower())


def respelt(text: str, letters: dict[str, str]) -> str:
    """The text with these letters for those of today."""
    longest_first = "|".join(sorted(letters, key=len, reverse=True))

    def put(match: re.Match[str]) -> str:
        new = letters[match.group().lower()]
        return new.capitalize() if match.group()[0].isupper() else new

    return re.sub(longest_first, put, text, flags=re.IGNORECASE)


def marked(text: str) -> str:
    """The text with a mark on the first letter of every longer word that can carry one."""
    return re.sub(r"(?<=\w)[aeiousn](?=\w{3})", lambda m: _MARKS[m.group()], text)


def slip(word: str, random: Random) -> str:
    """One letter wrong: swapped with the next, left out, doubled or another."""
    at = random.randrange(1, len(word) - 1)
    kind = random.randrange(4)
    if kind == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + random.choice([c for c in "aeioumnrst" if c != word[at]]) + word[at + 1 :]


class Set:
    """The catalogued works with their documents, and the queries; the same seed gives the same ones."""

    def __init__(self, seed: int = 5) -> None:
        self.random = Random(seed)
        self.works = {f"w{number:04d}": work for number, work in enumerate(works())}
        self.titles = {id: frozenset(words_of(work.full_title)) for id, work in self.works.items()}
        self._work = {id: (one.title.lower(), one.authors, one.body) for id, one in self.works.items()}
        editions: dict[tuple[object, ...], set[str]] = {}
        for id, key in self._work.items():
            editions.setdefault(key, set()).add(id)
        self.editions = {key: frozenset(ids) for key, ids in editions.items()}
        self.asked: list[Asked] = []
        used: set[str] = set()
        for kind, count in COUNTS.items():
            order = sorted(self.works)
            self.random.shuffle(order)
            found = 0
            for id in order:
                if found < count and id not in used and (asked := self._ask(kind, id)) is not None:
                    used.add(id)
                    self.asked.append(asked)
                    found += 1

    def documents(self) -> Iterator[IndexDoc]:
        """One a work, held by one to four libraries."""
        random = Random(11)
        for number, (id, work) in enumerate(self.works.items()):
            holders = random.sample(LIBRARIES, random.choice((1, 1, 2, 3, 4)))
            described: list[Described] = [(described_as(work), code, "") for code in sorted(holders)]
            yield document(id, described, number, number + 1, 0)

    def _ask(self, kind: str, id: str) -> Asked | None:
        """The query of this kind for this work; None where the rule has none for it."""
        text = _RULES[kind](self, id, self.works[id])
        return Asked(kind=kind, text=text, wanted=self._same(id)) if text else None

    def _same(self, id: str) -> frozenset[str]:
        """The editions of the work: same title, same authors."""
        return self.editions[self._work[id]]

    def only(self, id: str, words: Iterable[str]) -> bool:
        """Whether no other work's title has all these words."""
        asked = set(words)
        same = self._same(id)
        return all(id in same or not asked <= title for id, title in self.titles.items())

    # The rules

    def exact(self, id: str, work: Work) -> str:
        """The title as it stands."""
        return work.title if work.kind == "book" else ""

    def partial(self, id: str, work: Work) -> str:
        """The words of the title without one or two of them."""
        words = words_of(work.title)
        if len(words) < 4:
            return ""
        for _ in range(self.random.choice((1, 2)) if len(words) > 4 else 1):
            del words[self.random.randrange(len(words))]
        return " ".join(words) if self.only(id, words) else ""

    def misspelt(self, id: str, work: Work) -> str:
        """The title, or most of it, with a slip in one of its words."""
        words = words_of(work.title)[:6]
        long = [at for at, word in enumerate(words) if len(word) >= 5]
        if not long or len(words) < 2 or not self.only(id, words):
            return ""
        at = self.random.choice(long)
        words[at] = slip(words[at], self.random)
        return " ".join(words)

    def plain(self, id: str, work: Work) -> str:
        """The title of a work that was catalogued with marks, without them."""
        words = words_of(work.title)
        if len(words) < 2 or not self.only(id, words):
            return ""
        self.works[id] = replace(work, title=marked(work.title))
        bare = unicodedata.normalize("NFD", " ".join(words))
        return "".join(c for c in bare if not unicodedata.combining(c))

    def inverted(self, id: str, work: Work) -> str:
        """Family name, given name, and a word or two of the title."""
        longest = sorted(words_of(work.title), key=len, reverse=True)[: self.random.choice((1, 2))]
        if not work.authors or not work.authors[0].family or not longest:
            return ""
        same = self._same(id)
        for other, one in self.works.items():
            if other not in same and work.authors[0] in one.authors and set(longest) <= self.titles[other]:
                return ""
        return f"{work.authors[0].inverted} {' '.join(longest)}"

    def isbn10(self, id: str, work: Work) -> str:
        """The ISBN-10 of a work that has an ISBN: plain, with hyphens, with blanks."""
        if not work.isbn.replace("-", "").startswith("978"):
            return ""
        plain = str(isbn_rules.to_isbn10(work.isbn)).replace("-", "")
        hyphens = str(isbn_rules.format(plain))
        return self.random.choice((plain, hyphens, hyphens.replace("-", " "), f"ISBN {hyphens}"))

    def journal(self, id: str, work: Work) -> str:
        """The name of a journal, in small letters."""
        return work.title.lower() if work.kind == "journal" else ""

    def old(self, id: str, work: Work) -> str:
        """Half: catalogued as long ago, asked as today; half: the other way round."""
        words = words_of(work.title)
        letters = self.random.choice((_COLONY, _REPUBLIC))
        then = respelt(work.title, letters)
        if work.language != "ind" or len(words) < 2 or then == work.title or not self.only(id, words):
            return ""
        if self.random.random() < 0.5:
            self.works[id] = replace(work, title=then)
            return " ".join(words)
        return then.lower()


_RULES: dict[str, Callable[[Set, str, Work], str]] = {
    "exact title": Set.exact,
    "partial title": Set.partial,
    "misspelt": Set.misspelt,
    "without diacritics": Set.plain,
    "inverted author": Set.inverted,
    "ISBN-10": Set.isbn10,
    "journal": Set.journal,
    "old spelling": Set.old,
}


def described_as(work: Work) -> Record:
    """A work as a library would describe it."""
    return Record(
        title=work.title,
        subtitle=work.subtitle,
        non_filing=work.non_filing,
        authors=tuple(Name(text=person.inverted) for person in work.authors)
        or ((Name(text=work.body, corporate=True),) if work.body else ()),
        subjects=tuple(pair[0] for pair in work.subjects),
        identifiers=(Identifier(kind="isbn", value=work.isbn.replace("-", "")),) if work.isbn else (),
        publisher=work.publisher,
        place=work.place,
        year=work.year,
        languages=(work.language,),
        format=Format(work.kind),
        summary=work.summary,
        contents=work.contents,
        series=(work.series,) if work.series else (),
        holdings=(Holding(call_number=work.ddc, availability=Availability.AVAILABLE),),
    )


def place(engine: Engine, asked: Asked, *, mended: bool = True) -> int:
    """At which place of the page a document that answers the query stands; 0 where none does."""
    query = parse(asked.text)
    answer = engine.search(SearchRequest(query=query, limit=PAGE))
    if mended and not answer.total and (better := suggest(query, engine)) is not None:
        answer = engine.search(SearchRequest(query=better, limit=PAGE))
    return next((n for n, hit in enumerate(answer.hits, 1) if hit.id in asked.wanted), 0)


def mrr(places: Sequence[int]) -> float:
    """The mean of 1/place; what is not found counts 0."""
    return sum(1 / n for n in places if n) / max(1, len(places))


def filled(engine: Engine, known: Set, others: int) -> None:
    """Put the works, and so many other titles, into an engine."""

    def everything() -> Iterator[IndexDoc]:
        yield from known.documents()
        for doc in Corpus().documents(others):
            yield replace(doc, id=f"x{doc.id}")

    engine.rebuild(everything(), 1)


def main() -> None:
    """Print the figures; `--list` prints each query that was not answered first."""
    numbers = [word for word in sys.argv[1:] if word.isdigit()]
    known = Set()
    with tempfile.TemporaryDirectory(prefix="silang-bench-") as folder:
        engine = WhooshEngine(Path(folder))
        filled(engine, known, int(numbers[0]) if numbers else 20_000)
        places = {asked: place(engine, asked) for asked in known.asked}
        plain = {asked: place(engine, asked, mended=False) for asked in known.asked}
        rows = []
        for kind in COUNTS:
            some = [asked for asked in known.asked if asked.kind == kind]
            found = [places[asked] for asked in some]
            first = sum(n == 1 for n in found)
            rows.append(
                (
                    kind,
                    len(some),
                    f"{mrr(found):.3f}",
                    first,
                    found.count(0),
                    f"{mrr([plain[a] for a in some]):.3f}",
                )
            )
        all_places = list(places.values())
        rows.append(
            (
                "all",
                len(all_places),
                f"{mrr(all_places):.3f}",
                sum(n == 1 for n in all_places),
                all_places.count(0),
                f"{mrr(list(plain.values())):.3f}",
            )
        )
        exact = sum(asked.kind in EXACT for asked in known.asked)
        print(f"{engine.count():,} titles, {len(known.asked)} queries, {exact} of them an exact title")
        table(("kind", "queries", "MRR", "first", "not on the page", "MRR without suggestions"), rows)
        if "--list" in sys.argv:
            for asked, at in places.items():
                if at != 1:
                    print(f"{asked.kind:20} {at:3} {asked.text}")
        engine.close()


if __name__ == "__main__":
    main()
