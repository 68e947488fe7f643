"""What of config.yaml concerns the foundation: data folder, database, network, libraries that must exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

#: Read by the checker of config.yaml: a key that nobody knows is a fault.
STRICT: dict[str, object] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where the truth is kept. An empty url is SQLite in the data folder."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    url: str = ""
    busy_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """What may be reached beyond public addresses on ports 80, 443, 8080 and 8443.

    `allow` lists 'CIDR', 'CIDR:port' or 'host:port'; `sender` is an e-mail address for the From header.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    allow: tuple[str, ...] = ()
    user_agent: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSettings:
    """A branch of a library listed in config.yaml."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    code: str
    name: str
    address: str = ""
    zone: str = ""
    email: str = ""
    phone: str = ""
    pickup: bool = True
    lends: bool = True
    aliases: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()  # 'mon-fri 08:00-16:00'


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrarySettings:
    """A library listed in config.yaml: loaded at start, read-only in the admin pages."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    code: str
    name: str
    symbol: str
    kind: str = "other"
    institution: str = ""
    address: str = ""
    region: str = ""
    zone: str = "Asia/Jakarta"
    email: str = ""
    phone: str = ""
    whatsapp: str = ""
    opac_url: str = ""
    lends: bool = True
    branches: tuple[BranchSettings, ...] = ()
