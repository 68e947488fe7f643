"""What the provider of faults is made of: records, requests, replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

OAI = "http://www.openarchives.org/OAI/2.0/"
MARC = "http://www.loc.gov/MARC21/slim"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Entry:
    """One record of the provider."""

    number: int
    at: datetime
    deleted: bool = False
    title: str = ""
    name: str = ""  # instead of its usual identifier

    @property
    def identifier(self) -> str:
        return self.name or f"oai:faults:{self.number}"

    @property
    def set_spec(self) -> str:
        return "ganjil" if self.number % 2 else "genap:dua"


@dataclass
class Request:
    """One request that came in."""

    arguments: dict[str, str]
    raw: str
    method: str
    headers: dict[str, str]


@dataclass
class Asked:
    """What a list is about: the arguments of its first request, and from where on."""

    prefix: str
    offset: int = 0
    since: str = ""
    till: str = ""
    spec: str = ""


class Reset(Exception):
    """Close the connection without an answer."""


@dataclass
class Reply:
    """What goes back; a fault changes it."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml; charset=utf-8"})
    cut: int | None = None  # send only so many bytes, Content-Length says more
    chunked: bool = False
    pause: tuple[int, float] | None = None  # after so many bytes, so many seconds
    drip: float = 0.0  # seconds between two bytes
