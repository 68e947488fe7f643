"""Bytes of records in the character set that a target's profile names."""

from __future__ import annotations

from index.crosswalk.encodings import is_utf8, marc8

#: Names of profiles → Python's codecs, where they are called otherwise there.
_CODECS = {"windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1252": "cp1252", "euc-kr": "euc_kr"}
_BY_SUBFIELD = ("marc-8",)


def decoded(data: bytes, charset: str) -> str:
    """The text of one field with its marks; bytes that are nothing there become U+FFFD. LookupError: an unknown name.

    UTF-8 shows by itself, whatever the profile says: targets change over, profiles lag behind.
    """
    if data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    if b"\x1b" not in data and is_utf8(data):
        return data.decode("utf-8")
    if charset in _BY_SUBFIELD:
        return "\x1f".join(
            [
                part.decode("ascii") if part.isascii() and b"\x1b" not in part else marc8(part)
                for part in data.split(b"\x1f")
            ]
        )
    return data.decode(_CODECS.get(charset, charset), "replace")


class Named:
    """Decodes the fields of a record whose character set its target's profile names."""

    __slots__ = ("charset", "said", "used")

    def __init__(self, charset: str) -> None:
        self.charset = charset
        self.said = charset
        self.used: set[str] = set()

    def text(self, piece: bytes) -> tuple[str, str]:
        """(the text of a field with its subfield marks, '')."""
        return decoded(piece, self.charset), ""
