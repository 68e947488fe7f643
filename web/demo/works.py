"""The works themselves: what was published, before any library has catalogued it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from stdnum import ean

from web.demo import titles
from web.demo.anchors import ANCHORS, Anchor
from web.demo.dice import Dice
from web.demo.names import (
    BODIES,
    ENGLISH_FAMILY,
    ENGLISH_GIVEN,
    ENGLISH_PUBLISHERS,
    FAMILY,
    GIVEN,
    MONONYMS,
    PLACES,
    PUBLISHERS,
    Publisher,
)
from web.demo.subjects import SUBJECTS, Subject, Topic

PER_SUBJECT = 54
OTHER_KINDS: dict[str, tuple[tuple[str, float], ...]] = {
    "village": (("thesis", 8), ("report", 8), ("journal", 2), ("video", 1), ("map", 0.5)),
    "craft": (("thesis", 10), ("journal", 2), ("video", 2)),
    "city": (("thesis", 9), ("journal", 3), ("map", 1), ("video", 1)),
    "science": (("thesis", 9), ("report", 12), ("journal", 3), ("map", 2)),
    "law": (("thesis", 12), ("journal", 3)),
    "tech": (("thesis", 12), ("journal", 4)),
    "music": (("thesis", 4), ("audio", 8), ("score", 6), ("video", 2)),
}
ARTICLES = ("The ", "An ", "A ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An author; `family` is '' for people who have one name."""

    given: str
    family: str = ""

    @property
    def inverted(self) -> str:
        """As in a heading: family name first."""
        return f"{self.family}, {self.given}" if self.family else self.given

    @property
    def natural(self) -> str:
        """As on the title page."""
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One edition of one publication; `kind` is a code of index.record.Format, `isbn` is ISBN-13 with hyphens."""

    key: str
    kind: str
    title: str
    subtitle: str = ""
    non_filing: int = 0
    language: str = "ind"
    authors: tuple[Person, ...] = ()
    body: str = ""
    edition: int = 1
    place: str = ""
    publisher: str = ""
    year: int = 2020
    isbn: str = ""
    issn: str = ""
    pages: int = 0
    extent: str = ""
    height: int = 24
    series: str = ""
    series_number: int = 0
    ddc: str = ""
    subjects: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    contents: str = ""
    degree: str = ""
    url: str = ""
    script: str = ""
    script_language: str = ""
    kin: str = "city"
    holders: tuple[str, ...] = ()

    @property
    def responsibility(self) -> str:
        """The statement of responsibility as it would stand on the title page."""
        return ", ".join(p.natural for p in self.authors) or self.body

    @property
    def full_title(self) -> str:
        """Title and subtitle in ISBD punctuation."""
        return f"{self.title} : {self.subtitle}" if self.subtitle else self.title

    @property
    def collation(self) -> str:
        """Extent as a cataloguer writes it in Indonesian."""
        return self.extent or f"{self.pages} hlm. ; {self.height} cm"


def _isbn(publisher: Publisher, number: int, year: int) -> str:
    """An ISBN-13 with hyphens and the right check digit; the publication part fills up what the prefix leaves."""
    digits = publisher.prefix.replace("-", "")
    width = 9 - len(digits)
    publication = f"{(number * 7 + year) % 10**width:0{width}d}"
    body = f"978{digits}{publication}"
    return f"978-{publisher.prefix}-{publication}-{ean.calc_check_digit(body)}"


def issn_check(seven: str) -> str:
    """The check character of an ISSN (ISO 3297): weights 8 to 2, modulo 11, 10 is X."""
    rest = -sum(int(digit) * weight for digit, weight in zip(seven, range(8, 1, -1), strict=True)) % 11
    return "X" if rest == 10 else str(rest)


class _Press:
    """Publishes the works of one subject; remembers the numbers it has given out so that none is used twice."""

    def __init__(self) -> None:
        self.seen_titles: set[str] = set()
        self.isbns: set[str] = set()
        self.counter = 0

    def isbn(self, publisher: Publisher, year: int) -> str:
        """The next free number of this publisher."""
        while True:
            self.counter += 1
            number = _isbn(publisher, self.counter, year)
            if number not in self.isbns:
                self.isbns.add(number)
                return number

    def key(self, subject: str) -> str:
        """A key for a work, unique over the whole catalogue."""
        self.counter += 1
        return f"{subject}-{self.counter:04d}"


def _fill(pattern: str, topic: Topic, place: tuple[str, str], english: bool) -> tuple[str, str, int]:
    """Title, subtitle and number of non-filing characters of a filled pattern."""
    phrase = topic.english if english else topic.indonesian
    values = {
        "t": phrase,
        "T": phrase[:1].upper() + phrase[1:],
        "e": topic.english,
        "p": place[1] if english else place[0],
    }
    title, _, subtitle = pattern.format(**values).partition(" : ")
    title = title[:1].upper() + title[1:]
    skip = next((len(a) for a in ARTICLES if english and title.startswith(a)), 0)
    return title, subtitle, skip


def _people(dice: Dice, english: bool) -> tuple[Person, ...]:
    """One to three authors, mostly one."""
    count = dice.weighted(((1, 6.0), (2, 3.0), (3, 1.0)))
    if english and dice.chance(0.6):
        return tuple(
            Person(given=g, family=f)
            for g, f in zip(dice.some(ENGLISH_GIVEN, count), dice.some(ENGLISH_FAMILY, count), strict=True)
        )
    if dice.chance(0.06):
        return (Person(given=dice.pick(MONONYMS)),)
    return tuple(
        Person(given=g, family=f)
        for g, f in zip(dice.some(GIVEN, count), dice.some(FAMILY, count), strict=True)
    )


def _book(subject: Subject, press: _Press, dice: Dice) -> Work:
    english = dice.chance(0.24)
    topic, place = dice.pick(subject.topics), dice.pick(PLACES)
    pattern = dice.pick(titles.ENGLISH if english else titles.INDONESIAN[subject.kin])
    title, subtitle, skip = _fill(pattern, topic, place, english)
    publisher = dice.pick(ENGLISH_PUBLISHERS if english else PUBLISHERS)
    year = dice.weighted(
        ((dice.between(1978, 1999), 1.5), (dice.between(2000, 2012), 3), (dice.between(2013, 2026), 5))
    )
    body = dice.pick(BODIES) if dice.chance(0.06) else ""
    series = dice.pick(titles.SERIES) if dice.chance(0.22) else ""
    summary = dice.pick(titles.ENGLISH_SUMMARIES if english else titles.SUMMARIES)
    words = {
        "t": topic.indonesian,
        "T": topic.indonesian.capitalize(),
        "e": topic.english,
        "p": place[int(english)],
    }
    return Work(
        key=press.key(subject.code),
        kind="book",
        title=title,
        subtitle=subtitle,
        non_filing=skip,
        language="eng" if english else "ind",
        authors=() if body else _people(dice, english),
        body=body,
        place=publisher.place,
        publisher=publisher.name,
        year=year,
        isbn=press.isbn(publisher, year) if year >= 1985 and dice.chance(0.9) else "",
        pages=dice.between(48, 620),
        height=dice.pick((18, 21, 23, 24, 24, 28)),
        series=series,
        series_number=dice.between(1, 40) if series else 0,
        ddc=topic.ddc,
        subjects=_headings(subject, topic, place, dice),
        summary=summary.format(**words) if dice.chance(0.55) else "",
        contents=dice.pick(titles.CONTENTS).format(**words) if not english and dice.chance(0.25) else "",
        kin=subject.kin,
    )


def _headings(
    subject: Subject, topic: Topic, place: tuple[str, str], dice: Dice
) -> tuple[tuple[str, str], ...]:
    """Subject headings as pairs of Indonesian and English; places stand as subdivisions."""
    field, english_field = subject.heading
    narrow = (
        topic.indonesian[:1].upper() + topic.indonesian[1:],
        topic.english[:1].upper() + topic.english[1:],
    )
    found = [narrow]
    if field.casefold() != narrow[0].casefold():
        found.append((field, english_field))
    if dice.chance(0.4):
        found.append((f"{field} -- {place[0]}", f"{english_field} -- {place[1]}"))
    return tuple(found)


def _second_edition(work: Work, press: _Press, dice: Dice) -> Work:
    """The same book, revised: later, longer, under another number."""
    publisher = next(p for p in (*PUBLISHERS, *ENGLISH_PUBLISHERS) if p.name == work.publisher)
    year = min(2026, work.year + dice.between(3, 8))
    return replace(
        work,
        key=press.key(work.key.partition("-")[0]),
        edition=2,
        year=year,
        isbn=press.isbn(publisher, year),
        pages=work.pages + dice.between(16, 90),
    )


def _other(subject: Subject, press: _Press, dice: Dice) -> Work:
    """What is not a book: theses, reports, journals, maps, recordings, scores and films."""
    kind = dice.weighted(OTHER_KINDS["music" if subject.code == "musik" else subject.kin])
    topic, place = dice.pick(subject.topics), dice.pick(PLACES)
    patterns = {
        "thesis": titles.THESES[subject.kin],
        "report": titles.REPORTS,
        "journal": titles.JOURNALS,
        "map": titles.MAPS,
        "audio": titles.AUDIO,
        "score": titles.SCORES,
        "video": titles.VIDEO,
    }[kind]
    title, subtitle, skip = _fill(dice.pick(patterns), topic, place, english=False)
    publisher = dice.pick(PUBLISHERS)
    key = press.key(subject.code)
    year = dice.between(2004, 2026)
    work = Work(
        key=key,
        kind=kind,
        title=title,
        subtitle=subtitle,
        non_filing=skip,
        place=publisher.place,
        publisher=publisher.name,
        year=year,
        pages=dice.between(40, 240),
        ddc=topic.ddc,
        subjects=_headings(subject, topic, place, dice),
        kin=subject.kin,
    )
    if kind == "thesis":
        school = dice.pick(
            (("Universitas Melati", "Pekanbaru", "melati"), ("Politeknik Anggrek", "Makassar", "anggrek"))
        )
        return replace(
            work,
            authors=_people(dice, english=False)[:1],
            publisher=school[0],
            place=school[1],
            degree=dice.pick(titles.DEGREES),
            url=f"https://repositori.{school[2]}.example/{key}.pdf" if dice.chance(0.6) else "",
            summary=dice.pick(titles.SUMMARIES).format(t=topic.indonesian, p=place[0]),
        )
    if kind == "report":
        return replace(
            work,
            body="Balai Riset Teratai",
            publisher="Balai Riset Teratai",
            place="Jayapura",
            subtitle=work.subtitle + (f" {year}" if work.subtitle == "laporan tahunan" else ""),
            url=f"https://arsip.teratai.example/laporan/{key}.pdf" if dice.chance(0.5) else "",
        )
    if kind == "journal":
        seven = f"{2300 + press.counter % 600:04d}{press.counter % 1000:03d}"
        return replace(
            work,
            issn=f"{seven[:4]}-{seven[4:]}{issn_check(seven)}",
            language="eng" if title.startswith("Archipelago") else "ind",
            body=dice.pick(BODIES),
            pages=0,
            extent="jil. ; 25 cm",
        )
    extents = {
        "map": "1 peta : berwarna ; 60 x 84 cm",
        "audio": "1 cakram suara (52 menit) : digital ; 12 cm",
        "score": f"1 partitur ({dice.between(12, 64)} hlm.) ; 30 cm",
        "video": "1 cakram video (48 menit) : berwarna ; 12 cm",
    }
    people = _people(dice, english=False)[:1] if kind in ("score", "audio") else ()
    return replace(
        work, authors=people, body="" if people else dice.pick(BODIES), extent=extents[kind], pages=0
    )


def _anchor(anchor: Anchor, press: _Press) -> Work:
    """A hand-written title with the holders it is known for."""
    publisher = next((p for p in (*PUBLISHERS, *ENGLISH_PUBLISHERS) if p.name == anchor.publisher), None)
    people = [name.rpartition(" ") for name in anchor.authors]
    title, _, subtitle = anchor.title.partition(" : ")
    return Work(
        key=press.key("anchor"),
        kind=anchor.kind,
        title=title,
        subtitle=subtitle,
        non_filing=next((len(a) for a in ARTICLES if anchor.language == "eng" and title.startswith(a)), 0),
        language=anchor.language,
        authors=tuple(Person(given=g, family=f) if g else Person(given=f) for g, _, f in people),
        body=anchor.body,
        edition=anchor.edition,
        place=publisher.place if publisher else anchor.place,
        publisher=anchor.publisher,
        year=anchor.year,
        isbn=press.isbn(publisher, anchor.year) if publisher and anchor.kind == "book" else "",
        issn=anchor.issn and f"{anchor.issn[:4]}-{anchor.issn[4:]}{issn_check(anchor.issn)}",
        pages=anchor.pages,
        extent=anchor.extent,
        ddc=anchor.ddc,
        subjects=tuple((i, e) for i, _, e in (s.partition(" | ") for s in anchor.subjects)),
        summary=anchor.summary,
        contents=anchor.contents,
        degree=anchor.degree,
        url=anchor.url,
        script=anchor.script,
        script_language=anchor.script_language,
        holders=tuple(anchor.holders.split()),
    )


def _generate() -> Iterator[Work]:
    press = _Press()
    for anchor in ANCHORS:
        work = _anchor(anchor, press)
        press.seen_titles.add(work.full_title.casefold())
        yield work
    for subject in SUBJECTS:
        dice = Dice(f"works of {subject.code}")
        made = 0
        while made < PER_SUBJECT:
            work = _book(subject, press, dice) if dice.chance(0.77) else _other(subject, press, dice)
            if work.full_title.casefold() in press.seen_titles:
                continue
            press.seen_titles.add(work.full_title.casefold())
            made += 1
            yield work
            if work.kind == "book" and work.year <= 2019 and dice.chance(0.1):
                made += 1
                yield _second_edition(work, press, dice)


@cache
def works() -> tuple[Work, ...]:
    """All works in a fixed order: first the hand-written ones, then subject by subject."""
    return tuple(_generate())
