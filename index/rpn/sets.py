"""The attribute sets of Z39.50 by the names that people write, and by their OIDs."""

from __future__ import annotations

import re

#: Where the registered attribute sets are.
_ROOT = "1.2.840.10003.3."

#: Names as the register of Z39.50 has them, under the last number of their OID.
_NAMES = {
    1: "Bib-1", 2: "Exp-1", 3: "Ext-1", 4: "CCL-1", 5: "GILS", 6: "STAS-attset", 7: "Collections-attset",
    8: "CIMI-attset", 9: "Geo-attset", 10: "ZBIG", 11: "Util", 12: "XD-1", 13: "Zthes", 14: "Fin-1", 15: "Dan-1",
    16: "Holdings", 17: "MARC", 18: "Bib-2", 19: "ZeeRex",
}  # fmt: skip

_OF_NAME = {
    name.lower().removesuffix("-attset").replace("-", ""): f"{_ROOT}{number}"
    for number, name in _NAMES.items()
}
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,9})){1,20}")


def oid(name: str) -> str | None:
    """The OID of an attribute set by its name (capitals, hyphens and "-attset" do not count) or as an OID; or None."""
    if _OID.fullmatch(name):
        return name
    return _OF_NAME.get(name.lower().removesuffix("-attset").replace("-", ""))


def name(dotted: str) -> str:
    """The name of a registered attribute set; of another its OID."""
    last = dotted.removeprefix(_ROOT)
    return _NAMES.get(int(last), dotted) if last != dotted and last.isdecimal() else dotted
