"""Who holds what: every member's catalogue as its own cataloguers wrote it, with copies and call numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from web.demo.dice import Dice
from web.demo.habits import HABITS, Habits, call_number, cased, isbn10, name, year_text
from web.demo.libraries import BY_CODE, LIBRARIES, DemoBranch, DemoLibrary
from web.demo.works import Work, works

FIRST_DAY = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
HOLDERS: tuple[tuple[int, float], ...] = ((1, 45), (2, 30), (3, 15), (4, 7), (5, 3))
SCHOOLS = {"Universitas Melati": "MLT", "Politeknik Anggrek": "AGR", "Balai Riset Teratai": "TRT"}
DELETED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A copy: `status` is available, on_loan, in_process or lost; `due` a date where it is on loan."""

    barcode: str
    branch: str
    branch_name: str
    call_number: str
    status: str = "available"
    lendable: bool = True
    due: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record of one member, in that member's own words; `work` is what it describes.

    `created` is when it was entered, `datestamp` the last change; a deleted entry has no description any more,
    a hidden one is kept from readers. `sets` are setSpecs.
    """

    library: str
    number: int
    work: Work
    title: str
    subtitle: str
    names: tuple[str, ...]
    isbn: str
    isbn_note: str
    year: str
    edition: str
    extent: str
    subjects: tuple[str, ...]
    items: tuple[Item, ...]
    sets: tuple[str, ...]
    datestamp: datetime
    created: datetime
    deleted: bool = False
    hidden: bool = False

    @property
    def identifier(self) -> str:
        """The OAI identifier."""
        return f"oai:{BY_CODE[self.library].domain}:{self.number}"

    @property
    def call_number(self) -> str:
        """The call number of the first copy, '' for what is only online."""
        return self.items[0].call_number if self.items else ""


def _holders(work: Work, dice: Dice) -> list[str]:
    """The members that hold a work; schools keep their own theses, the institute its reports."""
    if work.holders:
        return [holder.partition(":")[0] for holder in work.holders]
    count = dice.weighted(HOLDERS)
    found: list[str] = []
    if work.kind in ("thesis", "report"):
        found.append(SCHOOLS[work.publisher])
        count = 1 if work.kind == "thesis" and dice.chance(0.7) else min(count, 3)
    weights = {library.code: library.size * library.kin[work.kin] for library in LIBRARIES}
    while len(found) < count:
        found.append(dice.weighted([(code, weight) for code, weight in weights.items() if code not in found]))
    return found


def _marks(work: Work, code: str) -> list[str]:
    """What an anchor says about its copies at one library."""
    found = (holder.partition(":")[2] for holder in work.holders if holder.partition(":")[0] == code)
    return next(found, "").split(",")


def _branch(library: DemoLibrary, work: Work, dice: Dice) -> DemoBranch:
    special = next((b for b in library.branches if work.ddc[:3] in b.classes), None)
    return special or dice.weighted([(branch, branch.weight) for branch in library.branches])


def _items(library: DemoLibrary, number: int, work: Work, habits: Habits, dice: Dice) -> tuple[Item, ...]:
    marks = _marks(work, library.code)
    on_site = "ref" in marks or (
        not work.holders and (work.kind in ("journal", "map") or dice.chance(habits.on_site))
    )
    on_site = on_site or (work.kind == "thesis" and dice.chance(0.7))
    count = next((int(mark) for mark in marks if mark.isdigit()), 0) or (
        1 if work.holders or on_site else dice.weighted(habits.copies)
    )
    found = []
    branch = library.branches[0] if work.holders else _branch(library, work, dice)
    for copy in range(1, count + 1):
        if not work.holders and library.code == "AGR":
            branch = _branch(library, work, dice)
        out = "loan" in marks or (not work.holders and not on_site and dice.chance(habits.on_loan))
        status = "on_loan" if out else "available"
        if not work.holders and not out and dice.chance(0.02):
            status = dice.pick(("in_process", "lost"))
        due = (datetime(2026, 11, 26, tzinfo=UTC) + timedelta(days=dice.between(0, 20))).date().isoformat()
        found.append(
            Item(
                barcode=f"{branch.mark or library.code}{number:05d}{copy}",
                branch=branch.code,
                branch_name=branch.name,
                call_number=call_number(work, library.code, on_site=on_site),
                status=status,
                lendable=not on_site,
                due=due if out else "",
            )
        )
    return tuple(found)


def _sets(work: Work) -> tuple[str, ...]:
    """Sets by kind and by class; a record of kelas:600 belongs to kelas as well."""
    return f"jenis:{work.kind}", f"kelas:{work.ddc[0]}00"


def _isbn(work: Work, habits: Habits, dice: Dice) -> tuple[str, str]:
    """The ISBN this library wrote down, and the words in brackets behind it."""
    if not work.isbn or (dice.chance(habits.no_isbn) and not work.holders):
        return "", ""
    if work.year < 2007 and dice.chance(habits.isbn10):
        written = isbn10(work.isbn)
    else:
        written = work.isbn if habits.isbn_hyphens else work.isbn.replace("-", "")
    return written, "(pbk.)" if dice.chance(habits.isbn_note) else ""


def _entry(library: DemoLibrary, number: int, work: Work, dice: Dice) -> Entry:
    habits = HABITS[library.code]
    online_only = work.kind in ("thesis", "report") and bool(work.url) and dice.chance(0.3)
    isbn, note = _isbn(work, habits, dice)
    english = dice.chance(habits.english_subjects)
    keep_subtitle = bool(work.holders) or not dice.chance(habits.no_subtitle)
    entry = Entry(
        library=library.code,
        number=number,
        work=work,
        title=cased(work.title, habits.case),
        subtitle=cased(work.subtitle, "upper" if habits.case == "upper" else "sentence")
        if keep_subtitle
        else "",
        names=tuple(name(person, habits) for person in work.authors),
        isbn=isbn,
        isbn_note=note,
        year=year_text(work.year, habits.year if not dice.chance(0.4) else "plain"),
        edition=_edition(work, library.code),
        extent="" if work.pages and dice.chance(habits.no_extent) and not work.holders else work.collation,
        subjects=tuple(pair[1] if english else pair[0] for pair in work.subjects),
        items=() if online_only else _items(library, number, work, habits, dice),
        sets=_sets(work),
        datestamp=FIRST_DAY
        + timedelta(minutes=number * 440 + dice.between(0, 300), seconds=dice.between(0, 59)),
        created=FIRST_DAY,
    )
    return replace(entry, created=entry.datestamp)


def _edition(work: Work, code: str) -> str:
    """The edition statement; first editions have none."""
    if work.edition == 1:
        return ""
    if work.language == "eng":
        return f"{work.edition}nd ed."
    return {"MLT": f"Edisi {work.edition}", "CMP": f"CET. {work.edition}", "AGR": f"Ed. {work.edition}"}.get(
        code, "Edisi kedua" if work.edition == 2 else f"Edisi ke-{work.edition}"
    )


@cache
def catalogue() -> dict[str, tuple[Entry, ...]]:
    """The records of every member by library code, in the order of their numbers; the last few are deleted."""
    found: dict[str, list[Entry]] = {library.code: [] for library in LIBRARIES}
    for work in works():
        dice = Dice(f"holders of {work.key}")
        for code in _holders(work, dice):
            library = BY_CODE[code]
            found[code].append(_entry(library, len(found[code]) + 1, work, dice))
    for entries in found.values():
        for entry in entries[-DELETED:]:
            # Weeded: what was once catalogued and is gone must stay visible to whoever harvests.
            entries[entry.number - 1] = _deleted(entry)
    return {code: tuple(entries) for code, entries in found.items()}


def _deleted(entry: Entry) -> Entry:
    return replace(entry, deleted=True, items=(), datestamp=entry.datestamp + timedelta(days=2))
