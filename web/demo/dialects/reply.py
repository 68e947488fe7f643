"""What a member's web server is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

XML = "text/xml; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request: its path, and its arguments as they stand in the address or in the body of a POST."""

    path: str
    query: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The arguments, decoded once, in their order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def values(self) -> dict[str, str]:
        """The arguments by name, as PHP and Perl see them: of several the last counts."""
        return dict(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer."""

    body: bytes
    status: int = 200
    kind: str = XML


Place = Callable[[Question], Reply]
#: Paths of a system and what answers there; the first is where it is harvested.
Places = Mapping[str, Place]


def broken_page(words: str, size: int = 0) -> Reply:
    """HTTP 500 with a page for people in the place of XML, as large as the frames of a debugger make it."""
    filler = "<!-- frame -->\n" * (size // 15)
    page = f"<!DOCTYPE html><html><head><title>{words}</title></head><body><h1>{words}</h1>{filler}</body></html>"
    return Reply(body=page.encode(), status=500, kind=HTML)
