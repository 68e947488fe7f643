"""SLiMS's oai.php: the codes of copies in dcterms:hasPart, and nothing else about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.record import Availability, Holding

_MOST = 500


def read(values: Mapping[str, Sequence[str]], shelf: str = "") -> list[Holding]:
    """One copy a code, all at the record's call number `shelf`. Addresses and titles are something else."""
    codes = [t for t in values.get("hasPart", ()) if len(t) <= 80 and " " not in t and "/" not in t]
    codes = [code for code in codes if any(c.isdigit() for c in code)][:_MOST]
    return [
        Holding(barcode=code, call_number=shelf, availability=Availability.UNKNOWN)
        for code in dict.fromkeys(codes)
    ]
