"""Hits of our own union catalogue among those of a live search: they are there first, and have the same keys."""

from __future__ import annotations

import json
from collections.abc import Iterable

from index.live.link import Fetched
from index.live.merging.values import UnionHit
from index.search import Hit

#: The syntax under which a hit of the union catalogue is kept: a JSON object of `id` and `brief`.
SYNTAX = "silang-brief"


def fetched(hits: Iterable[Hit]) -> tuple[Fetched, ...]:
    """Hits as fetched records, numbered from 1."""
    return tuple(
        Fetched(
            position=number,
            syntax=SYNTAX,
            payload=json.dumps({"id": hit.id, "brief": hit.brief}, ensure_ascii=False).encode(),
        )
        for number, hit in enumerate(hits, 1)
    )


def union_hit(one: Fetched) -> UnionHit:
    """What `fetched` wrote."""
    value = json.loads(one.payload)
    return UnionHit(id=value["id"], position=one.position, brief=value["brief"])
