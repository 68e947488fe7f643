"""Basic Encoding Rules (ITU-T X.690): reading elements where they lie, and writing them with definite lengths.

An element is never copied before its content is asked for. Tags are one number: the class in the highest bits,
`CONTEXT | 23` for [23].
"""

from __future__ import annotations

from functools import lru_cache

from index.z3950.limits import DEFAULT, Limits
from index.z3950.walk import BerError as BerError
from index.z3950.walk import LimitError, Run, Walk

CONTEXT = 0x80 << 24
BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 1, 2, 3, 4, 5, 6
OBJECT_DESCRIPTOR, EXTERNAL, SEQUENCE, SET = 7, 8, 16, 17
GENERALIZED_TIME, VISIBLE_STRING, GENERAL_STRING = 24, 26, 27

#: Every universal type that holds text; peers use one for the other.
STRINGS = frozenset({OCTET_STRING, 12, 18, 19, 20, 22, 25, VISIBLE_STRING, GENERAL_STRING})

_LONGEST_INTEGER = 9  # 64 bits and a leading zero


class Frame:
    """The bytes of one element and of all within it, with the ends of those of indefinite length.

    `elements` counts what was read of it, so that reading ends at the limit whatever the peer's lengths say.
    """

    __slots__ = ("data", "elements", "ends", "limits", "runs")

    def __init__(
        self,
        data: bytes,
        ends: dict[int, int] | None = None,
        limits: Limits = DEFAULT,
        runs: dict[int, Run] | None = None,
    ) -> None:
        self.data = data
        self.ends = {} if ends is None else ends
        self.limits = limits
        self.runs = {} if runs is None else runs
        self.elements = 0

    def root(self) -> Element:
        """The outermost element. Raises BerError when the bytes are not exactly one element."""
        root, after = self.element(0, len(self.data), 0)
        if after != len(self.data):
            raise BerError(f"{len(self.data) - after} bytes behind the end of the element")
        return root

    def element(self, position: int, limit: int, depth: int) -> tuple[Element, int]:
        """The element at `position` and the position behind it. Raises BerError."""
        data = self.data
        if depth > self.limits.depth:
            raise LimitError(f"elements more than {self.limits.depth} deep")
        try:
            first = data[position]
            at = position + 1
            tag = first & 0x1F
            if tag == 0x1F:
                tag = 0
                while True:
                    byte = data[at]
                    at += 1
                    tag = tag << 7 | byte & 0x7F
                    if byte < 0x80:
                        break
                    if at - position > 3:
                        raise BerError("a tag of more than four bytes")
            length = data[at]
            at += 1
        except IndexError:
            raise BerError("an element breaks off in its header") from None
        tag |= (first & 0xC0) << 24
        if length < 0x80:
            end = after = at + length
        elif length == 0x80:
            if not first & 0x20:
                raise BerError("a primitive element of indefinite length")
            end = self.end_of(at)
            after = end + 2
        else:
            count = length & 0x7F
            if count > 4:
                raise BerError(f"a length of {count} bytes")
            end = after = at + count + int.from_bytes(data[at : at + count], "big")
            at += count
        if after > limit:
            raise BerError(f"{name(tag)} reaches beyond what holds it")
        return Element(self, tag, bool(first & 0x20), position, at, end, depth), after

    def end_of(self, start: int) -> int:
        """Where the content that begins at `start`, of indefinite length, ends. Raises BerError."""
        end = self.ends.get(start)
        if end is None:
            walk = Walk(start, self.limits, self.ends, within=True)
            if walk.advance(self.data, len(self.data)) < 0:
                raise BerError("an element of indefinite length has no end")
            end = self.ends[start]
        return end

    def spend(self, count: int = 1) -> None:
        """Count elements that were read. Raises BerError beyond the limit."""
        self.elements += count
        if self.elements > self.limits.elements:
            raise LimitError(f"more than {self.limits.elements} elements")


class Element:
    """One element: its tag, whether it holds elements, and where its content lies in the frame."""

    __slots__ = ("constructed", "depth", "end", "frame", "position", "start", "tag")

    def __init__(
        self, frame: Frame, tag: int, constructed: bool, position: int, start: int, end: int, depth: int
    ) -> None:
        self.frame = frame
        self.tag = tag
        self.constructed = constructed
        self.position = position
        self.start = start
        self.end = end
        self.depth = depth

    @property
    def content(self) -> bytes:
        """The content as it lies there."""
        return self.frame.data[self.start : self.end]

    @property
    def whole(self) -> bytes:
        """The element with its tag and length, and its end-of-contents octets where it has them."""
        frame = self.frame
        after = self.end + 2 if frame.data[self.start - 1] == 0x80 and self.start in frame.ends else self.end
        return frame.data[self.position : after]

    def children(self) -> list[Element]:
        """The elements within. Raises BerError when this one holds none or they are broken."""
        if not self.constructed:
            raise BerError(f"{name(self.tag)} is primitive where elements were expected")
        found = []
        position, depth = self.start, self.depth + 1
        while position < self.end:
            child, position = self.frame.element(position, self.end, depth)
            found.append(child)
        self.frame.spend(len(found))
        return found

    def only(self) -> Element:
        """The one element within. Raises BerError."""
        within = self.children()
        if not within:
            raise BerError(f"{name(self.tag)} is empty")
        return within[0]

    def octets(self) -> bytes:
        """The bytes of a string, put together when it came in segments. Raises BerError."""
        if not self.constructed:
            return self.frame.data[self.start : self.end]
        return b"".join(child.octets() for child in self.children())

    def text(self) -> str:
        """The text of a string: UTF-8 where it is, else ISO 8859-1. Raises BerError."""
        return decode_text(self.octets())

    def integer(self) -> int:
        """Raises BerError for more than 64 bits, or none."""
        size = self.end - self.start
        if self.constructed or not 0 < size <= _LONGEST_INTEGER:
            raise BerError(f"an integer of {size} bytes")
        return int.from_bytes(self.frame.data[self.start : self.end], "big", signed=True)

    def boolean(self) -> bool:
        """Anything but zeros is true."""
        return any(self.octets())

    def oid(self) -> str:
        """The dotted object identifier. Raises BerError."""
        return oid_text(self.octets())

    def bits(self) -> frozenset[int]:
        """The numbers of the bits that are set, counted from the first. Raises BerError."""
        content = self.octets()
        if not content or content[0] > 7 or len(content) > 64:
            raise BerError("this is not a bit string")
        return frozenset(
            index * 8 + bit
            for index, byte in enumerate(content[1:])
            for bit in range(8)
            if byte & 0x80 >> bit
        )


def parse(data: bytes, limits: Limits = DEFAULT) -> Element:
    """The one element that these bytes are. Raises BerError."""
    return Frame(data, limits=limits).root()


def name(tag: int) -> str:
    """A tag for people: "[23]" or "universal 16"."""
    number = tag & 0xFFFFFF
    return f"[{number}]" if tag & CONTEXT else f"universal {number}"


def decode_text(data: bytes) -> str:
    """UTF-8 where it is, else ISO 8859-1: names and messages come in either, whatever was agreed on."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


@lru_cache(maxsize=512)
def oid_text(content: bytes) -> str:
    """The dotted form of an object identifier's content. Raises BerError."""
    if not content or len(content) > 64 or content[-1] & 0x80:
        raise BerError("this is not an object identifier")
    arcs, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(value)
            value = 0
    top = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (top, arcs[0] - 40 * top, *arcs[1:]))


@lru_cache(maxsize=512)
def oid_octets(dotted: str) -> bytes:
    """The content of an object identifier. Raises BerError when the text is not one."""
    try:
        arcs = [int(arc) for arc in dotted.split(".")]
        if len(arcs) < 2 or min(arcs) < 0 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
            raise ValueError
    except ValueError:
        raise BerError(f"{dotted[:40]!r} is not an object identifier") from None
    out = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        out += _base128(arc)
    return bytes(out)


def _base128(number: int) -> bytes:
    out = bytearray([number & 0x7F])
    while number := number >> 7:
        out.insert(0, number & 0x7F | 0x80)
    return bytes(out)


@lru_cache(maxsize=1024)
def identifier(tag: int, constructed: bool) -> bytes:
    """The identifier octets of a tag."""
    first = tag >> 24 & 0xC0 | (0x20 if constructed else 0)
    number = tag & 0xFFFFFF
    return bytes([first | number]) if number < 0x1F else bytes([first | 0x1F]) + _base128(number)


_SHORT = [bytes((size,)) for size in range(0x80)]


def length_octets(size: int) -> bytes:
    """The shortest definite length."""
    if size < 0x80:
        return _SHORT[size]
    count = (size.bit_length() + 7) // 8
    return bytes((0x80 | count,)) + size.to_bytes(count, "big")


def element(tag: int, content: bytes, constructed: bool = False) -> bytes:
    """An element with a definite length."""
    return identifier(tag, constructed) + length_octets(len(content)) + content


def integer_octets(value: int) -> bytes:
    """The content of an integer, two's complement and as short as it goes."""
    return value.to_bytes(((value + (value < 0)).bit_length() + 8) // 8, "big", signed=True)


@lru_cache(maxsize=128)
def bit_octets(bits: frozenset[int]) -> bytes:
    """The content of a bit string whose bits of these numbers are set."""
    numbers = set(bits)
    size = max(numbers, default=-1) + 1
    out = bytearray((size + 7) // 8)
    for bit in numbers:
        out[bit // 8] |= 0x80 >> bit % 8
    return bytes([-size % 8]) + bytes(out)
