"""What a hit list is drawn from, of a merged cluster: the keys of `index.document.brief` without its holders."""

from __future__ import annotations

from typing import Any

from index.live.lean.record import Lean
from index.live.merging.values import Merged
from index.live.snapshot import LiveCluster

_RESPONSIBILITY = 300
_SUBJECTS = 6


def live(merged: Merged) -> LiveCluster:
    """The cluster as pages and JSON see it. What our own index says comes first, a live record fills its gaps."""
    brief = brief_of(merged.shown)
    if merged.union is not None:
        ours = {k: v for k, v in merged.union.brief.items() if k not in ("holders", "holder_count")}
        brief |= ours
    return LiveCluster(
        id=merged.id,
        brief=brief,
        holders=merged.holders,
        union_id=merged.union.id if merged.union is not None else "",
        score=merged.score,
    )


def brief_of(lean: Lean) -> dict[str, Any]:
    """The brief of one description, empty parts left out."""
    value: dict[str, Any] = {
        "title": lean.title,
        "subtitle": lean.subtitle,
        "part": " ".join(part for part in (lean.part_number, lean.part_name) if part),
        "authors": [name.text for name in lean.authors[:4]],
        "contributors": [name.text for name in lean.contributors[:4]] if not lean.authors else [],
        "responsibility": lean.responsibility[:_RESPONSIBILITY],
        "publisher": lean.publisher,
        "place": lean.place,
        "year": lean.year,
        "year_text": lean.year_text,
        "edition": lean.edition,
        "extent": lean.extent,
        "format": lean.format.value,
        "online": lean.online,
        "languages": list(lean.languages[:3]),
        "subjects": list(lean.subjects[:_SUBJECTS]),
        "series": list(lean.series[:2]),
        "host": lean.host,
        "isbn": _numbers(lean, "isbn")[:3],
        "issn": [value.replace("-", "") for value in _numbers(lean, "issn")[:2]],
        "cover": next((link.url for link in lean.links if link.kind == "cover"), ""),
        "fulltext": next((link.url for link in lean.links if link.kind == "fulltext"), ""),
    }
    return {key: found for key, found in value.items() if found not in ("", None, [], False)}


def _numbers(lean: Lean, kind: str) -> list[str]:
    return list(dict.fromkeys(i.value for i in lean.identifiers if i.kind == kind))
