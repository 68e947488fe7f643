"""OAI-PMH as scripts print it: text put together by hand, with whatever that makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from web.demo.provider import OAI, SCHEMA, XSI


def element(name: str, text: str) -> str:
    """An element with its text escaped."""
    return f"<{name}>{escape(text)}</{name}>"


def document(*, date: str, verb: str, url: str, inner: str, prefix: str = "") -> bytes:
    """The envelope around `inner`, which stands in it as it is."""
    asked = f' metadataPrefix="{escape(prefix)}"' if prefix else ""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<OAI-PMH xmlns="{OAI}" xmlns:xsi="{XSI}" xsi:schemaLocation="{SCHEMA}">'
        f"<responseDate>{date}</responseDate>"
        f'<request verb="{escape(verb)}"{asked}>{escape(url)}</request>{inner}</OAI-PMH>'
    )
    return text.encode()


def error(code: str, text: str) -> str:
    """An error of the protocol."""
    return f'<error code="{code}">{escape(text)}</error>'


def listed(verb: str, records: Iterable[str], token: str) -> str:
    """The list with its token element behind it; '' where there is none."""
    return f"<{verb}>{''.join(records)}{token}</{verb}>"
