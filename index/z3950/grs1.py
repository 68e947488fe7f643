"""GRS-1 and SUTRS: records as trees of tagged elements, and as plain text (record syntaxes 105 and 101)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from index.z3950 import ber
from index.z3950.apdu.common import EXTERNAL, MEASURE, STRING_OR_NUMERIC, External, Measure
from index.z3950.ber import CONTEXT, BerError, Element

#: Tag set G (type 2) and M (type 1): the elements that everybody names alike (Z39.50 TAG).
NAMES: dict[tuple[int, int], str] = {
    (1, 1): "schema",
    (1, 10): "local control number",
    (1, 13): "rank",
    (1, 14): "identifier",
    (1, 16): "date of last change",
    (1, 18): "score",
    (2, 1): "title",
    (2, 2): "author",
    (2, 3): "place of publication",
    (2, 4): "date of publication",
    (2, 5): "document id",
    (2, 6): "abstract",
    (2, 7): "name",
    (2, 8): "date and time",
    (2, 9): "shown",
    (2, 10): "organisation",
    (2, 20): "language",
    (2, 21): "subject",
    (2, 27): "publisher",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """One element: its tag, and a value or further elements.

    `value` is None for an element that is empty, missing or was not asked for; `tag_type` None is the schema's own.
    """

    tag: str | int
    tag_type: int | None = None
    occurrence: int | None = None
    value: str | bytes | int | bool | Measure | External | None = None
    elements: tuple[Tagged, ...] = ()

    @property
    def name(self) -> str:
        """The element's name where tag sets give it one, else its tag."""
        if isinstance(self.tag, str):
            return self.tag
        return NAMES.get((self.tag_type or 0, self.tag), f"({self.tag_type or 0},{self.tag})")


def decode(payload: bytes) -> tuple[Tagged, ...]:
    """The elements of a GRS-1 record in the payload of a RawRecord. Raises BerError."""
    root = ber.parse(payload)
    if root.tag != ber.SEQUENCE:
        raise BerError("a GRS-1 record begins with a sequence")
    return _elements(root)


def encode(elements: tuple[Tagged, ...]) -> bytes:
    """The payload of a RawRecord of form 'asn1'."""
    return ber.element(ber.SEQUENCE, b"".join([_encode(element) for element in elements]), True)


def lines(elements: tuple[Tagged, ...], indent: int = 0) -> Iterator[str]:
    """A record as text, one line for each element, two blanks deeper for those within."""
    for element in elements:
        value = "" if element.value is None else f": {_shown(element.value)}"
        yield f"{'  ' * indent}{element.name}{value}"
        yield from lines(element.elements, indent + 1)


def sutrs(payload: bytes) -> str:
    """The text of a SUTRS record in the payload of a RawRecord, whether or not it stands in an element.

    Raises BerError.
    """
    if payload[:1] in (b"\x1b", b"\x3b", b"\x1a", b"\x04"):
        return ber.parse(payload).text()
    return ber.decode_text(payload)


def _shown(value: str | bytes | int | Measure | External) -> str:
    if isinstance(value, bytes):
        return ber.decode_text(value)
    if isinstance(value, Measure):
        return str(value.value)
    if isinstance(value, External):
        return f"{len(value.payload)} bytes of {value.oid}"
    return str(value)


def _elements(parent: Element) -> tuple[Tagged, ...]:
    return tuple([_tagged(child) for child in parent.children() if child.tag == ber.SEQUENCE])


def _tagged(element: Element) -> Tagged:
    tag: str | int | None = None
    tag_type: int | None = None
    occurrence: int | None = None
    content: Element | None = None
    for child in element.children():
        number = child.tag & 0xFFFFFF
        if number == 1:
            tag_type = child.integer()
        elif number == 2:
            tag = STRING_OR_NUMERIC.decode(child.only())
        elif number == 3:
            occurrence = child.integer()
        elif number == 4:
            content = child.only()
    if tag is None or content is None:
        raise BerError("an element of GRS-1 without tag or content")
    within: tuple[Tagged, ...] = ()
    value = None
    if content.tag == CONTEXT | 6:
        # [6] SEQUENCE OF is explicit in the standard; some write it implicit.
        inside = content.children()
        nested = len(inside) == 1 and inside[0].tag == ber.SEQUENCE and _holds_sequences(inside[0])
        within = _elements(inside[0] if nested else content)
    else:
        value = _value(content)
    return Tagged(tag=tag, tag_type=tag_type, occurrence=occurrence, value=value, elements=within)


def _holds_sequences(element: Element) -> bool:
    children = element.children()
    return all(child.tag == ber.SEQUENCE for child in children)


def _value(element: Element) -> str | bytes | int | bool | Measure | External | None:
    tag = element.tag
    if tag == ber.OCTET_STRING:
        return element.octets()
    if tag in ber.STRINGS or tag == ber.GENERALIZED_TIME:
        return element.text()
    if tag == ber.INTEGER:
        return element.integer()
    if tag == ber.BOOLEAN:
        return element.boolean()
    if tag == ber.OID:
        return element.oid()
    if tag in (ber.EXTERNAL, CONTEXT | 5):
        external: External = EXTERNAL.read(element)
        return external
    if tag == CONTEXT | 1:
        measure: Measure = MEASURE.read(element)
        return measure
    return None


def _encode(element: Tagged) -> bytes:
    parts = b""
    if element.tag_type is not None:
        parts += ber.element(CONTEXT | 1, ber.integer_octets(element.tag_type))
    parts += ber.element(CONTEXT | 2, STRING_OR_NUMERIC.encode(element.tag), True)
    if element.occurrence is not None:
        parts += ber.element(CONTEXT | 3, ber.integer_octets(element.occurrence))
    return ber.element(ber.SEQUENCE, parts + ber.element(CONTEXT | 4, _content(element), True), True)


def _content(element: Tagged) -> bytes:
    value = element.value
    if element.elements:
        return ber.element(CONTEXT | 6, encode(element.elements), True)
    if value is None:
        return ber.element(CONTEXT | 3, b"")
    if isinstance(value, bool):
        return ber.element(ber.BOOLEAN, b"\xff" if value else b"\0")
    if isinstance(value, int):
        return ber.element(ber.INTEGER, ber.integer_octets(value))
    if isinstance(value, bytes):
        return ber.element(ber.OCTET_STRING, value)
    if isinstance(value, Measure):
        return ber.element(CONTEXT | 1, MEASURE.content(value), True)
    if isinstance(value, External):
        return EXTERNAL.encode(value)
    return ber.element(ber.GENERAL_STRING, value.encode())
