"""Bytes of ISO 2709 records to text: each subfield by what its own bytes prove, whatever the leader says."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import is_normalized, normalize

from index.crosswalk import iso5426, marc8read

_SUBFIELD = b"\x1f"
#: Bytes that decide against MARC-8: it has nothing there, or an accent that stands before no letter.
_NOT_MARC8 = re.compile(
    rb"[\xe0-\xfe](?![A-Za-z\xe0-\xfe\xa1-\xbd])|[\x80-\x87\x8a-\x8c\x8f-\xa0\xaf\xbb\xbe\xbf\xc9-\xdf\xfc\xfd\xff]"
)
#: A ligature over two letters, as Cyrillic is written in Latin letters: nothing else looks so.
_LIGATURE = re.compile(rb"\xeb[A-Za-z]\xec[A-Za-z]")
_ACCENTED = re.compile(rb"([\xe0-\xf8])([A-Za-z])")
#: MARC-8's accents as Unicode has them. An accent that composes with no letter it is found on is a letter itself.
_MARKS = {
    0xE0: "\u0309", 0xE1: "\u0300", 0xE2: "\u0301", 0xE3: "\u0302", 0xE4: "\u0303", 0xE5: "\u0304", 0xE6: "\u0306",
    0xE7: "\u0307", 0xE8: "\u0308", 0xE9: "\u030c", 0xEA: "\u030a", 0xEE: "\u030b", 0xF0: "\u0327", 0xF1: "\u0328",
    0xF2: "\u0323", 0xF3: "\u0324", 0xF4: "\u0325", 0xF6: "\u0331",
}  # fmt: skip
#: Signs of MARC-8 (degree, copyright, sharp, inverted marks) are no letters of a word; capitals of Windows-1252 are.
_SIGN_IN_WORD = re.compile(rb"[A-Za-z][\xc0-\xc6][A-Za-z]|(?<![A-Za-z0-9])[\xc0\xc1\xc2\xc4\xc5\xc6][a-z]")
#: What two letters common in Windows-1252, 'é' and 'ñ', would be in MARC-8 is written in these languages only.
_WITH_CARON = "cze ces slo slk slv hrv scr srp scc bos lit lav est fin wen hsb dsb"
_WITH_OGONEK = "pol lit nav apa"
_ONLY_IN = {0xE9: frozenset(_WITH_CARON.split()), 0xF1: frozenset(_WITH_OGONEK.split())}
#: And these pairs compose in Unicode and are written in next to none.
_NEVER = frozenset(
    (b"\xe7a", b"\xe7o", b"\xe7A", b"\xe7O", b"\xf1o", b"\xf1O", b"\xf6n", b"\xf6r", b"\xf6l", b"\xf6b")
)

#: Shifts of character set; '"S' is what one large exporter writes for 'back to Latin'.
_ESCAPE = re.compile(rb'\x1b(?:[psgb]|[(),\-]"S|[(),\-]?[A-Z0-9])?')
#: Shifts to a script that is not Latin: what follows is nothing but MARC-8.
_OTHER_SCRIPT = re.compile(rb"\x1b(?:\$[,)\-]?1|[(,)\-][2-4NQS](?!\"))")
#: What makes the meaning of a byte depend on more than its neighbours: shifts, and controls, which are left out.
_SHIFTED = re.compile(rb"[\x00-\x1f\x7f\x81-\x9f]")
#: Accents with the letter behind them, or another byte beyond ASCII.
_SIGN = re.compile("[\xe0-\xff]{1,6}[^\xe0-\xff]?|[\x80-\xdf]")
_TONE_FIRST = re.compile("([\u0300\u0301\u0303\u0309])([\u0302\u0306])")


class Decoder:
    """Decodes the fields of one record. `said` is what the leader claims; `used` what was found, by name."""

    __slots__ = ("_rest", "_utf8", "said", "used")

    def __init__(self, data: bytes) -> None:
        self.said = "utf8" if data[9:10] == b"a" else "marc8"
        self.used: set[str] = set()
        plain = data.isascii()
        self._utf8 = not plain and is_utf8(data)
        #: What a text is that is neither ASCII nor UTF-8.
        self._rest = "marc8" if plain or self._utf8 or _is_marc8(data, self.said) else "cp1252"

    def text(self, piece: bytes) -> tuple[str, str]:
        """(the text of a field with its subfield marks, the encoding that was not the leader's, or '')."""
        if piece.isascii() and b"\x1b" not in piece:
            text = piece.decode("ascii")
            return (marc8read.references(text) if "&#x" in text and self.said == "marc8" else text), ""
        if self._utf8 and b"\x1b" not in piece:
            return piece.decode("utf-8"), self._note("utf8")
        lied = ""
        texts = []
        for part in piece.split(_SUBFIELD):
            text, found = self._part(part)
            if found:
                lied = self._note(found) or lied
            texts.append(text)
        return "\x1f".join(texts), lied

    def _part(self, part: bytes) -> tuple[str, str]:
        escapes = b"\x1b" in part
        if part.isascii():
            if not escapes:
                return part.decode("ascii"), ""
            # Systems that turn records into UTF-8 leave escapes behind; real shifts are MARC-8 still.
            if not self._utf8 or _OTHER_SCRIPT.search(part):
                return marc8(part), "marc8"
            return _ESCAPE.sub(b"", part).decode("ascii"), ""
        if is_utf8(part):
            return _ESCAPE.sub(b"", part).decode("utf-8"), "utf8"
        if escapes or self._rest == "marc8":
            return marc8(part), "marc8"
        return part.decode("cp1252", "replace"), "cp1252"

    def _note(self, found: str) -> str:
        self.used.add(found)
        return "" if found == self.said else found


#: Importing it makes 'iso-5426' and 'iso-6937' known to bytes.decode.
OTHERS = {"iso-5426": iso5426.iso5426, "iso-6937": iso5426.iso6937}


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 by its strict rules."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_marc8(data: bytes, said: str) -> bool:
    """Whether what is no UTF-8 in a record can be MARC-8: every accent before a letter that takes it."""
    rest = b"\x1e".join(p for p in re.split(rb"[\x1e\x1f]", data) if not p.isascii() and not is_utf8(p))
    if b"\x1b" in rest or _LIGATURE.search(rest):
        return True
    if _NOT_MARC8.search(rest):
        return False
    language = _language(data)
    good, bad = 0, 0 if language == "spa" else len(_SIGN_IN_WORD.findall(rest))
    for accent, letter in _ACCENTED.findall(rest):
        only = _ONLY_IN.get(accent[0])
        if accent + letter in _NEVER or not _composes(accent[0], letter):
            bad += 1
        elif only is None or language in only:
            good += 1
        elif said != "marc8":
            bad += 1
    return bad == 0 or bad < good or (bad == good and said == "marc8")


def _composes(accent: int, letter: bytes) -> bool:
    mark = _MARKS.get(accent)
    return mark is not None and len(normalize("NFC", letter.decode("ascii") + mark)) == 1


def _language(data: bytes) -> str:
    """The language that 008 codes; it is looked for by its shape, since the directory may lie."""
    found = re.search(rb"\x1e[\d ]{6}[a-z|][^\x1e\x1f]{28}([a-z]{3})[^\x1e]{2}\x1e", data)
    return found.group(1).decode("ascii") if found else ""


def marc8(data: bytes) -> str:
    """One subfield of MARC-8 as text; a shift of character set ends with its subfield."""
    if _SHIFTED.search(data) is None:
        # Without shifts every sign stands for itself: accents with their letter are looked up once.
        text = _SIGN.sub(_sign, data.decode("latin-1"))
        if "&#x" in text:
            text = marc8read.references(text)
        if is_normalized("NFC", text):
            return text
    return _marc8(data)


def _sign(found: re.Match[str]) -> str:
    return _remembered(found.group())


@lru_cache(maxsize=4096)
def _remembered(sign: str) -> str:
    return _marc8(sign.encode("latin-1"))


def _marc8(data: bytes) -> str:
    text = marc8read.decoded(data.replace(b'\x1b("S', b"\x1b(B"))
    # MARC-8 has accents in any order, Unicode composes a Vietnamese letter only with its own mark before the tone.
    return normalize("NFC", _TONE_FIRST.sub(r"\2\1", normalize("NFD", text)))
