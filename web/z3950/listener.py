"""The listener of the target: sockets in, sessions served side by side, and an end for those who only take up room."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from index.z3950.apdu import CloseReason
from index.z3950.ber import BerError
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Catalogue, Terms
from index.z3950.serving.session import Reply, Session
from web.settings import Z3950Settings
from web.z3950.access import Access
from web.z3950.figures import Figures

log = logging.getLogger("silang.z3950")

#: Seconds within which a request that has begun must be whole, Init must come, and an answer must be read.
PATIENCE = 30.0

#: Seconds in which open sessions are told the end.
_FAREWELL = 2.0

#: Searches and the writing of records that go on at once; more would only change places on the processor.
_THREADS = 4

#: Operations that are only logged on request: clients that fetch one record after the other would fill the log.
_QUIET = ("init", "present", "delete", "close", "declined")

#: Bytes read at once.
_PIECE = 65536


class Listener:
    """Listens from `start` to `stop`, in one event loop. `version` is told in Init."""

    def __init__(
        self,
        settings: Z3950Settings,
        catalogue: Catalogue,
        access: Access,
        figures: Figures,
        *,
        version: str = "",
        patience: float | None = None,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._access = access
        self._figures = figures
        self._version = version
        self._patience = PATIENCE if patience is None else patience
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="z3950")
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None], asyncio.StreamReader] = {}
        self._stopping = False

    async def start(self) -> int:
        """Begin to listen; the port. Raises OSError when it cannot be had."""
        self._server = await asyncio.start_server(
            self._serve, self._settings.host, self._settings.port, limit=_PIECE, backlog=100
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Tell every session the end, and let go of everything."""
        if self._server is not None:
            self._server.close()
        self._stopping = True
        for reader in self._sessions.values():
            reader.feed_eof()  # whoever waits for a request wakes up
        if self._sessions:
            _, late = await asyncio.wait(self._sessions, timeout=_FAREWELL)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions[task] = reader
        name = writer.get_extra_info("peername")
        address = str(name[0]) if name else ""
        refused = self._access.enter(address)
        try:
            if refused == "full":  # nothing is spent on anybody more
                self._figures.count("turned_away")
                return
            if refused:
                self._figures.count("turned_away")
                log.info("turned away", extra={"address": address, "why": refused})
            self._figures.count("sessions")
            await self._session(address, refused, reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            if not refused:
                self._access.leave(address)
            self._sessions.pop(task, None)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    def _terms(self, address: str, refused: str) -> Terms:
        settings, access = self._settings, self._access
        reason = {"": 0, "address": refusals.BLOCKED_ADDRESS}.get(refused, refusals.NO_ROOM)
        return Terms(
            databases=tuple(dict.fromkeys((settings.database, settings.database.lower(), "default"))),
            knows=access.knows if access.needs_login else None,
            wait=lambda searches, records: access.wait(address, searches=searches, records=records),
            refusal=reason,
            charset=settings.charset,
            answer_size=settings.answer_kib * 1024,
            implementation=("", "Silang", self._version),
        )

    async def _session(
        self, address: str, refused: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        session = Session(
            self._catalogue, self._terms(address, refused), request_size=self._settings.request_kib * 1024
        )
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while True:
            data = await self._next(session, reader, begun)
            if isinstance(data, Reply):
                await self._send(data, address, writer, 0.0)
                return
            if not data:
                return
            if not session.waiting:
                begun = loop.time()
            try:
                frames = session.feed(data)
            except BerError as fault:
                await self._send(session.broken(fault), address, writer, 0.0)
                return
            for frame in frames:
                started = time.perf_counter()
                reply = session.at_once(frame)
                if reply is None:
                    reply = await loop.run_in_executor(self._pool, session.answer, frame)
                await self._send(reply, address, writer, time.perf_counter() - started)
                if reply.ends:
                    return
            if frames:
                begun = loop.time()

    async def _next(self, session: Session, reader: asyncio.StreamReader, begun: float) -> bytes | Reply:
        """What comes next, or the last word when nothing comes in time or we are to stop."""
        hurry = session.waiting or not session.open
        limit = self._patience if hurry else float(self._settings.idle_seconds)
        try:
            async with asyncio.timeout_at(begun + limit):
                data = await reader.read(_PIECE)
        except TimeoutError:
            late = "the request did not come to its end" if session.waiting else ""
            return session.goodbye(CloseReason.LACK_OF_ACTIVITY, late)
        return session.goodbye(CloseReason.SHUTDOWN) if self._stopping else data

    async def _send(self, reply: Reply, address: str, writer: asyncio.StreamWriter, seconds: float) -> None:
        self._figures.answered(reply.facts, seconds)
        loud = reply.facts.get("operation") not in _QUIET or "diagnostic" in reply.facts
        if log.isEnabledFor(level := logging.INFO if loud else logging.DEBUG):
            facts = {"address": address, "milliseconds": round(seconds * 1000, 1), **reply.facts}
            log.log(level, "answered", extra=facts)
        if not reply.data:
            return
        writer.write(reply.data)
        async with asyncio.timeout(self._patience):
            await writer.drain()
        if reply.ends:
            # The last word is let out before the door is shut.
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_FAREWELL):
                    writer.write_eof()
                    while writer.transport.get_write_buffer_size():
                        await asyncio.sleep(0.01)
