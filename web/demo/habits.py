"""How each member writes down the same book: the differences that make a union catalogue hard."""

from __future__ import annotations

from dataclasses import dataclass

from web.demo.works import Person, Work

SMALL_WORDS = frozenset(
    [
        "dan",
        "di",
        "dari",
        "ke",
        "untuk",
        "yang",
        "of",
        "the",
        "a",
        "an",
        "in",
        "and",
        "on",
        "to",
        "from",
        "its",
        "for",
        "al",
    ]
)

#: Subdivisions of subject headings that name no place.
TOPICAL = frozenset({"Sejarah", "History", "Ilmu", "Sciences", "Terbitan berkala", "Periodicals"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Shares are between 0 and 1; `case` is sentence, title or upper; `year` plain, copyright or brackets."""

    case: str = "sentence"
    year: str = "plain"
    inverted: bool = True
    isbn10: float = 0.0
    isbn_hyphens: bool = False
    isbn_note: float = 0.0
    no_isbn: float = 0.05
    no_subtitle: float = 0.05
    no_extent: float = 0.03
    english_subjects: float = 0.0
    copies: tuple[tuple[int, float], ...] = ((1, 5), (2, 3), (3, 1))
    on_loan: float = 0.16
    on_site: float = 0.08


HABITS: dict[str, Habits] = {
    "MLT": Habits(isbn10=0.35, english_subjects=0.15, copies=((1, 4), (2, 4), (3, 2), (4, 1)), on_loan=0.2),
    "KNG": Habits(case="title", isbn_hyphens=True, year="copyright", no_subtitle=0.1),
    "AGR": Habits(isbn_note=0.4, isbn10=0.1, english_subjects=0.5),
    "TRT": Habits(year="brackets", english_subjects=0.3, copies=((1, 6), (2, 1)), on_site=0.3),
    "CMP": Habits(
        case="upper",
        inverted=False,
        isbn10=0.5,
        no_isbn=0.25,
        no_subtitle=0.3,
        no_extent=0.4,
        copies=((1, 5), (2, 1)),
        on_loan=0.1,
        on_site=0.03,
    ),
}


def cased(text: str, case: str) -> str:
    """The text in the capitals this library uses."""
    if case == "upper":
        return text.upper()
    if case == "title":
        words = text.split(" ")
        return " ".join(
            word if place and word in SMALL_WORDS else word[:1].upper() + word[1:]
            for place, word in enumerate(words)
        )
    return text


def year_text(year: int, style: str) -> str:
    """The year as it is written into the record."""
    return {"copyright": f"c{year}", "brackets": f"[{year}]"}.get(style, str(year))


def isbn10(isbn: str) -> str:
    """The old form of an ISBN-13 with prefix 978, without hyphens."""
    nine = isbn.replace("-", "")[3:12]
    rest = -sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return nine + ("X" if rest == 10 else str(rest))


def name(person: Person, habits: Habits) -> str:
    """An author's name as this library writes it."""
    return person.inverted if habits.inverted else person.natural


def call_number(work: Work, library: str, *, on_site: bool) -> str:
    """Class, three letters of the main entry, first letter of the title; a mark in front for what stays in the house."""
    entry = work.authors[0].inverted if work.authors else (work.body or work.title)
    letters = "".join(c for c in entry if c.isalpha())[:3].upper()
    first = next(c for c in work.title[work.non_filing :] if c.isalpha()).lower()
    match library:
        case "AGR":
            return f"{'R/' if on_site else ''}{work.ddc}/{letters}/{first}"
        case "CMP":
            return f"{work.ddc[:3]} {letters}"
        case "TRT":
            return f"{'R ' if on_site else ''}{work.ddc} {letters}"
        case _:
            mark = "SK " if work.kind == "thesis" else "R " if on_site else ""
            return f"{mark}{work.ddc} {letters} {first}"
