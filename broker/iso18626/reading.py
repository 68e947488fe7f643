"""Bytes to a message, leniently: any order, either edition, foreign namespaces and unknown elements are borne.

What cannot be understood raises BadMessage with the faults of the standard's own closed list (ISO 18626, errorData),
and with what was readable of the header, so that even a refusal can say which request it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from broker.iso18626 import codes, schema
from broker.iso18626 import values as v
from broker.iso18626.schema import Slot
from broker.iso18626.values import (
    KINDS,
    Agency,
    Code,
    Confirmation,
    Document,
    Fault,
    Header,
    Info,
    Retry,
    Supplying,
)
from foundation.strictxml import BadXml, XmlLimits, parse

#: A message is a few kilobytes; nothing honest comes near this.
LIMITS = XmlLimits(bytes=1_000_000, depth=24, nodes=20_000)

#: Characters of one text that are kept.
LONGEST = 20_000

_FAULT_OF = {"action": "UnsupportedActionType", "reason": "UnsupportedReasonForMessageType"}


class BadMessage(Exception):
    """No message of ISO 18626, or one that lacks what it is about. `kind` and `header` are what could be read."""

    def __init__(self, faults: tuple[Fault, ...], kind: str = "", header: Header | None = None) -> None:
        super().__init__("; ".join(f"{one.type}: {one.value}" for one in faults))
        self.faults, self.kind, self.header = faults, kind, header


class Read:
    """What was read: the document, its kind, the edition it was written in ('' unknown), and elements nobody knows."""

    __slots__ = ("document", "edition", "kind", "unknown", "version")

    def __init__(self, document: Document, kind: str, version: str, unknown: tuple[str, ...]) -> None:
        self.document, self.kind, self.version, self.unknown = document, kind, version, unknown
        self.edition = schema.EDITIONS.get(version, "")


def read(data: bytes) -> Read:
    """The message of a body. Raises BadMessage."""
    try:
        root = parse(data, limits=LIMITS)
    except BadXml as error:
        raise BadMessage((Fault(type="BadlyFormedMessage", value=str(error)[:200]),)) from None
    inside = [child for child in root if isinstance(child.tag, str)]
    if _name(root) != "ISO18626Message" or len(inside) != 1:
        raise BadMessage((Fault(type="BadlyFormedMessage", value="ISO18626Message"),))
    kind = _name(inside[0])
    if kind not in KINDS:
        raise BadMessage((Fault(type="UnrecognisedDataElement", value=kind[:200]),))
    reader = _Reader(kind)
    document = reader.confirmation(inside[0]) if kind.endswith("Confirmation") else reader.message(inside[0])
    if reader.faults:
        raise BadMessage(tuple(reader.faults), kind, getattr(document, "header", None))
    return Read(document, kind, _version(root), tuple(reader.unknown))


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _version(root: etree._Element) -> str:
    """The version, whether its attribute is qualified (as the schema wants it) or not."""
    found = (str(value) for name, value in root.attrib.items() if etree.QName(name).localname == "version")
    return next(found, "").strip()


class _Reader:
    """One message being read: collects faults instead of stopping at the first."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.faults: list[Fault] = []
        self.unknown: list[str] = []

    def message(self, element: etree._Element) -> Document:
        what = schema.OF_KIND[self.kind]
        given = self.values(element, what)
        header = given.setdefault("header", Header())
        if what is Supplying:
            given.setdefault("info", Info())
            given.setdefault("status", v.Status())
        made: Document = _in_one_place(what(**given))
        self.lacks(made, header)
        return made

    def lacks(self, made: Any, header: Header) -> None:
        """Without these a message is about nothing."""
        needed = {
            "requestingAgencyRequestId": header.request_id,
            "requestingAgencyId": header.requester is not None and header.requester.value,
        }
        if self.kind == "supplyingAgencyMessage":
            needed |= {"reasonForMessage": made.info.reason, "status": made.status.status}
        if self.kind == "requestingAgencyMessage":
            needed["action"] = made.action
        told = {fault.value.partition(":")[0] for fault in self.faults}
        self.faults += [
            Fault(type="UnrecognisedDataElement", value=f"{name} is missing")
            for name, value in needed.items()
            if not value and name not in told
        ]

    def confirmation(self, element: etree._Element) -> Document:
        given = self.values(element, self.kind)
        head = given.pop("confirmationHeader", {})
        self.faults.clear()  # an answer is taken as far as it can be read: there is nobody to refuse it to
        head = {**head, "status": head.get("status") or "ERROR"}
        return Confirmation(of=self.kind.removesuffix("Confirmation"), **head, **given)

    def values(self, element: etree._Element, what: Any) -> dict[str, Any]:
        """Attributes of a value from the children of an element, by their local names, in whatever order."""
        known = schema.readable(what, self.kind)
        found: dict[str, Any] = {}
        for child in element:
            if not isinstance(child.tag, str):
                continue
            slot = known.get(_name(child))
            if slot is None:
                self.unknown.append(_name(child)[:80])
                continue
            value = self.value(child, slot)
            if value is None:
                continue
            if slot.many or slot.kind in _SEVERAL:
                found[slot.to] = (*found.get(slot.to, ()), value)
            else:
                found.setdefault(slot.to, value)
        return found

    def value(self, element: etree._Element, slot: Slot) -> Any:
        if isinstance(slot.kind, str) and slot.kind in _LEAVES:
            text = _text(element)
            if not text and slot.kind not in ("text", "joined"):
                return None
            try:
                return _LEAVES[slot.kind](text, element)
            except (ValueError, InvalidOperation):
                self.faults.append(Fault(type="UnrecognisedDataValue", value=f"{slot.name}: {text[:80]}"))
                return None
        if isinstance(slot.kind, str) and slot.kind.startswith("closed:"):
            return self.closed(_text(element), slot)
        inside = self.values(element, slot.kind)
        if slot.kind == "confirmationHeader":
            return inside
        made = _CLASS_OF.get(slot.kind, slot.kind)
        if made is Header:
            return Header(**inside)
        return made(**inside) if inside else None

    def closed(self, text: str, slot: Slot) -> str | None:
        if not text:
            return None
        name = slot.kind.removeprefix("closed:")
        found = codes.closed(name, text)
        if found is None:
            fault = _FAULT_OF.get(name, "UnrecognisedDataValue")
            self.faults.append(Fault(type=fault, value=f"{slot.name}: {text[:80]}"))
        return found


def _in_one_place(made: Any) -> Any:
    """What 1.2 says of a retry within messageInfo, where 2021 says it."""
    if not isinstance(made, Supplying):
        return made
    info = made.info
    if info.offered is None and info.retry_after is None and info.retry_before is None:
        return made
    said = made.retry or Retry()
    retry = _replace(
        said,
        offered=said.offered or ((info.offered,) if info.offered else ()),
        after=said.after or info.retry_after,
        before=said.before or info.retry_before,
    )
    return _replace(made, retry=retry, info=_replace(info, offered=None, retry_after=None, retry_before=None))


def _replace(value: Any, **changes: Any) -> Any:
    names = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return type(value)(**names | changes)


# --- what stands in a leaf -----------------------------------------------------------------------


def _text(element: etree._Element) -> str:
    text = "".join(str(piece) for piece in element.itertext()).strip()
    return text[:LONGEST]


_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?)?\s*(Z|z|[+-]\d\d:?\d\d)?$")


def moment(text: str) -> datetime:
    """The instant of a dateTime (XSD 3.2.7): with any offset, fraction, or neither; a bare date is its last second.
    Without an offset it is UTC. Raises ValueError."""
    found = _TIME.match(text)
    if found is None:
        raise ValueError(text)
    day, time, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    if ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    time = "23:59:59" if time is None else time
    seconds = "" if time.count(":") == 2 else ":00"
    micro = f".{fraction[:6]:0<6}" if fraction else ""
    return datetime.fromisoformat(f"{day}T{time}{seconds}{micro}{zone}").astimezone(UTC)


def _yes(text: str, _: etree._Element) -> bool:
    folded = text.casefold()
    if folded in ("y", "yes", "true", "1"):
        return True
    if folded in ("n", "no", "false", "0"):
        return False
    raise ValueError(text)


def _code(text: str, element: etree._Element) -> Code:
    schemes = (
        str(value) for name, value in element.attrib.items() if etree.QName(name).localname == "scheme"
    )
    return Code(value=text, scheme=next(schemes, ""))


def _decimal(text: str, _: etree._Element) -> Decimal:
    value = Decimal(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    if not value.is_finite() or abs(value) > 10**15:
        raise ValueError(text)
    return value


_LEAVES: Mapping[str, Callable[[str, etree._Element], Any]] = {
    "text": lambda text, _: text,
    "joined": lambda text, _: text,
    "code": _code,
    "first_code": _code,
    "plain_code": _code,
    "time": lambda text, _: moment(text),
    "yes": _yes,
    "boolean": _yes,
    "integer": lambda text, _: int(text) if len(text) < 10 else _refuse(text),
    "decimal": _decimal,
}

#: One element of this kind is one of several in the value.
_SEVERAL = frozenset({"joined", "first_code"})

_CLASS_OF: Mapping[Any, Any] = {"item_id": v.Number, "record_id": v.Number}


def _refuse(text: str) -> int:
    raise ValueError(text)


def symbol(agency: Agency | None) -> str:
    """A symbol as we write it, 'ISIL:ID-JKT-01'; '' for none."""
    if agency is None or not agency.value:
        return ""
    return f"{agency.type.value.upper() or 'ISIL'}:{agency.value.strip()}"
