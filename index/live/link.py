"""The contract between a catalogue that is searched live and the engine: what a link can be asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from index.query import Query
from index.record import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """What a target, or we about it, have to say beside the records.

    `set` is 'bib1', 'srw', another OID or URI as the target gave it, or 'silang' for our own codes (English
    snake_case: 'refused', 'timeout', 'attribute_dropped' …). `code` is the number or the word, `text` the sentence that
    belongs to it in English, `detail` what the target added. `fatal` is False for what merely is to be told.
    """

    code: str
    set: str = "silang"
    text: str = ""
    detail: str = ""
    fatal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One record as it came, unread. `position` counts from 1 in the target's result.

    `syntax` is the dotted OID of the record syntax, or the name or URI of the schema for XML ('marcxml', 'dc', 'mods');
    `charset` is a hint ('' when nothing was said). `holdings` are the copies that came beside the record (OPAC, SRU
    extra data), in the record's own order. With a `diagnostic` (surrogate) there is no `payload`.
    """

    position: int
    syntax: str = ""
    payload: bytes = b""
    charset: str = ""
    holdings: tuple[Holding, ...] = ()
    diagnostic: Diagnostic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to a search. `hits` is None when the target does not say; `exact` is False for an estimate.

    `records` are those that came with the answer (piggyback, SRU), from position 1 on without a gap; they are at most
    as many as were wanted. `facets` are the target's own: name to (value, count) pairs.
    """

    hits: int | None
    records: tuple[Fetched, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    exact: bool = True
    facets: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a scanned list; `count` is None when the target does not say."""

    term: str
    count: int | None = None
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """Part of a list of terms; `at` is the index of the entry nearest the asked one (None: not told)."""

    entries: tuple[Entry, ...]
    at: int | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class LinkFailed(Exception):
    """The target cannot be asked, or no longer: nothing further can be done with this link.

    `code` is one of: unresolved, refused, unreachable, forbidden (an address that may not be reached), tls, rejected (the
    target turned us away), lost (closed the connection), protocol (what came is not the protocol), too_big, timeout,
    unsupported (what is asked cannot be said to this target), diagnostic (the target refused the search). `diagnostics`
    are the target's own words, where there are any.
    """

    def __init__(self, code: str, detail: str = "", diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.diagnostics = diagnostics


class Link(Protocol):
    """One session with one target. Used by one task at a time; deadlines are readings of the loop's clock (`loop.time()`).

    Every method raises LinkFailed, at the latest at its deadline (code 'timeout'), and lets itself be cancelled at any
    await; after either, only `close` may be called, except that a link goes on after 'diagnostic' and 'unsupported'.
    What fails for one record alone is a `Fetched` with a diagnostic.
    """

    async def search(self, query: Query, *, deadline: float, first: int = 0, sort: str = "") -> Found:
        """Search, and bring up to `first` records with the answer where that costs no further round trip.

        `sort` is one of index.search.SORTS or '' for the target's own order; a target that cannot says so by a diagnostic.
        """
        ...

    async def fetch(self, start: int, count: int, *, deadline: float) -> tuple[Fetched, ...]:
        """Records `start` (from 1) to `start + count - 1` of the last search, in order; fewer, or none, when the target
        gives no more."""
        ...

    async def scan(self, field: str, start: str, count: int, *, deadline: float) -> Scanned:
        """About `count` terms of an access point's list from `start` on."""
        ...

    async def close(self) -> None:
        """Let go of the connection; never raises and takes no longer than a moment."""
        ...
