"""What the versions of SRU write differently: namespaces, and names of elements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A version. `packing` names the element, and the parameter, that says how records are put into the answer."""

    version: str
    namespace: str
    scan_namespace: str
    diagnostic_namespace: str
    packing: str
    has_identifiers: bool
    has_facets: bool


_ZING = "http://www.loc.gov/zing/srw/"
_OASIS = "http://docs.oasis-open.org/ns/search-ws/"

VERSIONS: Mapping[str, Dialect] = {
    "1.1": Dialect(
        version="1.1",
        namespace=_ZING,
        scan_namespace=_ZING,
        diagnostic_namespace=_ZING + "diagnostic/",
        packing="recordPacking",
        has_identifiers=False,
        has_facets=False,
    ),
    "1.2": Dialect(
        version="1.2",
        namespace=_ZING,
        scan_namespace=_ZING,
        diagnostic_namespace=_ZING + "diagnostic/",
        packing="recordPacking",
        has_identifiers=True,
        has_facets=False,
    ),
    "2.0": Dialect(
        version="2.0",
        namespace=_OASIS + "sruResponse",
        scan_namespace=_OASIS + "scan",
        diagnostic_namespace=_OASIS + "diagnostic",
        packing="recordXMLEscaping",
        has_identifiers=True,
        has_facets=True,
    ),
}

FACETS = _OASIS + "facetedResults"
EXACT_COUNT = "info:srw/vocabulary/resultCountPrecision/1/exact"


def nearest(version: str) -> Dialect:
    """The newest version of ours that is not newer than what was asked for; the oldest for older ones."""
    below = [one for name, one in VERSIONS.items() if name <= version]
    return below[-1] if below else VERSIONS["1.1"]
