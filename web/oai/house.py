"""Who we are to harvesters: our address, the domain in our identifiers, whom they can write to, our libraries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from sqlalchemy import Connection, select

from foundation import libraries
from foundation.libraries import Library
from harvester.tables import source
from web.settings import Settings

#: What a domain is to the scheme of oai-identifiers; an address of numbers or a bare word is none.
DOMAIN = re.compile(r"[a-z][a-z0-9\-]*(\.[a-z][a-z0-9\-]*)+")

#: Stands in identifiers where no domain is known; RFC 2606 reserves it.
NO_DOMAIN = "silang.invalid"

#: Profiles of systems that are asked in other ways than OAI-PMH: there is no provenance to tell of them.
NOT_OAI = ("slims_p2p",)

#: Parameters of an address that are nobody's business.
_SECRET = re.compile("key|token|pass|secret|auth|user|login", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """`root` is the address of the site without a slash at its end, `domain` that of the identifiers."""

    root: str
    name: str
    domain: str
    email: str
    page_size: int

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return f"{self.root}/oai"

    def identifier(self, cluster_id: str) -> str:
        """'oai:katalog.example.org:0190…'."""
        return f"oai:{self.domain}:{cluster_id}"

    def cluster_id(self, identifier: str) -> str | None:
        """The cluster of an identifier of ours; None for others."""
        mine = f"oai:{self.domain}:"
        rest = identifier.removeprefix(mine)
        return rest if identifier.startswith(mine) and 0 < len(rest) <= 36 else None


def house(settings: Settings, root: str) -> House:
    """The house of an installation; `root` is the address it was asked at, for where none is configured."""
    root = (settings.web.public_url or root).rstrip("/")
    host = (urlsplit(root).hostname or "").lower()
    domain = settings.oai.domain.lower() or host
    return House(
        root=root,
        name=settings.web.name,
        domain=domain if DOMAIN.fullmatch(domain) else NO_DOMAIN,
        email=settings.oai.email or settings.fetch.sender or settings.mail.sender,
        page_size=max(1, min(1000, settings.oai.page_size)),
    )


def members(c: Connection) -> Mapping[str, Library]:
    """All libraries by id."""
    return {one.id: one for one in libraries.every(c)}


def origins(c: Connection, source_ids: set[str]) -> Mapping[str, str]:
    """The address of each OAI-PMH source among these, without anything secret."""
    asked = (source.c.kind == "oai", source.c.profile.not_in(NOT_OAI))
    query = select(source.c.id, source.c.url).where(source.c.id.in_(source_ids), *asked)
    return {row.id: public_address(row.url) for row in c.execute(query) if row.url}


def public_address(url: str) -> str:
    """The address without a login, and without parameters where one of them looks like a key."""
    pieces = urlsplit(url)
    try:
        host, port = pieces.hostname or "", pieces.port
    except ValueError:
        return ""
    place = f"[{host}]" if ":" in host else host
    place = f"{place}:{port}" if port else place
    query = "" if any(_SECRET.search(name) for name, _ in parse_qsl(pieces.query)) else pieces.query
    return urlunsplit((pieces.scheme, place, pieces.path, query, ""))
