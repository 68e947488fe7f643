"""Makes ISO 2709 records for tests."""

from __future__ import annotations


def iso2709(fields: list[tuple[str, bytes]], encoding: str = "a", kind: str = "nam") -> bytes:
    """A record of these fields; `encoding` is what leader/09 says ('a' or ' '), whatever the bytes are."""
    directory, body = b"", b""
    for tag, content in fields:
        piece = content + b"\x1e"
        directory += b"%s%04d%05d" % (tag.encode(), len(piece), len(body))
        body += piece
    directory += b"\x1e"
    base = 24 + len(directory)
    length = base + len(body) + 1
    leader = b"%05d%s%s %s22%05d   4500" % (
        length,
        kind[:1].encode(),
        kind[1:3].encode(),
        encoding.encode(),
        base,
    )
    assert len(leader) == 24, leader
    return leader + directory + body + b"\x1d"
