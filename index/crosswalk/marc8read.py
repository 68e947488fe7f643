"""MARC-8 → text: escapes to other sets, marks before their letters, and &#x…; for letters that MARC-8 has not."""

from __future__ import annotations

import re
from functools import cache

from index.crosswalk import marc8sets
from index.crosswalk.marc8sets import ANSEL, ASCII, CONTROLS, EACC, SMALL

#: A sign that is no letter of any set.
UNKNOWN = "\ufffd"

#: (which half, 1 for sets of three bytes, the set); the letters g, b, p and s stand alone.
_ESCAPE = re.compile(rb"\x1b(?:(\$?)([(,)\-]?)!?([123 4BENQS])|([gbps]))")
_REFERENCE = re.compile("&#x([0-9A-Fa-f]{1,6});")
_PLAIN = re.compile("([\xe0-\xfe]+)([^\xe0-\xfe]?)|[\x80-\xdf\xff]")


def decoded(data: bytes) -> str:
    """One subfield as text, letters before their marks, not composed. A shift of set ends with the subfield.

    What stands for nothing becomes U+FFFD; a mark with no letter behind it stands on a blank.
    """
    if b"\x1b" in data:
        text = _shifted(data)
    elif data.isascii():
        text = data.decode("ascii")
    else:
        text = _PLAIN.sub(_latin, data.decode("latin-1"))
    return references(text) if "&#x" in text else text


def references(text: str) -> str:
    """Text with the letters that &#x…; stand for, as far as they are any."""
    return _REFERENCE.sub(_referred, text)


def _referred(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else match[0]


@cache
def _signs() -> tuple[dict[str, str], dict[str, str]]:
    """Letters and marks of the right half, where it is ANSEL."""
    found = marc8sets.of(ANSEL)
    letters = {chr(code | 0x80): letter for code, letter in found.letters.items()}
    letters |= {chr(code): sign for code, sign in CONTROLS.items()}
    return letters, {chr(code | 0x80): mark for code, mark in found.marks.items()}


def _latin(match: re.Match[str]) -> str:
    letters, marks = _signs()
    if match[1] is None:
        return letters.get(match[0], UNKNOWN)
    letter = match[2]
    if letter and letter > "\x7f":
        letter = letters.get(letter, UNKNOWN)
    if not letter or letter < " ":
        letter = " " + letter  # a mark on nothing, or on the end of a field
        return letter[0] + "".join(marks.get(sign, UNKNOWN) for sign in match[1]) + letter[1:]
    return letter + "".join(marks.get(sign, UNKNOWN) for sign in match[1])


def _shifted(data: bytes) -> str:
    made: list[str] = []
    marks: list[str] = []
    halves = [ASCII, ANSEL]
    at = 0
    while at < len(data):
        byte = data[at]
        if byte == 0x1B:
            match = _ESCAPE.match(data, at)
            if match is None:
                at += 1
                continue
            if match[4] is not None:
                halves[0] = ASCII if match[4] == b"s" else match[4][0]
            else:
                halves[match[2] in (b")", b"-")] = match[3][0] if match[3] != b" " else ASCII
            at = match.end()
            continue
        if byte <= 0x20 or byte == 0x7F or byte in CONTROLS:
            made.append(_on(CONTROLS.get(byte, chr(byte)), marks))
            marks = []
            at += 1
            continue
        name = halves[byte > 0x7F]
        size = 3 if name == EACC else 1
        piece = data[at : at + size]
        at += len(piece)
        if len(piece) < size:
            break  # what is left of a sign of three bytes means nothing
        code = int.from_bytes(bytes(one & 0x7F for one in piece), "big")
        found = marc8sets.of(name)
        if code in found.marks:
            marks.append(found.marks[code])
        else:
            made.append(found.letters.get(code, UNKNOWN) + "".join(marks))
            marks = []
    return "".join(made) + _on("", marks)


def _on(letter: str, marks: list[str]) -> str:
    """A control character or the end, with the marks that no letter took."""
    if not marks:
        return letter
    return letter + "".join(marks) if letter == " " else f" {''.join(marks)}{letter}"


__all__ = ["SMALL", "UNKNOWN", "decoded", "references"]
