"""Record → MARC 21: what Silang hands on of a description, in fields that any library system reads."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from index.crosswalk.marcform import NAMESPACE
from index.record import Format, Holding, Identifier, Name, Record

#: Leader/06 of each format.
_TYPES = {
    Format.SCORE: "c",
    Format.MAP: "e",
    Format.AUDIO: "j",
    Format.VIDEO: "g",
    Format.IMAGE: "k",
    Format.SOFTWARE: "m",
    Format.MIXED: "p",
    Format.OBJECT: "r",
    Format.MANUSCRIPT: "t",
}
_LEVELS = {"serial": "s", "part": "b", "collection": "c"}
Subfields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Written:
    """A record as MARC, in the order of its tags: label, control fields, data fields that say something."""

    leader: str
    controls: list[tuple[str, str]]
    fields: list[tuple[str, str, Subfields]]


def write(record: Record, number: str = "", agency: str = "", flavour: str = "marc21") -> bytes:
    """The record as one MARCXML element in UTF-8; `number` becomes 001 and `agency` 003.

    What reading it gives is the record again as far as MARC 21 has a place for it. Flavours: marc21, indomarc.
    """
    made = marc(record, number, agency, flavour)
    root = etree.Element(f"{{{NAMESPACE}}}record", nsmap={None: NAMESPACE})
    etree.SubElement(root, f"{{{NAMESPACE}}}leader").text = made.leader
    for tag, text in made.controls:
        etree.SubElement(root, f"{{{NAMESPACE}}}controlfield", tag=tag).text = text
    for tag, indicators, subfields in made.fields:
        field = etree.SubElement(
            root, f"{{{NAMESPACE}}}datafield", tag=tag, ind1=indicators[0], ind2=indicators[1]
        )
        for code, text in subfields:
            etree.SubElement(field, f"{{{NAMESPACE}}}subfield", code=code).text = text
    written: bytes = etree.tostring(root, encoding="utf-8")
    return written


def marc(record: Record, number: str = "", agency: str = "", flavour: str = "marc21") -> Written:
    """The record as MARC 21, or as its Indonesian flavour: what SLiMS and INLISLite look for stands there too.

    INDOMARC is MARC 21 with Indonesian habits: SLiMS reads 260 and 440 alone, INLISLite the shelf mark from 084.
    """
    kind, level = _TYPES.get(record.format, "a"), _LEVELS.get(record.level, "m")
    controls = [(tag, text) for tag, text in (("001", number), ("003", agency)) if text]
    if record.online or record.extra.get("carrier") == "micro":
        controls.append(("007", "cr" if record.online else "h"))
    controls.append(("008", _fixed(record)))
    fields = [*_numbers(record), *_names(record), *_description(record), *_subjects(record), *_linked(record)]
    if flavour == "indomarc":
        fields = _indonesian(record, fields, agency)
    said = [(tag, ind, [(c, t) for c, t in subfields if t]) for tag, ind, subfields in fields]
    return Written(
        leader=f"00000n{kind}{level} a2200000 u 4500",
        controls=controls,
        # A stable sort: the order within a tag stays.
        fields=sorted((field for field in said if field[2]), key=lambda field: field[0]),
    )


def _indonesian(
    record: Record, fields: list[tuple[str, str, Subfields]], agency: str
) -> list[tuple[str, str, Subfields]]:
    made: list[tuple[str, str, Subfields]] = [("040", "  ", [("a", agency), ("b", "ind"), ("c", agency)])]
    for tag, indicators, subfields in fields:
        if tag == "099":
            made.append(("084", "  ", subfields))
            continue
        made.append((tag, indicators, subfields))
        if tag == "264":
            made.append(("260", "  ", subfields))
        elif tag == "490":
            made.append(("440", " 0", subfields))
    if record.format in (Format.BOOK, Format.THESIS, Format.JOURNAL, Format.REPORT, Format.EBOOK):
        online = record.online
        made.append(("336", "  ", [("a", "teks"), ("b", "txt"), ("2", "rdacontent")]))
        made.append(
            ("337", "  ", [("a", "komputer" if online else "tanpa perantara"), ("b", "c" if online else "n")])
        )
        made.append(
            ("338", "  ", [("a", "sumber daring" if online else "volume"), ("b", "cr" if online else "nc")])
        )
    return made


def _fixed(record: Record) -> str:
    """008: date, place of the form of item, contents and language; everything else is not coded."""
    year = f"s{record.year:04d}    " if record.year else "nuuuuuuuu"
    form = "o" if record.online else " "
    contents = {Format.THESIS: "m   ", Format.REPORT: "t   "}.get(record.format, "    ")
    technique = "v" if record.format is Format.VIDEO else " "
    language = record.languages[0] if record.languages else "und"
    if record.format in (Format.MAP, Format.IMAGE, Format.VIDEO):
        middle = f"           {form}   {technique} "
    else:
        middle = f"     {form}{contents}       "
    return f"      {year}xx {middle}"[:35].ljust(35) + language.ljust(3)[:3] + " d"


def _numbers(record: Record) -> list[tuple[str, str, Subfields]]:
    return [field for identifier in record.identifiers if (field := _number(identifier)) is not None]


def _number(identifier: Identifier) -> tuple[str, str, Subfields] | None:
    code = "a" if identifier.valid else "z"
    kind, value = identifier.kind, identifier.value
    if kind in ("isbn", "issn"):
        return ("020" if kind == "isbn" else "022"), "  ", [(code, value)]
    if kind in ("doi", "urn"):
        return "024", "7 ", [(code, value), ("2", kind)]
    if kind == "ismn":
        return "024", "2 ", [(code, value)]
    if kind == "lccn":
        return "010", "  ", [(code, value)]
    if kind == "nbn":
        agency, colon, number = value.partition(":")
        return "016", "7 " if colon else "  ", [(code, number or agency), ("2", agency if colon else "")]
    if kind == "publisher_number":
        return "028", "52", [("a", value)]
    return "035", "  ", [(code, f"(OCoLC){value}" if kind == "oclc" else value)]


def _names(record: Record) -> list[tuple[str, str, Subfields]]:
    fields = []
    for place, name in enumerate((*record.authors, *record.contributors)):
        main = place == 0 and bool(record.authors)
        tag = ("110" if name.corporate else "100") if main else ("710" if name.corporate else "700")
        # An author beside the first one is told from a contributor by the role alone.
        role = name.role or ("aut" if not main and place < len(record.authors) else "")
        fields.append((tag, f"{_first(name)} ", [("a", name.text), ("d", name.dates), ("4", role)]))
    return fields


def _first(name: Name) -> str:
    return "2" if name.corporate else "1" if "," in name.text else "0"


def _description(record: Record) -> list[tuple[str, str, Subfields]]:
    """2XX to 5XX, with ISBD punctuation between the parts of the title."""
    skip = record.non_filing if record.non_filing < 10 else 0
    fields: list[tuple[str, str, Subfields]] = [
        (
            "245",
            f"{1 if record.authors else 0}{skip}",
            [
                ("a", record.title + (" :" if record.subtitle and not record.part_number else "")),
                ("n", record.part_number),
                ("p", record.part_name),
                ("b", record.subtitle + (" /" if record.subtitle and record.responsibility else "")),
                ("c", record.responsibility),
            ],
        ),
        ("250", "  ", [("a", record.edition)]),
        ("264", " 1", [("a", record.place), ("b", record.publisher), ("c", record.year_text)]),
        ("300", "  ", [("a", record.extent)]),
        ("505", "0 ", [("a", record.contents)]),
        ("520", "  ", [("a", record.summary)]),
    ]
    fields.extend(("246", "33", [("a", text)]) for text in record.alternates)
    fields.extend(("880", "10", [("6", "245-00"), ("a", text)]) for text in record.scripts)
    if len(record.languages) > 1:
        fields.append(("041", "0 ", [("a", code) for code in record.languages]))
    fields.extend(("490", "0 ", [("a", text)]) for text in record.series)
    if record.not_for_sale:
        fields.append(("037", "  ", [("c", "Tidak diperjualbelikan")]))
    is_thesis = record.format is Format.THESIS
    fields.extend(
        ("502" if is_thesis and place == 0 else "500", "  ", [("a", text)])
        for place, text in enumerate(record.notes)
    )
    fields.extend(("082", "04", [("a", text)]) for text in record.classes)
    fields.extend(("099", "  ", [("a", text)]) for text in record.call_numbers)
    return fields


def _subjects(record: Record) -> list[tuple[str, str, Subfields]]:
    fields: list[tuple[str, str, Subfields]] = []
    for text in record.subjects:
        heading, *parts = text.split(" -- ")
        fields.append(("650", " 4", [("a", heading), *(("x", part) for part in parts)]))
    return fields


def _linked(record: Record) -> list[tuple[str, str, Subfields]]:
    """The host, addresses and copies."""
    fields: list[tuple[str, str, Subfields]] = [("773", "0 ", [("t", record.host)])] if record.host else []
    for link in record.links:
        label = link.label or ("cover" if link.kind == "cover" else "")
        fields.append(("856", f"4{0 if link.kind == 'fulltext' else 2}", [("3", label), ("u", link.url)]))
    fields.extend(_copy(copy) for copy in record.holdings)
    return fields


def _copy(copy: Holding) -> tuple[str, str, Subfields]:
    return (
        "852",
        "  ",
        [
            ("b", copy.branch),
            ("c", copy.location),
            ("h", copy.call_number),
            ("p", copy.barcode),
            ("z", copy.note or ("Not for loan" if copy.lendable is False else "")),
            ("3", copy.coverage),
        ],
    )
