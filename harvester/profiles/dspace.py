"""DSpace: a repository of files. Dublin Core by OAI-PMH, tombstones, no copies on shelves."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from harvester.profiles.profile import Evidence, Profile

_HANDLE = re.compile(r"^oai:[^:]+:\d[\d.]*/\d+$")
_PATHS = ("/oai/request", "/server/oai/request", "/oai/openaire")


def signs(evidence: Evidence) -> int:
    """Identifiers are handles, sets are communities and collections, dim and xoai are offered."""
    found = 2 * urlsplit(evidence.url).path.rstrip("/").endswith(_PATHS)
    found += 2 * any(_HANDLE.match(item.header.identifier) for item in evidence.items)
    found += 2 * any(spec.startswith(("com_", "col_")) for spec in evidence.sets)
    found += 3 * evidence.offers("dim", "xoai")
    return found


PROFILE = Profile(
    code="dspace",
    system="DSpace 5–8",
    path="/server/oai/request",
    prefixes=("oai_dc",),
    selects="changes",
    full_days=30,
    sweep_days=7,
    dialect="dspace",
    signs=signs,
)
