"""What of config.yaml concerns the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from foundation.settings import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Which engine keeps the search index, how many clusters it takes in one commit, and how many addresses in
    descriptions are tried in five minutes (0: none).
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    engine: Literal["whoosh", "tantivy", "memory"] = "whoosh"
    batch: int = 5000
    try_links: int = 10
