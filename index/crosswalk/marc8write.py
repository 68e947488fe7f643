"""Text → MARC-8: Latin letters with their marks before them, other scripts by escapes, the rest as &#x…;.

A letter that MARC-8 has not is written as a numeric reference, which is what MARC 21 calls the lossless way: nothing
is lost, and no question mark stands for a letter. Every text begins and ends in ASCII and ANSEL.
"""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from index.crosswalk import marc8sets
from index.crosswalk.marc8sets import ANSEL, ASCII, CONTROLS, EACC, SMALL

_CONTROLS = {sign: bytes((code,)) for code, sign in CONTROLS.items()}
#: An ampersand that would be read as a reference is one itself.
_REFERENCE = re.compile("&(?=#x[0-9A-Fa-f]{1,6};)")
_DOUBLE = {"\u0361": 0xEC, "\u0360": 0xFB}


def encoded(text: str) -> bytes:
    """The text in MARC-8. Raises UnicodeEncodeError for a letter that it has not (see `written`)."""
    return _Writer(lossless=False).text(text)


def written(text: str) -> bytes:
    """The text in MARC-8, what it has not as &#x…;: `marc8read.decoded` gives the text again, composed alike."""
    if text.isascii() and "&#x" not in text and "\x1b" not in text:
        return text.encode("ascii")
    return _Writer(lossless=True).text(text)


def sets(data: bytes) -> tuple[str, ...]:
    """The sets that encoded text shifts to, as field 066 names them in subfield c: '(N', '$1', …"""
    found = re.findall(rb"\x1b([$(][1-4NQS]|[gbp])", data)
    return tuple(dict.fromkeys(one.decode("ascii") for one in found))


class _Writer:
    __slots__ = ("_lossless", "_made", "_set")

    def __init__(self, *, lossless: bool) -> None:
        self._lossless = lossless
        self._made = bytearray()
        self._set = ASCII

    def text(self, text: str) -> bytes:
        clean = text.encode(errors="replace").decode()
        for place, piece in enumerate(_REFERENCE.split(clean) if self._lossless else [clean]):
            if place:
                self._refer("&")
            second = 0
            for cluster in _clusters(normalize("NFC", piece)):
                second = self._cluster(cluster, second, clean)
        self._shift(ASCII)
        return bytes(self._made)

    def _cluster(self, cluster: str, second: int, text: str) -> int:
        """One letter with its marks; `second` is the second half of a mark that began over the letter before it."""
        following = next((code for sign, code in _DOUBLE.items() if sign in cluster), 0)
        apart = normalize("NFD", cluster)
        for taken in range(len(apart), 0, -1):
            letter, marks = normalize("NFC", apart[:taken]), apart[taken:]
            if len(letter) == 1 and self._known(letter) and all(mark in marc8sets.marks() for mark in marks):
                self._marks(marks, second if _carries(letter) else 0)
                self._letter(letter)
                return following
        if not self._lossless:
            at = next((at for at, sign in enumerate(text) if sign in cluster), 0)
            raise UnicodeEncodeError("marc8", text, at, at + 1, "MARC-8 has no such letter")
        # Marks stand before their letter, references behind it: so all marks of such a letter are references.
        if self._known(cluster[0]):
            self._letter(cluster[0])
        else:
            self._refer(cluster[0])
        for sign in cluster[1:]:
            self._refer(sign)
        return 0

    def _known(self, letter: str) -> bool:
        if letter == "\x1b" or (combining(letter) and letter in marc8sets.marks()):
            return False
        return letter <= " " or letter == "\x7f" or letter in _CONTROLS or letter in marc8sets.letters()

    def _marks(self, marks: str, second: int) -> None:
        if second:
            self._made.append(second)
        for mark in marks:
            name, code = marc8sets.marks()[mark]
            if name == ANSEL:
                self._made.append(code | 0x80)
            else:
                self._shift(name)
                self._code(name, code)

    def _letter(self, letter: str) -> None:
        if letter <= " " or letter == "\x7f":
            if letter != " " or self._set == EACC:
                self._shift(ASCII)  # controls and blanks need no set of their own
            self._made += letter.encode("ascii")
        elif letter in _CONTROLS:
            self._made += _CONTROLS[letter]
        else:
            places = dict(marc8sets.letters()[letter])
            if self._set not in places and ANSEL in places:
                self._made.append(places[ANSEL] | 0x80)
                return
            name = self._set if self._set in places else next(iter(places))
            self._shift(name)
            self._code(name, places[name])

    def _code(self, name: int, code: int) -> None:
        self._made += code.to_bytes(3 if name == EACC else 1, "big")

    def _shift(self, name: int) -> None:
        if name == self._set:
            return
        if self._set in SMALL:
            self._made += b"\x1bs"
        if name in SMALL:
            self._made += b"\x1b" + bytes((name,))
        elif name != ASCII or self._set not in SMALL:
            self._made += (b"\x1b$" if name == EACC else b"\x1b(") + bytes((name,))
        self._set = name

    def _refer(self, sign: str) -> None:
        self._shift(ASCII)
        self._made += b"&#x%04X;" % ord(sign)


def _clusters(text: str) -> list[str]:
    """Letters of composed text, each with the marks behind it."""
    found: list[str] = []
    for sign in text:
        if found and _carries(found[-1][0]) and (combining(sign) or sign in marc8sets.marks()):
            found[-1] += sign
        else:
            found.append(sign)
    return found


def _carries(letter: str) -> bool:
    """Whether a mark can stand on it: blanks and control characters carry none."""
    return letter > " " and letter != "\x7f" and letter not in _CONTROLS
