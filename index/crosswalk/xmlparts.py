"""Parts of XML descriptions by local name: namespaces and prefixes vary, names do not."""

from __future__ import annotations

from typing import Any

from index.crosswalk.marcform import local_name
from index.crosswalk.text import LONG, clean


def text_of(element: Any, cap: int = LONG) -> str:
    """The cleaned text of an element, that of its children too."""
    raw = element.text or ""
    if len(element):
        raw = " ".join(t for t in element.itertext() if isinstance(t, str))
    return clean(raw, cap)


def children(element: Any, *names: str) -> list[Any]:
    """Children of these names."""
    return [child for child in element if local_name(child.tag) in names]


def child_text(element: Any, name: str) -> str:
    """The cleaned text of the first child of this name; '' without one."""
    return next((text_of(child) for child in element if local_name(child.tag) == name), "")
