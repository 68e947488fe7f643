"""Whether two descriptions are one hit: the rules of the harvested union, and one more for printings of one ISBN."""

from __future__ import annotations

from dataclasses import replace

from index.cluster import ACCEPT, MAYBE, Verdict, compare
from index.matching.likeness import same_author, title_likeness
from index.normal import Norm


def judged(a: Norm, b: Norm) -> Verdict:
    """`index.cluster.compare`, but that years alone do not keep printings of one ISBN apart.

    Brief records of targets give the year of the printing at hand. So where two texts tell neither extent nor edition,
    years are the only veto, and one ISBN, title and author are the same, it is one hit, judged without the years.
    Where more is told, the union's rule stands: a reprint under an old ISBN is another edition.
    """
    found = compare(a, b)
    if found.verdict != "veto" or found.reasons[0][0] != "year":
        return found
    if _telling(a) or _telling(b) or not a.kind.startswith("text"):
        return found
    if not a.isbns or set(a.isbns).isdisjoint(b.isbns):
        return found
    if title_likeness(a, b, True)[0] < 0.95 or same_author(a, b) is not True:
        return found
    timeless = compare(_timeless(a), _timeless(b))
    if timeless.verdict in ("veto", "different") or timeless.score < MAYBE:
        return found
    return Verdict("same", max(ACCEPT, timeless.score), (*timeless.reasons, ("printing", 0.0)))


def _telling(norm: Norm) -> bool:
    return (
        norm.pages is not None
        or norm.volumes is not None
        or norm.edition is not None
        or bool(norm.publishers)
    )


def _timeless(norm: Norm) -> Norm:
    return replace(norm, year=None, years=(), until=None)
