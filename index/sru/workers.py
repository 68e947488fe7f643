"""Runs what blocks in a bounded number of threads, under a deadline of the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from index.live.link import LinkFailed

T = TypeVar("T")

#: Threads at a time. They wait for sockets and cost next to nothing while they do.
MOST = 64


class Workers:
    """A thread for each piece of work, and none when there is no work; for one event loop.

    A pool would keep its threads, and the ones that a dead target holds would keep others waiting for ever. Here the
    work itself must end at its deadline, as everything does that goes through the fetcher; its thread ends with it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._places = asyncio.Semaphore(most)

    async def run(self, work: Callable[[Callable[[], bool]], T], deadline: float) -> T:
        """What `work` returns or raises; it is given a function that says whether nobody waits for it any more.

        `deadline` is a reading of the loop's clock. Raises LinkFailed: 'timeout', or 'busy' when no thread was free.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(deadline):
                await self._places.acquire()
        except TimeoutError:
            raise LinkFailed("busy", "too many targets are being waited for") from None
        outcome: asyncio.Future[T] = loop.create_future()
        given_up = threading.Event()

        def settle(result: T | None, error: BaseException | None) -> None:
            self._places.release()
            if outcome.done():
                return
            if error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

        def carry_out() -> None:
            result: T | None = None
            failed: BaseException | None = None
            try:
                result = work(given_up.is_set)
            except BaseException as error:  # handed to whoever waits
                failed = error
            if not loop.is_closed():
                try:
                    loop.call_soon_threadsafe(settle, result, failed)
                except RuntimeError:  # the loop was closed at this very moment
                    return

        thread = threading.Thread(target=carry_out, name="sru", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system gives no more threads
            self._places.release()
            raise LinkFailed("busy", str(error)) from error
        try:
            async with asyncio.timeout_at(deadline):
                return await outcome
        except TimeoutError:
            raise LinkFailed("timeout") from None
        finally:
            given_up.set()
