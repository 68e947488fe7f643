"""One connection to a checked address, each wait of which is bounded by the exchange that it serves."""

import http.client
import io
import select
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from foundation.fetch.addresses import Checked, dial
from foundation.fetch.errors import BadTls, Unreachable
from foundation.fetch.limits import Watch
from foundation.fetch.target import Target

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Wire:
    """What http.client takes for a socket.

    A socket's own timeout starts anew with every byte, so a server that sends one byte a second can hold us
    for ever, in the headers too. Here every read asks the watch of the exchange.
    """

    def __init__(self, sock: socket.socket, checked: Checked, watch: Watch) -> None:
        self.sock, self.checked, self.watch = sock, checked, watch
        self.ended = False  # the other side has said that nothing more will come

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(self.watch.left())
        try:
            self.sock.sendall(data)
        except TimeoutError:
            raise self.watch.timed_out() from None

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_Bounded(self), 64 * 1024)

    def close(self) -> None:
        self.sock.close()

    def is_stale(self) -> bool:
        """Has the other side closed it, or sent what nobody asked for, while it lay idle?"""
        try:
            return bool(select.select([self.sock], [], [], 0)[0])
        except (OSError, ValueError):
            return True


class _Bounded(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        # A socket stays open until the last file made of it is closed; http.client counts on that.
        self._raw = wire.sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        watch = self._wire.watch
        self._wire.sock.settimeout(watch.silence())
        start = watch.seconds()
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError:
            raise watch.timed_out() from None
        self._wire.ended = count == 0
        if count:
            watch.received(count, watch.seconds() - start)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def connect(
    target: Target, addresses: Iterable[Checked], watch: Watch, context: Callable[[], ssl.SSLContext]
) -> http.client.HTTPConnection:
    """A connection to one of the addresses, with TLS for the name in the target. Raises Unreachable, BadTls."""

    def seconds() -> float:
        return min(watch.limits.connect, watch.left())

    sock, checked = dial(addresses, place=target.place, seconds=seconds)
    if target.scheme == "https":
        sock.settimeout(seconds())
        try:
            sock = context().wrap_socket(sock, server_hostname=target.host)
        except ssl.SSLCertVerificationError as error:
            sock.close()
            raise BadTls(f"{target.place}: certificate refused: {error.verify_message}") from None
        except ssl.SSLError as error:
            sock.close()
            raise BadTls(f"{target.place}: no TLS connection ({error.reason or error})") from None
        except OSError as error:
            sock.close()
            watch.left()
            raise Unreachable(f"{target.place}: no TLS connection", detail=str(error)) from None
        except BaseException:
            sock.close()
            raise
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0  # it must never connect by itself: that would look the name up again
    connection.sock = cast(Any, Wire(sock, checked, watch))
    return connection


def wire_of(connection: http.client.HTTPConnection) -> Wire | None:
    """The wire of a connection; None once http.client has given it up."""
    return cast(Wire | None, connection.sock)
