"""One fetched record → what a list of hits, a merge and a ranking need of it, fast; the whole Record when it is opened."""

from __future__ import annotations

from index.live.lean.reading import Reading, read, whole
from index.live.lean.record import LEFT_OUT, Lean

__all__ = ["LEFT_OUT", "Lean", "Reading", "read", "whole"]
