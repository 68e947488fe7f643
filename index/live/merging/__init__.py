"""Records of many targets, and hits of our own index, as one list of editions: joined, ranked, counted, sorted. Pure.

merger = Merger(asked(query))
merger.add([Arrival("zt", 1, lean), …])       # as batches come in
merger.add_union([UnionHit(id=…, position=1, brief=…), …])
change = merger.changes()                      # rows that are new or changed, ids that went into others
page(merger.rows(), View(), shown)             # a page, facets, what is new; its `shown` goes in the next time
"""

from __future__ import annotations

from index.live.merging.briefs import brief_of, live
from index.live.merging.merger import Merger
from index.live.merging.pages import SORTS, facets, filtered, page
from index.live.merging.ranking import Asked, asked
from index.live.merging.values import FACETS, Arrival, Change, Merged, Page, Reason, UnionHit

__all__ = [
    "FACETS",
    "SORTS",
    "Arrival",
    "Asked",
    "Change",
    "Merged",
    "Merger",
    "Page",
    "Reason",
    "UnionHit",
    "asked",
    "brief_of",
    "facets",
    "filtered",
    "live",
    "page",
]
