"""How long and how large one exchange may be, and the watch that holds it to that."""

from collections.abc import Callable
from dataclasses import dataclass

from foundation.fetch.errors import TooSlow


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one exchange, redirects included. The defaults suit one page of a harvest."""

    connect: float = 10  # seconds to find the host and to connect to one address, TLS included
    read: float = 30  # seconds between two pieces
    total: float = 120  # seconds from the call to the last byte
    bytes: int = 64 * 2**20  # of the body, as sent and after decompression
    redirects: int = 3
    min_rate: float = 1024  # bytes a second of the body, on the average of any `read` seconds of waiting


class Watch:
    """The time of one exchange. Every wait of the connection asks it how long it may last."""

    __slots__ = ("_bytes", "_clock", "_end", "_start", "_waited", "in_body", "limits", "place")

    def __init__(self, limits: Limits, clock: Callable[[], float], place: str) -> None:
        self.limits, self.place = limits, place
        self.in_body = False
        self._clock = clock
        self._start = clock()
        self._end = self._start + limits.total
        self._waited = 0.0
        self._bytes = 0

    def seconds(self) -> float:
        """Seconds since the start of the exchange."""
        return self._clock() - self._start

    def left(self) -> float:
        """Seconds until the exchange must be over, more than 0. Raises TooSlow."""
        left = self._end - self._clock()
        if left <= 0:
            raise TooSlow(f"{self.place}: not finished after {self.limits.total:g} seconds")
        return left

    def silence(self) -> float:
        """Seconds that the next piece may take, more than 0. Raises TooSlow."""
        return min(self.limits.read, self.left())

    def timed_out(self) -> TooSlow:
        """The error for a wait that lasted as long as it might."""
        try:
            self.left()
        except TooSlow as error:
            return error
        return TooSlow(f"{self.place}: nothing came for {self.limits.read:g} seconds")

    def received(self, count: int, waited: float) -> None:
        """Note a piece and the seconds waited for it. Raises TooSlow when the body only trickles in.

        Only our waiting counts: a reader that takes its time must not be blamed on the sender.
        """
        self.left()
        if not self.in_body:
            return
        self._waited += waited
        self._bytes += count
        if self._waited >= self.limits.read:
            if self._bytes < self.limits.min_rate * self._waited:
                raise TooSlow(f"{self.place}: less than {self.limits.min_rate:g} bytes a second")
            self._waited, self._bytes = 0.0, 0
