"""`Fetcher`: one request, its redirects, and the connections kept for the next one."""

import http.client
import os
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from foundation.fetch.addresses import Allowed, Lookup, check_addresses
from foundation.fetch.decoding import decoded
from foundation.fetch.errors import (
    BadAnswer,
    BadTls,
    BadUrl,
    TooLarge,
    TooManyRedirects,
    Truncated,
    Unreachable,
)
from foundation.fetch.limits import Limits, Watch
from foundation.fetch.target import Target, read_url
from foundation.fetch.wire import Wire, connect, wire_of

_FOLLOWED = frozenset({301, 302, 303, 307, 308})
# What the client itself must say about the connection and the body.
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te", "upgrade"}
)
_ALSO_ELSEWHERE = ("accept", "accept-language", "user-agent", "from")
_IDLE_SECONDS = 60
_IDLE_MOST = 4  # connections kept to one address


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What may be reached, and how we introduce ourselves.

    `allow`: entries of `fetch.allow` as `Allowed.read` takes them. `any_address` is for the command line only,
    which acts for whoever has the shell. `sender`: an e-mail address for the From header.
    """

    allow: tuple[str, ...] = ()
    any_address: bool = False
    user_agent: str
    sender: str | None = None


class Headers(Mapping[str, str]):
    """Headers of an answer; names in any case, several of one name joined by ", "."""

    __slots__ = ("_values",)

    def __init__(self, message: http.client.HTTPMessage) -> None:
        self._values: dict[str, str] = {}
        for name, value in message.items():
            name = name.lower()
            self._values[name] = f"{self._values[name]}, {value}" if name in self._values else value

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Response:
    """An answer whose headers are here and whose body is still on its way; close it, or use it in a `with`.

    `url` is the last one after redirects, `address` the one that was connected to.
    """

    def __init__(
        self, raw: http.client.HTTPResponse, target: Target, wire: Wire, done: Callable[[bool], None]
    ) -> None:
        self.status: int = raw.status
        self.headers = Headers(raw.msg)
        self.url = target.url
        self.address = wire.checked.text
        self._raw, self._watch, self._done = raw, wire.watch, done
        self._place = target.place
        self._started = self._whole = False
        self._seconds: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds from the call until now, or until the body had been read."""
        return self._watch.seconds() if self._seconds is None else self._seconds

    def iter_bytes(self, chunk: int = 65536) -> Iterator[bytes]:
        """The body, decompressed, in pieces as they come, once.

        Raises TooSlow, TooLarge, Truncated, BadAnswer; what came before is then not the whole.
        """
        if self._started:
            raise RuntimeError("the body of an answer can be read once")
        self._started = True
        most = self._watch.limits.bytes
        if self._raw.length is not None and self._raw.length > most:
            self.close()
            raise TooLarge(f"{self._place}: more than {most:,} bytes")
        try:
            yield from decoded(
                self._pieces(chunk),
                announced=self.headers.get("content-encoding", ""),
                most=most,
                place=self._place,
            )
        finally:
            self.close()

    def read(self) -> bytes:
        """The whole body, decompressed."""
        return b"".join(self.iter_bytes())

    def close(self) -> None:
        """Give the connection back if the body has been read, and up if not."""
        if self._seconds is None:
            self._seconds = self._watch.seconds()
            whole = self._whole or self._raw.length == 0
            self._raw.close()
            self._done(whole)

    def _pieces(self, size: int) -> Iterator[bytes]:
        self._watch.in_body = True
        while True:
            try:
                piece = self._raw.read(size)
            except (http.client.IncompleteRead, OSError) as error:
                raise Truncated(f"{self._place}: the answer broke off", detail=str(error)) from None
            except (http.client.HTTPException, ValueError) as error:
                raise BadAnswer(f"{self._place}: the answer is not HTTP", detail=str(error)) from None
            if not piece:
                break
            yield piece
        if self._raw.length:
            raise Truncated(f"{self._place}: the answer ended {self._raw.length:,} bytes early")
        self._whole = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Fetcher:
    """Makes requests under one policy and keeps connections alive between them. Threads may share it.

    `resolver` is called as socket.getaddrinfo, `clock` gives seconds that only grow.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        resolver: Lookup = socket.getaddrinfo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self._allowed = Allowed.read(policy.allow, everything=policy.any_address)
        self._resolver, self._clock = resolver, clock
        self._lock = threading.Lock()
        self._idle: dict[tuple[object, ...], list[tuple[http.client.HTTPConnection, float]]] = {}
        self._contexts: dict[tuple[object, ...], ssl.SSLContext] = {}

    def open(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        limits: Limits = Limits(),
        ca_file: str | os.PathLike[str] | None = None,
        verify: bool = True,
        method: str = "GET",
        body: bytes | None = None,
    ) -> Response:
        """The answer, whatever its status. Raises FetchFailed (see `errors`).

        GET and HEAD follow redirects; any other method gives the redirect itself back. `auth` is (user name,
        password) for Basic. `ca_file` holds the only authorities trusted (instead of the system's). `auth`,
        `ca_file`, `verify` and all `headers` but Accept, Accept-Language, User-Agent and From are meant for the
        host in `url`: they are dropped for good when a redirect leads elsewhere.
        """
        target = read_url(url)
        watch = Watch(limits, self._clock, target.place)
        sent = self._headers(headers or {}, auth)
        trust = (None if ca_file is None else os.fspath(ca_file), verify)
        hops = 0
        while True:
            response = self._exchange(method, target, sent, body, watch, trust)
            location = response.headers.get("location")
            if response.status not in _FOLLOWED or location is None or method not in ("GET", "HEAD"):
                return response
            response.close()
            hops += 1
            if hops > limits.redirects:
                raise TooManyRedirects(f"{target.place}: more than {limits.redirects} redirects")
            following = target.follow(location)
            if target.scheme == "https" and following.scheme == "http":
                raise BadTls(f"{target.place}: leads from https to http")
            if not following.keeps_secrets_of(target):
                sent = {name: value for name, value in sent.items() if name in _ALSO_ELSEWHERE}
                trust = (None, True)
            target = following
            watch.place = target.place
            watch.in_body = False

    def close(self) -> None:
        """Close the idle connections; those in use are closed with their answers."""
        with self._lock:
            connections = [connection for kept in self._idle.values() for connection, _ in kept]
            self._idle.clear()
        for connection in connections:
            connection.close()

    def _headers(self, extra: Mapping[str, str], auth: tuple[str, str] | None) -> dict[str, str]:
        sent = {"user-agent": self.policy.user_agent, "accept": "*/*"}
        if self.policy.sender:
            sent["from"] = self.policy.sender
        if auth is not None:
            sent["authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode("ascii")
        for name, value in extra.items():
            if name.lower() in _OURS:
                raise BadUrl(f"the header {name} is set by the client itself")
            sent[name.lower()] = value
        return sent

    def _exchange(
        self,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes | None,
        watch: Watch,
        trust: tuple[str | None, bool],
    ) -> Response:
        addresses = check_addresses(
            target.host,
            target.port,
            allowed=self._allowed,
            seconds=min(watch.limits.connect, watch.left()),
            lookup=self._resolver,
        )
        keys = [(target.scheme, target.host, checked, trust) for checked in addresses]
        connection = self._take(keys, watch)
        reused = connection is not None
        while True:
            if connection is None:
                connection = connect(target, addresses, watch, lambda: self._context(*trust))
            wire = wire_of(connection)
            assert wire is not None
            try:
                raw = _ask(connection, method, target, headers, body)
                if wire.ended:  # http.client takes the end of the connection for the end of the headers
                    raise Truncated(f"{target.place}: the headers broke off")
                break
            except OSError as error:  # also RemoteDisconnected: closed without an answer
                connection.close()
                # A kept connection may be closed by the other side just when we use it; ask once more.
                if not reused or method not in ("GET", "HEAD"):
                    raise Unreachable(
                        f"{target.place}: the connection broke before an answer", detail=str(error)
                    ) from None
                connection, reused = None, False
            except http.client.HTTPException as error:
                connection.close()
                raise BadAnswer(f"{target.place}: the answer is not HTTP", detail=repr(error)) from None
            except BaseException:
                connection.close()
                raise
        kept = connection
        key = (target.scheme, target.host, wire.checked, trust)
        return Response(raw, target, wire, lambda whole: self._give_back(key, kept, whole))

    def _take(self, keys: Sequence[tuple[object, ...]], watch: Watch) -> http.client.HTTPConnection | None:
        """An idle connection to one of these addresses, or None."""
        while True:
            with self._lock:
                kept = next((self._idle[key] for key in keys if self._idle.get(key)), None)
                if kept is None:
                    return None
                connection, since = kept.pop()
            wire = wire_of(connection)
            if wire is not None and self._clock() - since < _IDLE_SECONDS and not wire.is_stale():
                wire.watch = watch
                return connection
            connection.close()

    def _give_back(
        self, key: tuple[object, ...], connection: http.client.HTTPConnection, whole: bool
    ) -> None:
        now = self._clock()
        closing = []
        with self._lock:
            if whole and wire_of(connection) is not None and len(self._idle.get(key, ())) < _IDLE_MOST:
                self._idle.setdefault(key, []).append((connection, now))
            else:
                closing.append(connection)
            for other, kept in list(self._idle.items()):
                closing += [old for old, since in kept if now - since >= _IDLE_SECONDS]
                kept[:] = [(young, since) for young, since in kept if now - since < _IDLE_SECONDS]
                if not kept:
                    del self._idle[other]
        for connection in closing:
            connection.close()

    def _context(self, ca_file: str | None, verify: bool) -> ssl.SSLContext:
        try:
            changed = os.stat(ca_file).st_mtime_ns if ca_file else 0  # a renewed file counts at once
            key = (ca_file, changed, verify)
            with self._lock:
                if key not in self._contexts:
                    context = ssl.create_default_context(cafile=ca_file)
                    if not verify:
                        context.check_hostname = False
                        context.verify_mode = ssl.CERT_NONE
                    self._contexts[key] = context
                return self._contexts[key]
        except OSError as error:  # also SSLError: no certificate in the file
            raise BadTls(f"the file of certificates {ca_file} cannot be used: {error}") from None


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    target: Target,
    headers: Mapping[str, str],
    body: bytes | None,
) -> http.client.HTTPResponse:
    """Send the request and read the headers of the answer."""
    try:
        connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", target.authority)
        connection.putheader("Accept-Encoding", "gzip, identity")
        for name, value in headers.items():
            connection.putheader(name.title(), value.encode("latin-1"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
    except ValueError as error:  # line breaks, characters outside Latin-1
        raise BadUrl(f"{target.place}: a header or the method cannot be sent: {error}") from None
    connection.endheaders(body)
    return connection.getresponse()
