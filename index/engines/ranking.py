"""What makes a hit come first: whole numbers only, so that every engine adds up to exactly the same order."""

from __future__ import annotations

from math import log

from index.analysis import GAP
from index.search import IndexDoc

#: What a word counts where it stands, times its rarity. A word found by its stem alone counts less than itself.
SURFACE = 4
STEM = 2
TITLE = 6
AUTHOR = 4
SUBJECT = 3
#: Words side by side are worth more than the same words apart.
PHRASE = 12

#: The fields whose own share is added when a word of 'any' stands there.
SHARES = (("title", TITLE), ("author", AUTHOR), ("subject", SUBJECT))


def rarity(total: int, found: int) -> int:
    """How much a word tells: the fewer of the `total` documents have it, the more. At least 16."""
    return 16 + int(64 * log(1 + total / max(found, 1)))


def prior(doc: IndexDoc) -> int:
    """What a document is worth before any word is asked: short titles and many holding libraries first (at most 250)."""
    title = doc.title[: doc.title.index(GAP)] if GAP in doc.title else doc.title
    return 100 + 200 // (2 + len(title)) + 5 * min(len(doc.library), 10)
