"""SLiMS by oai2.php, its copies by its own pages.

Datestamps are days of entry in local time labelled Z, so edits are seen by whole lists only. Hidden titles are
tombstones, removed ones vanish. A selection of more than a page ends on page 2, where the token, a piece of SQL,
is decoded once too little: sent as it was printed it works.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from urllib.parse import urlsplit

from harvester.profiles import slims_pages
from harvester.profiles.profile import Evidence, Profile

_IDENTIFIER = re.compile(r"^oai:[^:]*:slims-\d+$")
_TOKEN = re.compile(r"^\d+__.*__\w+$")


def signs(evidence: Evidence) -> int:
    """Identifiers end in slims-1, tokens are 100__…__oai_dc."""
    found = 3 * urlsplit(evidence.url).path.endswith("/oai2.php")
    found += 4 * any(_IDENTIFIER.match(item.header.identifier) for item in evidence.items)
    found += 2 * bool(evidence.token and _TOKEN.match(evidence.token.text))
    return found


PROFILE = Profile(
    code="slims_oai2",
    system="SLiMS 9: oai2.php",
    path="/oai2.php",
    prefixes=("oai_dc",),
    selects="additions",
    full_days=7,
    sweep_days=1,
    dialect="slims_oai2",
    holdings=("mods_copies",),
    quirks=MappingProxyType({"clock_untrusted": True, "token_form": "verbatim"}),
    pause_ms=200,
    signs=signs,
    connect=slims_pages.with_copies,
    copies_by="page",
)
