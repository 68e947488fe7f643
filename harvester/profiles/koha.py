"""Koha: MARC 21 by OAI-PMH with its copies in 952, where its administrator includes items."""

from __future__ import annotations

from urllib.parse import urlsplit

from harvester.profiles.profile import Evidence, Profile


def signs(evidence: Evidence) -> int:
    """Its script is oai.pl; records end with 952 (copies) and 999 (its own numbers)."""
    found = 5 * urlsplit(evidence.url).path.endswith("/koha/oai.pl")
    found += 3 * any("KOHA" in item.header.identifier.upper() for item in evidence.items)
    found += 3 * (evidence.payload_has(b'tag="952"') and evidence.payload_has(b'tag="999"'))
    return found


PROFILE = Profile(
    code="koha",
    system="Koha 18–24",
    path="/cgi-bin/koha/oai.pl",
    prefixes=("marcxml", "marc21", "oai_dc"),
    selects="changes",
    full_days=30,
    sweep_days=7,
    dialect="koha",
    holdings=("koha952",),
    signs=signs,
    copies_by="record",
)
