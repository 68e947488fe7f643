"""How large and how deep one message of a peer may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one PDU. The defaults leave room for a hundred records of unusual length."""

    pdu: int = 4 * 2**20  # bytes
    depth: int = 32  # elements within elements
    elements: int = 200_000
    floor: float = 64  # bytes a second that a PDU under way must bring, on the average of `window` seconds
    window: float = 5  # seconds
    look_up: float = 10  # seconds that the name service may take


DEFAULT = Limits()
