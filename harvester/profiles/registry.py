"""All profiles by name, and the one that an endpoint looks like."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harvester.profiles import (
    dspace,
    generic,
    inlislite_oai,
    koha,
    slims_oai,
    slims_oai2,
    slims_p2p,
)
from harvester.profiles.profile import Evidence, Profile

_ALL = (slims_oai2, slims_oai, slims_p2p, inlislite_oai, koha, dspace, generic)

#: Name (as it stands in config.yaml and in the table of sources) → profile, in the order in which they are offered.
PROFILES: Mapping[str, Profile] = MappingProxyType({one.PROFILE.code: one.PROFILE for one in _ALL})

GENERIC = generic.PROFILE
#: Fewer signs than this suggest nothing.
_ENOUGH = 3


def of(name: str) -> Profile:
    """The profile of this name; the generic one for a name that is not known any more."""
    return PROFILES.get(name, GENERIC)


def suggest(evidence: Evidence) -> Profile:
    """The profile that an endpoint looks like most, the generic one where nothing speaks for another."""
    best = max(PROFILES.values(), key=lambda one: one.signs(evidence))
    return best if best.signs(evidence) >= _ENOUGH else GENERIC
