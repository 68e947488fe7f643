"""A message to bytes, strictly by one edition: its elements in its order, nothing that it does not know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from broker.iso18626 import schema
from broker.iso18626 import values as v
from broker.iso18626.codes import NAMESPACE
from broker.iso18626.schema import Slot
from broker.iso18626.values import Code, Confirmation, Document, Info, Request, Requesting, Retry, Supplying

_KIND_OF = {Request: "request", Supplying: "supplyingAgencyMessage", Requesting: "requestingAgencyMessage"}
_NSMAP = {None: NAMESPACE, "ill": NAMESPACE}


def kind_of(document: Document) -> str:
    """The name of its element."""
    if isinstance(document, Confirmation):
        return f"{document.of}Confirmation"
    return _KIND_OF[type(document)]


def write(document: Document, version: str = "1.2") -> bytes:
    """The message as a document of a version: '1.2', '2021-2', '2021-3'. Raises KeyError for another.

    The attribute that names the version is qualified, as the schema wants it (attributeFormDefault).
    """
    edition = schema.EDITIONS[version]
    if isinstance(document, Supplying) and edition == "1.2":
        document = _retry_in_info(document)
    kind = kind_of(document)
    root = etree.Element(f"{{{NAMESPACE}}}ISO18626Message", nsmap=_NSMAP)
    root.set(f"{{{NAMESPACE}}}version", version)
    what = kind if isinstance(document, Confirmation) else type(document)
    _Writer(edition, kind).inside(_child(root, kind), document, what)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _retry_in_info(document: Supplying) -> Supplying:
    """1.2 says within messageInfo what 2021 says of a retry; conditions have their place with the delivery."""
    retry = document.retry or Retry()
    info = Info(
        reason=document.info.reason,
        answer=document.info.answer,
        note=document.info.note,
        unfilled=document.info.unfilled,
        retry=document.info.retry,
        offered=retry.offered[0] if retry.offered else document.info.offered,
        retry_after=retry.after or document.info.retry_after,
        retry_before=retry.before or document.info.retry_before,
    )
    return Supplying(
        header=document.header,
        info=info,
        status=document.status,
        delivery=document.delivery,
        returning=document.returning,
    )


class _Writer:
    def __init__(self, edition: str, kind: str) -> None:
        self.edition, self.kind = edition, kind

    def inside(self, element: etree._Element, value: Any, what: Any) -> None:
        for slot in schema.slots(self.edition, what, self.kind):
            if slot.kind == "confirmationHeader":
                self.inside(_child(element, slot.name), value, "confirmationHeader")
                continue
            given = getattr(value, slot.to)
            for one in _several(given, slot):
                self.one(element, slot, one)

    def one(self, element: etree._Element, slot: Slot, value: Any) -> None:
        if isinstance(slot.kind, str) and (slot.kind in _LEAVES or slot.kind.startswith("closed:")):
            if _is_empty(value) and not slot.needed:
                return
            child = _child(element, slot.name)
            child.text = _LEAVES.get(slot.kind, _plain)(value)
            if isinstance(value, Code) and value.scheme and slot.kind != "plain_code":
                child.set(f"{{{NAMESPACE}}}scheme", value.scheme)
            return
        if value is None:
            if slot.needed:
                _child(element, slot.name)
            return
        what = {"first_costs": v.Costs}.get(slot.kind, slot.kind)
        self.inside(_child(element, slot.name), value, what)


def _several(given: Any, slot: Slot) -> tuple[Any, ...]:
    if slot.kind == "joined":
        return (", ".join(given),)
    if slot.kind in ("first_code", "first_costs"):
        return tuple(given[:1])
    return tuple(given) if slot.many else (given,)


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, Code) and not value.value)


def _child(element: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(element, f"{{{NAMESPACE}}}{name}")


def _time(value: datetime | None) -> str:
    return "" if value is None else f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _plain(value: Any) -> str:
    """Text that XML can hold: control characters become spaces (XML 1.0, 2.2)."""
    if value is None:
        return ""
    return "".join(c if c >= " " or c in "\t\n" else " " for c in str(value) if c not in "\ufffe\uffff")


def _decimal(value: Decimal) -> str:
    return f"{value:f}"


_LEAVES: Mapping[str, Callable[[Any], str]] = {
    "text": _plain,
    "joined": _plain,
    "code": lambda value: _plain(value.value if value else ""),
    "first_code": lambda value: _plain(value.value),
    "plain_code": lambda value: _plain(value.value),
    "time": _time,
    "yes": lambda value: "Y" if value else "N",
    "boolean": lambda value: "true" if value else "false",
    "integer": _plain,
    "decimal": _decimal,
}
