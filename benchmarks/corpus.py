"""A seeded catalogue as large as asked, that looks like a union catalogue: real titles where a folder of them is named.

`python -m benchmarks.corpus 5` prints five clusters. The environment variable SILANG_DATA may name a folder with
`bl/rows.jsonl.xz` and `gpo/rows.jsonl.xz` (brief records of the British Library and the US Government Publishing
Office); three quarters of the clusters are then drawn from these, otherwise from words made of syllables.
"""

from __future__ import annotations

import json
import lzma
import os
import sys
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

from index.document import Described, document
from index.record import Availability, Format, Holding, Identifier, Name, Record
from index.search import IndexDoc

T = TypeVar("T")
LIBRARIES = tuple(f"P{n:02d}" for n in range(1, 41))
REGIONS = ("ID-JK", "ID-JB", "ID-YO", "ID-JI", "ID-SN", "ID-PA", "ID-BA", "ID-AC")
TEMPLATES = (
    "{0} {1} di {p}", "pengantar {0} {1}", "sejarah {0} {p}", "{0} dan {1} dalam {2}", "dasar-dasar {0} {1}",
    "perkembangan {0} {1} di {p}", "manajemen {0} {1}", "pengaruh {0} terhadap {1} {2}", "hubungan {0} dengan {1}",
    "analisis {0} {1} pada {2}", "bunga rampai {0}", "{0} untuk {1} dan {2}", "kumpulan {0} {1}", "teori {0} {1} {2}",
    "hukum {0} di {p}", "pendidikan {0} {1}", "penelitian {0} {1} {p}", "ilmu {0} {1}", "peranan {0} dalam {1}",
    "kamus {0} {1}",
)  # fmt: skip
PLACES = (
    "Jakarta",
    "Yogyakarta",
    "Bandung",
    "Surabaya",
    "Makassar",
    "Medan",
    "Jayapura",
    "Denpasar",
    "Aceh",
    "Malang",
)
PUBLISHERS = (
    "Balai Pustaka",
    "Gramedia",
    "Mizan",
    "UGM Press",
    "Erlangga",
    "Kanisius",
    "Obor",
    "Rajawali",
    "Djambatan",
)


class Zipf(Generic[T]):
    """Draws the first of a list most often, the n-th 1/n^s as often."""

    def __init__(self, items: Sequence[T], s: float) -> None:
        self.items = items
        self.sums = list(accumulate(1 / (n**s) for n in range(1, len(items) + 1)))

    def draw(self, random: Random) -> T:
        """One of the items."""
        return self.items[bisect(self.sums, random.random() * self.sums[-1])]


def real_rows() -> list[dict[str, str]]:
    """Titles, names, places, years of the folder that SILANG_DATA names; [] without one."""
    folder = Path(os.environ.get("SILANG_DATA", "-"))
    rows: list[dict[str, str]] = []
    for path, names in (
        (folder / "bl/rows.jsonl.xz", ("title", "first_author", "publisher", "pubplace", "date")),
        (folder / "gpo/rows.jsonl.xz", ("TITLE", "AGENCY_NAME_1", "", "", "PUB_DATE")),
    ):
        if not path.is_file():
            continue
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                row = json.loads(line)
                values = (str(row.get(name, "") or "") for name in names)
                rows.append(dict(zip(("title", "author", "publisher", "place", "year"), values, strict=True)))
    return rows


def made_rows(random: Random, count: int) -> list[dict[str, str]]:
    """Rows of words made of syllables, for a machine without real ones."""
    syllables = [
        c + v for c in (*"bcdfghklmnprstvw", "st", "tr", "pl") for v in ("a", "e", "i", "o", "u", "an")
    ]
    words = [
        "".join(random.choice(syllables) for _ in range(random.choice((2, 2, 3, 4)))) for _ in range(60_000)
    ]
    draw = Zipf(words, 0.9)
    return [
        {
            "title": "The " + " ".join(draw.draw(random) for _ in range(random.randint(3, 12))),
            "author": f"{draw.draw(random).title()}, {draw.draw(random).title()}",
            "publisher": draw.draw(random).title(),
            "place": draw.draw(random).title(),
            "year": str(random.randint(1850, 2024)),
        }
        for _ in range(count)
    ]


def isbn13(random: Random) -> str:
    """A valid ISBN-13."""
    digits = "978" + "".join(random.choice("0123456789") for _ in range(9))
    total = sum(int(d) * (1, 3)[i % 2] for i, d in enumerate(digits))
    return digits + str(-total % 10)


class Corpus:
    """Clusters by number; the same seed gives the same ones."""

    def __init__(self, seed: int = 1) -> None:
        self.random = Random(seed)
        roots = [w for w in StemmerFactory().get_words() if w.isalpha()]
        self.random.shuffle(roots)
        self.roots = Zipf(roots, 0.95)
        self.rows = real_rows() or made_rows(self.random, 60_000)
        self.random.shuffle(self.rows)
        names = [row["author"] for row in self.rows if row["author"]][:30_000]
        self.authors = Zipf(names, 0.7)
        self.subjects = Zipf(
            [f"{a} {b}".capitalize() for a, b in zip(roots[:6000], roots[6000:12_000], strict=False)], 0.8
        )
        self.libraries = Zipf(LIBRARIES, 0.8)

    def clusters(self, count: int) -> Iterator[list[Described]]:
        """Each with one description a holding library, as that library writes it."""
        for number in range(count):
            record = self._indonesian() if number % 4 == 3 else self._row(number)
            yield self._held(record)

    def part(self, start: int, end: int) -> Iterator[tuple[int, list[Described]]]:
        """Clusters with their numbers, the same whichever parts were made before: for what goes on after a stop."""
        self.random.seed(start)
        for number in range(start, end):
            yield number, self._held(self._indonesian() if number % 4 == 3 else self._row(number))

    def documents(self, count: int) -> Iterator[IndexDoc]:
        """The clusters as an engine gets them."""
        for number, records in enumerate(self.clusters(count)):
            yield document(f"{number:08x}", records, 1_600_000_000 + number * 60, number + 1, 0)

    def _indonesian(self) -> Record:
        r = self.random
        words = [self.roots.draw(r) for _ in range(3)]
        title = r.choice(TEMPLATES).format(*words, p=r.choice(PLACES)).capitalize()
        return self._record(
            title, self.authors.draw(r), r.choice(PUBLISHERS), r.choice(PLACES), r.randint(1950, 2025), "ind"
        )

    def _row(self, number: int) -> Record:
        """A real row; past the pool a later edition of one, half of them with a word nobody had yet."""
        r = self.random
        row = self.rows[number % len(self.rows)]
        year = int(row["year"][:4]) if row["year"][:4].isdecimal() else 1900 + number % 120
        title = row["title"][:300] or "Untitled"
        if number >= len(self.rows):
            year += r.randint(1, 20)
            title += r.choice((" / part 2", ", 2nd edition", " : volume 3", ""))
            if r.random() < 0.5:
                title += " " + "".join(
                    r.choice("bcdfghklmnprst") + r.choice("aeiou") for _ in range(r.randint(3, 5))
                )
        return self._record(title, row["author"], row["publisher"], row["place"], year, "eng")

    def _record(
        self, title: str, author: str, publisher: str, place: str, year: int, language: str
    ) -> Record:
        r = self.random
        return Record(
            title=title,
            authors=(Name(text=author),) if author else (),
            subjects=tuple(dict.fromkeys(self.subjects.draw(r) for _ in range(r.choice((1, 2, 2, 3))))),
            identifiers=(Identifier(kind="isbn", value=isbn13(r)),) if r.random() < 0.7 else (),
            publisher=publisher,
            place=place,
            year=year,
            year_text=str(year),
            languages=(language,),
            format=r.choice(
                (
                    Format.BOOK,
                    Format.BOOK,
                    Format.BOOK,
                    Format.BOOK,
                    Format.THESIS,
                    Format.JOURNAL,
                    Format.MAP,
                )
            ),
            extent=f"{r.randint(20, 900)} p.",
        )

    def _held(self, record: Record) -> list[Described]:
        r = self.random
        wanted = min(len(LIBRARIES), max(1, int(r.paretovariate(1.2) * 2.1)))
        holders = {self.libraries.draw(r) for _ in range(wanted)}
        call = f"{r.randint(0, 999):03d}.{r.randint(1, 99)} {record.title[:3].upper()}"
        found: list[Described] = []
        for symbol in sorted(holders):
            number = LIBRARIES.index(symbol)
            availability = r.choice(
                (Availability.AVAILABLE, Availability.AVAILABLE, Availability.ON_LOAN, Availability.UNKNOWN)
            )
            copy = Holding(
                branch="Pusat",
                call_number=call,
                copies=r.randint(1, 3),
                availability=availability,
                lendable=r.random() < 0.8,
            )
            found.append(
                (
                    self._habits(replace(record, holdings=(copy,)), number),
                    symbol,
                    REGIONS[number % len(REGIONS)],
                )
            )
        return found

    def _habits(self, record: Record, number: int) -> Record:
        """The same description as one library would write it."""
        r = self.random
        changes: dict[str, Any] = {}
        if r.random() < 0.02 + 0.007 * number:
            changes["identifiers"] = ()
        if number % 5 == 1:
            changes["title"] = record.title.upper()
        if number % 7 == 2:
            changes["publisher"] = record.publisher.replace("Pustaka", "Pust.").replace("Press", "Pr.")
        if number % 6 == 3:
            changes["year_text"] = f"c{record.year}"
        if r.random() < 0.1:
            changes["subjects"] = ()
        return replace(record, **changes) if changes else record


def main() -> None:
    """Print some clusters."""
    for records in Corpus().clusters(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        print(len(records), records[0][0].title, "|", records[0][0].year)


if __name__ == "__main__":
    main()
