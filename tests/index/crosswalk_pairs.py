"""Golden pairs of the crosswalks: a payload beside the value its Record has."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from lxml import etree

from index.crosswalk import read
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


def pairs() -> list[Path]:
    """The payloads of all pairs."""
    return sorted(FOLDER.glob("*/*.xml"))


def read_pair(path: Path) -> Record:
    """The Record of a payload; a file named like a profile is read with it."""
    profile = {"slims1": "slims_oai1", "inlislite": "inlislite33"}.get(path.stem, "generic")
    return read(path.parent.name, etree.fromstring(path.read_bytes()), profile)
