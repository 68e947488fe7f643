"""The normal form of a record: what clustering compares, made once per record, and the keys by which it finds others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from index.folding import fold, number_of, old_spelling
from index.record import Format, Name, Record

#: Counts up when the normal form of the same Record changes: every record is then compared again.
VERSION = 1

_CLASSES = {
    Format.BOOK: "text",
    Format.EBOOK: "text",
    Format.THESIS: "text",
    Format.JOURNAL: "text",
    Format.ARTICLE: "text",
    Format.REPORT: "text",
    Format.MANUSCRIPT: "text",
}
_LEVELS = {"serial": "serial", "part": "part"}
#: Words that one catalogue writes, the next as a sign, the third not at all.
_JOINING = frozenset(("and", "dan", "und", "et", "y", "the", "a", "an", "of"))
_MEDIUM = re.compile(
    r" (?:electronic resource|sumber elektronik|sound recording|rekaman suara|videorecording|rekaman video|"
    r"microform|bentuk mikro|text|print)$"
)
_PAGES = re.compile(
    r"(\d{1,5})\s*(?:p\b|pages?\b|pp\b|hlm\b|hal\b|halaman\b|s\.|seiten\b|leaves\b|lembar\b|lb\b)"
)
_PAGES_AFTER = re.compile(r"(?:\bp|\bpp|\bs|\bhlm|\bhal)\.?\s*(\d{1,5})\b")
_VOLUMES = re.compile(r"(\d+)\s*(?:v\b|vol|jil|volumes?\b|bd\b)")
_NOISE = (
    "the of and dan co company inc ltd corp corporation press publishing publishers publisher publications penerbit "
    "pt cv tbk yayasan verlag editions editorial house books group dept department u s us office print pustaka "
    "percetakan"
)
_PUBLISHER_NOISE = frozenset(_NOISE.split())
_ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "first pertama satu erste premiere primera prima eerste primeira 1st 1e",
            "second kedua dua zweite deuxieme segunda seconda tweede 2nd 2e 2d",
            "third ketiga tiga dritte troisieme tercera terza derde 3rd 3e 3d",
            "fourth keempat empat vierte quatrieme cuarta quarta vierde 4th 4e",
            "fifth kelima lima funfte cinquieme quinta vijfde 5th 5e",
            "sixth keenam enam sechste sixieme sexta sesta zesde 6th 6e",
            "seventh ketujuh tujuh siebte septieme septima settima zevende 7th 7e",
            "eighth kedelapan delapan achte huitieme octava ottava achtste 8th 8e",
            "ninth kesembilan sembilan neunte neuvieme novena nona negende 9th 9e",
            "tenth kesepuluh sepuluh zehnte dixieme decima tiende 10th 10e",
        ),
        start=1,
    )
    for word in words.split(" ")
}
#: A printing is not an edition: 'Cet. 3' says nothing about the text.
_PRINTING = re.compile(r"\b(?:cet|cetakan|printing|impression|druck)\b\.?(?:\s*(?:ke)?\s*\w+)?")
_EDITION_NUMBER = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th|e|eme|a|o)?\b")

_MOST_NAMES = 12
_MOST_NUMBERS = 12


@dataclass(frozen=True, slots=True)
class Norm:
    """What is compared of one record. Texts are folded; empty and None mean that the record does not say.

    `kind` is class, level and carrier ('text mono print'); `numbers` are those of title and part, `more_numbers`
    those of the subtitle; `surnames` and `names` are words of persons' names, `bodies` words of corporate names;
    `strong` are identifiers with their kind ('oclc:123'), `shelf` whole call numbers, `source` is where the record
    comes from. `shown` is the title for people, `richness` says how much the record tells, by which the displayed
    record of a cluster is chosen.
    """

    kind: str
    title: str
    full: str
    subtitle: str
    part_name: str
    others: tuple[str, ...]
    numbers: tuple[str, ...]
    more_numbers: tuple[str, ...]
    surnames: tuple[str, ...]
    names: tuple[str, ...]
    bodies: tuple[str, ...]
    said: str
    year: int | None
    pages: int | None
    edition: int | None
    publisher: str
    place: str
    language: str
    isbns: tuple[str, ...]
    issns: tuple[str, ...]
    strong: tuple[str, ...]
    series_number: str
    shelf: tuple[str, ...]
    source: str
    shown: str
    richness: int


_everything = attrgetter(*(field.name for field in fields(Norm)))


def normal_form(record: Record, library: str = "", source: str = "") -> Norm:
    """The normal form of a record. Pure; its `VERSION` is stored beside it.

    `library` scopes the record's own control number: the same number from two sources of one library is one record.
    `source` is where it comes from: one catalogue rarely has two records for one edition.
    """
    language = record.languages[0] if record.languages else ""
    # In every language, as many records do not say theirs: what it does to 'Goethe' it does on both sides.
    spell: Callable[[str], str] = old_spelling
    title = spell(_title_words(record.title[record.non_filing :] if record.non_filing else record.title))
    subtitle = spell(_title_words(record.subtitle)) if record.subtitle else ""
    part_name = spell(_title_words(record.part_name)) if record.part_name else ""
    surnames, names, bodies = _names(record.authors, record.contributors, spell)
    carrier = record.extra.get("carrier") or ("online" if record.online else "print")
    kind = _CLASSES.get(record.format) or record.format.value
    level = _LEVELS.get(record.level, "mono")
    extent = fold(record.extent) if record.extent else ""
    return Norm(
        kind=f"{kind} {level} {carrier}",
        title=title,
        full=" ".join(t for t in (title, subtitle, part_name) if t),
        subtitle=subtitle,
        part_name=part_name,
        others=_other_titles(record, spell),
        numbers=_numbers(title, fold(record.part_number) if record.part_number else "", part_name),
        more_numbers=_numbers(subtitle),
        surnames=surnames,
        names=names,
        bodies=bodies,
        said=spell(fold(record.responsibility[:300])) if record.responsibility else "",
        year=record.year,
        pages=_pages(extent),
        edition=edition_number(record.edition) if record.edition else None,
        publisher=spell(_publisher(record.publisher)) if record.publisher else "",
        place=spell(_place(record.place)) if record.place else "",
        language=language,
        isbns=_distinct(i.value for i in record.identifiers if i.kind == "isbn" and i.valid),
        issns=_distinct(i.value for i in record.identifiers if i.kind == "issn" and i.valid),
        strong=_strong(record, library),
        series_number=_series_number(record.series),
        shelf=_distinct(
            fold(t) for t in record.call_numbers[:5] if " " in t.strip() and any(c.isdigit() for c in t)
        ),
        source=source,
        shown=_shown(record),
        richness=_richness(record),
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))[:40]


def _strong(record: Record, library: str) -> tuple[str, ...]:
    """Identifiers that name one thing, by kind; ISBN and ISSN are apart, as they are shared and reused."""
    found = [
        f"{i.kind}:{fold(i.value).replace(' ', '')}"
        for i in record.identifiers
        if i.valid and i.kind in ("oclc", "lccn", "nbn", "doi", "ismn", "publisher_number")
    ]
    if number := record.extra.get("control_number"):
        if ":" in number:
            found.append(f"control:{number}")
        if library:
            found.append(f"control:{library}:{number.rpartition(':')[2]}")
    return _distinct(found)


@lru_cache(maxsize=512)
def _title_words(text: str) -> str:
    """Folded title without the words and signs that catalogues exchange freely, and without a medium at its end."""
    folded = _MEDIUM.sub("", fold(text[:600]))
    words = folded.split(" ")
    kept = [w for w in words if w not in _JOINING]
    return " ".join(kept) if kept else folded


def _other_titles(record: Record, spell: Callable[[str], str]) -> tuple[str, ...]:
    """Other titles and the title in other scripts, folded, at most six."""
    if not record.alternates and not record.scripts:
        return ()
    folded = [spell(_title_words(t)) for t in (*record.scripts, *record.alternates)][:6]
    return tuple(sorted({t for t in folded if len(t) > 3}))


def _numbers(*texts: str) -> tuple[str, ...]:
    """Words that are numbers or hold a digit ('g1'), Roman ones as Arabic."""
    found = set()
    for text in texts:
        for word in text.split(" ") if text else ():
            number = number_of(word)
            if number is not None:
                found.add(str(number))
            elif not word.isalpha() and any(c.isdigit() for c in word):
                found.add(word)
    return tuple(sorted(found))[:_MOST_NUMBERS]


def _names(
    authors: tuple[Name, ...], contributors: tuple[Name, ...], spell: Callable[[str], str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Surnames, all words of persons' names, words of bodies' names."""
    surnames: list[str] = []
    words: set[str] = set()
    bodies: set[str] = set()
    for name in (*authors, *contributors)[:_MOST_NAMES]:
        if name.corporate:
            bodies.update(w for w in fold(name.text).split(" ") if len(w) > 2 and w not in _PUBLISHER_NOISE)
            continue
        head, comma, _ = name.text.partition(",")
        folded = spell(fold(name.text))
        parts = folded.split(" ")
        surname = (
            spell(fold(head)).replace(" ", "")
            if comma
            else next((p for p in reversed(parts) if len(p) > 1), "")
        )
        if surname and surname not in surnames:
            surnames.append(surname)
        words.update(p for p in parts if len(p) > 1)
        words.add(surname)
    words.discard("")
    return tuple(surnames), tuple(sorted(words)), tuple(sorted(bodies))[:30]


def _pages(extent: str) -> int | None:
    """The last count of pages ('xii, 245 hlm.' is 245); None for several volumes and for what has no pages."""
    if not extent or _VOLUMES.search(extent):
        return None
    found = _PAGES.findall(extent) or _PAGES_AFTER.findall(extent)
    return int(found[-1]) if found else None


def edition_number(text: str) -> int | None:
    """The number of an edition in figures or words of a dozen languages; None for 'Edisi revisi' and 'Cet. 2'."""
    folded = _PRINTING.sub(" ", fold(text))
    for word in folded.split(" "):
        if word in _ORDINALS:
            return _ORDINALS[word]
    found = _EDITION_NUMBER.search(folded.replace("ke ", " "))
    if found is None:
        return None
    number = int(found.group(1))
    return number if 0 < number < 200 else None


@lru_cache(maxsize=4096)
def _publisher(text: str) -> str:
    """The words of a publisher's name that tell it from others."""
    folded = fold(text[:200])
    kept = [w for w in folded.split(" ") if w not in _PUBLISHER_NOISE]
    return " ".join(kept) if kept else folded


@lru_cache(maxsize=4096)
def _place(text: str) -> str:
    """The first place named, without state or country."""
    return fold(str(re.split(r"[,;(]", text, maxsplit=1)[0]))


def _series_number(series: tuple[str, ...]) -> str:
    for text in series:
        _, semicolon, number = text.rpartition(" ; ")
        if semicolon:
            digits: list[str] = re.findall(r"\d+", number)
            if digits:
                return digits[-1]
    return ""


def _shown(record: Record) -> str:
    parts = [record.title, record.part_number, record.part_name]
    text = ". ".join(p for p in parts if p)
    return (f"{text} : {record.subtitle}" if record.subtitle else text)[:500]


def _richness(record: Record) -> int:
    """How much a record tells: fields that help a reader count, rich lists a little more."""
    filled = sum(
        1
        for value in (
            record.subtitle, record.responsibility, record.authors, record.publisher, record.place, record.year,
            record.languages, record.edition, record.extent, record.series, record.contents, record.summary,
            record.call_numbers, record.classes, record.identifiers, record.scripts,
        )
        if value
    )  # fmt: skip
    return 4 * filled + min(6, len(record.subjects)) + min(3, len(record.notes))


def block_keys(norm: Norm) -> tuple[int, ...]:
    """The keys two records must share to be compared, as signed 64-bit numbers.

    Each key carries the kind, as records of different kinds are never the same. At most 40.
    """
    kind = norm.kind
    tight = norm.title.replace(" ", "")
    texts = [f"i{value}" for value in norm.isbns]
    texts.extend(f"s{value}" for value in norm.issns)
    texts.extend(f"x{value}" for value in norm.strong)
    surname = norm.surnames[0] if norm.surnames else ""
    texts.append(f"t{tight[:14]}|{surname or ' '.join(norm.bodies[:2])}")
    texts.append(f"y{norm.year}|{tight[:10]}|{surname[:3]}")
    words = sorted(set(norm.title.split(" ")), key=lambda w: (-len(w), w))[:2]
    texts.append(f"w{norm.year}|{' '.join(sorted(words))}")
    for other in norm.others[:3]:
        texts.append(
            f"w{norm.year}|{' '.join(sorted(sorted(set(other.split(' ')), key=lambda w: (-len(w), w))[:2]))}"
        )
    if norm.said:
        texts.append(f"r{tight[:14]}|{norm.said.rpartition(' ')[2]}")
    return tuple({_key(f"{kind}|{text}") for text in texts[:40]})


def _key(text: str) -> int:
    return int.from_bytes(
        blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True
    )


def as_list(norm: Norm) -> list[Any]:
    """The normal form as a JSON value."""
    return list(_everything(norm))


def from_list(value: list[Any]) -> Norm:
    """The normal form of a JSON value made by `as_list`."""
    parts: list[Any] = [tuple(v) if isinstance(v, list) else v for v in value]
    return Norm(*parts)
