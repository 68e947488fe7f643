"""An agreement as a value: between whom, on which basis, since when, and what is agreed for each form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

#: Bases: on paper, or spoken and confirmed by every party.
BASES = ("written", "oral")

#: Roles of a party.
ROLES = ("member", "coordinator", "observer")

#: The texts of an agreement, in the order of its articles; with the parties, the time and the signatures they are the
#: eight parts that an agreement between libraries has.
PARTS = ("object", "scope", "place", "funding", "disputes")

#: What a fee is counted by, and who pays it.
UNITS = ("item", "page", "visit", "hour", "kilogram")
PAYERS = ("requester", "supplier", "patron")

#: By what copies can be excluded, and what then remains possible.
EXCLUDED_BY = ("collection", "location", "class", "format", "work")
EFFECTS = ("refuse", "on_site", "copy_only")

#: How an oral agreement was made.
CHANNELS = ("in_person", "telephone", "chat", "meeting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who agrees: a library here, or (`library_id` None) another body by its name.

    `confirmed` is the number of the revision that this party signed or confirmed last; 0 for none.
    """

    id: str
    library_id: str | None = None
    name: str = ""
    role: str = "member"
    joined_on: date | None = None
    left_on: date | None = None
    letter: str = ""
    signatory: str = ""
    position: str = ""
    signed_on: date | None = None
    confirmed: int = 0
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    channel: str = ""
    contact_id: str | None = None
    backup_id: str | None = None

    @property
    def is_joining(self) -> bool:
        """Whether it was invited later and has not confirmed yet: it has no rights, and holds nobody up."""
        return self.joined_on is not None and self.confirmed == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A price for a service, in minor units of rupiah; so many are free each month."""

    unit: str = "item"
    minor: int = 0
    free: int = 0
    payer: str = "requester"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Copies that are kept out. `value` is a word of the collection or place, a class or a range '300-399', a format,
    or the id of a title."""

    by: str
    value: str
    effect: str = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTerms:
    """What is agreed for one form. `givers` are the libraries that give; empty: every party does.
    `categories` are kinds of readers that may; empty: all."""

    terms: Mapping[str, Any] = field(default_factory=dict)
    givers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The words and terms of an agreement from one day on."""

    number: int = 1
    effective_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, FormTerms] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OralNote:
    """How an oral agreement came to be."""

    spoken_on: date
    channel: str = "in_person"
    place: str = ""
    speakers: str = ""
    summary: str = ""
    witness: str = ""
    write_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreement with its revisions, oldest first. `ends_on` is the day before which it was terminated."""

    id: str
    code: str
    name: str
    name_en: str = ""
    basis: str = "written"
    legal_basis: str = ""
    state: str = "draft"
    parties: tuple[Party, ...] = ()
    revisions: tuple[Revision, ...] = (Revision(),)
    oral: OralNote | None = None
    auto_renew_months: int = 0
    notice_days: int = 30
    ends_on: date | None = None
    created_by: str | None = None
    version: int = 1

    @property
    def newest(self) -> Revision:
        """The revision that was written last."""
        return self.revisions[-1]

    @property
    def is_bilateral(self) -> bool:
        """Whether exactly two parties agree."""
        return len(self.parties) == 2

    def on(self, day: date) -> Revision:
        """The revision in force on a day: the newest that is confirmed by all and effective by then, else the first."""
        found = [
            one
            for one in self.revisions
            if (one.effective_on is None or one.effective_on <= day) and self.confirmed(one.number)
        ]
        return found[-1] if found else self.revisions[0]

    def confirmed(self, number: int) -> bool:
        """Whether every party has signed or confirmed this revision; observers and who is just joining aside."""
        asked = (one for one in self.parties if one.role != "observer" and not one.is_joining)
        return all(one.confirmed >= number for one in asked)

    def party(self, library_id: str) -> Party | None:
        """The party that a library is."""
        return next((one for one in self.parties if one.library_id == library_id), None)
