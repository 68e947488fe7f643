"""Golden pairs of the crosswalks: a payload beside the value its Record has."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from lxml import etree

from index.crosswalk import read, read_iso2709
from index.packing import to_value
from index.record import Holding, Record

FOLDER = Path(__file__).parents[1] / "data" / "crosswalk"
_EMPTY = Holding()


def value_of(record: Record) -> dict[str, Any]:
    """Everything the record says, its copies too, as a JSON value."""
    value = to_value(record)
    if record.holdings:
        value["holdings"] = [
            {
                f.name: getattr(copy, f.name)
                for f in fields(Holding)
                if getattr(copy, f.name) != getattr(_EMPTY, f.name)
            }
            for copy in record.holdings
        ]
    return value


#: Pairs that are read as the records of a certain system, by the name of their file.
_PROFILES = {
    "slims1": "slims_oai1",
    "slims2": "slims_oai2",
    "inlislite": "inlislite33",
}


def pairs() -> list[Path]:
    """The payloads of all pairs in XML."""
    return sorted(FOLDER.glob("*/*.xml"))


def binary_pairs() -> list[Path]:
    """The records of all pairs in ISO 2709."""
    return sorted(FOLDER.glob("*/*.mrc"))


def read_pair(path: Path) -> Record:
    """The Record of a payload; a file named like a system is read as its."""
    profile = _PROFILES.get(path.stem, "generic")
    if path.suffix == ".mrc":
        return read_iso2709(path.read_bytes(), profile)
    return read(path.parent.name, etree.fromstring(path.read_bytes()), profile)
