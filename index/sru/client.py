"""Asks an SRU server: finds its version, leaves out what it does not bear, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from foundation.fetch import Fetcher
from index.live.link import Diagnostic, LinkFailed, Scanned
from index.sru import answers, asking, diagnostics, relaxing, zeerex
from index.sru.asking import Pairs, Spoken
from index.sru.memory import Memory
from index.sru.transport import Reply, exchange
from index.sru.values import VERSIONS, Answer, Endpoint, Explanation, Wish

T = TypeVar("T")

#: Requests of one search at most, whatever is learnt from them.
MOST_TRIES = 8

_TURNED_AWAY = frozenset((401, 402, 403, 407, 429, 503))
_TOO_LONG = frozenset((413, 414, 431))


class Client:
    """One server. Every method takes the seconds it may last, and raises LinkFailed at the latest then.

    Diagnostics are part of what is returned, never raised: an Answer with hits None and a fatal diagnostic is a search
    that was refused. Threads may share a client.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        endpoint: Endpoint,
        memory: Memory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.endpoint = endpoint
        self.memory = memory or Memory()
        self.key = (endpoint.url, endpoint.version, endpoint.method)
        self._fetcher, self._clock = fetcher, clock

    def explain(self, seconds: float, given_up: Callable[[], bool] = bool) -> Explanation:
        """What the server says about itself."""
        ends = self._clock() + seconds
        found = self._ask(asking.explain, zeerex.explanation, ends, given_up)
        spoken = self.memory.of(self.key).spoken
        if found.version[:1] == found.offered[:1] == "1" and found.offered in VERSIONS and spoken:
            self.memory.learn(self.key, spoken=replace(spoken, version=found.offered))
        return found

    def search(self, wish: Wish, seconds: float, given_up: Callable[[], bool] = bool) -> Answer:
        """The answer to a search, with a remark (not fatal) for each thing that had to be left out.

        Fewer records than wished may come: servers have limits. The rest is asked for with another `start`.
        """
        ends = self._clock() + seconds
        known = self.memory.of(self.key)
        wish = replace(wish, start=max(1, wish.start), count=min(wish.count, known.most or wish.count))
        without = set(known.without)
        if f"schema {wish.schema}" in without:
            without.add("schema")
        because: dict[str, Diagnostic] = {}
        for _ in range(MOST_TRIES):
            spoken, answer = self._search(wish, frozenset(without), ends, given_up)
            learnt = relaxing.lesson(answer, wish, without)
            if learnt is None:
                break
            if learnt.count is not None:
                wish = replace(wish, count=learnt.count)
                self.memory.learn(self.key, most=learnt.count)
            else:
                without.add(learnt.without)
                because[learnt.without] = learnt.because
        self._remember(without, because, wish, answer)
        return replace(answer, diagnostics=(*answer.diagnostics, *_remarks(wish, spoken, without, because)))

    def scan(
        self, clause: str, count: int, seconds: float, given_up: Callable[[], bool] = bool, position: int = 1
    ) -> Scanned:
        """About `count` terms of a list, from a clause such as 'dc.title = "a"' on."""
        ends = self._clock() + seconds
        return self._ask(
            lambda spoken: asking.scan(clause, count, spoken, position), answers.scan, ends, given_up
        )

    def _search(
        self, wish: Wish, without: frozenset[str], ends: float, given_up: Callable[[], bool]
    ) -> tuple[Spoken, Answer]:
        def read(root: Any) -> Answer:
            return answers.search(root, wish.start)

        def pairs(spoken: Spoken) -> Pairs:
            return asking.search(wish, spoken, without)

        before = self._candidates()[0]
        answer = self._ask(pairs, read, ends, given_up)
        spoken = self.memory.of(self.key).spoken or before
        if wish.sort and before.version != "1.1" and spoken.version == "1.1":
            answer = self._ask(pairs, read, ends, given_up)  # it has another way to say by what to sort
        return spoken, answer

    def _remember(
        self, without: set[str], because: dict[str, Diagnostic], wish: Wish, answer: Answer
    ) -> None:
        """Keep what does not depend on this one search, if leaving it out has helped."""
        if not because or answer.refused:
            return
        lasting: set[str] = {"packing", "facets"} & because.keys()
        if "schema" in because:
            lasting.add(f"schema {wish.schema}")
        known = self.memory.of(self.key)
        if lasting - known.without:
            self.memory.learn(self.key, without=known.without | lasting)

    # --- one question, in the version that the server speaks ---------------------------------------

    def _candidates(self) -> Sequence[Spoken]:
        known = self.memory.of(self.key).spoken
        if known is not None:
            return (known,)
        if self.endpoint.version:
            return (Spoken(version=self.endpoint.version, operation=self.endpoint.version != "2.0"),)
        return [Spoken(version=version) for version in VERSIONS]

    def _ask(
        self,
        pairs: Callable[[Spoken], Pairs],
        read: Callable[[Any], T],
        ends: float,
        given_up: Callable[[], bool],
    ) -> T:
        """The answer in the newest version that the server understands; remembers which that is."""
        candidates = list(self._candidates())
        while True:
            spoken = candidates.pop(0)
            try:
                root = self._root(pairs(spoken), ends, given_up)
                found = read(root)
            except LinkFailed as failed:
                # A server may answer a version it has never heard of in any way: with an error page, or not at all well.
                if failed.code != "protocol" or not candidates:
                    raise
                continue
            refused = next((one for one in answers.told(root) if (one.set, one.code) == ("srw", "5")), None)
            if refused is not None and candidates and _is_empty(found):
                named = [one for one in candidates if one.version in refused.detail]
                candidates = named or candidates
                continue
            if self.memory.of(self.key).spoken is None:
                version = answers.version_of(root)
                self.memory.learn(self.key, spoken=replace(spoken, version=version or spoken.version))
            return found

    def _root(self, pairs: Pairs, ends: float, given_up: Callable[[], bool]) -> Any:
        reply = self._reply(pairs, ends, given_up)
        if 200 <= reply.status < 300:
            return answers.root_of(reply.body)
        try:  # the reason may be in the body, in the words of the protocol
            root = answers.root_of(reply.body)
            words = "" if answers.told(root) else " ".join(" ".join(root.itertext()).split())[:200]
        except LinkFailed as failed:
            root, words = None, failed.detail if "web page" in failed.detail else ""
        if root is not None and not words and answers.told(root):
            return root
        said = diagnostics.of_http(reply.status, words, reply.retry_after)
        code = "rejected" if reply.status in _TURNED_AWAY else "protocol"
        raise LinkFailed(code, f"HTTP {reply.status}", (said,))

    def _reply(self, pairs: Pairs, ends: float, given_up: Callable[[], bool]) -> Reply:
        """By GET, or POST where that is wanted or the URL too long; the other way when the server minds."""
        sent = asking.ready(pairs, self.endpoint)
        reply = exchange(self._fetcher, self.endpoint, sent, ends - self._clock(), given_up)
        if self.endpoint.method != "auto":
            return reply
        posted = sent.body is not None
        if not posted and reply.status in _TOO_LONG:
            other = asking.ready(pairs, self.endpoint, "post")
        elif posted and (reply.status in (405, 501) or 300 <= reply.status < 400):
            other = asking.ready(pairs, self.endpoint, "get")
        else:
            return reply
        return exchange(self._fetcher, self.endpoint, other, ends - self._clock(), given_up)


def _is_empty(found: object) -> bool:
    """Did the server say nothing but that it does not know the version?"""
    match found:
        case Answer():
            return not found.items and not found.hits
        case Scanned():
            return not found.entries
        case Explanation():
            return not found.indexes and not found.schemas
    return False


def _remarks(
    wish: Wish, spoken: Spoken, without: set[str], because: dict[str, Diagnostic]
) -> list[Diagnostic]:
    """What was wished for and had to be left out."""
    left = []
    for what, wished in (("sort", wish.sort), ("schema", wish.schema), ("facets", wish.facets)):
        unknown = what == "facets" and spoken.version != "2.0"
        if wished and (what in without or unknown):
            said = because.get(what)
            detail = f"{said.code} {said.text}: {said.detail}".strip(" :") if said else ""
            left.append(Diagnostic(code=f"{what}_dropped", detail=detail, fatal=False))
    return left
