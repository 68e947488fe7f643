"""Persons and bodies of a MARC record: 1XX, 7XX and 720, each with its part in the work."""

from __future__ import annotations

from index.crosswalk.marcform import Marc
from index.crosswalk.relators import MAKERS, role
from index.crosswalk.text import SHORT, clean, untail
from index.record import Name

_MOST = 100


def names(marc: Marc) -> tuple[tuple[Name, ...], tuple[Name, ...], list[str]]:
    """Authors, contributors, and the titles of works contained (7XX with $t is an entry for a work, not a name)."""
    authors: dict[str, Name] = {}
    others: dict[str, Name] = {}
    contained: list[str] = []
    fields = marc.fields
    for tag in ("100", "110", "111"):
        for _, _, subfields in fields.get(tag, ()):
            name = name_of(tag, subfields)
            if name.text:
                authors.setdefault(name.text, name)
    for tag in ("700", "710", "711", "720"):
        for _, _, subfields in fields.get(tag, ()):
            title = [text for code, text in subfields if code == "t"]
            if title:
                contained.append(untail(clean(" ".join(title))))
                continue
            name = name_of(tag, subfields)
            if not name.text or name.text in authors:
                continue
            (authors if name.role in MAKERS else others).setdefault(name.text, name)
    contributors = [name for text, name in others.items() if text not in authors]
    return tuple(authors.values())[:_MOST], tuple(contributors)[:_MOST], contained


def name_of(tag: str, subfields: list[tuple[str, str]]) -> Name:
    """The name of one field of 1XX or 7XX; its text is '' where there is none."""
    kind = tag[1:]
    main: list[str] = []
    added: list[str] = []
    said = dates = ""
    for code, text in subfields:
        if code == "a":
            main.append(text)
        elif code == "b":
            if kind == "10" and main:
                main[-1] = untail(clean(main[-1], SHORT)) + "."
            main.append(text)
        elif code == "4" and not said:
            said = role(text)
        elif code == "e":
            if kind == "11":
                main.append(text)
            elif not said:
                said = role(text)
        elif code == "d":
            if kind == "00":
                dates = untail(clean(text, 60))
            else:
                added.append(untail(clean(text, SHORT)).strip("()"))
        elif code == "c":
            if kind == "00":
                main.append(text)
            else:
                added.append(untail(clean(text, SHORT)).strip("()"))
        elif code == "n" and kind != "00":
            added.insert(0, untail(clean(text, SHORT)).strip("()"))
    text = untail(clean(" ".join(main), SHORT))
    if added and text:
        text = f"{text} ({' : '.join(a for a in added if a)})"
    return Name(text=text, role=said, corporate=kind in ("10", "11"), dates=dates)
