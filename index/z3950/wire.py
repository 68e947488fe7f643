"""One connection of the client for asyncio: bytes between a socket and a conversation."""

from __future__ import annotations

import asyncio
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

    async def ask(self, request: Pdu) -> Pdu:
        """Send a request and wait for its answer. Raises Z3950Failed."""
        raise NotImplementedError

    def part(self, *, politely: bool) -> None:
        """Close now; politely, with a Close before, whose answer nobody waits for."""
        raise NotImplementedError


async def connected(address: Address, checked: Checked, conversation: Conversation, limits: Limits) -> Wire:
    """A connection to this very address. Raises OSError (also that of ssl) and NoWay."""
    loop = asyncio.get_running_loop()
    sock = socket.socket(checked.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, checked.sockaddr)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    if address.tls is None:
        return _Plain(conversation, limits, sock)
    transport, protocol = await loop.create_connection(
        partial(_Protocol, conversation, limits),
        sock=sock,
        ssl=address.tls.context,
        server_hostname=address.tls.name or address.host,
        ssl_shutdown_timeout=_SHUTDOWN,
    )
    try:
        check_pin(address, transport.get_extra_info("ssl_object").getpeercert(binary_form=True))
    except Z3950Failed:
        transport.abort()
        raise
    return protocol.wire


class _Plain(Wire):
    """Over the bare socket: half the cost of a transport, which nothing but the encryption needs."""

    def __init__(self, conversation: Conversation, limits: Limits, sock: socket.socket) -> None:
        super().__init__(conversation, limits)
        self._socket = sock

    async def ask(self, request: Pdu) -> Pdu:
        loop, sock, conversation = self._loop, self._socket, self.conversation
        data = conversation.ask(request)
        if self.over:
            raise conversation.ended()
        try:
            while True:
                if data:
                    await loop.sock_sendall(sock, data)
                piece = await loop.sock_recv(sock, _PIECE)
                if not piece:
                    raise conversation.ended()
                answer = conversation.receive(piece)
                self._pace.note(len(piece), conversation.partway, loop.time())
                data = conversation.take()
                if answer is not None:
                    if data:
                        await loop.sock_sendall(sock, data)
                    return answer
        except Z3950Failed:
            self._say(conversation.take())
            self.over = True
            raise
        except OSError as error:
            self.over = True
            raise Lost(f"the connection broke: {error}") from error

    def part(self, *, politely: bool) -> None:
        if politely and self.ready and not self.over:
            self._say(_GOODBYE)
        self.over = True
        self._socket.close()

    def _say(self, data: bytes) -> None:
        """Send as much as goes without waiting."""
        if data:
            with suppress(OSError):
                self._socket.send(data)


class _Encrypted(Wire):
    """Over a transport of asyncio, which does the encryption."""

    def __init__(self, conversation: Conversation, limits: Limits, transport: asyncio.Transport) -> None:
        super().__init__(conversation, limits)
        self._transport = transport
        self._answer: asyncio.Future[Pdu] | None = None
        self._failed: Z3950Failed | None = None

    async def ask(self, request: Pdu) -> Pdu:
        data = self.conversation.ask(request)
        if self.over:
            raise self._failed or self.conversation.ended()
        self._answer = self._loop.create_future()
        self._transport.write(data)
        return await self._answer

    def part(self, *, politely: bool) -> None:
        if politely and self.ready and not self.over:
            self._transport.write(_GOODBYE)
            self._transport.close()
        else:
            self._transport.abort()
        self.over = True

    def take_in(self, data: bytes) -> None:
        """What came goes into the conversation, its answer to whoever waits."""
        if self.over:
            return
        conversation = self.conversation
        try:
            answer = conversation.receive(data)
            self._pace.note(len(data), conversation.partway, self._loop.time())
        except Z3950Failed as error:
            self._transport.write(conversation.take())
            self.end(error)
            return
        self._transport.write(conversation.take())
        if answer is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def end(self, error: Z3950Failed) -> None:
        """The connection is over, for this reason or an earlier one."""
        self.over = True
        self._failed = self._failed or error
        self._transport.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(self._failed)
            self._answer.exception()  # looked at: whoever waited may have gone


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
