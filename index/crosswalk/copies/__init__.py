"""Where records write down who has a copy: each way has a name, and a source's profile names its own.

A profile that names none is read by evidence: only what shows by itself that it is a copy is taken for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from index.crosswalk.copies import alma, koha, local949, marc852, unimarc995
from index.crosswalk.marcform import Marc
from index.record import Holding

#: Ways of MARC records by name → who reads them. 049 and 949 are read under their names only.
MARC: Mapping[str, Callable[[Marc], list[Holding]]] = MappingProxyType(
    {
        "marc852": marc852.read,
        "049": local949.read_049,
        "949": local949.read,
        "koha952": koha.read,
        "995": unimarc995.read,
        "ava": alma.read,
    }
)

#: Every name that a profile may give; the last two are of Dublin Core and MODS.
NAMES = (*MARC, "hasPart", "mods_copies")

#: Profiles that stand for a system name its way here.
_OF_PROFILE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"koha": ("koha952",), "koha_unimarc": ("995",), "unimarc": ("995",), "alma": ("ava",)}
)

_EVIDENT = (koha.read_evident, alma.read, marc852.read)
_EVIDENT_UNIMARC = (unimarc995.read_evident, alma.read, marc852.read)
_MOST = 2000


def of_marc(
    marc: Marc, names: Sequence[str] = (), profile: str = "", *, unimarc: bool = False
) -> tuple[Holding, ...]:
    """The copies a MARC record tells of, by the named ways, else by evidence; at most 2,000 are read.

    A name of another format is passed over. Raises KeyError for one that is not in NAMES.
    """
    for name in names:
        if name not in NAMES:
            raise KeyError(name)
    chosen = [MARC[name] for name in (names or _OF_PROFILE.get(profile, ())) if name in MARC]
    found = [copy for reader in chosen for copy in reader(marc)]
    if not found:
        # Servers leave items out unless asked: what else the record says of its place is better than nothing.
        ways = _EVIDENT_UNIMARC if unimarc else _EVIDENT
        found = next((got for reader in ways if (got := reader(marc))), [])
    return tuple(found[:_MOST])
