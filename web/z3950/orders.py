"""What clients sort by: attributes of Bib-1 and names of fields, and the order that each means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.rpn.tree import BIB1, Attribute
from index.z3950.serving import refusals
from index.z3950.serving.refusals import Refused

_USE, _RELATION, _RELEVANCE = 1, 2, 102

#: Use attributes of Bib-1 and what they sort by.
_USES: Mapping[int, str] = {
    **dict.fromkeys((4, 5, 6, 33, 36, 41, 43), "title"),
    **dict.fromkeys((1, 2, 3, 1002, 1003, 1004, 1005, 1006), "author"),
    **dict.fromkeys((30, 31), "year"),
    **dict.fromkeys((32, 1011, 1012), "added"),  # date of acquisition, added to the database, last changed
}
_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("title", "ti"), "title"),
    **dict.fromkeys(("author", "creator", "au"), "author"),
    **dict.fromkeys(("date", "year", "pubdate"), "year"),
    **dict.fromkeys(("relevance", "rank", "score"), "relevance"),
    "added": "added",
}


def by_attributes(attributes: Sequence[Attribute], attribute_set: str) -> str:
    """title, author, year, added or relevance. Raises Refused 207."""
    own = [one for one in attributes if (one.set or attribute_set) == BIB1]
    if any(one.type == _RELATION and one.value == _RELEVANCE for one in own):
        return "relevance"
    use = next((one.value for one in own if one.type == _USE), None)
    if isinstance(use, int) and use in _USES:
        return _USES[use]
    if isinstance(use, str):
        return by_name(use)
    raise Refused(refusals.NO_SUCH_ORDER, f"use {use}" if use is not None else "no use attribute of Bib-1")


def by_name(name: str) -> str:
    """The same for a field's name. Raises Refused 207."""
    found = _NAMES.get(name.strip().lower())
    if found is None:
        raise Refused(refusals.NO_SUCH_ORDER, name[:100])
    return found
