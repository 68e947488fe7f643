"""What of config.yaml concerns the harvester."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from foundation.settings import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestSettings:
    """How many sources are read at once, and for how long one may keep us waiting (seconds).

    `host_delay_ms` is the least pause between two requests to one host; `longest_hours` is how long one run may
    take before it makes room for others; deletions can be taken back for `undo_days`.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    parallel: int = 2
    patience: float = 3600.0
    keep_harvests: int = 30
    host_delay_ms: int = 100
    longest_hours: float = 24.0
    undo_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """A source listed in config.yaml: loaded at start, read-only in the admin pages."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    code: str
    library: str
    url: str
    name: str = ""
    prefix: str = ""
    set: str = ""
    profile: str = "generic"
    schedule: str = ""
    zone: str = "Asia/Jakarta"
    headers: Mapping[str, str] = field(default_factory=dict)
    username: str = ""
    password: str = ""
    ca_file: str = ""
    delay_ms: int | None = None  # None is what the profile says
    blackout: str = ""
    full_days: int = 0
    sweep_days: int | None = None
