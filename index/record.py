"""The one form in which descriptions and copies are held: Record and Holding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Availability(StrEnum):
    """What is known of a run of copies. Stored as text."""

    AVAILABLE = "available"
    ON_LOAN = "on_loan"
    ON_SITE = "on_site"
    ON_ORDER = "on_order"
    IN_PROCESS = "in_process"
    LOST = "lost"
    ONLINE = "online"
    UNKNOWN = "unknown"


class Format(StrEnum):
    """What kind of thing is described. Stored as text and offered as a facet."""

    BOOK = "book"
    EBOOK = "ebook"
    THESIS = "thesis"
    JOURNAL = "journal"
    ARTICLE = "article"
    REPORT = "report"
    MAP = "map"
    SCORE = "score"
    AUDIO = "audio"
    VIDEO = "video"
    IMAGE = "image"
    MANUSCRIPT = "manuscript"
    SOFTWARE = "software"
    OBJECT = "object"
    MIXED = "mixed"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A person or body with the part it had in the work (MARC relator code, '' when the record does not say)."""

    text: str
    role: str = ""
    corporate: bool = False
    dates: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier by kind: isbn, issn, oclc, lccn, doi, urn, nbn, ismn, publisher_number, local.

    `valid` is False for cancelled or misprinted ones ($z, wrong check digit): they are searched, never matched on.
    ISBNs are kept as ISBN-13 without hyphens where valid.
    """

    kind: str
    value: str
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address with its label; kind is fulltext, related, cover or record."""

    url: str
    label: str = ""
    kind: str = "related"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A copy or run of copies at one place of one library.

    `branch` and `location` are the source's own words or codes; the store maps them to a Branch.
    `copies` counts at least 1; `barcode` is '' for a run. `lendable` is None when the record does not say.
    """

    branch: str = ""
    location: str = ""
    call_number: str = ""
    copies: int = 1
    barcode: str = ""
    availability: Availability = Availability.UNKNOWN
    lendable: bool | None = None
    for_sale: bool | None = None
    due: str = ""
    coverage: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One description from one source, NFC text throughout. Empty text and empty tuples mean 'the record does not say'.

    `title` is without the subtitle; `non_filing` counts the characters of `title` that sorting skips.
    `languages` are ISO 639-2/B codes, the first the main one. `year` is the year of publication (None if unknown),
    `year_text` what the record prints. `alternates` are other titles; `scripts` the same title in another script (880).
    `not_for_sale` is True for what is given away or exchanged and never sold, False where a price stands.
    `repairs` names the fields whose text was mended and how: 'title:double_utf8'.
    """

    title: str
    subtitle: str = ""
    part_number: str = ""
    part_name: str = ""
    non_filing: int = 0
    alternates: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    responsibility: str = ""
    authors: tuple[Name, ...] = ()
    contributors: tuple[Name, ...] = ()
    subjects: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    publisher: str = ""
    place: str = ""
    year: int | None = None
    year_text: str = ""
    languages: tuple[str, ...] = ()
    format: Format = Format.OTHER
    online: bool = False
    level: str = "monograph"
    edition: str = ""
    extent: str = ""
    series: tuple[str, ...] = ()
    contents: str = ""
    summary: str = ""
    notes: tuple[str, ...] = ()
    call_numbers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    host: str = ""
    not_for_sale: bool | None = None
    holdings: tuple[Holding, ...] = ()
    oddities: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    def values(self, kind: str, *, valid_only: bool = True) -> tuple[str, ...]:
        """The identifiers of one kind, in the order of the record."""
        return tuple(i.value for i in self.identifiers if i.kind == kind and (i.valid or not valid_only))
