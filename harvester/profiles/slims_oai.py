"""SLiMS by oai.php: no datestamps in records, identifiers that are the same everywhere, titles encoded twice.

`from` alone is not heard, with `until` only the first page keeps to it; nothing tells of deletions; a hidden title
spoils the page on which it would stand. So it is always read whole. Copies are named in dcterms:hasPart.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from urllib.parse import urlsplit

from harvester.profiles.profile import Evidence, Profile

_TOKEN = re.compile(r"^\w+/\d+$")


def signs(evidence: Evidence) -> int:
    """Identifiers are oai:slims/1 at each library."""
    found = 2 * urlsplit(evidence.url).path.endswith("/oai.php")
    found += 5 * any(item.header.identifier.startswith("oai:slims/") for item in evidence.items)
    found += bool(evidence.token and _TOKEN.match(evidence.token.text))
    return found


PROFILE = Profile(
    code="slims_oai",
    system="SLiMS 7–9: oai.php",
    path="/oai.php",
    prefixes=("oai_dc",),
    selects="nothing",
    full_days=1,
    sweep_days=0,
    dialect="slims_oai1",
    holdings=("hasPart",),
    repairs=("double_utf8",),
    quirks=MappingProxyType({"clock_untrusted": True, "ignores_from": True}),
    signs=signs,
    copies_by="record",
)
