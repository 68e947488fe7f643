"""From a record of a page to a Record: the payload is parsed alone, so it can only spoil itself."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from foundation.strictxml import BadXml, XmlLimits, parse
from harvester import profiles, salvage
from harvester.pages import Item
from index import crosswalk
from index.record import Record

log = logging.getLogger("silang.harvester")

_LIMITS = XmlLimits(bytes=20 * 2**20, depth=100, attributes=256, nodes=500_000)
_KEY_LENGTH = 512


class Rejected(Exception):
    """This record cannot be read; `reason` is a stored code, `detail` is for people."""

    def __init__(self, *, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def read(item: Item, profile: str) -> tuple[str, Record, tuple[str, ...]]:
    """(schema, Record, oddity codes) of a living record, read as the profile of its source writes.

    Raises Rejected, which costs this record only.
    """
    if item.content is None:
        raise Rejected(reason="no_metadata")
    odd = ["mended_record"] if item.mended else []
    try:
        element, several = _element(item.namespaces, item.content)
    except BadXml as error:
        # the page was well-formed, so this is a prefix that nobody declared, or something too large
        if error.kind == "too_large":
            raise Rejected(reason="too_large", detail=str(error)) from None
        raise Rejected(reason="malformed", detail=str(error)) from None
    if element is None:
        raise Rejected(reason="empty_metadata")
    if several:
        odd.append("two_payloads")
    return *describe(element, profile, item.header.identifier), tuple(odd)


def describe(element: Any, profile: str, identifier: str = "") -> tuple[str, Record]:
    """(schema, Record) of a payload's root element, read as the profile of its source writes. Raises Rejected."""
    namespace, _, name = element.tag.rpartition("}")
    schema = crosswalk.schema_of(namespace.lstrip("{"), name)
    if schema is None:
        raise Rejected(reason="unknown_schema", detail=element.tag[:200])
    known = profiles.of(profile)
    try:
        return schema, crosswalk.read(schema, element, known.dialect, known.holdings)
    except crosswalk.BadRecord as error:
        raise Rejected(reason=error.reason, detail=error.detail) from None
    except Exception as error:
        # a fault of ours, and still only one record's: it waits in quarantine until the crosswalk is mended
        log.exception("crosswalk failed", extra={"schema": schema, "identifier": identifier})
        raise Rejected(reason="crosswalk_failed", detail=repr(error)[:500]) from error


def _element(namespaces: bytes, content: bytes) -> tuple[Any, bool]:
    """(the payload's root element, whether there are several); the element is None where there is none."""
    wrapped = b"<payload" + namespaces + b">" + content + b"</payload>"
    try:
        root = parse(wrapped, limits=_LIMITS)
    except BadXml as error:
        if error.kind == "too_large":
            raise
        root = parse(salvage.mend(wrapped), limits=_LIMITS)
    return chosen(root)


def chosen(metadata: Any) -> tuple[Any, bool]:
    """(the root element of what is inside of `metadata`, whether there are several); None where there is none."""
    children = [child for child in metadata if isinstance(child.tag, str)]
    if not children:
        return None, False
    if len(children) == 1:
        return children[0], False
    known = [child for child in children if _known(child.tag)]
    return (known or children)[0], True


def _known(tag: str) -> bool:
    namespace, _, name = tag.rpartition("}")
    return crosswalk.schema_of(namespace.lstrip("{"), name) is not None


def key_of(identifier: str) -> str:
    """The identifier as a key: itself, or its start and a hash where it is longer than a column."""
    if len(identifier) <= _KEY_LENGTH:
        return identifier
    return f"{identifier[:440]}#{hashlib.sha256(identifier.encode()).hexdigest()}"
