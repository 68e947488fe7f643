"""A target that speaks SRU, as the live search sees it: `index.live.link.Link` over the client."""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from foundation.fetch import Fetcher, FetchPolicy
from index.live.link import Diagnostic, Fetched, Found, LinkFailed, Scanned
from index.query import Query
from index.sru import saying
from index.sru.client import Client
from index.sru.memory import Memory
from index.sru.values import Answer, Endpoint, Item, SortKey, Wish
from index.sru.workers import Workers
from index.targets.profile import Profile

T = TypeVar("T")

#: Orders of index.search → the access point to sort by, and whether downwards.
SORTS = {
    "title": ("title", False),
    "author": ("author", False),
    "year": ("year", True),
    "year_up": ("year", False),
}

#: A place for the password in a parameter of a profile, e.g. for an API key.
SECRET = "{secret}"  # noqa: S105  # the place for one, not one

#: Other indexes that are tried for one query.
MOST_CHOICES = 6

#: Diagnostics that say: not this index, and: no CQL at all (YAZ's servers without a table for it).
_NO_INDEX, _NO_CQL = frozenset(("15", "16")), frozenset(("11",))

#: Diagnostics by which a server turns us away instead of the query.
_TURNED_AWAY = frozenset(("3", "68"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What links share: what may be reached, the threads, what was learnt, and how PQF is written (None: not at all)."""

    policy: FetchPolicy
    workers: Workers
    memory: Memory
    pqf: Callable[[Query, Profile], str] | None = None


async def open_link(profile: Profile, secret: str, means: Means, deadline: float) -> SruLink:
    """A link to a target of protocol 'sru'. Nothing is sent yet: HTTP has no sessions. Raises LinkFailed."""
    if profile.address.protocol != "sru":
        raise LinkFailed("unsupported", f"{profile.address.protocol} is not SRU")
    if deadline <= asyncio.get_running_loop().time():
        raise LinkFailed("timeout")
    return SruLink(profile, endpoint(profile, secret), means)


def endpoint(profile: Profile, secret: str = "") -> Endpoint:
    """Where the target of a profile answers and how it is asked; `secret` is its password or key."""
    address, dialect, who = profile.address, profile.dialect, profile.authentication
    return Endpoint(
        url=address.url.removeprefix("sru+"),
        version=dialect.sru_version,
        method=dialect.sru_method,
        auth=who.kind if who.kind in ("basic", "url") else "none",
        user=who.user,
        password=secret,
        parameters={name: value.replace(SECRET, secret) for name, value in dialect.parameters.items()},
        charset=dialect.charset,
        verify=address.verify,
        ca_file=_authorities(address.ca_pem) if address.ca_pem else None,
    )


class SruLink:
    """See index.live.link.Link. Fulfils it; used by one task at a time."""

    def __init__(self, profile: Profile, where: Endpoint, means: Means) -> None:
        self._profile, self._means = profile, means
        # A fetcher of its own: closing the link closes its connections.
        self._fetcher = Fetcher(means.policy)
        self._client = Client(self._fetcher, where, means.memory)
        # Which index of several is known there is found out anew when the profile says something else.
        dialect = profile.dialect
        self._key = (*self._client.key, dialect.query, repr(sorted(dialect.indexes.items())))
        self._wish = Wish(query="")
        self._last: tuple[int, bytes] = (0, b"")

    async def search(self, query: Query, *, deadline: float, first: int = 0, sort: str = "") -> Found:
        """Search; one request brings the first records too. Tries other indexes where one is not known there."""
        keys, remarks = self._sort(sort)
        known = self._means.memory.of(self._key)
        chosen, pqf = dict(known.chosen), known.pqf or self._profile.dialect.query == "pqf"
        for _ in range(MOST_CHOICES):
            wish = Wish(
                query=self._said(query, chosen, pqf=pqf),
                pqf=pqf,
                # 0 is an error for some servers and the default for others.
                count=max(1, first),
                schema=self._profile.retrieval.schema,
                sort=keys,
            )
            answer = await self._ask(wish, deadline)
            if not answer.refused or pqf:
                break
            if self._means.pqf is not None and _names(answer, _NO_CQL):
                pqf = True
            elif not (_names(answer, _NO_INDEX) and self._choose(query, answer, chosen)):
                break
        if answer.refused and not answer.items:
            raise _refused(answer)
        self._means.memory.learn(self._key, chosen=tuple(sorted(chosen.items())), pqf=pqf)
        remarks += self._replaced(query, chosen) if not pqf else []
        self._wish = wish
        self._last = (1, answer.items[0].payload) if answer.items else (0, b"")
        return Found(
            hits=answer.hits,
            records=tuple(_fetched(one) for one in answer.items[:first]),
            diagnostics=(*answer.diagnostics, *remarks),
            exact=answer.exact,
            facets=answer.facets,
        )

    async def fetch(self, start: int, count: int, *, deadline: float) -> tuple[Fetched, ...]:
        """One page from `start` on; a server with small pages gives fewer than asked, and is asked again by the caller."""
        if not self._wish.query:
            raise LinkFailed("unsupported", "nothing was searched yet")
        answer = await self._ask(replace(self._wish, start=start, count=count), deadline)
        if not answer.items and answer.diagnostics and (answer.hits is None or start <= answer.hits):
            raise _refused(answer)
        items = answer.items[:count]
        if items and items[0].payload:
            was, payload = self._last
            if was != start and payload == items[0].payload:
                return ()  # it begins at the start again whatever it is asked for
            self._last = (start, items[0].payload)
        return tuple(_fetched(one) for one in items)

    async def scan(self, field: str, start: str, count: int, *, deadline: float) -> Scanned:
        """Terms of an access point's list."""
        chosen = dict(self._means.memory.of(self._key).chosen)
        clause = saying.scan_clause(field, start, self._profile.dialect, chosen)
        found = await self._run(lambda s, up: self._client.scan(clause, count, s, up), deadline)
        if not found.entries and any(one.fatal for one in found.diagnostics):
            raise LinkFailed("diagnostic", _words(found.diagnostics[0]), found.diagnostics)
        return replace(found, entries=found.entries[:count])

    async def close(self) -> None:
        """Close what is kept open."""
        self._fetcher.close()

    # --- how it is done ------------------------------------------------------------------------------

    async def _ask(self, wish: Wish, deadline: float) -> Answer:
        return await self._run(lambda seconds, up: self._client.search(wish, seconds, up), deadline)

    async def _run(self, ask: Callable[[float, Callable[[], bool]], T], deadline: float) -> T:
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise LinkFailed("timeout")
        return await self._means.workers.run(lambda given_up: ask(left, given_up), deadline)

    def _said(self, query: Query, chosen: dict[str, int], *, pqf: bool) -> str:
        if pqf:
            if self._means.pqf is None:
                raise LinkFailed("unsupported", "PQF cannot be written")
            return self._means.pqf(query, self._profile)
        return saying.cql(query, self._profile.dialect, chosen)

    def _sort(self, sort: str) -> tuple[tuple[SortKey, ...], list[Diagnostic]]:
        if sort in ("", "relevance"):
            return (), []
        field, descending = SORTS.get(sort, ("", False))
        if not self._profile.dialect.indexes.get(field):
            return (), [Diagnostic(code="sort_dropped", detail=sort, fatal=False)]
        chosen = dict(self._means.memory.of(self._key).chosen)
        return (
            SortKey(index=saying.indexes(field, self._profile.dialect, chosen)[0], descending=descending),
        ), []

    def _replaced(self, query: Query, chosen: dict[str, int]) -> list[Diagnostic]:
        """A remark for each index that stands for another one."""
        dialect = self._profile.dialect
        return [
            Diagnostic(
                code="index_replaced", detail=" ".join(saying.indexes(one, dialect, chosen)), fatal=False
            )
            for one in saying.fields(query)
            if chosen.get(one)
        ]

    def _choose(self, query: Query, answer: Answer, chosen: dict[str, int]) -> bool:
        """Take the next index for the access point that the server does not know; False when there is none left."""
        dialect = self._profile.dialect
        detail = " ".join(one.detail for one in answer.diagnostics)
        names = [
            name
            for name in saying.fields(query)
            if chosen.get(name, 0) + 1 < len(saying.choices(name, dialect))
        ]
        named = [
            name for name in names if any(one in detail for one in saying.indexes(name, dialect, chosen))
        ]
        for name in (named or names)[:1]:
            chosen[name] = chosen.get(name, 0) + 1
            return True
        return False


def _names(answer: Answer, numbers: frozenset[str]) -> bool:
    """Does the server give one of these diagnostics?"""
    return any(one.set == "srw" and one.code in numbers for one in answer.diagnostics)


def _refused(answer: Answer) -> LinkFailed:
    fatal = next((one for one in answer.diagnostics if one.fatal), None) or answer.diagnostics[0]
    code = "rejected" if (fatal.set, fatal.code in _TURNED_AWAY) == ("srw", True) else "diagnostic"
    return LinkFailed(code, _words(fatal), answer.diagnostics)


def _words(said: Diagnostic) -> str:
    return f"{said.code} {said.text}" + (f": {said.detail}" if said.detail else "")


def _fetched(item: Item) -> Fetched:
    return Fetched(
        position=item.position,
        syntax=item.schema,
        payload=item.payload,
        charset="utf-8" if item.payload else "",
        holdings=item.holdings,
        diagnostic=item.diagnostic,
    )


def _authorities(pem: str) -> str:
    """A file with these certificates: the library for TLS reads no text. One file for the same text."""
    path = _folder() / f"{hashlib.sha256(pem.encode()).hexdigest()}.pem"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=_folder(), delete=False) as made:
            made.write(pem)
        os.replace(made.name, path)
    return str(path)


@cache
def _folder() -> Path:
    """A folder of this process alone, gone when it ends: nobody else may put an authority there."""
    made = tempfile.mkdtemp(prefix="silang-authorities-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)
