"""Finds the end of an encoded element, each header read once however the bytes arrive (ITU-T X.690 8.1).

Servers write the records of a response alike: the same tags, database and syntax, the same ends of contents. Where
head and tail of a record are the very bytes of one before, so is its structure, and the length of its payload is all
that is left to read.
"""

from __future__ import annotations

from index.z3950.limits import Limits


class BerError(ValueError):
    """What came is not the encoding of what was expected. The text is fit for a log line."""


class LimitError(BerError):
    """A message that is larger, deeper or of more elements than allowed."""


class Shape:
    """How a record begins and ends around its one long primitive element, which lies from `begin` to `end` in it."""

    __slots__ = ("begin", "end", "head", "tail")

    def __init__(self, head: bytes, tail: bytes, begin: int, end: int) -> None:
        self.head, self.tail = head, tail
        self.begin, self.end = begin, end


#: Records in a row of one shape: the shape, where the payload of each begins and ends, where the next element stands.
Run = tuple[Shape, list[tuple[int, int]], int]

_RECORD = 0x30  # a SEQUENCE
_LEVEL = 2  # records stand in the list of records, which stands in the PDU
_LONG = 0x82  # payloads of 256 bytes to 64 kB: nearly all
_MANY = 8  # elements of a record: it costs the limit as much as it would, read one by one


class Walk:
    """Goes over the headers of one element and stops where bytes are missing, to go on when more have come.

    `ends` says of every indefinite length where its content ends, by where it begins; `runs` has records of one shape
    by where the first of them begins. `within` means that the walk
    begins inside an element of indefinite length.
    """

    __slots__ = (
        "_begin",
        "_elements",
        "_limits",
        "_long",
        "_open",
        "_position",
        "_record",
        "_shape",
        "ends",
        "runs",
    )

    def __init__(
        self, begin: int, limits: Limits, ends: dict[int, int] | None = None, *, within: bool = False
    ) -> None:
        self._begin = self._position = begin
        self._limits = limits
        self._open = [begin] if within else []
        self._elements = 0
        self._record = -1  # where the record under way begins
        self._long: tuple[int, int, int] | None = (
            None  # its long element: where its length stands, begin, end
        )
        self._shape: Shape | None = None
        self.ends: dict[int, int] = {} if ends is None else ends
        self.runs: dict[int, Run] = {}

    def advance(self, data: bytes | bytearray, size: int) -> int:
        """The position behind the element, or -1 while it is not all there. Raises BerError."""
        position, elements = self._position, self._elements
        open_, ends, limits = self._open, self.ends, self._limits
        last = self._begin + limits.pdu
        try:
            if elements and not open_:
                return position if position <= size else -1
            while position < size:
                first = data[position]
                if first == 0 and open_:
                    if position + 2 > size:
                        return -1
                    if data[position + 1]:
                        raise BerError("an end of contents that is not one")
                    ends[open_.pop()] = position
                    position += 2
                    if not open_:
                        return position
                    if len(open_) == _LEVEL:
                        self._learn(data, position)
                    continue
                if first == _RECORD and len(open_) == _LEVEL:
                    if self._shape is not None:
                        position, count = self._repeats(data, position, size, self._shape)
                        elements += count * _MANY
                        if position > last or elements > limits.elements:
                            raise LimitError(
                                f"a message of more than {limits.pdu} bytes or too many elements"
                            )
                        if count:
                            continue
                    self._record, self._long = position, None
                at = position + 1
                if first & 0x1F == 0x1F:
                    while at < size and data[at] & 0x80:
                        at += 1
                        if at - position > 3:
                            raise BerError("a tag of more than four bytes")
                    at += 1
                if at >= size:
                    return -1
                length = data[at]
                at += 1
                if length == 0x80:
                    if not first & 0x20:
                        raise BerError("a primitive element of indefinite length")
                    if len(open_) >= limits.depth:
                        raise LimitError(f"elements more than {limits.depth} deep")
                    open_.append(at)
                    position = at
                else:
                    if length > 0x80:
                        count = length & 0x7F
                        if count > 4:
                            raise BerError(f"a length of {count} bytes")
                        if at + count > size:
                            return -1
                        length = int.from_bytes(data[at : at + count], "big")
                        at += count
                        if count == 2 and not first & 0x20:
                            # Two long elements would leave open which is the payload: then nothing is learnt.
                            self._long = (at - 3, at, at + length) if self._long is None else (0, 0, 0)
                    position = at + length
                elements += 1
                if position > last:
                    raise LimitError(f"a message of more than {limits.pdu} bytes")
                if elements > limits.elements:
                    raise LimitError(f"more than {limits.elements} elements")
                if not open_:
                    return position if position <= size else -1
            return -1
        finally:
            self._position, self._elements = position, elements

    def _learn(self, data: bytes | bytearray, after: int) -> None:
        """Note the shape of the record that ends here."""
        start, long = self._record, self._long
        if start >= 0 and long is not None and long[0]:
            length_at, begin, end = long
            head, tail = bytes(data[start:length_at]), bytes(data[end:after])
            self._shape = Shape(head, tail, begin, end)

    def _repeats(self, data: bytes | bytearray, position: int, size: int, shape: Shape) -> tuple[int, int]:
        """Pass over the records from here on that are all there and shaped like the one before: to where, how many."""
        head, tail, start = shape.head, shape.tail, position
        before, behind = len(head), len(tail)
        spans: list[tuple[int, int]] = []
        starts = data.startswith
        while starts(head, position):
            at = position + before
            if at + 3 > size or data[at] != _LONG:
                break
            begin = at + 3
            end = begin + (data[at + 1] << 8 | data[at + 2])
            if not starts(tail, end):
                break
            spans.append((begin, end))
            position = end + behind
        if spans:
            self.runs[start] = (shape, spans, position)
        return position, len(spans)
