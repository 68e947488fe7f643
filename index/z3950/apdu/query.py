"""Queries as they travel: the RPN tree of type-1 and type-101, and type-104 for CQL (Z39.50-2003, 3.7)."""

from __future__ import annotations

from dataclasses import dataclass

from index.rpn.tree import BIB1, Attribute, Node, Operand, Operator, Proximity, ResultSet, Rpn
from index.z3950 import ber, oids
from index.z3950.apdu.common import EXTERNAL, RESULT_SET, STRING_OR_NUMERIC, External
from index.z3950.ber import CONTEXT, BerError, Element
from index.z3950.schema import BOOLEAN, INTEGER, Implicit, Type


@dataclass(frozen=True, slots=True, kw_only=True)
class CqlQuery:
    """A query of type 104 in CQL."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherQuery:
    """A query of a type that is not read: its tag and its content. A server answers with diagnostic 107."""

    type: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rpn101:
    """An RPN query sent as type-101: version 2 allows proximity and restricted result sets in this one only."""

    rpn: Rpn


Query = Rpn | Rpn101 | CqlQuery | OtherQuery

_OPERATORS = ("and", "or", "not", "prox")
_DEEPEST = 20  # operators within operators: each is an element within an element, of which limits allow 32

_KNOWN, _PRIVATE = CONTEXT | 1, CONTEXT | 2


class _Unit(Type):
    """proximityUnitCode as (number, private?)."""

    constructed = True
    tag = CONTEXT | 5

    def content(self, value: tuple[int, bool]) -> bytes:
        return ber.element(_PRIVATE if value[1] else _KNOWN, ber.integer_octets(value[0]))

    def read(self, element: Element) -> tuple[int, bool]:
        code = element.only()
        return code.integer(), code.tag == _PRIVATE


_UNIT = _Unit()


def _proximity(value: Proximity) -> bytes:
    return b"".join(
        (
            Implicit(1, BOOLEAN).encode(value.exclusion),
            Implicit(2, INTEGER).encode(value.distance),
            Implicit(3, BOOLEAN).encode(value.ordered),
            Implicit(4, INTEGER).encode(value.relation),
            _UNIT.encode((value.unit, value.private)),
        )
    )


def _read_proximity(element: Element) -> Proximity:
    found = {child.tag & 0xFFFFFF: child for child in element.children()}
    try:
        unit, private = _UNIT.read(found[5])
        return Proximity(
            exclusion=found[1].boolean() if 1 in found else False,
            distance=found[2].integer(),
            ordered=found[3].boolean(),
            relation=found[4].integer(),
            unit=unit,
            private=private,
        )
    except KeyError as missing:
        raise BerError(f"a proximity without its field {missing}") from None


class _Attribute(Type):
    """AttributeElement. Of a complex value with several alternatives the first is taken."""

    constructed = True
    tag = ber.SEQUENCE

    def content(self, value: Attribute) -> bytes:
        parts = b"" if value.set is None else ber.element(CONTEXT | 1, ber.oid_octets(value.set))
        parts += ber.element(CONTEXT | 120, ber.integer_octets(value.type))
        if isinstance(value.value, int):
            return parts + ber.element(CONTEXT | 121, ber.integer_octets(value.value))
        names = ber.element(CONTEXT | 1, STRING_OR_NUMERIC.encode(value.value), True)
        return parts + ber.element(CONTEXT | 224, names, True)

    def read(self, element: Element) -> Attribute:
        set_: str | None = None
        type_: int | None = None
        value: int | str | None = None
        for child in element.children():
            number = child.tag & 0xFFFFFF
            if number == 1:
                set_ = child.oid()
            elif number == 120:
                type_ = child.integer()
            elif number == 121:
                value = child.integer()
            elif number == 224:
                value = STRING_OR_NUMERIC.decode(child.only().only())
        if type_ is None or value is None:
            raise BerError("an attribute without its type or its value")
        return Attribute(type=type_, value=value, set=set_)


ATTRIBUTE: Type = _Attribute()


class _Attributes(Type):
    """AttributeList [44]."""

    constructed = True
    tag = CONTEXT | 44

    def content(self, value: tuple[Attribute, ...]) -> bytes:
        return b"".join([ATTRIBUTE.encode(attribute) for attribute in value])

    def read(self, element: Element) -> tuple[Attribute, ...]:
        return tuple([ATTRIBUTE.read(child) for child in element.children()])


ATTRIBUTES: Type = _Attributes()

_GENERAL, _NUMERIC, _CHARACTERS = CONTEXT | 45, CONTEXT | 215, CONTEXT | 216
_OID, _TIME, _EXTERNAL, _MEASURE, _NULL = (CONTEXT | number for number in range(217, 222))


class _Term(Type):
    """Term. Text goes as `general`, the only form that every server reads; what comes as `general` stays bytes."""

    @property
    def tags(self) -> frozenset[int]:
        return frozenset(
            {_GENERAL, _NUMERIC, _CHARACTERS, _OID, _TIME, _EXTERNAL, _MEASURE, _NULL, ber.OCTET_STRING}
        )

    def encode(self, value: str | bytes | int) -> bytes:
        if isinstance(value, int):
            return ber.element(_NUMERIC, ber.integer_octets(value))
        return ber.element(_GENERAL, value.encode() if isinstance(value, str) else value)

    def decode(self, element: Element) -> str | bytes | int:
        tag = element.tag
        if tag == _NUMERIC:
            return element.integer()
        if tag in (_CHARACTERS, _TIME):
            return element.text()
        if tag == _OID:
            return element.oid()
        if tag == _MEASURE:
            return element.only().integer()
        if tag == _EXTERNAL:
            external: External = EXTERNAL.read(element)
            return external.payload
        return element.octets()


TERM: Type = _Term()
_ACCESS_POINT, _RESTRICTED = CONTEXT | 102, CONTEXT | 214


def encode_access_point(operand: Operand) -> bytes:
    """AttributesPlusTerm [102], as in an RPN query and in a Scan."""
    return ber.element(_ACCESS_POINT, ATTRIBUTES.encode(operand.attributes) + TERM.encode(operand.term), True)


def read_access_point(element: Element) -> Operand:
    """An AttributesPlusTerm. Raises BerError."""
    attributes: tuple[Attribute, ...] = ()
    term: str | bytes | int | None = None
    for child in element.children():
        if child.tag == ATTRIBUTES.tag:
            attributes = ATTRIBUTES.read(child)
        elif child.tag in TERM.tags:
            term = TERM.decode(child)
    if term is None:
        raise BerError("an access point without a term")
    return Operand(term=term, attributes=attributes)


class _AccessPoint(Type):
    constructed = True
    tag = _ACCESS_POINT

    def encode(self, value: Operand) -> bytes:
        return encode_access_point(value)

    def read(self, element: Element) -> Operand:
        return read_access_point(element)


ACCESS_POINT: Type = _AccessPoint()


def _encode_node(node: Node, depth: int = 0) -> bytes:
    if depth > _DEEPEST:
        raise BerError(f"a query more than {_DEEPEST} operators deep")
    if isinstance(node, Operand):
        return ber.element(CONTEXT, encode_access_point(node), True)
    if isinstance(node, ResultSet):
        return ber.element(CONTEXT, RESULT_SET.encode(node.name), True)
    number = _OPERATORS.index(node.name)
    content = b"" if number < 3 else _proximity(node.proximity or _NEAR)
    operator = ber.element(CONTEXT | 46, ber.element(CONTEXT | number, content, number == 3), True)
    left, right = _encode_node(node.left, depth + 1), _encode_node(node.right, depth + 1)
    return ber.element(CONTEXT | 1, left + right + operator, True)


_NEAR = Proximity(distance=1, ordered=False, relation=2, unit=2)


def _read_node(element: Element, depth: int = 0) -> Node:
    if depth > _DEEPEST:
        raise BerError(f"a query more than {_DEEPEST} operators deep")
    if element.tag == CONTEXT:
        return _read_operand(element.only())
    if element.tag != CONTEXT | 1:
        raise BerError(f"{ber.name(element.tag)} is neither an operand nor an operator")
    parts = element.children()
    if len(parts) != 3 or parts[2].tag != CONTEXT | 46:
        raise BerError("an operator without its two operands")
    operator = parts[2].only()
    number = operator.tag & 0xFFFFFF
    if number > 3:
        raise BerError(f"there is no operator {number}")
    return Operator(
        name=_OPERATORS[number],
        left=_read_node(parts[0], depth + 1),
        right=_read_node(parts[1], depth + 1),
        proximity=_read_proximity(operator) if number == 3 else None,
    )


def _read_operand(element: Element) -> Node:
    if element.tag == _ACCESS_POINT:
        return read_access_point(element)
    if element.tag == RESULT_SET.tag:
        return ResultSet(name=element.text())
    if element.tag == _RESTRICTED:
        raise BerError("a result set restricted by attributes is not read")
    raise BerError(f"{ber.name(element.tag)} is not an operand")


class _Rpn(Type):
    """RPNQuery."""

    constructed = True
    tag = ber.SEQUENCE

    def content(self, value: Rpn) -> bytes:
        return ber.element(ber.OID, ber.oid_octets(value.attribute_set)) + _encode_node(value.root)

    def read(self, element: Element) -> Rpn:
        attribute_set = BIB1
        for child in element.children():
            if child.tag == ber.OID:
                attribute_set = child.oid()
            else:
                return Rpn(root=_read_node(child), attribute_set=attribute_set)
        raise BerError("a query without a tree")


RPN: Type = _Rpn()


class _Query(Type):
    """Query, within the explicit [21] of a SearchRequest."""

    @property
    def tags(self) -> frozenset[int]:
        return frozenset(CONTEXT | number for number in (0, 1, 2, 100, 101, 102, 104))

    def encode(self, value: Query) -> bytes:
        if isinstance(value, Rpn):
            return Implicit(1, RPN).encode(value)
        if isinstance(value, Rpn101):
            return Implicit(101, RPN).encode(value.rpn)
        if isinstance(value, CqlQuery):
            text = ber.element(ber.GENERAL_STRING, value.text.encode())
            return Implicit(104, EXTERNAL).encode(External(oid=oids.CQL, payload=text, form="asn1"))
        return ber.element(CONTEXT | value.type, value.content, True)

    def decode(self, element: Element) -> Query:
        number = element.tag & 0xFFFFFF
        if number == 1:
            rpn: Rpn = RPN.read(element)
            return rpn
        if number == 101:
            return Rpn101(rpn=RPN.read(element))
        if number == 104:
            external: External = EXTERNAL.read(element)
            if external.oid == oids.CQL:
                if external.form == "asn1":
                    return CqlQuery(text=ber.parse(external.payload).text())
                return CqlQuery(text=ber.decode_text(external.payload))
        return OtherQuery(type=number, content=element.content)


QUERY: Type = _Query()
