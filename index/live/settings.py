"""What of config.yaml concerns live searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.settings import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """Bounds of live searches.

    `budget_seconds` is the most that one search may take, whatever its targets do. Results are kept for `keep_minutes`
    after they were last looked at, at most `searches` of them and `megabytes` altogether; whoever asks the same within
    `share_seconds` is shown what is there already. `running` searches are carried out at a time by one process, and at
    most `records` are fetched from one target in one search.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    budget_seconds: float = 8.0
    keep_minutes: float = 30.0
    share_seconds: float = 120.0
    searches: int = 200
    megabytes: int = 256
    running: int = 32
    records: int = 1000
