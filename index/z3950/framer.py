"""Cuts what comes from a peer into whole PDUs, reading every header once however the bytes arrive."""

from __future__ import annotations

from index.z3950.ber import Frame
from index.z3950.limits import DEFAULT, Limits
from index.z3950.walk import BerError, LimitError, Walk


class Framer:
    """Bytes in, frames out. After a BerError nothing more can be read of this connection."""

    __slots__ = ("_buffer", "_limits", "_walk")

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._walk = Walk(0, limits)

    @property
    def waiting(self) -> bool:
        """Is there the beginning of a PDU whose end has not come?"""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """The PDUs that are complete now, in their order. Raises BerError; limits hold before the whole has come."""
        buffer = self._buffer
        frames: list[Frame] = []
        if not buffer and data:
            # Most answers come in one piece: that is read where it lies.
            end = self._next(data)
            if end == len(data):
                return [self._frame(data)]
            if end > 0:
                frames.append(self._frame(data[:end]))
                data = data[end:]
        buffer += data
        while buffer:
            end = self._next(buffer)
            if end < 0:
                break
            frames.append(self._frame(bytes(buffer) if end == len(buffer) else bytes(buffer[:end])))
            del buffer[:end]
        return frames

    def _next(self, data: bytes | bytearray) -> int:
        """Where the first PDU ends, or -1 while it is not all there."""
        if data[0] & 0xE0 != 0xA0:
            raise BerError(f"no PDU begins with 0x{data[0]:02x}")
        end = self._walk.advance(data, len(data))
        if end < 0 and len(data) > self._limits.pdu:
            raise LimitError(f"a message of more than {self._limits.pdu} bytes")
        return end

    def _frame(self, data: bytes) -> Frame:
        walk, self._walk = self._walk, Walk(0, self._limits)
        return Frame(data, walk.ends, self._limits, walk.runs)
