"""Facets of SRU 2.0: which are asked for, in which order, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from index.cql.profile import Profile
from index.cql.tree import BadCql
from index.search import SearchResult
from web.oai import xml
from web.sru.asking import Asked
from web.sru.diagnostics import Refused
from web.sru.dialect import FACETS

#: The index that stands for each facet of the engine, and the access point by which it is asked for.
INDEXES: Mapping[str, str] = {
    "dc.subject": "subject",
    "dc.date": "year",
    "dc.language": "language",
    "dc.type": "format",
    "bath.possessingInstitution": "library",
}

#: Values of one facet at most, and the last place that one may begin at.
MOST, LAST = 100, 1000

_LIMIT = re.compile(r"([0-9]{1,4})(?::([A-Za-z.]{1,60}))?")
_SORT = re.compile(
    r"(recordCount|alphanumeric)(?:,(ascending|descending))?(?:,caseInsensitive)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Facets by their index: (first, how many), and their order."""

    ranges: Mapping[str, tuple[int, int]]
    by_text: bool = False
    reverse: bool = False

    def request(self) -> dict[str, int]:
        """What the engine is asked to count."""
        deepest = {INDEXES[name]: start + size - 1 for name, (start, size) in self.ranges.items()}
        # In the order of the texts the first ones may be the rarest: all have to be seen.
        return dict.fromkeys(deepest, LAST) if self.by_text or self.reverse else deepest


def read(asked: Asked, profile: Profile) -> Wanted:
    """The facets of a request; none before version 2.0. Raises Refused 6 and 16."""
    text = asked.values.get("facetLimit", "") if asked.dialect.has_facets else ""
    sizes = _numbers(text, "facetLimit", profile)
    starts = _numbers(asked.values.get("facetStart", "") if text else "", "facetStart", profile)
    ranges = {}
    for name in INDEXES:
        size = min(sizes.get(name, sizes.get("", 0) if len(sizes) == 1 else 0), MOST)
        start = starts.get(name, starts.get("", 1))
        if not 1 <= start <= LAST:
            raise Refused(6, "facetStart")
        if size:
            ranges[name] = (start, size)
    sort = _SORT.fullmatch(asked.values.get("facetSort", "recordCount")) if text else None
    if text and sort is None:
        raise Refused(6, "facetSort")
    by_text = sort is not None and sort[1].lower() == "alphanumeric"
    direction = (sort[2] or "").lower() if sort else ""
    return Wanted(
        ranges=ranges, by_text=by_text, reverse=direction == ("descending" if by_text else "ascending")
    )


def _numbers(text: str, parameter: str, profile: Profile) -> dict[str, int]:
    """'10', or '10:dc.subject,5:dc.date': numbers by index, '' for all of them."""
    found: dict[str, int] = {}
    for piece in filter(None, text.split(",")):
        match = _LIMIT.fullmatch(piece.strip())
        if match is None:
            raise Refused(6, parameter)
        found[_index(match[2], profile) if match[2] else ""] = int(match[1])
    return found


def _index(name: str, profile: Profile) -> str:
    try:
        meaning = profile.meaning(name, {})
    except BadCql as refused:
        raise Refused(refused.number, name) from refused
    for index, facet in INDEXES.items():
        if facet == meaning:
            return index
    raise Refused(16, name)


def write(wanted: Wanted, result: SearchResult) -> str:
    """The facets of an answer; '' when none were asked for."""
    if not wanted.ranges:
        return ""
    written = []
    for name, (start, size) in wanted.ranges.items():
        values = list(result.facets.get(INDEXES[name], ()))
        if wanted.by_text:
            values.sort(key=lambda pair: pair[0].lower(), reverse=wanted.reverse)
        elif wanted.reverse:
            values.reverse()
        terms = "".join(
            "<facet:term>"
            + xml.element("facet:actualTerm", text)
            + xml.element("facet:count", str(count))
            + "</facet:term>"
            for text, count in values[start - 1 : start - 1 + size]
        )
        written.append(
            f"<facet:facet>{xml.element('facet:index', name)}{xml.element('facet:relation', '=')}"
            f"<facet:terms>{terms}</facet:terms></facet:facet>"
        )
    return f'<facet:facetedResults xmlns:facet="{FACETS}">{"".join(written)}</facet:facetedResults>'
