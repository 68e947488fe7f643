"""A hit of our own index as a lean record: what its brief tells, for matching beside live records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.live.lean.record import Lean, Number
from index.record import Format, Name

_LEVELS = {Format.JOURNAL: "serial", Format.ARTICLE: "part"}


def lean_of_brief(brief: Mapping[str, Any]) -> Lean:
    """The lean record of a brief value (`index.document.brief`); numbers without their records are all taken as valid."""
    kind = Format(brief.get("format", Format.OTHER))
    return Lean(
        title=brief.get("title", ""),
        subtitle=brief.get("subtitle", ""),
        part_name=brief.get("part", ""),
        responsibility=brief.get("responsibility", ""),
        authors=tuple(Name(text=text) for text in brief.get("authors", ())),
        contributors=tuple(Name(text=text) for text in brief.get("contributors", ())),
        subjects=tuple(brief.get("subjects", ())),
        identifiers=(
            *(Number("isbn", value) for value in brief.get("isbn", ()) if value.isalnum()),
            *(Number("issn", f"{v[:4]}-{v[4:]}") for v in brief.get("issn", ()) if len(v) == 8),
        ),
        publisher=brief.get("publisher", ""),
        place=brief.get("place", ""),
        year=brief.get("year"),
        year_text=brief.get("year_text", ""),
        languages=tuple(brief.get("languages", ())),
        format=kind,
        online=bool(brief.get("online")) and kind is Format.EBOOK,
        level=_LEVELS.get(kind, "monograph"),
        edition=brief.get("edition", ""),
        extent=brief.get("extent", ""),
        series=tuple(brief.get("series", ())),
        host=brief.get("host", ""),
    )
