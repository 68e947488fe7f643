"""XML as text: the small pieces that answers are put together from."""

from __future__ import annotations

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def said(text: str) -> str:
    """The text as content of an element or of an attribute in double quotes."""
    return escape(clean(text))


def element(name: str, text: str, **attributes: str) -> str:
    """An element with text and attributes; attributes without a value are left out."""
    return f"<{name}{attributes_of(attributes)}>{said(text)}</{name}>"


def attributes_of(attributes: dict[str, str]) -> str:
    """Attributes, each with a space before it."""
    return "".join(f' {name}="{said(value)}"' for name, value in attributes.items() if value)
