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
        buffer += data
        frames: list[Frame] = []
        while buffer:
            if buffer[0] & 0xE0 != 0xA0:
                raise BerError(f"no PDU begins with 0x{buffer[0]:02x}")
            end = self._walk.advance(buffer, len(buffer))
            if end < 0:
                if len(buffer) > self._limits.pdu:
                    raise LimitError(f"a message of more than {self._limits.pdu} bytes")
                break
            frames.append(Frame(bytes(buffer[:end]), self._walk.ends, self._limits, self._walk.repeats))
            del buffer[:end]
            self._walk = Walk(0, self._limits)
        return frames
