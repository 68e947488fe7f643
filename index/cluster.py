"""Whether two records describe the same edition: vetoes first, then a score with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from index.matching.likeness import (
    TELLING_TITLE,
    both_are_entered,
    longer_title,
    other_numbers,
    other_part_name,
    others_helped,
    publisher_likeness,
    same_author,
    same_series,
    say_different_things,
    title_likeness,
)
from index.normal import Norm

#: Pairs that score so much are the same; from MAYBE on they are shown as 'possibly the same'.
ACCEPT = 4.5
MAYBE = 3.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comparing two records gave: 'same', 'maybe', 'different' or 'veto'; the reasons are codes with weights.

    A veto has score 0 and one reason, the first that was found.
    """

    verdict: str
    score: float
    reasons: tuple[tuple[str, float], ...]


@dataclass(slots=True)
class _Pair:
    """What is known of a pair while it is judged. True, False and None are 'agree', 'disagree' and 'unknown'."""

    a: Norm
    b: Norm
    isbn: bool = False
    of_a_set: bool = False
    strong: bool = False
    issn: bool = False
    serial: bool = False
    pages: bool | None = None
    year: str = ""
    part: str = ""
    title: float = 0.0
    author: bool | None = None
    publisher: float | None = None

    @property
    def known(self) -> bool:
        """Whether a number joins them."""
        return self.isbn or self.strong


def compare(a: Norm, b: Norm) -> Verdict:
    """Compare two normal forms. Symmetric. The cheap vetoes come first: most pairs end there."""
    if a.kind != b.kind:
        return _veto("kind")
    text = a.kind.startswith("text")
    if text and a.languages and b.languages and _apart(a.languages, b.languages):
        return _veto("language")
    pair = _Pair(a, b)
    if a.isbns and b.isbns:
        if _apart(a.isbns, b.isbns):
            if _apart((*a.isbns, *a.cancelled), (*b.isbns, *b.cancelled)):
                return _veto("isbn")
        else:
            mine, yours = set(a.isbns), set(b.isbns)
            pair.of_a_set = bool(mine - yours and yours - mine)
            pair.isbn = not pair.of_a_set
    pair.pages = _pages(a, b)
    if pair.pages is False:
        return _veto("pages")
    if a.scale and b.scale and a.scale != b.scale:
        return _veto("scale")
    if a.media and b.media and _other_medium(a.media, b.media):
        return _veto("medium")
    if a.edition is not None and b.edition is not None and a.edition != b.edition:
        return _veto("edition")
    pair.strong = bool(a.strong and b.strong and not _apart(a.strong, b.strong))
    pair.issn = bool(a.issns and b.issns and not _apart(a.issns, b.issns))
    pair.serial = " serial " in a.kind
    pair.year = _year(pair)
    if pair.year == "other":
        return _veto("year")
    pair.part = _part(pair)
    if pair.part == "other":
        return _veto("part")
    if pair.serial and a.issns and b.issns and not pair.issn and not pair.strong:
        return _veto("issn")
    series = same_series(a, b)
    if series is False and not pair.known:
        return _veto("series")
    pair.title, by_other = title_likeness(a, b, pair.known or pair.issn)
    pair.author = same_author(a, b)
    pair.publisher = publisher_likeness(a, b)
    if pair.title < 0.8 and not (_otherwise_the_same(pair) and longer_title(a, b)):
        return _veto("title")
    if a.source and a.source == b.source and not pair.strong and _both_in_oclc(a, b):
        return _veto("catalogue")
    if not pair.known and not pair.issn:
        if other_numbers(a, b):
            return _veto("numbers")
        if pair.author is False and (text or a.kind.startswith("score")) and both_are_entered(a, b):
            return _veto("author")
        if not by_other and _other_words(pair):
            return _veto("words")
    elif a.kind.startswith("map") and not pair.strong and say_different_things(a.title, b.title):
        return _veto("words")  # sheets of one series come with each other's ISBN
    return _score(pair, series)


def _veto(reason: str) -> Verdict:
    return _VETOES.get(reason) or _VETOES.setdefault(reason, Verdict("veto", 0.0, ((reason, 0.0),)))


_VETOES: dict[str, Verdict] = {}


def _apart(mine: tuple[str, ...], yours: tuple[str, ...]) -> bool:
    return set(mine).isdisjoint(yours)


def _pages(a: Norm, b: Norm) -> bool | None:
    """True within 2 pages, False beyond 6 pages and 6 per cent, None between and when unknown.

    Minutes of films and sound count likewise; one catalogue may add up what the other lists.
    """
    if a.minutes and b.minutes and a.pages is None:
        difference = abs(a.minutes - b.minutes)
        return (
            True if difference <= 2 else False if difference > 0.08 * max(a.minutes, b.minutes) + 2 else None
        )
    if a.pages is None or b.pages is None:
        return None
    # Plates and unnumbered leaves are counted by some; a leaflet has no room for that.
    biggest = max(a.pages, b.pages)
    best = min(
        abs(mine - yours) for mine in (a.pages, a.total or a.pages) for yours in (b.pages, b.total or b.pages)
    )
    if best <= (2 if biggest >= 40 else 1 if biggest >= 12 else 0):
        return True
    if biggest < 40:
        return False if best > 2 and best > 0.15 * biggest else None
    return False if best > 6 and best > 0.06 * biggest else None


def _other_medium(mine: tuple[str, ...], yours: tuple[str, ...]) -> bool:
    """Whether the media differ. A study score is often called just a score."""
    if not _apart(mine, yours):
        return False
    return {*mine, *yours} != {"full", "study"}


def _year(pair: _Pair) -> str:
    """'same', 'near' (another date of one of them fits), 'other', or '' when one does not say."""
    a, b = pair.a, pair.b
    if a.year is None or b.year is None:
        return ""
    if a.year == b.year:
        return "same"
    if not set(a.years).isdisjoint(b.years):
        return "near"
    several = (a.volumes is not None or a.until is not None) and (
        b.volumes is not None or b.until is not None
    )
    if several and (a.until or a.year) >= b.year and (b.until or b.year) >= a.year:
        return "near"
    if pair.serial and (pair.issn or pair.strong):
        return "near"
    if abs(a.year - b.year) <= 1 and pair.pages:
        if pair.known:
            return "near"
        if (a.loose or b.loose) and (publisher_likeness(a, b) or 0) >= 85 and a.edition == b.edition:
            return "near"
    return "other"


def _part(pair: _Pair) -> str:
    """'same', 'unsaid' (only one names a part), 'other', or '' where none is named."""
    a, b = pair.a, pair.b
    sure = (pair.known or pair.of_a_set) and bool(pair.pages)
    if a.works and b.works and _apart(a.works, b.works):
        return "other"
    if a.told_years != b.told_years and a.told_years and b.told_years and _apart(a.told_years, b.told_years):
        return "other"
    if a.bare != b.bare and a.bare and b.bare and _apart(a.bare, b.bare) and not sure:
        return "other"
    if a.parts and b.parts:
        if _apart(a.parts, b.parts):
            return "" if sure else "other"
        if a.parts != b.parts and not pair.pages:
            return "other"
        return "other" if other_part_name(a, b) and not sure else "same"
    if other_part_name(a, b) and not sure:
        return "other"
    if not a.parts and not b.parts:
        return "same" if a.part_name and a.part_name == b.part_name else ""
    mine, yours = (a, b) if a.parts else (b, a)
    if yours.volumes is not None and mine.volumes is None:
        return "other"  # a volume beside the whole set
    elsewhere = {*yours.bare, *(s.rpartition("|")[2] for s in yours.series)}
    if set(mine.parts) <= elsewhere:
        return "unsaid"
    if pair.pages is None and not pair.serial and not pair.known:
        return "other" if mine.pages is not None and yours.pages is not None else "unsaid"
    return "unsaid"


def _both_in_oclc(a: Norm, b: Norm) -> bool:
    """Whether one catalogue holds them under two numbers of WorldCat: then somebody meant to keep them apart."""
    return any(s.startswith("oclc:") for s in a.strong) and any(s.startswith("oclc:") for s in b.strong)


def _otherwise_the_same(pair: _Pair) -> bool:
    """Whether author, year and pages agree: then a title may be told at different length."""
    book = bool(pair.pages) and (pair.a.pages or 0) >= 40
    return bool(pair.author and book and pair.year == "same") or (
        pair.known and pair.year == "same" and pair.pages is not False
    )


def _other_words(pair: _Pair) -> bool:
    """Whether the titles contradict each other, or the subtitles do without everything else agreeing.

    Subtitles are worded freely; but 'town of Epsom' beside 'town of Concord' is one mould for two things.
    """
    a, b = pair.a, pair.b
    if a.full == b.full:
        return False
    if say_different_things(a.title, b.title) and say_different_things(a.full, b.full):
        return True
    if not say_different_things(a.full, b.full):
        return False
    pages = (a.pages or 0) if pair.pages else 0
    by_person = bool(pair.author and a.surnames and b.surnames)
    # A book of so many pages has no twin; a leaflet has many.
    agree = pages >= (60 if by_person else 100) and pair.year == "same" and (pair.publisher or 0) >= 85
    return not agree or pair.author is False or fuzz.ratio(a.subtitle, b.subtitle) >= 70


def _brief(norm: Norm) -> bool:
    """Whether a record tells nothing of its imprint and extent."""
    return norm.year is None and norm.pages is None and norm.volumes is None and not norm.publishers


def _score(pair: _Pair, series: bool | None) -> Verdict:
    """The additive score: each reason with its weight."""
    a, b = pair.a, pair.b
    reasons: list[tuple[str, float]] = []
    add = reasons.append
    if pair.isbn:
        add(("isbn", 2.0))
    elif pair.of_a_set:
        add(("isbn_of_set", 0.5))
    if pair.serial and pair.issn:
        add(("issn", 3.0))
    if pair.strong:
        add(("number", 2.0 if pair.title >= 0.95 else 1.5))
    if pair.year == "same":
        add(("year", 1.5))
    elif pair.year == "near":
        add(("year", 0.5))
    if pair.pages:
        add(("pages", 1.5))
    elif a.pages is not None and b.pages is not None:
        add(("pages", -0.3 if max(a.pages, b.pages) >= 40 else -1.0))
    if (
        (a.volumes is None) != (b.volumes is None)
        and not pair.serial
        and (a.pages or a.volumes is not None)
        and (b.pages or b.volumes is not None)
    ):
        add(("volumes", -2.5))
    elif a.volumes and b.volumes:
        add(("volumes", 1.0 if a.volumes == b.volumes else -1.0))
    if pair.author is not None:
        add(("author", 1.0 if pair.author else -1.0))
    if pair.author and others_helped(a, b):
        add(("helpers", -0.7))
    if pair.publisher is not None:
        if pair.publisher >= 85:
            add(("publisher", 1.2))
        elif pair.publisher < 50:
            add(("publisher", -1.5))
    agrees = {reason for reason, weight in reasons if weight > 0}
    anonymous = pair.author is None and len(a.full) >= TELLING_TITLE and not a.surnames and not b.surnames
    # A score or a film of one house and year may be any of several.
    told = (
        a.kind.startswith("text")
        or pair.strong
        or pair.pages
        or (a.media and b.media)
        or (a.scale and b.scale)
    )
    if pair.title == 1.0 and {"year", "publisher"} <= agrees and (pair.author or anonymous) and told:
        add(("imprint", 0.5))
    if pair.serial and pair.title == 1.0 and "publisher" in agrees and pair.year != "same":
        # Catalogues rarely agree on when a serial began, many do not say.
        add(("serial", 2.0 if "author" in agrees else 1.5))
    if a.towns and b.towns:
        likely = any(fuzz.ratio(x, y) >= 80 for x in a.towns for y in b.towns)
        add(("place", 0.4 if likely else -0.6))
    if a.edition is not None and a.edition == b.edition:
        add(("edition", 0.8))
    elif (a.edition or b.edition or 1) > 1:  # a first edition is often not called so
        silent = a if a.edition is None else b
        brief = silent.pages is None and silent.volumes is None
        add(("edition", -0.4 if brief else -1.0))
    if a.wording != b.wording:
        if not a.wording or not b.wording:
            add(("edition_wording", -0.3))
        elif say_different_things(a.wording, b.wording):
            add(("edition_wording", -2.5))
    if a.area and b.area and a.area != b.area:
        add(("area", -2.0))
    if a.variants != b.variants:
        add(("variant", -2.0))
    if a.media and b.media:
        add(("medium", 0.5 if a.media == b.media else -0.8))
    if a.scale and a.scale == b.scale:
        add(("scale", 1.0))
    if pair.part == "same":
        add(("part", 0.5))
    elif pair.part == "unsaid":
        add(("part", -0.5 if pair.pages else -2.0))
    if a.shelf and b.shelf and not _apart(a.shelf, b.shelf):
        add(("call_number", 0.5))
    if a.documents and b.documents and not pair.known and _apart(a.documents, b.documents):
        add(("document", -3.0))
    if a.source and a.source == b.source and not pair.strong:
        add(("catalogue", -1.0))
    if series is not None:
        add(("series", 1.2 if series else -1.5))
    if pair.title >= 0.95:
        add(("title", 1.0 if pair.title == 1.0 and min(len(a.full), len(b.full)) >= TELLING_TITLE else 0.5))
    if pair.isbn and pair.author and pair.title == 1.0 and (_brief(a) or _brief(b)):
        # All that it tells agrees: enough, and no more than enough.
        add(("brief", 0.5 if min(len(a.full), len(b.full)) >= TELLING_TITLE else 1.0))
    if a.subtitle and b.subtitle and fuzz.token_set_ratio(a.subtitle, b.subtitle) < 50:
        add(("subtitle", -1.0))
    if a.said and b.said:
        likeness = fuzz.token_set_ratio(a.said, b.said)
        if likeness >= 80:
            add(("responsibility", 0.5))
        elif likeness < 40:
            add(("responsibility", -0.4))
    score = round(sum(weight for _, weight in reasons), 2)
    verdict = "same" if score >= ACCEPT else "maybe" if score >= MAYBE else "different"
    return Verdict(verdict, score, tuple(reasons))
