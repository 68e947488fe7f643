"""Payloads by their record syntax: the lean record for the list, the whole Record for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from foundation.strictxml import BadXml, XmlLimits, parse
from index.crosswalk import marc21, registry
from index.crosswalk.errors import BadRecord
from index.crosswalk.marcform import from_iso2709
from index.live.lean.record import Lean, lean_of
from index.live.link import Fetched
from index.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a target's profile says of how its records are read.

    `charset` is '' for by evidence, else a name of `index.targets.profile.CHARSETS`; `flavour` is auto, marc21, unimarc
    or none; `copies` are ways of `index.crosswalk.copies.NAMES` in which records tell of their copies ('' by evidence).
    """

    charset: str = ""
    flavour: str = "auto"
    copies: tuple[str, ...] = ()


#: Read by evidence.
PLAIN = Reading()
