"""ISO 5426 and ISO 6937 → text: the character sets of UNIMARC and of some catalogues, marks before their letters (tables).

Python has no codec of either; here they are made known to it, for decoding, as 'iso-5426' and 'iso-6937'.
"""

from __future__ import annotations

import codecs
import re
from typing import Any
from unicodedata import normalize

#: ISO 5426: letters and signs from 0xA1; marks from 0xC0. What is empty stands for nothing.
_SIGNS = {
    0x88: "\x98", 0x89: "\x9c",
    0xA1: "¡", 0xA2: "„", 0xA3: "£", 0xA4: "$", 0xA5: "¥", 0xA6: "†", 0xA7: "§", 0xA8: "′", 0xA9: "‘", 0xAA: "“",
    0xAB: "«", 0xAC: "♭", 0xAD: "©", 0xAE: "℗", 0xAF: "®", 0xB0: "ʻ", 0xB1: "ʼ", 0xB2: "‚", 0xB6: "‡", 0xB7: "·",
    0xB8: "″", 0xB9: "’", 0xBA: "”", 0xBB: "»", 0xBC: "♯", 0xBD: "ʹ", 0xBE: "ʺ", 0xBF: "¿", 0xE1: "Æ", 0xE2: "Đ",
    0xE6: "Ĳ", 0xE8: "Ł", 0xE9: "Ø", 0xEA: "Œ", 0xEC: "Þ", 0xF1: "æ", 0xF2: "đ", 0xF3: "ð", 0xF5: "ı", 0xF6: "ĳ",
    0xF8: "ł", 0xF9: "ø", 0xFA: "œ", 0xFB: "ß", 0xFC: "þ",
}  # fmt: skip
_MARKS = {
    0xC0: "\u0309", 0xC1: "\u0300", 0xC2: "\u0301", 0xC3: "\u0302", 0xC4: "\u0303", 0xC5: "\u0304", 0xC6: "\u0306",
    0xC7: "\u0307", 0xC8: "\u0308", 0xC9: "\u0308", 0xCA: "\u030a", 0xCB: "\u0315", 0xCC: "\u0313", 0xCD: "\u030b",
    0xCE: "\u031b", 0xCF: "\u030c", 0xD0: "\u0327", 0xD1: "\u031c", 0xD2: "\u0326", 0xD3: "\u0328", 0xD4: "\u0325",
    0xD5: "\u032e", 0xD6: "\u0323", 0xD7: "\u0324", 0xD8: "\u0332", 0xD9: "\u0333", 0xDA: "\u0329", 0xDB: "\u032d",
    0xDD: "\u0360",
}  # fmt: skip

#: ISO 6937 (with the corrections of its second edition) where it is not Latin-1, and its marks.
_SIGNS_6937 = {
    0xA4: "", 0xA6: "", 0xA8: "¤", 0xA9: "‘", 0xAA: "“", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB4: "×", 0xB8: "÷",
    0xB9: "’", 0xBA: "”", 0xD0: "—", 0xD1: "¹", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "♪", 0xD6: "¬", 0xD7: "¦",
    0xD8: "", 0xD9: "", 0xDA: "", 0xDB: "", 0xDC: "⅛", 0xDD: "⅜", 0xDE: "⅝", 0xDF: "⅞", 0xE0: "Ω", 0xE1: "Æ", 0xE2: "Ð",
    0xE3: "ª", 0xE4: "Ħ", 0xE5: "", 0xE6: "Ĳ", 0xE7: "Ŀ", 0xE8: "Ł", 0xE9: "Ø", 0xEA: "Œ", 0xEB: "º", 0xEC: "Þ",
    0xED: "Ŧ", 0xEE: "Ŋ", 0xEF: "ŉ", 0xF0: "ĸ", 0xF1: "æ", 0xF2: "đ", 0xF3: "ð", 0xF4: "ħ", 0xF5: "ı", 0xF6: "ĳ",
    0xF7: "ŀ", 0xF8: "ł", 0xF9: "ø", 0xFA: "œ", 0xFB: "ß", 0xFC: "þ", 0xFD: "ŧ", 0xFE: "ŋ", 0xFF: "\u00ad",
}  # fmt: skip
_MARKS_6937 = {
    0xC1: "\u0300", 0xC2: "\u0301", 0xC3: "\u0302", 0xC4: "\u0303", 0xC5: "\u0304", 0xC6: "\u0306", 0xC7: "\u0307",
    0xC8: "\u0308", 0xCA: "\u030a", 0xCB: "\u0327", 0xCD: "\u030b", 0xCE: "\u0328", 0xCF: "\u030c",
}  # fmt: skip
#: A mark of ISO 6937 on a blank is the mark by itself.
_ALONE = {
    0xC1: "`", 0xC2: "´", 0xC3: "^", 0xC4: "~", 0xC5: "¯", 0xC6: "˘", 0xC7: "˙", 0xC8: "¨", 0xCA: "˚", 0xCB: "¸",
    0xCD: "˝", 0xCE: "˛", 0xCF: "ˇ",
}  # fmt: skip


def iso5426(data: bytes) -> str:
    """ISO 5426 as text, composed; what stands for nothing becomes U+FFFD, a mark on no letter stands on a blank."""
    text = data.decode("latin-1").translate(_TABLE_5426)
    return normalize("NFC", _RUN_5426.sub(lambda match: _placed(match, _MARKS_5426), text))


def iso6937(data: bytes) -> str:
    """ISO 6937 as text, composed; what stands for nothing becomes U+FFFD."""
    text = data.decode("latin-1").translate(_TABLE_6937)
    return normalize("NFC", _RUN_6937.sub(lambda match: _placed(match, _MARKS_OF_6937, _ALONE_6937), text))


# Marks are held in the private area while letters are translated, since both halves use the same numbers.
_HELD = 0xF700
_MARKS_5426 = {chr(_HELD + code): mark for code, mark in _MARKS.items()}
_MARKS_OF_6937 = {chr(_HELD + code): mark for code, mark in _MARKS_6937.items()}
_ALONE_6937 = {chr(_HELD + code): sign for code, sign in _ALONE.items()}
_RUN_5426 = re.compile(f"([{''.join(_MARKS_5426)}]+)([^\x00-\x1f{''.join(_MARKS_5426)}]?)")
_RUN_6937 = re.compile(f"([{''.join(_MARKS_OF_6937)}]+)([^\x00-\x1f{''.join(_MARKS_OF_6937)}]?)")
_TABLE_5426 = {
    code: chr(_HELD + code) if code in _MARKS else _SIGNS.get(code, "\ufffd") for code in range(0x80, 0x100)
}
_TABLE_6937 = {
    code: chr(_HELD + code) if code in _MARKS_6937 else _SIGNS_6937.get(code, chr(code)) or "\ufffd"
    for code in range(0xA0, 0x100)
} | {0xC0: "\ufffd", 0xC9: "\ufffd", 0xCC: "\ufffd"}


def _placed(match: re.Match[str], marks: dict[str, str], alone: dict[str, str] | None = None) -> str:
    """A letter before its marks."""
    letter = match[2] or " "
    if alone and letter == " " and len(match[1]) == 1:
        return alone[match[1]]
    return letter + "".join(marks[sign] for sign in match[1])


def _codec(name: str) -> codecs.CodecInfo | None:
    read = {"iso_5426": iso5426, "iso_6937": iso6937}.get(name.replace("-", "_"))
    if read is None:
        return None

    def decode(data: Any, errors: str = "strict") -> tuple[str, int]:
        return read(bytes(data)), len(data)

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        raise UnicodeEncodeError(name, text, 0, len(text), "nothing is written in this character set")

    return codecs.CodecInfo(encode, decode, name=name)


codecs.register(_codec)
