"""Titles as RIS, which every reference manager reads: two letters, two spaces, a dash, the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.record import Format
from web.taking.titles import Title, full_title, makers, year

_TYPES = {
    Format.BOOK: "BOOK",
    Format.EBOOK: "EBOOK",
    Format.THESIS: "THES",
    Format.JOURNAL: "JFULL",
    Format.ARTICLE: "JOUR",
    Format.REPORT: "RPRT",
    Format.MAP: "MAP",
    Format.SCORE: "MUSIC",
    Format.AUDIO: "SOUND",
    Format.VIDEO: "VIDEO",
    Format.IMAGE: "ART",
    Format.MANUSCRIPT: "MANSCPT",
    Format.SOFTWARE: "COMP",
}


def write(found: Sequence[Title]) -> bytes:
    """The titles, one after the other."""
    lines: list[str] = []
    for title in found:
        lines += [f"{tag}  - {' '.join(text.split())}".rstrip(" ") for tag, text in _fields(title)]
        lines += ["ER  - ", ""]
    return "\r\n".join(lines).encode()


def _fields(title: Title) -> Iterator[tuple[str, str]]:
    said = title.said
    authors, editors, translators = makers(said)
    yield "TY", _TYPES.get(said.format, "GEN")
    told = [
        ("TI", [full_title(said)]),
        ("AU", [one.text for one in authors]),
        ("ED", [one.text for one in editors]),
        ("A4", [one.text for one in translators]),
        ("PY", [year(said)]),
        ("PB", [said.publisher]),
        ("CY", [said.place]),
        ("ET", [said.edition]),
        ("T2", [said.host] if said.host else list(said.series[:1])),
        ("SN", [*said.values("isbn"), *said.values("issn")]),
        ("DO", list(said.values("doi"))),
        ("KW", list(said.subjects)),
        ("LA", list(said.languages)),
        ("AB", [said.summary]),
        ("CN", list(dict.fromkeys(h.copy.call_number for _, copies in title.holders for h in copies))),
        ("UR", [title.address]),
        ("L2", [one.url for one in said.links if one.kind == "fulltext" and one.url.startswith("http")]),
        ("DP", [library.name for library, _ in title.holders]),
    ]
    yield from ((tag, text) for tag, texts in told for text in texts if text.strip())
