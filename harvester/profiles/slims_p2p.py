"""SLiMS by its pages for other SLiMS (MODS), where OAI-PMH is switched off: search pages list, a page a title tells all.

There are no dates and no tombstones; the content says whether something changed, and whole lists what is gone.
"""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import urlsplit

from harvester.profiles import slims_pages
from harvester.profiles.profile import Evidence, Profile


def signs(evidence: Evidence) -> int:
    """Its address is that of the catalogue itself."""
    path = urlsplit(evidence.url).path
    return 5 * (path.endswith("/index.php") and "oai" not in urlsplit(evidence.url).query)


PROFILE = Profile(
    code="slims_p2p",
    system="SLiMS 7–9: P2P",
    path="/index.php",
    prefixes=("mods",),
    selects="nothing",
    full_days=7,
    sweep_days=1,
    dialect="slims_p2p",
    holdings=("mods_copies",),
    quirks=MappingProxyType({"ignores_from": True}),
    pause_ms=200,
    signs=signs,
    connect=slims_pages.as_provider,
    copies_by="page",
)
