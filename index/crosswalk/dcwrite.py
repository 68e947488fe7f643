"""Record → oai_dc: the fifteen elements, for whoever understands nothing else."""

from __future__ import annotations

from lxml import etree

from index.record import Format, Record

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"

#: DCMI Type Vocabulary.
_TYPES = {
    Format.AUDIO: "Sound",
    Format.VIDEO: "MovingImage",
    Format.IMAGE: "StillImage",
    Format.MAP: "StillImage",
    Format.SOFTWARE: "Software",
    Format.OBJECT: "PhysicalObject",
    Format.MIXED: "Collection",
}
_SCHEMES = {"isbn": "urn:isbn:", "issn": "urn:issn:", "doi": "https://doi.org/"}


def write(record: Record) -> bytes:
    """The record as one oai_dc element in UTF-8; wrong identifiers are left out."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    for name, texts in _elements(record):
        for text in texts:
            if text:
                etree.SubElement(root, f"{{{DC}}}{name}").text = text
    written: bytes = etree.tostring(root, encoding="utf-8")
    return written


def _elements(record: Record) -> list[tuple[str, list[str]]]:
    title = ". ".join(t for t in (record.title, record.part_number, record.part_name) if t)
    if record.subtitle:
        title = f"{title} : {record.subtitle}"
    words = "" if record.format is Format.OTHER else str(record.format)
    identifiers = [_SCHEMES.get(i.kind, "") + i.value for i in record.identifiers if i.valid]
    return [
        ("title", [title, *record.scripts, *record.alternates]),
        ("creator", [name.text for name in record.authors]),
        ("subject", [*record.subjects, *record.classes]),
        ("description", [record.summary, record.contents, *record.notes]),
        ("publisher", [record.publisher]),
        ("contributor", [name.text for name in record.contributors]),
        ("date", [str(record.year) if record.year else record.year_text]),
        ("type", [_TYPES.get(record.format, "Text"), words]),
        ("format", [record.extent, "online resource" if record.online else ""]),
        ("identifier", [*identifiers, *(link.url for link in record.links if link.kind != "cover")]),
        ("source", [record.host]),
        ("language", list(record.languages)),
        ("relation", list(record.series)),
        ("rights", ["Tidak diperjualbelikan"] if record.not_for_sale else []),
    ]
