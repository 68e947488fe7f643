"""MARC records of the labelled editions in tests/data/clusters: each described by several libraries, with their faults.

`python -m benchmarks.cluster_records tuned|held` writes them as MARCXML.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from benchmarks.cluster_styles import ORDINALS, PLACES, PUBLISHERS, STYLES, Style
from index.crosswalk.numbers import isbn13

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "clusters"
HALVES = ("tuned", "held")
_NAMESPACE = "http://www.loc.gov/MARC21/slim"
_LEADER = {
    "book": "am", "ebook": "am", "micro": "am", "thesis": "am", "serial": "as", "score": "cm", "video": "gm",
    "audio": "jm", "map": "em",
}  # fmt: skip
#: Typists' and scanners' slips.
_SLIPS = (("m", "rn"), ("l", "1"), ("e", "c"), ("ii", "i"), ("t", "tt"))
_TRANSLITERATIONS = (("ij", "y"), ("aja", "aia"), ("č", "ch"), ("j", "y"))

Subfields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A MARC record with the edition that it truly describes ('family/number')."""

    id: str
    edition: str
    element: Any


def labelled(half: str, seed: int = 1, brief: float = 0.12) -> list[Labelled]:
    """All records of one half, in an order that says nothing. `brief` is the part of records that tell little."""
    text = (FOLDER / f"{half}.yaml").read_text(encoding="utf-8")
    found = []
    for family in yaml.safe_load(text):
        common = {k: v for k, v in family.items() if k not in ("family", "editions")}
        for number, edition in enumerate(family["editions"]):
            label = f"{family['family']}/{number}"
            chance = random.Random(f"{seed}|{label}")
            styles = chance.sample(STYLES, len(STYLES))
            for copy in range(edition["copies"]):
                writer = _Writer(
                    {**common, **edition}, family["family"], styles[copy % len(styles)], chance,
                    brief=copy > 0 and chance.random() < brief,
                )  # fmt: skip
                name = blake2b(f"{label}|{copy}".encode(), digest_size=5).hexdigest()
                found.append(Labelled(name, label, writer.record(name)))
    return sorted(found, key=lambda r: r.id)


class _Writer:
    """One library writes one record of an edition."""

    def __init__(
        self, facts: Mapping[str, Any], family: str, style: Style, chance: random.Random, *, brief: bool
    ) -> None:
        self.f = facts
        self.family = family
        self.style = style
        self.chance = chance
        self.brief = brief
        self.kind: str = facts["kind"]
        # An adversary's family is described with care: what tells editions apart is not also left out.
        self.title = self._slipped(facts["title"])

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def record(self, name: str) -> Any:
        root = etree.Element(f"{{{_NAMESPACE}}}record", nsmap={None: _NAMESPACE})
        form = self.kind if self.kind in ("ebook", "micro") else ""
        etree.SubElement(root, f"{{{_NAMESPACE}}}leader").text = f"00000n{_LEADER[self.kind]} a2200000 a 4500"
        controls = [("001", name), ("008", self._fixed(form))]
        if self.kind == "video" and not self.brief and self.maybe(0.7):
            controls.append(
                ("007", {"dvd": "vd cvaizq", "vhs": "vf cbahos", "bluray": "vd csaizq"}[self.f["medium"]])
            )
        for tag, text in sorted(controls):
            field = etree.SubElement(root, f"{{{_NAMESPACE}}}controlfield", tag=tag)
            field.text = text
        for tag, indicators, subfields in sorted(self._fields(), key=lambda f: f[0]):
            field = etree.SubElement(
                root, f"{{{_NAMESPACE}}}datafield", tag=tag, ind1=indicators[0], ind2=indicators[1]
            )
            for code, text in subfields:
                etree.SubElement(field, f"{{{_NAMESPACE}}}subfield", code=code).text = text
        return root

    def _fixed(self, form: str) -> str:
        f = self.f
        kind, second = "s", "    "
        if f.get("made") and self.maybe(0.6):
            kind, second = "p", str(f["made"])
        elif self.kind == "serial":
            kind, second = "c", "9999"
        elif f.get("vols"):
            kind, second = "m", str(f["year"] + self.chance.choice((0, 1, 2)))
        coded = form and self.style.name != "ind"
        mark = {"ebook": "o", "micro": "b", "": " "}[form] if coded else " "
        language = "   " if self.brief and self.maybe(0.6) else f["lang"]
        fixed = f"900101{kind}{f['year']:04d}{second}xx ".ljust(35)
        fixed = f"{fixed[:23]}{mark}{fixed[24:35]}{language} d"
        return fixed if self.kind != "map" else f"{fixed[:29]} {fixed[30:]}"

    def _fields(self) -> Iterator[tuple[str, str, Subfields]]:
        f, style = self.f, self.style
        yield from self._numbers()
        people = [*f.get("authors", ())]
        if people and not self.maybe(0.05):
            yield "100", "1 ", [("a", self._name(people[0])), *self._relator("aut")]
            people = people[1:]
        elif f.get("body") and self.maybe(0.8):
            yield "110", "2 ", [("a", f["body"])]
        yield "245", self._skip(people), self._title()
        if f.get("alt") and self.maybe(0.7):
            yield "246", "3 ", [("a", f["alt"])]
        if edition := self._edition():
            yield "250", "  ", [("a", edition)]
        if f.get("scale") and (not self.brief or self.maybe(0.7)):
            spaced = f"{f['scale']:,}".replace(",", " ")
            yield "255", "  ", [("a", style.scale.format(n=f["scale"], spaced=spaced))]
        yield self._imprint()
        if not self.brief and (extent := self._extent()):
            yield "300", "  ", extent
        if style.name == "rda":
            carrier = {"ebook": ("online resource", "cr"), "micro": ("microfiche", "he")}.get(
                self.kind, ("volume", "nc")
            )
            if self.kind in ("book", "ebook", "micro", "score", "thesis", "serial"):
                yield "338", "  ", [("a", carrier[0]), ("b", carrier[1])]
        if f.get("series") and not self.brief and self.maybe(0.8):
            series, number = f["series"]
            mark = " ;" if style.punctuation else ""
            if not style.punctuation and self.maybe(0.5):
                yield "830", " 0", [("a", series), ("v", str(number))]
            else:
                yield "490", "0 ", [("a", series + mark), ("v", str(number))]
        if f.get("thesis") and not self.brief:
            yield "502", "  ", [("a", f["thesis"])]
        if not self.brief:
            for key, code in (("editor", "edt"), ("translator", "trl")):
                if f.get(key) and self.maybe(0.8):
                    yield "700", "1 ", [("a", self._name(f[key])), *self._relator(code)]
            for name in people + f.get("contributors", []):
                yield "700", "1 ", [("a", self._name(name))]
            if f.get("body") and self.maybe(0.3):
                yield "710", "2 ", [("a", f["body"])]
            if self.maybe(0.4):
                yield "650", " 0", [("a", {"rak": "Quelle", "fr": "Études"}.get(style.name, "Studies"))]
        if self.kind == "ebook":
            yield "856", "40", [("u", f"https://books.example/{self.family}/{f['year']}")]

    def _relator(self, code: str) -> Subfields:
        return [("4", code)] if self.style.relators else []

    def _numbers(self) -> Iterator[tuple[str, str, Subfields]]:
        f = self.f
        labels = [*f.get("isbn", ())]
        if labels and self.maybe(0.15 if not self.brief else 0.4):
            labels = []
        if len(labels) > 1 and self.maybe(0.25):
            labels = labels[-1:]
        for label in labels:
            number = _isbn(f"{self.family}|{label}")
            if f["year"] < 2007 or self.maybe(0.3):
                number = _isbn10(number) if not self.maybe(0.15) else number
            if self.style.name == "rak":
                number = f"{number[:1]}-{number[1:]}"
            qualifier = self.chance.choice(("", "", " (pbk.)", " (kart.)", " (broché)"))
            yield "020", "  ", [("a", number + qualifier)]
        for label in f.get("issn", ()):
            if not self.maybe(0.2):
                yield "022", "  ", [("a", _issn(f"{self.family}|{label}"))]
        for label in f.get("pubno", ()):
            if not self.maybe(0.3):
                number = str(
                    int.from_bytes(blake2b(f"{self.family}|{label}".encode(), digest_size=2).digest(), "big")
                )
                yield "028", "22" if self.kind == "score" else "02", [("a", f"{label[:2].upper()} {number}")]
        if self.maybe(0.2) and self.style.name in ("aacr", "rda"):
            told = ("title", "year", "part", "form", "vols", "ed_note", "publisher")
            identity = "|".join([self.family, self.kind, *(str(f.get(key)) for key in told)])
            oclc = int.from_bytes(blake2b(identity.encode(), digest_size=4).digest(), "big")
            yield "035", "  ", [("a", f"(OCoLC){oclc}")]

    def _skip(self, people: list[str]) -> str:
        first = self.title.partition(" ")[0].casefold()
        articles = {"die", "der", "das", "the", "la", "le", "les", "l"}
        skip = len(first) + 1 if first in articles and self.style.name != "ind" else 0
        return f"1{skip}"

    def _title(self) -> Subfields:
        f, style = self.f, self.style
        title = self.title
        found: Subfields = []
        part, part_name = f.get("part"), f.get("part_name")
        said_in_subtitle = (part and "Teil" in f.get("sub", "")) or (part and title.endswith(str(part)))
        subtitle = f.get("sub", "")
        if subtitle and (self.brief or self.maybe(0.15)) and not said_in_subtitle:
            subtitle = ""
        if subtitle and self.maybe(0.08):
            title, subtitle = f"{title} : {subtitle}", ""
        found.append(("a", title))
        if self.kind in style.gmd and not self.maybe(0.1):
            found.append(("h", style.gmd[self.kind]))
        if part and not said_in_subtitle:
            words = style.part.format(n=self._number(part))
            if self.maybe(0.15):
                found[0] = ("a", f"{title}. {words}")
            else:
                found.append(("n", words))
            if part_name and (not self.brief or self.maybe(0.5)):
                found.append(("p", part_name))
        elif part_name:
            found.append(("p", part_name))
        if subtitle:
            found.append(("b", subtitle))
        if not self.brief and not self.maybe(0.15) and (said := self._responsibility()):
            found.append(("c", said))
        if style.punctuation:
            marks = {"b": " :", "c": " /", "n": ".", "p": ","}
            for place in range(len(found) - 1):
                code, text = found[place]
                found[place] = (code, text + marks.get(found[place + 1][0], ""))
        return found

    def _number(self, part: int) -> str:
        return ("", "I", "II", "III")[part] if part < 4 and self.maybe(0.2) else str(part)

    def _responsibility(self) -> str:
        f, style = self.f, self.style
        said = [" ".join(reversed(name.split(", "))) for name in f.get("authors", ())[:3]]
        words = {
            "rak": ("hrsg. von", "übers. von"),
            "fr": ("éd. par", "trad. de"),
            "ind": ("disunting oleh", "terj."),
        }
        edited, translated = words.get(style.name, ("edited by", "translated by"))
        text = ", ".join(said) or f.get("body", "")
        for key, word in (("editor", edited), ("translator", translated)):
            if f.get(key):
                text += f"{' ; ' if text else ''}{word} {' '.join(reversed(f[key].split(', ')))}"
        return text

    def _edition(self) -> str:
        f, style = self.f, self.style
        number = f.get("ed")
        if f.get("ed_note") == "international":
            return "International ed."
        if not number:
            return style.first if self.kind == "book" and self.maybe(0.08) and f["year"] > 1900 else ""
        if number == 1:
            return style.first if self.maybe(0.4) else ""
        if self.brief and self.maybe(0.3):
            return ""
        th = {2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 31: "31st"}.get(number, f"{number}th")
        word = ORDINALS[number].capitalize() if number < len(ORDINALS) else th
        return style.edition.format(n=number, th=th, word=word)

    def _imprint(self) -> tuple[str, str, Subfields]:
        f, style = self.f, self.style
        place = self.chance.choice(PLACES.get(f["place"], (f["place"],)))
        publisher = self.chance.choice(PUBLISHERS.get(f["publisher"], (f["publisher"],)))
        if style.name == "rak" and self.maybe(0.3) and publisher and "Verl" not in publisher:
            publisher += " Verl."
        date = str(f["year"])
        if f.get("vols") and self.maybe(0.6):
            date += "-" + str(f["year"] + self.chance.choice((1, 3, 8)))
        elif self.maybe(0.2):
            date = self.chance.choice((f"c{date}", f"[{date}]", f"cop. {date}", f"©{date}"))
        found: Subfields = []
        if not self.brief or self.maybe(0.6):
            found.append(("a", place + (" :" if style.punctuation and publisher else "")))
        if publisher and (not self.brief or self.maybe(0.7)):
            found.append(("b", publisher + ("," if style.punctuation else "")))
        found.append(("c", date + ("." if style.punctuation and self.maybe(0.5) else "")))
        return style.date_field, " 1" if style.date_field == "264" else "  ", found

    def _extent(self) -> Subfields:
        f, style = self.f, self.style
        pages = f.get("pages")
        if pages and self.maybe(0.08):
            pages += self.chance.choice((-1, 1, 2))
        said = style.pages.format(n=pages) if pages else ""
        if pages and (f.get("prelim") or self.maybe(0.4)):
            roman = "XVI" if style.name in ("rak", "fr") else "xvi"
            said = f"{roman}, {said}"
        if said and self.maybe(0.15):
            said += self.chance.choice((", [4] Bl.", ", [8] p. of plates", " : ill.", " : Ill."))
        size = {"aacr": "21 cm", "rak": "21 cm", "ind": "21 cm"}.get(style.name, "22 cm")
        if self.kind == "score":
            form = style.forms[f["form"]]
            said = f"{form} ({said})" if said else form
        elif self.kind in ("video", "audio"):
            medium = f["medium"]
            said = style.media[medium] or style.discs.format(n=f.get("discs", 1))
            if medium in ("cd", "lp") and self.maybe(0.8):
                said += {"cd": " (CD)", "lp": " (LP)"}[medium]
            if f.get("minutes"):
                said += f" {style.minutes.format(n=f['minutes'])}"
            size = "30 cm" if medium == "lp" else "12 cm"
            if medium == "vhs":
                size = "VHS"
        elif self.kind == "map":
            said = {"rak": "1 Karte", "fr": "1 carte", "ind": "1 peta"}.get(style.name, "1 map")
            size = "70 x 48 cm"
        elif self.kind == "ebook":
            said = f"{style.online} ({said})"
            size = ""
        elif f.get("vols"):
            said = style.volumes.format(n=f["vols"])
        elif self.kind == "serial":
            said = style.volumes.format(n="").strip()
        if not said:
            return []
        if self.kind == "micro":
            said = {"rak": "10 Mikrofiches", "fr": "10 microfiches"}.get(style.name, "10 microfiches")
        found = [("a", said)]
        if size and self.maybe(0.8):
            found = [("a", said + (" ;" if style.punctuation else "")), ("c", size)]
        return found

    def _name(self, name: str) -> str:
        if self.maybe(0.1):
            head, comma, rest = name.partition(", ")
            name = head + comma + " ".join(f"{word[0]}." for word in rest.split())
        if self.f["lang"] == "rus" and self.maybe(0.5):
            for this, that in _TRANSLITERATIONS:
                name = name.replace(this, that)
        return name + ("," if self.style.relators and self.maybe(0.3) else "")

    def _slipped(self, text: str) -> str:
        if self.maybe(0.04):
            this, that = self.chance.choice(_SLIPS)
            text = text.replace(this, that, 1)
        if not text.isascii() and self.maybe(0.15):
            for this, that in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("é", "e"), ("É", "E"), ("Ê", "E")):
                text = text.replace(this, that)
        return text.upper() if self.maybe(0.02) else text


def _isbn(label: str) -> str:
    digits = "978" + str(int.from_bytes(blake2b(label.encode(), digest_size=8).digest(), "big"))[:9].rjust(
        9, "3"
    )
    return next(found for d in "0123456789" if (found := isbn13(digits + d)))


def _isbn10(isbn: str) -> str:
    core = isbn[3:12]
    check = -sum((10 - i) * int(d) for i, d in enumerate(core)) % 11
    return core + ("X" if check == 10 else str(check))


def _issn(label: str) -> str:
    digits = str(int.from_bytes(blake2b(label.encode(), digest_size=4).digest(), "big"))[:7].rjust(7, "1")
    check = -sum((8 - i) * int(d) for i, d in enumerate(digits)) % 11
    return f"{digits[:4]}-{digits[4:]}{'X' if check == 10 else check}"


def main() -> None:
    """Write one half as a MARCXML collection to standard output."""
    collection = etree.Element(f"{{{_NAMESPACE}}}collection", nsmap={None: _NAMESPACE})
    for record in labelled(sys.argv[1]):
        collection.append(record.element)
    sys.stdout.buffer.write(etree.tostring(collection, encoding="utf-8", pretty_print=True))


if __name__ == "__main__":
    main()
