"""Broken encodings of single texts: mended only by evidence, and told: which field, and how.

Nothing is guessed. A text is mended when undoing the damage gives valid UTF-8 for the whole of it, and a second
opinion (ftfy's list of sequences that no language has) agrees that it was damaged. U+FFFD is left alone: what stood
there is lost.
"""

from __future__ import annotations

import re

from ftfy.badness import is_bad

DOUBLE_UTF8 = "double_utf8"

#: What every doubly encoded letter begins with: the first byte of a UTF-8 sequence and one that follows it.
_SUSPECT = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u2013-\u2122\u02c6\u02dc]")
#: Windows-1252 has no character for five bytes; programs write them as controls.
_UNDEFINED = {code: bytes((code,)) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_PHONETIC = re.compile("[\u0180-\u02b8\u02c0-\u02ff]")
_CAPITAL_AND_MARK = re.compile("[A-Z\u00c0-\u00de][\u00c2-\u00df][\u00ab\u00bb\u00b0\u00ba\u00aa](?![a-z])")


def is_suspect(text: str) -> bool:
    """Whether `undouble` would look at a part of this text at all."""
    return _SUSPECT.search(text) is not None


def undouble(text: str) -> str:
    """The text with doubly encoded UTF-8 undone, or the text itself where nothing proves that it is that.

    Done for the whole text or not at all: in 'CafÃ© und Café' the second word shows that the first is meant so.
    A title that ran through the damage twice is undone twice.
    """
    for _ in range(2):
        if text.isascii() or _SUSPECT.search(text) is None:
            break
        mended = _once(text)
        if mended is None:
            break
        text = mended
    return text


def _once(text: str) -> str | None:
    for data in (_bytes(text, "latin-1"), _bytes(text, "cp1252")):
        if data is None:
            continue
        try:
            mended = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        # 'É»' is a French capital and a quote, no phonetic letter; 'IRMÃ»' the end of a quoted word in capitals.
        if _PHONETIC.search(mended) or _CAPITAL_AND_MARK.search(text):
            return None
        return mended if is_bad(text) or _is_other_script(mended) else None
    return None


def _bytes(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        if encoding == "latin-1":
            return None
    pieces = []
    for char in text:
        try:
            pieces.append(_UNDEFINED.get(ord(char)) or char.encode(encoding))
        except UnicodeEncodeError:
            return None
    return b"".join(pieces)


def _is_other_script(mended: str) -> bool:
    """Sequences that come out as Arabic, Javanese or Chinese are no accident, however short."""
    return sum(1 for c in mended if ord(c) >= 0x370) >= 2


def noted(repairs: list[str], field: str, how: str) -> None:
    """Remember that a field was mended, once, the first twenty."""
    told = f"{field}:{how}"
    if told not in repairs and len(repairs) < 20:
        repairs.append(told)
