"""Entries as MARCXML: Kota Kenanga in the manner of INDOMARC with 852 and 876, Politeknik Anggrek with Koha's 952."""

from __future__ import annotations

from lxml import etree

from web.demo.catalogue import Entry, Item
from web.demo.habits import TOPICAL
from web.demo.libraries import BY_CODE

MARC = "http://www.loc.gov/MARC21/slim"
SCHEMA = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"
KOHA = frozenset({"AGR"})
LEADER_TYPES = {"map": "e", "audio": "j", "score": "c", "video": "g"}
CARRIERS = {
    "audio": (("performed music", "prm"), ("audio", "s"), ("audio disc", "sd")),
    "video": (("two-dimensional moving image", "tdi"), ("video", "v"), ("videodisc", "vd")),
    "map": (("cartographic image", "cri"), ("unmediated", "n"), ("sheet", "nb")),
    "score": (("notated music", "ntm"), ("unmediated", "n"), ("volume", "nc")),
}
TEXT = (("text", "txt"), ("unmediated", "n"), ("volume", "nc"))
STATES = {"available": "Tersedia", "on_loan": "Dipinjam", "in_process": "Diproses", "lost": "Hilang"}

Sub = tuple[str, str]


def write(entry: Entry) -> etree._Element:
    """The entry as a `record` element of MARC 21 slim; Kota Kenanga writes the prefix `marc:`."""
    koha = entry.library in KOHA
    root = etree.Element(f"{{{MARC}}}record", nsmap={None if koha else "marc": MARC})
    kind = LEADER_TYPES.get(entry.work.kind, "a")
    level = "s" if entry.work.kind == "journal" else "m"
    etree.SubElement(root, f"{{{MARC}}}leader").text = f"00000n{kind}{level} a2200000 i 4500"
    _control(root, "001", f"{entry.library.lower()}{entry.number:08d}")
    _control(root, "003", BY_CODE[entry.library].symbol[1])
    _control(root, "005", f"{entry.datestamp:%Y%m%d%H%M%S}.0")
    _control(root, "008", _fixed(entry))
    for tag, indicators, subfields in sorted(_fields(entry), key=lambda field: field[0]):
        _data(root, tag, indicators, subfields)
    return root


def _control(root: etree._Element, tag: str, text: str) -> None:
    field = etree.SubElement(root, f"{{{MARC}}}controlfield")
    field.set("tag", tag)
    field.text = text


def _data(root: etree._Element, tag: str, indicators: str, subfields: list[Sub]) -> None:
    kept = [(code, text) for code, text in subfields if text]
    if not any(code != "6" for code, _ in kept):
        return
    field = etree.SubElement(root, f"{{{MARC}}}datafield")
    field.set("tag", tag)
    field.set("ind1", indicators[0])
    field.set("ind2", indicators[1])
    for code, text in kept:
        sub = etree.SubElement(field, f"{{{MARC}}}subfield")
        sub.set("code", code)
        sub.text = text


def _fixed(entry: Entry) -> str:
    """008, 40 characters (MARC 21 Bibliographic, 008)."""
    work = entry.work
    dates = f"c{work.year}9999" if work.kind == "journal" else f"s{work.year}    "
    body = {"thesis": " " * 6 + "m" + " " * 10, "report": " " * 6 + "t" + " " * 10}.get(work.kind, " " * 17)
    if work.kind == "video":
        body = " " * 15 + "v" + " "
    return f"{entry.datestamp:%y%m%d}{dates}io {body}{work.language} d"


def _fields(entry: Entry) -> list[tuple[str, str, list[Sub]]]:
    work = entry.work
    heading = entry.names[0] if entry.names else ""
    linked = [("6", "880-01")] if work.script else []
    statement = work.responsibility
    tail = f" / {statement}" if statement else ""
    fields = [
        ("020", "  ", [("a", f"{entry.isbn} {entry.isbn_note}".strip())]),
        ("022", "  ", [("a", work.issn)]),
        ("040", "  ", [("a", BY_CODE[entry.library].symbol[1]), ("b", "ind")]),
        ("082", "04", [("a", work.ddc), ("2", "23")]),
        ("084", "  ", [("a", entry.call_number)]),
        ("100", "1 ", [("a", heading), ("e", "pengarang" if heading else "")]),
        (
            "245",
            f"{int(bool(heading))}{work.non_filing}",
            [
                *linked,
                ("a", entry.title + (" :" if entry.subtitle else " /" if tail else "")),
                ("b", entry.subtitle + (" /" if entry.subtitle and tail else "")),
                ("c", statement),
            ],
        ),
        ("250", "  ", [("a", entry.edition)]),
        ("264", " 1", [("a", f"{work.place} :"), ("b", f"{work.publisher},"), ("c", entry.year)]),
        ("300", "  ", [("a", entry.extent)]),
        ("490", "0 ", [("a", work.series and f"{work.series} ;"), ("v", str(work.series_number or ""))]),
        ("502", "  ", [("a", work.degree and f"{work.degree} -- {work.publisher}, {work.year}")]),
        ("505", "0 ", [("a", work.contents)]),
        ("520", "  ", [("a", work.summary)]),
        ("856", "40", [("u", work.url), ("y", work.url and "Naskah lengkap")]),
        (
            "880",
            "10",
            [("6", f"245-01/{'(3/r' if work.script_language == 'ara' else '$1'}"), ("a", work.script)],
        ),
    ]
    fields += [
        (tag, "  ", [("a", term), ("b", code), ("2", scheme)])
        for (tag, scheme), (term, code) in zip(
            (("336", "rdacontent"), ("337", "rdamedia"), ("338", "rdacarrier")),
            CARRIERS.get(work.kind, TEXT),
            strict=True,
        )
    ]
    fields += [("650", " 4", _subject(subject)) for subject in entry.subjects]
    fields += [("700", "1 ", [("a", name)]) for name in entry.names[1:]]
    if work.body:
        fields.append(("110" if not heading else "710", "2 ", [("a", work.body)]))
    return fields + (_koha(entry) if entry.library in KOHA else _holdings(entry))


def _subject(subject: str) -> list[Sub]:
    main, _, division = subject.partition(" -- ")
    return [("a", main), ("x" if division in TOPICAL else "z", division)]


def _holdings(entry: Entry) -> list[tuple[str, str, list[Sub]]]:
    """One 852 for the place, one 876 for each copy."""
    if not entry.items:
        return []
    first = entry.items[0]
    number, _, cutter = first.call_number.removeprefix("R ").removeprefix("SK ").partition(" ")
    mark = first.call_number.removesuffix(f"{number} {cutter}").strip()
    place = [
        ("a", entry.library),
        ("b", first.branch),
        ("c", "Rujukan" if not first.lendable else "Koleksi umum"),
        ("k", mark),
        ("h", number),
        ("i", cutter),
    ]
    return [("852", "8 ", place), *[("876", "  ", _copy(item)) for item in entry.items]]


def _copy(item: Item) -> list[Sub]:
    return [
        ("p", item.barcode),
        ("j", STATES[item.status]),
        ("h", "" if item.lendable else "Baca di tempat"),
    ]


def _koha(entry: Entry) -> list[tuple[str, str, list[Sub]]]:
    """Koha's item field: 0 withdrawn, 1 lost, 7 not for loan, a and b branch, o call number, q due date."""
    return [
        (
            "952",
            "  ",
            [
                ("0", "0"),
                ("1", "1" if item.status == "lost" else "0"),
                ("2", "ddc"),
                ("7", "-2" if item.status == "in_process" else "0" if item.lendable else "1"),
                ("a", item.branch),
                ("b", item.branch),
                ("c", "GEN" if item.lendable else "REF"),
                ("o", item.call_number),
                ("p", item.barcode),
                ("q", item.due),
                ("y", "BK" if entry.work.kind == "book" else "LAIN"),
            ],
        )
        for item in entry.items
    ]
