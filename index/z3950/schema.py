"""ASN.1 types as values: one table of fields gives both the encoding and the decoding of a structure.

Decoding is lenient as peers need it: unknown fields are passed over, missing ones keep the default of the value's
class, strings may come as any string type. A CHOICE within a SEQUENCE is written as several optional fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from index.z3950 import ber
from index.z3950.ber import CONTEXT, BerError, Element


class Type:
    """How one type is written and read. `tag` is its own; `encode` and `decode` include it."""

    tag: int = 0
    constructed = False

    @property
    def tags(self) -> frozenset[int]:
        """The tags by which a value of this type may be met."""
        return frozenset({self.tag})

    def content(self, value: Any) -> bytes:
        """The content of the element, without tag and length. Raises BerError for what cannot be written."""
        raise NotImplementedError

    def read(self, element: Element) -> Any:
        """The value in an element whose tag has been looked at. Raises BerError."""
        raise NotImplementedError

    def encode(self, value: Any) -> bytes:
        """The whole element."""
        content = self.content(value)
        return self.identifier + ber.length_octets(len(content)) + content

    @cached_property
    def identifier(self) -> bytes:
        """The identifier octets."""
        return ber.identifier(self.tag, self.constructed)

    def decode(self, element: Element) -> Any:
        """The value of an element. Raises BerError."""
        return self.read(element)


class Simple(Type):
    """A primitive type, from two functions."""

    def __init__(
        self,
        tag: int,
        write: Callable[[Any], bytes],
        read: Callable[[Element], Any],
        also: frozenset[int] = frozenset(),
    ) -> None:
        self.tag = tag
        self._tags = also | {tag}
        self._write = write
        self._read = read

    @property
    def tags(self) -> frozenset[int]:
        return self._tags

    def content(self, value: Any) -> bytes:
        return self._write(value)

    def read(self, element: Element) -> Any:
        return self._read(element)


class Implicit(Type):
    """[number] IMPLICIT inner."""

    def __init__(self, number: int, inner: Type) -> None:
        self.tag = CONTEXT | number
        self.constructed = inner.constructed
        self.content = inner.content  # type: ignore[method-assign]  # one call less for each field
        self.read = inner.read  # type: ignore[method-assign]


class Explicit(Type):
    """[number] inner: an element around an element, as every CHOICE needs it."""

    constructed = True

    def __init__(self, number: int, inner: Type) -> None:
        self.tag = CONTEXT | number
        self._inner = inner

    def content(self, value: Any) -> bytes:
        return self._inner.encode(value)

    def read(self, element: Element) -> Any:
        return self._inner.decode(element.only())


class Field:
    """One field of a SEQUENCE; a `lenient` one that cannot be read is left out, being no loss."""

    __slots__ = ("lenient", "name", "type")

    def __init__(self, name: str, type_: Type, *, lenient: bool = False) -> None:
        self.name = name
        self.type = type_
        self.lenient = lenient


class Sequence(Type):
    """SEQUENCE as a value's class: its attributes by the names of the fields. None is not written."""

    constructed = True
    tag = ber.SEQUENCE

    def __init__(self, make: Callable[..., Any], *fields: Field) -> None:
        self._make = make
        self._fields = fields
        self._by_tag = {tag: field for field in fields for tag in field.type.tags}

    def content(self, value: Any) -> bytes:
        parts = []
        for field in self._fields:
            part = getattr(value, field.name)
            if part is not None:
                parts.append(field.type.encode(part))
        return b"".join(parts)

    def read(self, element: Element) -> Any:
        found: dict[str, Any] = {}
        for child in element.children():
            field = self._by_tag.get(child.tag)
            if field is None or field.name in found:
                continue
            try:
                found[field.name] = field.type.decode(child)
            except BerError:
                if not field.lenient:
                    raise
        return self._make(**found)


class SequenceOf(Type):
    """SEQUENCE OF, as a tuple. What is not of the type is passed over."""

    constructed = True
    tag = ber.SEQUENCE

    def __init__(self, inner: Type) -> None:
        self._inner = inner

    def content(self, value: Any) -> bytes:
        return b"".join([self._inner.encode(part) for part in value])

    def read(self, element: Element) -> tuple[Any, ...]:
        tags, decode = self._inner.tags, self._inner.decode
        return tuple([decode(child) for child in element.children() if child.tag in tags])


class Choice(Type):
    """CHOICE: by the class of the value in one direction, by the tag in the other."""

    def __init__(self, *cases: tuple[type | tuple[type, ...], Type]) -> None:
        self._cases = cases
        self._by_tag: Mapping[int, Type] = {tag: case for _, case in reversed(cases) for tag in case.tags}

    @property
    def tags(self) -> frozenset[int]:
        return frozenset(self._by_tag)

    def encode(self, value: Any) -> bytes:
        for kind, case in self._cases:
            if isinstance(value, kind):
                return case.encode(value)
        raise BerError(f"{type(value).__name__} cannot stand here")

    def content(self, value: Any) -> bytes:
        raise BerError("a choice has no content of its own")

    def decode(self, element: Element) -> Any:
        case = self._by_tag.get(element.tag)
        if case is None:
            raise BerError(f"{ber.name(element.tag)} is none of what may stand here")
        return case.decode(element)

    read = decode


def _text_octets(value: str) -> bytes:
    return value.encode()


def _boolean(value: bool) -> bytes:
    return b"\xff" if value else b"\x00"


def _nothing(value: object) -> bytes:
    return b""


def _true(element: Element) -> bool:
    return True


INTEGER = Simple(ber.INTEGER, ber.integer_octets, Element.integer)
BOOLEAN = Simple(ber.BOOLEAN, _boolean, Element.boolean)
OCTETS = Simple(ber.OCTET_STRING, bytes, Element.octets)
TEXT = Simple(ber.GENERAL_STRING, _text_octets, Element.text, ber.STRINGS)
VISIBLE = Simple(ber.VISIBLE_STRING, _text_octets, Element.text, ber.STRINGS)
OID = Simple(ber.OID, ber.oid_octets, Element.oid)
BITS = Simple(ber.BIT_STRING, ber.bit_octets, Element.bits)
PRESENT = Simple(ber.NULL, _nothing, _true)  # NULL: True when it is there


def implicit(name: str, number: int, inner: Type, *, lenient: bool = False) -> Field:
    """A field [number] IMPLICIT."""
    return Field(name, Implicit(number, inner), lenient=lenient)


def explicit(name: str, number: int, inner: Type, *, lenient: bool = False) -> Field:
    """A field [number], explicit."""
    return Field(name, Explicit(number, inner), lenient=lenient)
