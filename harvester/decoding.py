"""Pages as UTF-8 text, whatever encoding they came in, whether they say so or not."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator

from harvester.errors import NotOai

#: Most bytes of one page after decompression.
PAGE_LIMIT = 256 * 2**20
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")


def utf8(
    chunks: Iterable[bytes], odd: Callable[[str, str], None], *, limit: int = PAGE_LIMIT
) -> Iterator[bytes]:
    """The page as UTF-8; `odd(code, text)` hears of what was not announced. Raises NotOai over the limit.

    Bytes that are not valid UTF-8 pass as they are where UTF-8 is declared: which record they spoil, and
    what they may have meant, is for harvester.salvage to find out.
    """
    total = 0
    for piece in _transcoded(chunks, odd):
        total += len(piece)
        if total > limit:
            raise NotOai(f"the page is longer than {limit:,} bytes")
        yield piece


def _peek(chunks: Iterable[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """(the first bytes, at least `size` where there are so many; the rest)."""
    rest = iter(chunks)
    head = b""
    while len(head) < size:
        piece = next(rest, None)
        if piece is None:
            break
        head += piece
    return head, rest


def _transcoded(chunks: Iterable[bytes], odd: Callable[[str, str], None]) -> Iterator[bytes]:
    head, rest = _peek(chunks, 512)
    encoding = _encoding(head, odd)
    if encoding is None:
        yield from _chain(head, rest)
        return
    decode = codecs.getincrementaldecoder(encoding)("replace").decode
    for piece in _chain(head, rest):
        yield decode(piece).removeprefix("\ufeff").encode("utf-8", "replace")
    yield decode(b"", True).encode("utf-8", "replace")


def _encoding(head: bytes, odd: Callable[[str, str], None]) -> str | None:
    """The encoding to translate from, None for UTF-8."""
    by_bytes = next((name for mark, name in _BOMS if head.startswith(mark)), None)
    found = _DECLARED.search(head[:512])
    declared = found[1].decode("ascii").lower() if found else "utf-8"
    if by_bytes and by_bytes != "utf-8":
        text = head.decode(by_bytes, "replace")[:200]
        if "encoding" in text and not re.search(
            r"encoding\s*=\s*[\"'](utf-?16|utf-?32|ucs)", text, re.IGNORECASE
        ):
            odd("encoding_not_as_declared", f"it is {by_bytes}")
        return by_bytes
    if by_bytes == "utf-8" or declared in ("utf-8", "utf8", "us-ascii", "ascii"):
        return None
    if declared.replace("-", "").startswith(("utf16", "utf32", "ucs")):
        odd("encoding_not_as_declared", f"{declared} declared, one byte a character sent")
        return None
    try:
        codecs.lookup(declared)
    except LookupError:
        odd("unknown_encoding", declared[:40])
        return None
    # browsers and databases say Latin-1 and mean Windows-1252; the two differ in control characters only
    return "cp1252" if declared in ("iso-8859-1", "latin1", "latin-1", "iso8859-1") else declared


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest
