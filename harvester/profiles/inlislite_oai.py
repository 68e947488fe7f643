"""INLISLite 3: OAI-PMH in MARC 21 or Dublin Core.

It wants metadataPrefix beside a token. It selects by the day of a change, which titles that nobody has edited do not
have; pages shift while somebody works; nothing tells of deletions. MARC may hold text that is not escaped.
"""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import urlsplit

from harvester.profiles.profile import Evidence, Profile

_PATHS = ("/oai-pmh", "/oaipmh", "/oai")


def signs(evidence: Evidence) -> int:
    """Control numbers INLIS000…, sets by Dewey, Dublin Core in which everything is Text in application/pdf."""
    path = urlsplit(evidence.url).path.rstrip("/")
    found = int(path.endswith(_PATHS))
    found += 4 * evidence.payload_has(b">INLIS0")
    found += 3 * any(spec.startswith("dewey:") for spec in evidence.sets)
    found += 3 * (evidence.payload_has(b">application/pdf<") and evidence.payload_has(b">Call Number:"))
    return found


PROFILE = Profile(
    code="inlislite_oai",
    system="INLISLite 3",
    path="/oai-pmh",
    prefixes=("marc21", "oai_dc"),
    selects="changes",
    full_days=7,
    sweep_days=1,
    dialect="inlislite33",
    holdings=("marc852",),
    repairs=("not_escaped",),
    quirks=MappingProxyType({"token_needs_prefix": True}),
    signs=signs,
    copies_by="record",
)
