"""One polite conversation with one provider: every request is tried again as its answer deserves.

What the network looks like is `Wire` (foundation.fetch in real life); what is waited for comes out of one
`Patience`; what was found out about the provider is in `Quirks` and outlives the run.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from harvester.address import address, query
from harvester.decoding import utf8
from harvester.errors import (
    HarvestFailed,
    Malformed,
    NotAllowed,
    NotOai,
    OutOfPatience,
    ProtocolError,
    ServerError,
    Truncated,
    Unreachable,
)
from harvester.patience import TOLD_TRIES, TRIES, Patience, retry_after

T = TypeVar("T")

#: Statuses that ask for another try later.
_LATER = (408, 425, 429, 503)
#: Seconds between requests after the first 429, and after many.
_SLOWER = 0.25
_SLOWEST = 5.0
#: Longer addresses are refused by many servers: the arguments are posted then.
_LONGEST_ADDRESS = 8000


class Answer(Protocol):
    """What a server answered. `headers` have lower-case names; `chunks` is the body, decompressed as announced."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, their names in lower case."""

    @property
    def chunks(self) -> Iterable[bytes]:
        """The body, once."""


class WireFailed(Exception):
    """No whole answer came. `final`: nothing of this provider can come (address not permitted, bad certificate);
    `again` False: this answer cannot come (it is too large), others may.
    """

    def __init__(self, text: str, *, final: bool = False, again: bool = True) -> None:
        super().__init__(text)
        self.final = final
        self.again = again


def whole_or_raise(chunks: Iterable[bytes], is_whole: Callable[[], bool]) -> Iterable[bytes]:
    """The chunks; a connection that breaks after the end of the page is no loss (a wrong Content-Length)."""
    try:
        yield from chunks
    except WireFailed:
        if not is_whole():
            raise


class Wire(Protocol):
    """One request over the network."""

    def open(
        self, url: str, *, headers: Mapping[str, str], form: str | None, deadline: float
    ) -> AbstractContextManager[Answer]:
        """The answer, whatever its status. `form` is a POST body (None is GET); `deadline` is in seconds, for all of it.

        Raises WireFailed, also while the body is read.
        """


@dataclass(slots=True)
class Quirks:
    """What a provider needs, found out once and remembered (stored as JSON on the source)."""

    token_form: str = ""  # '' is not found out yet
    token_needs_prefix: bool = False
    token_untrimmed: bool = False
    post: bool = False
    granularity: str = ""  # 'day' where seconds were refused, 'seconds' where days were
    clock_untrusted: bool = False
    ignores_from: bool = False
    windows: int = 0  # records on a page where lists must be read by windows of time; 0 where tokens do
    window_ends: str = (
        ""  # 'open' where from alone and until alone count, 'closed' where only both together do
    )
    pause: float = 0.0  # seconds between requests, learnt from 429
    deleted_seen: bool = False  # tombstones came, whatever Identify says

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Quirks:
        """From what is stored; unknown keys are somebody else's."""
        return cls(**{key: value for key, value in stored.items() if key in cls.__dataclass_fields__})

    def stored(self) -> dict[str, Any]:
        """Every quirk; None where the provider has none of that kind, so that storing it forgets an older one."""
        plain = Quirks(token_form="once")  # noqa: S106 - no secret
        return {
            name: getattr(self, name)
            if getattr(self, name) and getattr(self, name) != getattr(plain, name)
            else None
            for name in self.__dataclass_fields__
        }

    def remembered(self) -> dict[str, Any]:
        """Only those that the provider has: what the next run begins with."""
        return {name: value for name, value in self.stored().items() if value is not None}


#: Storing these forgets everything that was found out, as a fresh look at the provider does.
FORGOTTEN: dict[str, Any] = Quirks().stored()


@dataclass(slots=True)
class Tally:
    """What a run has cost so far."""

    requests: int = 0
    bytes: int = 0
    oddities: dict[str, str] = field(default_factory=dict)

    def odd(self, code: str, text: str = "") -> None:
        """Note something that is not as the protocol says; the first of each code is kept."""
        self.oddities.setdefault(code, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where and how to ask. `password` is in the clear here and nowhere else."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    username: str = ""
    password: str = ""
    delay: float = 0.0  # seconds between two requests

    def all_headers(self) -> dict[str, str]:
        """The header fields of each request."""
        out = {"Accept": "text/xml, application/xml;q=0.9, */*;q=0.1"} | dict(self.headers)
        if self.username or self.password:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            out["Authorization"] = f"Basic {pair}"
        return out


class Conversation:
    """Requests to one provider, one at a time."""

    def __init__(
        self,
        endpoint: Endpoint,
        wire: Wire,
        *,
        patience: Patience,
        now: Callable[[], datetime],
        quirks: Quirks | None = None,
        tally: Tally | None = None,
        page_deadline: float = 600.0,
    ) -> None:
        self.endpoint = endpoint
        self.patience = patience
        self.quirks = quirks or Quirks()
        self.tally = tally or Tally()
        self.last_date = ""  # the Date header of the last answer
        self._wire = wire
        self._now = now
        self._page_deadline = page_deadline
        self._asked_before = False
        self.token_proven = False  # a token was accepted in this conversation, in the form of the quirks
        self._switched = False

    def ask(
        self, arguments: Mapping[str, str], take: Callable[[Iterable[bytes]], T], *, tries: int = TRIES
    ) -> T:
        """What `take` makes of the answer: it reads the UTF-8 body and raises NotOai for what is no page.

        Raises HarvestFailed of every kind but Fenced. A page that stays malformed is raised at once: asking
        again rarely mends it, and salvage can.
        """
        failed = told = 0
        while True:
            begun = self.patience.monotonic()
            try:
                return self._once(arguments, take)
            except _Later as later:
                self.patience.spend(self.patience.monotonic() - begun)
                told += 1
                failed += later.weight
                problem: HarvestFailed = ServerError(str(later))
                pause = later.seconds
                if pause is not None and pause > self.patience.left:
                    raise OutOfPatience(f"{later}, to come back in {pause:.0f} s", pause) from None
            except (Malformed, ProtocolError, NotAllowed):
                raise
            except NotOai as error:
                failed += 1
                problem, pause = error, None
                self.patience.spend(self.patience.monotonic() - begun)
            except WireFailed as error:
                self.patience.spend(self.patience.monotonic() - begun)
                if error.final:
                    raise NotAllowed(str(error)) from None
                failed += 1 if error.again else tries
                problem, pause = Unreachable(str(error)), None
            if failed >= tries or told >= TOLD_TRIES:
                raise problem
            self.tally.odd(
                problem.reason if not isinstance(problem, Unreachable) else "retried", str(problem)
            )
            if pause is None:
                pause = self.patience.back_off(failed)
                if pause > self.patience.left:
                    raise problem
            self.patience.wait(max(pause, 0.05), str(problem))

    def _once(self, arguments: Mapping[str, str], take: Callable[[Iterable[bytes]], T]) -> T:
        pause = max(self.endpoint.delay, min(self.quirks.pause, self.patience.total / 100))
        if self._asked_before and pause:
            self.patience.pause(pause)
        self._asked_before = True
        self.tally.requests += 1
        form_of_token = self.quirks.token_form or "once"
        url, form = self.endpoint.url, None
        headers = self.endpoint.all_headers()
        if self.quirks.post:
            form = query(arguments, form=form_of_token)
        else:
            url = address(url, arguments, form=form_of_token)
            if len(url) > _LONGEST_ADDRESS:
                url, form = self.endpoint.url, query(arguments, form=form_of_token)
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        deadline = max(1.0, min(self._page_deadline, self.patience.left))
        with self._wire.open(url, headers=headers, form=form, deadline=deadline) as answer:
            self.last_date = answer.headers.get("date", "")
            chunks = utf8(self._counted(answer.chunks), self.tally.odd)
            if 200 <= answer.status < 300:
                return take(chunks)
            return self._unhappy(answer, chunks, arguments, take)

    def _counted(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        for chunk in chunks:
            self.tally.bytes += len(chunk)
            yield chunk

    def _unhappy(
        self,
        answer: Answer,
        chunks: Iterable[bytes],
        arguments: Mapping[str, str],
        take: Callable[[Iterable[bytes]], T],
    ) -> T:
        """An answer that is no success. Its body is read first: some put OAI-PMH errors under 404 or 422."""
        status = answer.status
        if status in _LATER:
            told = answer.headers.get("retry-after")
            seconds = retry_after(told, self._now())
            if told and seconds is None:
                self.tally.odd("bad_retry_after", told[:60])
            if status == 429:
                self.quirks.pause = min(_SLOWEST, 2 * self.quirks.pause or _SLOWER)
                self.tally.odd("asked_to_slow_down", f"{self.quirks.pause:.2f} s between requests")
            raise _Later(f"HTTP {status}", seconds)
        if status in (405, 501) and not self._switched:
            self._switched = True
            self.quirks.post = not self.quirks.post
            self.tally.odd("post_only" if self.quirks.post else "get_only", f"HTTP {status}")
            return self._once(arguments, take)
        faults = _faults_of(chunks)
        if faults:
            self.tally.odd("error_under_http_status", f"HTTP {status}")
            raise ProtocolError(faults)
        if status in (401, 403, 407, 451):
            raise NotAllowed(f"HTTP {status}")
        if 400 <= status < 500 and status not in (400, 404, 410, 422):
            raise NotAllowed(f"HTTP {status}")
        # a page that is not there rarely comes back: one more try, not four
        raise _Later(f"HTTP {status}", None, weight=3 if status in (404, 410) else 1)


class _Later(Exception):
    """Come back later; `seconds` is None when the server does not say when."""

    def __init__(self, text: str, seconds: float | None, *, weight: int = 1) -> None:
        super().__init__(text)
        self.seconds = seconds
        self.weight = weight if seconds is None else 0


def _faults_of(chunks: Iterable[bytes]) -> tuple[Any, ...]:
    """The OAI-PMH errors in the body of an unhappy answer, () when it is no OAI-PMH."""
    from harvester import oai  # here, so that whoever only talks need not load the reader

    data = bytearray()
    try:
        for chunk in chunks:
            data += chunk
            if len(data) > 1_000_000:
                return ()
        return oai.read(bytes(data)).summary.errors
    except (NotOai, WireFailed, Truncated):
        return ()
