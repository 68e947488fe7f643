"""One connection of the client for asyncio: bytes between a socket and a conversation."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from contextlib import suppress
from functools import partial

from foundation.fetch.addresses import Checked
from index.z3950.address import Address, check_pin
from index.z3950.apdu import Close, Pdu, encode
from index.z3950.asking.conversation import Conversation
from index.z3950.errors import Lost, Z3950Failed
from index.z3950.limits import Limits
from index.z3950.pace import Pace

_PIECE = 2**16  # bytes read at a time
_SHUTDOWN = 1.0  # seconds that a server gets to end the encryption
_GOODBYE = encode(Close())


class Wire:
    """A connection. `ready`: the session on it was accepted; `over`: it is of no more use."""

    def __init__(self, conversation: Conversation, limits: Limits) -> None:
        self.conversation = conversation
        self.ready = self.over = False
        self._loop = asyncio.get_running_loop()
        self._pace = Pace(limits)
        self._answer: asyncio.Future[Pdu] | None = None
        self._failed: Z3950Failed | None = None

    async def ask(self, request: Pdu) -> Pdu:
        """Send a request and wait for its answer. Raises Z3950Failed."""
        data = self.conversation.ask(request)
        if self.over:
            raise self._failed or self.conversation.ended()
        self._answer = self._loop.create_future()
        self._write(data)
        return await self._answer

    def part(self, *, politely: bool) -> None:
        """Close now; politely, with a Close before, whose answer nobody waits for."""
        polite = politely and self.ready and not self.over
        self.over = True
        if polite:
            self._write(_GOODBYE)
        self._close(at_once=not polite)

    def take_in(self, data: bytes) -> None:
        """What came goes into the conversation, its answer to whoever waits."""
        if self.over:
            return
        conversation = self.conversation
        try:
            answer = conversation.receive(data)
            self._pace.note(len(data), conversation.partway, self._loop.time())
        except Z3950Failed as error:
            self._write(conversation.take())
            self.end(error)
            return
        self._write(conversation.take())
        if answer is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def end(self, error: Z3950Failed) -> None:
        """The connection is over, for this reason or an earlier one."""
        self._failed = self._failed or error
        if not self.over:
            self.over = True
            self._close(at_once=False)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(self._failed)
            self._answer.exception()  # looked at: whoever waited may have gone

    def _write(self, data: bytes) -> None:
        raise NotImplementedError

    def _close(self, *, at_once: bool) -> None:
        raise NotImplementedError


async def connected(address: Address, checked: Checked, conversation: Conversation, limits: Limits) -> Wire:
    """A connection to this very address. Raises OSError (also that of ssl) and NoWay."""
    loop = asyncio.get_running_loop()
    sock = socket.socket(checked.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await _dial(loop, sock, checked)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.tls is None:
            with suppress(NotImplementedError):  # loops of Windows have no readers
                return _Plain(conversation, limits, sock)
    except BaseException:
        sock.close()
        raise
    tls = address.tls
    transport, protocol = await loop.create_connection(
        partial(_Protocol, conversation, limits),
        sock=sock,
        ssl=tls.context if tls is not None else None,
        server_hostname=(tls.name or address.host) if tls is not None else None,
        ssl_shutdown_timeout=_SHUTDOWN if tls is not None else None,
    )
    if tls is not None:
        try:
            check_pin(address, transport.get_extra_info("ssl_object").getpeercert(binary_form=True))
        except Z3950Failed:
            transport.abort()
            raise
    return protocol.wire


async def _dial(loop: asyncio.AbstractEventLoop, sock: socket.socket, checked: Checked) -> None:
    """Connect. Raises OSError."""
    code = sock.connect_ex(checked.sockaddr)
    if code == 0:
        return  # near by it is done at once, without the loop
    if code not in (errno.EINPROGRESS, errno.EWOULDBLOCK):
        raise OSError(code, os.strerror(code))
    try:
        await loop.sock_connect(sock, checked.sockaddr)
    except OSError as error:
        if error.errno != errno.EISCONN:  # it was done in between
            raise


class _Plain(Wire):
    """Over the bare socket: half the cost of a transport, which nothing but encryption needs."""

    def __init__(self, conversation: Conversation, limits: Limits, sock: socket.socket) -> None:
        super().__init__(conversation, limits)
        self._socket = sock
        self._number = sock.fileno()  # the loop would describe a socket object in full for its own lookups
        self._unsent = b""
        self._loop.add_reader(self._number, self._readable)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(Lost(f"the connection broke: {error}"))
            return
        if data:
            self.take_in(data)
        else:
            self.end(self.conversation.ended())

    def _write(self, data: bytes) -> None:
        if not data:
            return
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            self._loop.call_soon(self.end, Lost(f"the connection broke: {error}"))
            return
        if sent < len(data) and not self.over:
            self._unsent = data[sent:]
            self._loop.add_writer(self._number, self._writable)

    def _writable(self) -> None:
        self._loop.remove_writer(self._number)
        data, self._unsent = self._unsent, b""
        self._write(data)

    def _close(self, *, at_once: bool) -> None:
        self._loop.remove_reader(self._number)
        if self._unsent:
            self._loop.remove_writer(self._number)
        self._socket.close()


class _Encrypted(Wire):
    """Over a transport of asyncio, which does the encryption."""

    def __init__(self, conversation: Conversation, limits: Limits, transport: asyncio.Transport) -> None:
        super().__init__(conversation, limits)
        self._transport = transport

    def _write(self, data: bytes) -> None:
        if data:
            self._transport.write(data)

    def _close(self, *, at_once: bool) -> None:
        if at_once:
            self._transport.abort()
        else:
            self._transport.close()


class _Protocol(asyncio.Protocol):
    """Between the transport and the wire, which exists once there is a transport."""

    wire: _Encrypted

    def __init__(self, conversation: Conversation, limits: Limits) -> None:
        self._conversation, self._limits = conversation, limits

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.wire = _Encrypted(self._conversation, self._limits, transport)

    def data_received(self, data: bytes) -> None:
        self.wire.take_in(data)

    def eof_received(self) -> None:
        self.wire.end(self._conversation.ended())

    def connection_lost(self, exc: Exception | None) -> None:
        broke = Lost(f"the connection broke: {exc}") if exc is not None else self._conversation.ended()
        self.wire.end(broke)
