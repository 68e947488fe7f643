"""ISO 2709 to MARC in memory when the record is what it says it is; None sends it to the careful reader."""

from __future__ import annotations

import re
from operator import lt

from index.crosswalk.encodings import Decoder
from index.crosswalk.repairs import is_suspect, undouble
from index.live.lean.charsets import decoded
from index.live.lean.fields import WANTED
from index.live.lean.raw import Raw

_LEADER_LENGTH = 24
#: How two letters begin, in UTF-8, that may have been one before it was encoded again (`index.crosswalk.repairs`).
_SECOND = re.compile(rb"\xc3.[\xc2\xc5\xc6\xcb\xe2]", re.DOTALL)
_AROUND = b"\r\n\x1a\x00 "


def raw_fields(payload: bytes, charset: str = "", wanted: frozenset[str] = WANTED) -> Raw | None:
    """The wanted fields of a record, by themselves those of MARC 21; None when the directory does not agree with the fields.

    With a `charset` all bytes are read in that, without one each subfield by what its bytes prove, as
    `index.crosswalk.marcform.from_iso2709` does. Remarks on the reading are not made.
    """
    data = payload.strip(_AROUND).removesuffix(b"\x1d")
    end = data.find(b"\x1e")
    length = end - _LEADER_LENGTH
    if length < 12 or length % 12 or not data[:5].isdigit() or not data[12:17].isdigit():
        return None
    head = data[:end]
    if not head.isascii():
        return None
    directory = head[_LEADER_LENGTH:].decode("ascii")
    places = range(0, length, 12)
    starts = [directory[i + 7 : i + 12] for i in places]
    if b"\x1f\x1f" in data or b"\x1f\x1e" in data or data[-1] == 0x1F:
        return None
    contents, doubled = _contents(data, end, charset)
    if not contents[-1]:
        contents.pop()
    if len(contents) != len(starts):
        return None
    if not all(map(lt, starts, starts[1:])):
        order = sorted(range(len(starts)), key=starts.__getitem__)
        if len(set(starts)) < len(starts) or not (directory.isdigit() or _has_figures(directory)):
            return None
        in_bytes, contents = contents, [""] * len(starts)
        for content, place in zip(in_bytes, order, strict=True):
            contents[place] = content
    control: dict[str, str] = {}
    fields: dict[str, list[str]] = {}
    for i, content in zip(places, contents, strict=True):
        tag = directory[i : i + 3]
        if tag in wanted:
            if doubled:
                content = _mended(content)
            if content[2:3] != "\x1f":
                first, _, rest = content.partition("\x1f")
                if not rest:
                    continue
                content = f"{first[:1] or ' '}{first[1:2] or ' '}\x1f{rest}"
            if tag in fields:
                fields[tag].append(content)
            else:
                fields[tag] = [content]
        elif tag < "010":
            control.setdefault(tag, content)
    return Raw(head[:_LEADER_LENGTH].decode("ascii"), control, fields) if fields else None


def _contents(data: bytes, end: int, charset: str) -> tuple[list[str], bool]:
    """(the text of each field, whether texts may have been encoded twice)."""
    body = data[end + 1 :]
    if charset:
        return [decoded(piece, charset) for piece in body.split(b"\x1e")], False
    if b"\x1b" not in data:
        if data.isascii():
            return body.decode("ascii").split("\x1e"), False
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return text.split("\x1e"), _may_be_doubled(body) and is_suspect(text)
    decoder = Decoder(data)
    contents = [
        piece.decode("ascii") if piece.isascii() and b"\x1b" not in piece else decoder.text(piece)[0]
        for piece in body.split(b"\x1e")
    ]
    return contents, "utf8" in decoder.used


def _may_be_doubled(body: bytes) -> bool:
    """Whether two such letters stand side by side: looked for in bytes, which is cheap, and rarely so."""
    return _SECOND.search(body) is not None


def _has_figures(directory: str) -> bool:
    """Whether lengths and starts are figures, whatever the tags are."""
    return "".join([directory[i + 3 : i + 12] for i in range(0, len(directory), 12)]).isdigit()


def _mended(content: str) -> str:
    """Without double encoding, subfield by subfield."""
    if content.isascii():
        return content
    first, *subfields = content.split("\x1f")
    return "\x1f".join([first, *(s[:1] + undouble(s[1:]) for s in subfields)])
