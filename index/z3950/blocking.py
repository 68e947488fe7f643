"""A client for a plain thread, over a blocking socket: the same plans as the client for asyncio.

    with connect(Address(host="z3950.example.org"), Opening(), monotonic() + 10) as client:
        found = client.search(Search(query=rpn, databases=("Default",)), monotonic() + 10)

Deadlines are readings of `time.monotonic`.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import TypeVar

from foundation.fetch import Allowed
from foundation.fetch.addresses import Checked
from index.z3950.address import Address, check_pin, no_way, numeric, resolve
from index.z3950.apdu import Close, Pdu, SortKeySpec, encode
from index.z3950.asking import listing, presenting, searching
from index.z3950.asking.conversation import Conversation
from index.z3950.asking.listing import Listing
from index.z3950.asking.presenting import Wanted
from index.z3950.asking.searching import Search
from index.z3950.asking.session import Plan, Session
from index.z3950.asking.values import Agreed, Deleted, Found, Opening, Presented, Scanned, Sorted
from index.z3950.errors import Lost, NoWay, TooSlow, Z3950Failed
from index.z3950.limits import DEFAULT, Limits
from index.z3950.pace import Pace

T = TypeVar("T")

_PIECE = 2**16  # bytes read at a time
_FAREWELL = 1.0  # seconds that saying goodbye may take


def connect(
    address: Address,
    opening: Opening | None = None,
    deadline: float | None = None,
    *,
    allowed: Allowed | None = None,
    limits: Limits = DEFAULT,
) -> BlockingClient:
    """A session with a server. Raises Z3950Failed. `allowed` opens addresses beyond public ones."""
    client = BlockingClient(address, opening or Opening(), allowed=allowed or Allowed(), limits=limits)
    client.open(deadline)
    return client


class BlockingClient:
    """One session. Used by one thread at a time."""

    def __init__(
        self, address: Address, opening: Opening, *, allowed: Allowed, limits: Limits = DEFAULT
    ) -> None:
        self.address = address
        self.session = Session(opening)
        self._allowed = allowed
        self._limits = limits
        self._addresses: tuple[Checked, ...] = ()
        self._socket: socket.socket | None = None
        self._conversation = Conversation(limits)
        self._pace = Pace(limits)

    def __enter__(self) -> BlockingClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def agreed(self) -> Agreed:
        """What holds in the session, as the server answered."""
        return self.session.agreed

    def open(self, deadline: float | None = None) -> None:
        """Connect and initialise, unless connected. Raises Z3950Failed."""
        if self._socket is not None:
            return
        self._socket = self._dial(deadline)
        opening = self.session.opening
        self._conversation = Conversation(self._limits, version=opening.version, go_on=opening.go_on)
        self._pace = Pace(self._limits)
        try:
            self._drive(self.session.open(), deadline)
        except BaseException:
            self._drop()
            raise

    def search(self, wanted: Search, deadline: float | None = None) -> Found:
        """As `Client.search`."""
        return self._run(lambda: searching.search(self.session, wanted), deadline)

    def present(self, wanted: Wanted, deadline: float | None = None) -> Presented:
        """As `Client.present`."""
        return self._run(lambda: presenting.present(self.session, wanted), deadline)

    def scan(self, wanted: Listing, deadline: float | None = None) -> Scanned:
        """As `Client.scan`."""
        return self._run(lambda: listing.scan(self.session, wanted), deadline)

    def sort(
        self, keys: tuple[SortKeySpec, ...], result_set: str = "default", deadline: float | None = None
    ) -> Sorted:
        """As `Client.sort`."""
        return self._run(lambda: listing.sort(self.session, keys, result_set), deadline)

    def delete(self, *result_sets: str, deadline: float | None = None) -> Deleted:
        """As `Client.delete`."""
        return self._run(lambda: listing.delete(self.session, *result_sets), deadline)

    def close(self) -> None:
        """Close, saying so to the server; its own goodbye is not waited for. Never raises."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.settimeout(_FAREWELL)
                self._socket.sendall(encode(Close()))
        self._drop()

    def _run(self, plan: Callable[[], Plan[T]], deadline: float | None) -> T:
        """Carry out a plan; when the connection breaks, once more from the start on a new one."""
        reconnected = self._socket is None
        self.open(deadline)
        while True:
            try:
                return self._drive(plan(), deadline)
            except Lost:
                if reconnected:
                    raise
                reconnected = True
            self.open(deadline)

    def _drive(self, plan: Plan[T], deadline: float | None) -> T:
        try:
            request = next(plan)
            while True:
                request = plan.send(self._exchange(request, deadline))
        except StopIteration as end:
            value: T = end.value
            return value
        finally:
            plan.close()
            if self._conversation.asked:
                self._drop()  # the next answer would be to what was given up

    def _exchange(self, request: Pdu, deadline: float | None) -> Pdu:
        sock, conversation = self._socket, self._conversation
        data = conversation.ask(request)
        if sock is None:
            raise Lost("there is no connection")
        try:
            answer: Pdu | None = None
            while answer is None:
                if data:
                    sock.settimeout(self._left(deadline))
                    sock.sendall(data)
                sock.settimeout(self._left(deadline))
                piece = sock.recv(_PIECE)
                if not piece:
                    raise conversation.ended()
                answer = conversation.receive(piece)
                self._pace.note(len(piece), conversation.partway, monotonic())
                data = conversation.take()
            if data:
                sock.sendall(data)
            return answer
        except Z3950Failed:
            with suppress(OSError):
                sock.sendall(conversation.take())  # the answer to a Close
            raise
        except TimeoutError:
            raise self._too_slow() from None
        except OSError as error:
            raise Lost(f"the connection broke: {error}") from error

    def _dial(self, deadline: float | None) -> socket.socket:
        if not self._addresses:
            seconds = min(self._limits.look_up, self._left(deadline) or self._limits.look_up)
            self._addresses = numeric(self.address, self._allowed) or resolve(
                self.address, self._allowed, seconds
            )
        failed: Z3950Failed = NoWay("unreachable", f"{self.address.place}: no connection")
        for checked in self._addresses:
            sock = socket.socket(checked.family, socket.SOCK_STREAM)
            try:
                sock.settimeout(self._left(deadline))
                sock.connect(checked.sockaddr)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._secure(sock, deadline)
            except TimeoutError:
                sock.close()
                failed = self._too_slow()
            except (OSError, Z3950Failed) as error:
                sock.close()
                failed = no_way(self.address, error)
            except BaseException:
                sock.close()
                raise
        raise failed

    def _secure(self, sock: socket.socket, deadline: float | None) -> socket.socket:
        tls = self.address.tls
        if tls is None:
            return sock
        sock.settimeout(self._left(deadline))
        secured: ssl.SSLSocket = tls.context.wrap_socket(sock, server_hostname=tls.name or self.address.host)
        try:
            check_pin(self.address, secured.getpeercert(binary_form=True))
        except Z3950Failed:
            secured.close()
            raise
        return secured

    def _left(self, deadline: float | None) -> float | None:
        if deadline is None:
            return None
        left = deadline - monotonic()
        if left <= 0:
            raise self._too_slow()
        return left

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.session.lose()

    def _too_slow(self) -> TooSlow:
        return TooSlow(f"{self.address.place}: no answer before the deadline")
