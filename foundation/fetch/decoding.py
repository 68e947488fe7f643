"""Bodies as they were meant: decompressed by what they are, not by what the header says, and never without end."""

import itertools
import zlib
from collections.abc import Callable, Iterator

from foundation.fetch.errors import BadAnswer, TooLarge, Truncated

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_STEP = 64 * 1024  # most bytes that one step of decompression gives out
_LAYERS = 2  # servers that compress behind a proxy that compresses exist


def decoded(pieces: Iterator[bytes], *, announced: str, most: int, place: str) -> Iterator[bytes]:
    """The pieces of a body without its compression; `announced` is its Content-Encoding header or "".

    gzip and zstd are known by their first bytes, announced or not, up to two layers of them; a body that is
    announced as compressed and is not is given as it is. Raises TooLarge as soon as the body, at any layer,
    has more than `most` bytes, Truncated where the compressed data end early, BadAnswer where they are wrong.
    """
    announced = announced.strip().lower()
    pieces = _capped(pieces, most, place)
    for _ in range(_LAYERS + 1):
        start, pieces = _peek(pieces)
        layer = _layer(start, announced, place)
        if layer is None:
            yield from pieces
            return
        pieces = _capped(layer(pieces, place), most, place)
        announced = ""
    raise BadAnswer(f"{place}: compressed more than {_LAYERS} times")


Layer = Callable[[Iterator[bytes], str], Iterator[bytes]]


def _layer(start: bytes, announced: str, place: str) -> Layer | None:
    if start.startswith(b"\x1f\x8b\x08"):
        return lambda pieces, place: _inflated(pieces, _GZIP, place)
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        return _unzstd
    if not start or start[:1] in b"<{[ \t\r\n" or start.startswith(b"\xef\xbb\xbf"):
        return None
    if announced == "deflate":
        # RFC 9110 means the zlib format; many servers send the bare stream.
        zlib_header = len(start) > 1 and start[0] & 15 == 8 and (start[0] << 8 | start[1]) % 31 == 0
        return lambda pieces, place: _inflated(pieces, _ZLIB if zlib_header else _RAW, place)
    if announced in ("br", "compress", "x-compress", "dcb", "dcz"):
        raise BadAnswer(f"{place}: sent in the encoding {announced!r}, which was not asked for")
    return None


def _peek(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """(the first four bytes, or fewer where there are no more; the pieces from the start)."""
    start = b""
    for piece in pieces:
        start += piece
        if len(start) >= 4:
            break
    return start[:4], itertools.chain((start,) if start else (), pieces)


def _capped(pieces: Iterator[bytes], most: int, place: str) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most:
            raise TooLarge(f"{place}: more than {most:,} bytes")
        yield piece


def _inflated(pieces: Iterator[bytes], window: int, place: str) -> Iterator[bytes]:
    unzip = zlib.decompressobj(window)
    rest = b""
    for piece in pieces:
        data = rest + piece
        rest = b""
        while True:
            if unzip.eof:
                if window != _GZIP or not b"\x1f\x8b".startswith(data[:2]):
                    break  # padding after the end
                if len(data) < 2:
                    rest = data
                    break
                unzip = zlib.decompressobj(window)  # a gzip file may have several members
            try:
                out = unzip.decompress(data, _STEP)
            except zlib.error as error:
                raise BadAnswer(f"{place}: the compressed data are damaged", detail=str(error)) from None
            data = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
            if out:
                yield out
            if not data and len(out) < _STEP:
                break
    if not unzip.eof:
        raise Truncated(f"{place}: the compressed data end early")


def _unzstd(pieces: Iterator[bytes], place: str) -> Iterator[bytes]:
    import zstandard  # only who is sent it pays for it

    def frame() -> "zstandard.ZstdDecompressionObj":
        return zstandard.ZstdDecompressor(max_window_size=8 * 2**20).decompressobj()

    unzip = frame()
    for piece in pieces:
        # zstandard has no limit for what comes out, but 64 bytes in are at most 16 blocks of 128 KiB out.
        for at in range(0, len(piece), 64):
            data = piece[at : at + 64]
            while data:
                if unzip.eof:
                    unzip = frame()
                try:
                    out = unzip.decompress(data)
                except zstandard.ZstdError as error:
                    raise BadAnswer(f"{place}: the compressed data are damaged", detail=str(error)) from None
                data = unzip.unused_data if unzip.eof else b""
                if out:
                    yield out
    if not unzip.eof:
        raise Truncated(f"{place}: the compressed data end early")
