"""What makes a hit come first: whole numbers only, so that every engine adds up to exactly the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from index.analysis import GAP, SORT_BYTES, tokens
from index.query import And, Phrase, Query, Term
from index.search import IndexDoc

#: What a word counts where it stands, times its rarity. A word found by its stem or in another spelling alone counts
#: less than itself, and its share of the fields is half.
SURFACE = 4
STEM = 2
TITLE = 6
AUTHOR = 4
SUBJECT = 3
#: Words side by side are worth more than the same words apart.
PHRASE = 12

#: The fields whose own share is added when a word of 'any' stands there.
SHARES = (("title", TITLE), ("author", AUTHOR), ("subject", SUBJECT))

#: What it counts, times the rarity of all words asked, that they are the title, that the title begins with them, or
#: that they begin with the title (and go on with the author).
WHOLE = 12
BEGINS = 4
HEAD = 8
#: A journal that is called so comes before books and articles that are.
JOURNAL = 6

#: Articles that a sort key passes over, where somebody typed them.
_ARTICLES = frozenset(
    ("the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "los", "il", "lo", "een", "het")
)


@dataclass(frozen=True, slots=True)
class Lead:
    """Sort keys of titles, as bytes of SORT_BYTES at most, that a query asks for: called so, or called so in front."""

    whole: tuple[bytes, ...] = ()
    heads: tuple[bytes, ...] = ()

    def worth(self, title: bytes, journal: bool) -> int:
        """What a title with this sort key counts, times the rarity of all words."""
        if title in self.whole:
            return WHOLE + (JOURNAL if journal else 0)
        if any(title.startswith(one + b" ") for one in self.whole):
            return BEGINS
        return HEAD if title in self.heads else 0


NO_LEAD = Lead()


def lead(query: Query) -> Lead:
    """The titles a query asks for: of its words in 'any' and 'title', in order. NO_LEAD where it is more than words."""
    parts = query.parts if isinstance(query, And) else (query,)
    said: list[str] = []
    for part in parts:
        if isinstance(part, Term | Phrase) and part.field in ("any", "title"):
            said.append(part.text)
    words = tokens(" ".join(said))
    if not words:
        return NO_LEAD
    ways = [words, words[1:]] if words[0] in _ARTICLES and len(words) > 1 else [words]
    whole = tuple(_key(way) for way in ways)
    heads = dict.fromkeys(_key(way[:n]) for way in ways for n in range(len(way) - 1, 1, -1))
    return Lead(whole, tuple(one for one in heads if one not in whole)[-8:])


def _key(words: Sequence[str]) -> bytes:
    """The sort key of a title of these words, as an engine holds it."""
    return " ".join(words).encode()[:SORT_BYTES].decode(errors="ignore").encode()


def rarity(total: int, found: int) -> int:
    """How much a word tells: the fewer of the `total` documents have it, the more. At least 16."""
    return 16 + int(64 * log(1 + total / max(found, 1)))


#: The most that `prior` gives.
MOST_PRIOR = 250


def prior(doc: IndexDoc) -> int:
    """What a document is worth before any word is asked: short titles and many holding libraries first.

    An even number from 100 to 250: tantivy can multiply by half of it, up to 127, and stay exact.
    """
    title = doc.title[: doc.title.index(GAP)] if GAP in doc.title else doc.title
    return (100 + 200 // (2 + len(title)) + 5 * min(len(doc.library), 10)) // 2 * 2
