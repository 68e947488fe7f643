"""The normal form of a record: what clustering compares, made once per record, and the keys by which it finds others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from index.folding import fold, old_spelling
from index.matching.extent import extent_of, media_of, medium_of_007, scale_of
from index.matching.imprint import dates_of, house, town
from index.matching.parts import numbers_told
from index.matching.people import people_of
from index.matching.words import ARTICLES, EDITION_WORDS, ORDINALS, VARIANTS
from index.record import Format, Record

#: Counts up when the normal form of the same Record changes: every record is then compared again.
VERSION = 3

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
    r"microform|bentuk mikro|text|print|elektronische ressource|ressource electronique|musikdruck|tontrager|bildtontrager)$"
)
#: A printing is not an edition: 'Cet. 3' says nothing about the text.
_PRINTING = re.compile(
    r"\b(?:cet|cetakan|printing|impression|druck|nachdruck|nachdr|tirage|reimpr|ristampa|oplage|tausend|tsd)\b\.?"
    r"(?:\s*(?:ke)?\s*\d+)?"
)
_PRINTING_BEFORE = re.compile(
    r"\b(?:\d{1,3} (?:bis )?)?\d{1,3}(?:st|nd|rd|th|e|eme)? "
    r"(?:printing|impression|druck|dr|abdruck|abdr|tirage|tausend|tsd|reimpr)\b"
)
_EDITION_NUMBER = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th|e|eme|a|o)?\b")
#: Languages that say that there is none, or too many.
_NO_LANGUAGE = frozenset(("mul", "und", "zxx", "mis", ""))
_VOWELS = str.maketrans("", "", "aeiouyjwh ")


@dataclass(frozen=True, slots=True)
class Norm:
    """What is compared of one record. Texts are folded; empty and None mean that the record does not say.

    `kind` is class, level and carrier ('text mono print'); `media` are media or forms of scores ('dvd', 'vocal');
    `parts` are numbers of the part, `bare` other numbers of the title, `told_years` years in title or subtitle,
    `works` numbers in lists of a composer's works; `surnames` and `names` are words of persons' names, `main` the
    surnames of those who made the work, `first` surname and given names of the first of them, `bodies` words of
    corporate names; `wording` is what the edition statement says beyond its number, `area` the coordinates of a map;
    `strong` are identifiers with their kind ('oclc:123'), `cancelled` ISBNs that are told but not the record's own,
    `shelf` whole call numbers, `documents` the numbers a government gives its documents, `series` 'name|number',
    `source` is where the record comes from. `shown` is the title for people, `richness` says how much the record
    tells, by which the displayed record of a cluster is chosen.
    """

    kind: str
    media: tuple[str, ...]
    title: str
    full: str
    subtitle: str
    part_name: str
    others: tuple[str, ...]
    parts: tuple[str, ...]
    bare: tuple[str, ...]
    told_years: tuple[str, ...]
    works: tuple[str, ...]
    surnames: tuple[str, ...]
    main: tuple[str, ...]
    names: tuple[str, ...]
    first: str
    bodies: tuple[str, ...]
    said: str
    year: int | None
    years: tuple[int, ...]
    until: int | None
    loose: bool
    pages: int | None
    total: int | None
    volumes: int | None
    minutes: int | None
    scale: int | None
    edition: int | None
    variants: tuple[str, ...]
    wording: str
    area: str
    publishers: tuple[str, ...]
    towns: tuple[str, ...]
    languages: tuple[str, ...]
    isbns: tuple[str, ...]
    cancelled: tuple[str, ...]
    issns: tuple[str, ...]
    strong: tuple[str, ...]
    series: tuple[str, ...]
    shelf: tuple[str, ...]
    documents: tuple[str, ...]
    source: str
    shown: str
    richness: int


_everything = attrgetter(*(field.name for field in fields(Norm)))


def normal_form(record: Record, library: str = "", source: str = "") -> Norm:
    """The normal form of a record. Pure; its `VERSION` is stored beside it.

    `library` scopes the record's own control number: the same number from two sources of one library is one record.
    `source` is where it comes from: one catalogue rarely has two records for one edition.
    """
    # In every language, as many records do not say theirs: what it does to 'Goethe' it does on both sides.
    spell: Callable[[str], str] = old_spelling
    extra = record.extra
    raw_title = fold(record.title[:600])
    raw_subtitle = fold(record.subtitle) if record.subtitle else ""
    title = _without_article(
        spell(_title_words(record.title[record.non_filing :] if record.non_filing else record.title))
    )
    subtitle = spell(_title_words(record.subtitle)) if record.subtitle else ""
    part_name = spell(_title_words(record.part_name)) if record.part_name else ""
    people = people_of(record.authors, record.contributors, spell)
    carrier = extra.get("carrier") or ("online" if record.online else "print")
    kind = _CLASSES.get(record.format) or record.format.value
    level = _LEVELS.get(record.level, "mono")
    extent = extent_of(record.extent)
    dates = dates_of(record.year, record.year_text, extra.get("dates", ""))
    in_title = numbers_told(raw_title)
    in_subtitle = numbers_told(raw_subtitle, subtitle=True)
    in_number = numbers_told(fold(record.part_number), designation=True) if record.part_number else None
    in_name = numbers_told(fold(record.part_name)) if record.part_name else None
    parts = {
        *in_title.parts,
        *(in_number.parts if in_number else ()),
        *((*in_name.parts, *in_name.bare) if in_name else ()),
    }
    if not parts:
        parts.update(in_subtitle.parts)
    if record.part_number and in_number and not in_number.parts and not part_name:
        part_name = spell(fold(record.part_number))  # 'Textband'
    told_years = {*in_title.years, *in_subtitle.years, *(in_number.years if in_number else ())}
    return Norm(
        kind=f"{kind} {level} {carrier}",
        media=_media(record, kind),
        title=title,
        full=" ".join(t for t in (title, subtitle, part_name) if t),
        subtitle=subtitle,
        part_name=part_name,
        others=_other_titles(record, spell),
        parts=tuple(sorted(parts)),
        bare=in_title.bare,
        told_years=tuple(sorted(told_years)),
        works=tuple(sorted({*in_title.works, *in_subtitle.works})),
        surnames=people.surnames,
        main=people.main,
        names=people.words,
        first=people.first,
        bodies=people.bodies,
        said=spell(fold(record.responsibility[:300])) if record.responsibility else "",
        year=record.year,
        years=dates.years,
        until=dates.until,
        loose=dates.loose,
        pages=extent.pages,
        total=extent.total,
        volumes=extent.volumes,
        minutes=extent.minutes,
        scale=scale_of(extra["scale"]) if "scale" in extra else None,
        edition=edition_number(record.edition) if record.edition else None,
        variants=_variants(record.edition, record.subtitle),
        wording=_wording(record.edition) if record.edition else "",
        area=extra.get("area", ""),
        publishers=_several(record.publisher, extra.get("publishers", ""), house),
        towns=_several(record.place, extra.get("places", ""), town),
        languages=tuple(sorted(code for code in set(record.languages[:4]) if code not in _NO_LANGUAGE)),
        isbns=_distinct(i.value for i in record.identifiers if i.kind == "isbn" and i.valid),
        cancelled=_distinct(i.value for i in record.identifiers if i.kind == "isbn" and not i.valid),
        issns=_distinct(i.value for i in record.identifiers if i.kind == "issn" and i.valid),
        strong=_strong(record, library),
        series=_series(record.series, extra.get("series_numbers", "")),
        shelf=_distinct(
            fold(t) for t in record.call_numbers[:5] if " " in t.strip() and any(c.isdigit() for c in t)
        ),
        documents=_distinct(fold(t).replace(" ", "") for t in extra.get("documents", "").split(" | ") if t),
        source=source,
        shown=_shown(record),
        richness=_richness(record),
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))[:40]


def _several(first: str, more: str, form: Callable[[str], str]) -> tuple[str, ...]:
    """Forms of one text and of others kept behind bars, the first first."""
    if not first and not more:
        return ()
    found = (form(text) for text in (first, *more.split(" | ")) if text)
    return tuple(dict.fromkeys(text for text in found if text))[:4]


def _media(record: Record, kind: str) -> tuple[str, ...]:
    if kind not in ("video", "audio", "score"):
        return ()
    extra = record.extra
    if kind != "score" and (medium := medium_of_007(kind, extra.get("physical", ""))):
        return (medium,)
    for text in (record.extent, extra.get("presentation", ""), record.edition):
        if text and (found := media_of(kind, fold(text))):
            return found
    for text in (record.subtitle, record.responsibility):
        # 'für vier Stimmen' says for whom it was written, not what is printed.
        found = media_of(kind, fold(text)) if text else ()
        if found and "parts" not in found and "choral" not in found:
            return found
    return ()


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


def _variants(edition: str, subtitle: str) -> tuple[str, ...]:
    """What makes the text or the print another one: abridged, facsimile, international."""
    if not edition and not subtitle:
        return ()
    text = f" {fold(edition)} "
    below = f" {fold(subtitle)} "
    found = []
    for variant, words in VARIANTS:
        if any(f" {w} " in text for w in words) or (
            variant in ("abridged", "facsimile", "large", "companion")
            and any(f" {w} " in below for w in words)
        ):
            found.append(variant)
    return tuple(found)


@lru_cache(maxsize=512)
def _title_words(text: str) -> str:
    """Folded title without the words and signs that catalogues exchange freely, and without a medium at its end."""
    folded = _MEDIUM.sub("", fold(text[:600]))
    words = folded.split(" ")
    kept = [w for w in words if w not in _JOINING]
    return " ".join(kept) if kept else folded


def _without_article(title: str) -> str:
    """Without the article at its beginning: whether sorting skips it is often not told."""
    first, blank, rest = title.partition(" ")
    return rest if blank and first in ARTICLES else title


def _wording(edition: str) -> str:
    """What an edition statement says beyond that it is one and which: 'farsi', 'student'."""
    words = (w for w in fold(edition).split(" ") if w not in EDITION_WORDS and w not in ORDINALS)
    return " ".join(w for w in words if len(w) > 2 and not w.isdigit())


def _other_titles(record: Record, spell: Callable[[str], str]) -> tuple[str, ...]:
    """Other titles and the title in other scripts, folded, at most six."""
    if not record.alternates and not record.scripts:
        return ()
    folded = [_without_article(spell(_title_words(t))) for t in (*record.scripts, *record.alternates)][:6]
    return tuple(sorted({t for t in folded if len(t) > 3}))


def edition_number(text: str) -> int | None:
    """The number of an edition in figures or words of a dozen languages; None for 'Edisi revisi' and 'Cet. 2'."""
    folded = _PRINTING.sub(" ", _PRINTING_BEFORE.sub(" ", fold(text)))
    for word in folded.split(" "):
        if word in ORDINALS:
            return ORDINALS[word]
    found = _EDITION_NUMBER.search(folded)
    return int(found.group(1)) if found else None


def _series(series: tuple[str, ...], numbers: str) -> tuple[str, ...]:
    """'name|number' of each numbered series."""
    found: dict[str, None] = {}
    for text in (*(numbers.split(" | ") if numbers else ()), *series):
        name, semicolon, number = text.rpartition(" ; ")
        if semicolon and (digits := re.findall(r"\d+", number)):
            found.setdefault(f"{fold(name)}|{' '.join(str(int(d[:9])) for d in digits[:4])}")
    return tuple(found)[:6]


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


def _bones(text: str) -> str:
    """Consonants only: what umlauts, transliterations and old spellings leave alone."""
    return text.translate(_VOWELS) or text.replace(" ", "")


def block_keys(norm: Norm) -> tuple[int, ...]:
    """The keys two records must share to be compared, as signed 64-bit numbers.

    Each key carries the kind, as records of different kinds are never the same. At most 40.
    """
    kind = norm.kind
    bones = _bones(norm.title)
    texts = [f"i{value}" for value in norm.isbns]
    texts.extend(f"s{value}" for value in norm.issns)
    texts.extend(f"x{value}" for value in norm.strong)
    surname = _bones(norm.surnames[0]) if norm.surnames else ""
    texts.append(f"t{bones[:10]}|{surname[:5] or ' '.join(norm.bodies[:2])}")
    words = " ".join(sorted(sorted(set(norm.title.split(" ")), key=lambda w: (-len(w), w))[:2]))
    years = dict.fromkeys((norm.year, *norm.years[:3]))
    for year in years:
        texts.append(f"y{year}|{bones[:7]}")
        texts.append(f"w{year}|{words}")
    for other in norm.others[:3]:
        texts.append(f"y{norm.year}|{_bones(other)[:7]}")
    if norm.said:
        texts.append(f"r{bones[:10]}|{_bones(norm.said.rpartition(' ')[2])[:5]}")
    if norm.pages and norm.publishers and norm.year:
        texts.append(f"p{norm.year}|{norm.pages}|{norm.publishers[0][:4]}")
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
