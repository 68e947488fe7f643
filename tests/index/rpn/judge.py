"""What libyaz makes of PQF and of CQL, through ctypes: a judge that we did not write. Its C structures become our tree."""

from __future__ import annotations

import ctypes
import ctypes.util
from ctypes import POINTER, c_char_p, c_int, c_longlong, c_short, c_void_p, cast
from typing import Any

from index.rpn.tree import Attribute, Node, Operand, Operator, Proximity, ResultSet, Rpn


class _Choice(ctypes.Structure):
    """Most of its structures: which, and a pointer."""

    _fields_ = (("which", c_int), ("of", c_void_p))


class _Query(ctypes.Structure):
    _fields_ = (("set", c_void_p), ("root", c_void_p))


class _Complex(ctypes.Structure):
    _fields_ = (("left", c_void_p), ("right", c_void_p), ("operator", c_void_p))


class _Apt(ctypes.Structure):
    _fields_ = (("attributes", c_void_p), ("term", c_void_p))


class _Many(ctypes.Structure):
    _fields_ = (("count", c_int), ("items", POINTER(c_void_p)))


class _Element(ctypes.Structure):
    _fields_ = (("set", c_void_p), ("type", POINTER(c_longlong)), ("which", c_int), ("of", c_void_p))


class _Octets(ctypes.Structure):
    _fields_ = (("data", c_void_p), ("length", c_int))


class _Prox(ctypes.Structure):
    _fields_ = (
        ("exclusion", POINTER(c_int)),
        ("distance", POINTER(c_longlong)),
        ("ordered", POINTER(c_int)),
        ("relation", POINTER(c_longlong)),
        ("which", c_int),
        ("unit", POINTER(c_longlong)),
    )


def _at(kind: Any, address: int | None) -> Any:
    return cast(address, POINTER(kind)).contents


def _oid(address: int) -> str:
    numbers, made = cast(address, POINTER(c_short)), []
    while numbers[len(made)] >= 0:
        made.append(str(numbers[len(made)]))
    return ".".join(made)


class Judge:
    """Debian's libyaz5: PQF, and CQL by a file of properties."""

    def __init__(self, properties: str | None = None) -> None:
        name = ctypes.util.find_library("yaz") or "libyaz.so.5"
        self._lib = lib = ctypes.CDLL(name)  # OSError where it is not installed
        for function, result, arguments in (
            ("odr_createmem", c_void_p, [c_int]),
            ("odr_destroy", None, [c_void_p]),
            ("yaz_pqf_create", c_void_p, []),
            ("yaz_pqf_destroy", None, [c_void_p]),
            ("yaz_pqf_parse", c_void_p, [c_void_p, c_void_p, c_char_p]),
            ("cql_parser_create", c_void_p, []),
            ("cql_parser_string", c_int, [c_void_p, c_char_p]),
            ("cql_parser_result", c_void_p, [c_void_p]),
            ("cql_parser_destroy", None, [c_void_p]),
            ("cql_transform_open_fname", c_void_p, [c_char_p]),
            ("cql_transform_buf", c_int, [c_void_p, c_void_p, c_char_p, c_int]),
            ("cql_transform_error", c_int, [c_void_p, POINTER(c_char_p)]),
            ("cql_transform_rpn2cql_wrbuf", c_int, [c_void_p, c_void_p, c_void_p]),
            ("wrbuf_alloc", c_void_p, []),
            ("wrbuf_destroy", None, [c_void_p]),
            ("wrbuf_cstr", c_char_p, [c_void_p]),
        ):
            getattr(lib, function).restype = result
            getattr(lib, function).argtypes = arguments
        self._table = lib.cql_transform_open_fname(properties.encode()) if properties else None
        assert self._table or not properties, "it cannot read the file"

    def pqf(self, text: str | bytes) -> Rpn | None:
        """The tree that it reads, attributes in the order they are written; None when it refuses the text."""
        odr, parser = self._lib.odr_createmem(0), self._lib.yaz_pqf_create()
        try:
            data = text.encode() if isinstance(text, str) else text
            found = self._lib.yaz_pqf_parse(parser, odr, data)
            return _rpn(found) if found else None
        finally:
            self._lib.yaz_pqf_destroy(parser)
            self._lib.odr_destroy(odr)

    def transformed(self, cql: str) -> str | int:
        """The PQF that it makes of CQL, or the number of the diagnostic; -1 when it cannot read it."""
        parser = self._lib.cql_parser_create()
        try:
            if self._lib.cql_parser_string(parser, cql.encode()):
                return -1
            room = ctypes.create_string_buffer(60_000)
            failed = self._lib.cql_transform_buf(
                self._table, self._lib.cql_parser_result(parser), room, len(room)
            )
            return room.value.decode() if not failed else int(failed)
        finally:
            self._lib.cql_parser_destroy(parser)

    def cql(self, pqf: str) -> str | int:
        """The CQL that it makes of PQF, or the number of the diagnostic; -1 when it cannot read it."""
        odr, parser, room = self._lib.odr_createmem(0), self._lib.yaz_pqf_create(), self._lib.wrbuf_alloc()
        try:
            found = self._lib.yaz_pqf_parse(parser, odr, pqf.encode())
            if not found:
                return -1
            failed = self._lib.cql_transform_rpn2cql_wrbuf(self._table, room, found)
            return int(failed) if failed else self._lib.wrbuf_cstr(room).decode()
        finally:
            self._lib.wrbuf_destroy(room)
            self._lib.yaz_pqf_destroy(parser)
            self._lib.odr_destroy(odr)


def _rpn(address: int) -> Rpn:
    query = _at(_Query, address)
    return Rpn(root=_node(query.root), attribute_set=_oid(query.set))


def _node(address: int) -> Node:
    node = _at(_Choice, address)
    if node.which == 2:
        joined = _at(_Complex, node.of)
        operator = _at(_Choice, joined.operator)
        return Operator(
            name=("", "and", "or", "not", "prox")[operator.which],
            left=_node(joined.left),
            right=_node(joined.right),
            proximity=_proximity(operator.of) if operator.which == 4 else None,
        )
    operand = _at(_Choice, node.of)
    if operand.which == 2:
        return ResultSet(name=ctypes.string_at(operand.of).decode())
    apt = _at(_Apt, operand.of)
    listed = _at(_Many, apt.attributes)
    found = [_attribute(listed.items[n]) for n in range(listed.count)]
    return Operand(term=_term(apt.term), attributes=tuple(reversed(found)))  # it puts the last one first


def _attribute(address: int) -> Attribute:
    one = _at(_Element, address)
    value: int | str
    if one.which == 1:
        value = int(_at(c_longlong, one.of).value)
    else:
        first = _at(_Choice, _at(_Many, one.of).items[0])
        value = (
            ctypes.string_at(first.of).decode() if first.which == 1 else int(_at(c_longlong, first.of).value)
        )
    return Attribute(type=one.type[0], value=value, set=_oid(one.set) if one.set else None)


def _term(address: int) -> str | bytes | int:
    term = _at(_Choice, address)
    if term.which == 2:
        return int(_at(c_longlong, term.of).value)
    if term.which == 3:
        return ctypes.string_at(term.of).decode()
    assert term.which == 1, term.which
    octets = _at(_Octets, term.of)
    data = ctypes.string_at(octets.data, octets.length)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _proximity(address: int) -> Proximity:
    near = _at(_Prox, address)
    return Proximity(
        distance=near.distance[0],
        ordered=bool(near.ordered[0]),
        relation=near.relation[0],
        unit=near.unit[0],
        private=near.which == 2,
        exclusion=bool(near.exclusion and near.exclusion[0]),
    )
