"""A target that speaks Z39.50, as the live search sees it: `index.live.link.Link` over the client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from foundation.fetch import Allowed
from index.live.link import Diagnostic, Entry, Fetched, Found, LinkFailed, Scanned
from index.live.z3950.asking import Asking, Memory
from index.live.z3950.records import fetched, said
from index.query import Query
from index.rpn.tree import Attribute, Operand, Rpn
from index.targets import dialects
from index.targets.opening import address, syntaxes
from index.targets.profile import Profile
from index.z3950.apdu import Option, RawRecord, SortKeySpec
from index.z3950.apdu.initialize import Authentication, IdPass
from index.z3950.apdu.sort import ASCENDING, DESCENDING, SortAttributes
from index.z3950.asking.values import Found as Answer
from index.z3950.asking.values import Opening
from index.z3950.ber import decode_text
from index.z3950.client import Client, connect
from index.z3950.diagnostics import Action
from index.z3950.errors import Rejected, Z3950Failed
from index.z3950.limits import Limits

#: Orders of index.search → use attribute to sort by, and which way.
SORTS = {
    "title": (4, ASCENDING),
    "author": (1003, ASCENDING),
    "year": (31, DESCENDING),
    "year_up": (31, ASCENDING),
}
#: Searches that one query may take until it is said as the target wants it.
MOST_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What links share: which addresses may be reached, and what was learnt of targets."""

    allowed: Allowed = field(default_factory=Allowed)
    memory: Memory = field(default_factory=Memory)


async def open_link(profile: Profile, secret: str, means: Means, deadline: float) -> Z3950Link:
    """Connect and initialise. Raises LinkFailed, with the server's own reason where it turns us away."""
    left = max(0.05, deadline - asyncio.get_running_loop().time())
    try:
        where = address(profile)
        client = await connect(
            where,
            opening(profile, secret),
            deadline,
            allowed=means.allowed,
            limits=Limits(pdu=profile.limits.pdu_bytes, look_up=min(left, Limits().look_up)),
        )
    except Z3950Failed as error:
        raise failed(error) from error
    return Z3950Link(client, profile, means)


def opening(profile: Profile, secret: str) -> Opening:
    """What Init says to the target of a profile; `secret` is its password."""
    who = profile.authentication
    authentication: Authentication | None = None
    if who.kind == "open":
        authentication = f"{who.user}/{secret}" if secret else who.user
    elif who.kind == "idpass":
        authentication = IdPass(group=who.group or None, user=who.user or None, password=secret or None)
    elif who.kind == "anonymous":
        authentication = True
    return Opening(authentication=authentication, negotiate=profile.dialect.negotiate)


def failed(error: Z3950Failed) -> LinkFailed:
    """A failure of the client in the words of the live search."""
    own = tuple(said(one) for one in error.diagnostics) if isinstance(error, Rejected) else ()
    return LinkFailed(error.code, str(error), own)


class Z3950Link:
    """See index.live.link.Link. Fulfils it; used by one task at a time."""

    def __init__(self, client: Client, profile: Profile, means: Means) -> None:
        self._client = client
        self._profile = profile
        self._databases = profile.address.databases or ("Default",)
        self._syntaxes = _syntaxes(profile)
        self._elements = next(iter(profile.retrieval.elements), None) or None
        self._asking = Asking(dialects.of(profile), means.memory, profile.address.url)

    async def search(self, query: Query, *, deadline: float, first: int = 0, sort: str = "") -> Found:
        """Search, said in other words where the target does not know ours; the answer tells which."""
        sorting = sort in SORTS
        count = 0 if sorting else first
        remarks: list[Diagnostic] = []
        answer: Answer | None = None
        saying = self._asking.first(query)
        for _ in range(MOST_TRIES):
            answer = await self._ask(saying.rpn, count, deadline)
            if answer.succeeded and (answer.hits or saying.folded):
                break
            following = self._asking.next(saying, answer)
            if following is None:
                break
            saying = following
        assert answer is not None
        told = tuple(said(one) for one in answer.diagnostics)
        if not answer.succeeded:
            code = (
                "rejected"
                if any(one.action is Action.SIGN_IN for one in answer.diagnostics)
                else "diagnostic"
            )
            raise LinkFailed(code, str(answer.diagnostics[0]) if answer.diagnostics else "", told)
        self._asking.learn(saying)
        remarks += saying.remarks
        if sorting:
            remarks += await self._sort(sort, deadline)
        return Found(
            hits=answer.hits,
            records=tuple(fetched(one, n) for n, one in enumerate(_wanted(answer.records[:count]), 1)),
            diagnostics=(*(_mild(one) for one in told), *remarks),
            exact=answer.status is None,
        )

    async def fetch(self, start: int, count: int, *, deadline: float) -> tuple[Fetched, ...]:
        """Records in the first syntax of the profile that the target has."""
        try:
            presented = await self._client.present(
                start,
                count,
                syntaxes=self._syntaxes,
                element_set=self._elements,
                chunk=count,
                deadline=deadline,
            )
        except Z3950Failed as error:
            raise failed(error) from error
        if (
            not presented.records
            and presented.diagnostics
            and not _beyond(presented.diagnostics[0].condition)
        ):
            raise LinkFailed(
                "diagnostic", str(presented.diagnostics[0]), tuple(said(one) for one in presented.diagnostics)
            )
        return tuple(fetched(one, n) for n, one in enumerate(presented.records, start))

    async def scan(self, field: str, start: str, count: int, *, deadline: float) -> Scanned:
        """Terms of the list that the first attributes of an access point name."""
        attributes = self._asking.attributes(field)
        try:
            found = await self._client.scan(
                Operand(term=start, attributes=attributes), self._databases, count=count, deadline=deadline
            )
        except Z3950Failed as error:
            raise failed(error) from error
        told = tuple(said(one) for one in found.diagnostics)
        if not found.terms and told:
            raise LinkFailed("diagnostic", str(found.diagnostics[0]), told)
        entries = tuple(
            Entry(term=_text(one.term), count=one.hits, shown=one.display or "")
            for one in found.terms[:count]
            if one.diagnostic is None
        )
        at = None if found.position is None else found.position - 1
        return Scanned(entries=entries, at=at, diagnostics=told)

    async def close(self) -> None:
        """Say goodbye, for a moment at most."""
        await self._client.close()

    # --- how it is done ------------------------------------------------------------------------------

    async def _ask(self, rpn: Rpn, count: int, deadline: float) -> Answer:
        dialect = self._profile.dialect
        count = count if dialect.piggyback and dialect.syntax_in_search else 0
        try:
            return await self._client.search(
                rpn,
                self._databases,
                piggyback=count,
                syntax=self._syntax() if dialect.syntax_in_search else None,
                element_set=self._elements,
                deadline=deadline,
            )
        except Z3950Failed as error:
            raise failed(error) from error

    def _syntax(self) -> str | None:
        refused = self._client.session.refused
        return next((one for one in self._syntaxes if one not in refused), None)

    async def _sort(self, sort: str, deadline: float) -> Sequence[Diagnostic]:
        """Sort the result at the target; one remark where it does not."""
        dropped = (Diagnostic(code="sort_dropped", detail=sort, fatal=False),)
        if not self._client.agreed.can(Option.SORT):
            return dropped
        use, relation = SORTS[sort]
        key = SortKeySpec(key=SortAttributes(attributes=(Attribute(type=1, value=use),)), relation=relation)
        try:
            done = await self._client.sort((key,), deadline=deadline)
        except Z3950Failed as error:
            raise failed(error) from error
        return () if done.succeeded else dropped


def _syntaxes(profile: Profile) -> tuple[str, ...]:
    names = profile.retrieval.syntaxes
    if profile.retrieval.holdings == "opac" and "opac" not in names:
        names = ("opac", *names)
    return syntaxes(names)


def _wanted(records: Sequence[RawRecord]) -> Iterator[RawRecord]:
    """Those that came along up to one that would come in another syntax or in brief: it is fetched, with what follows."""
    for one in records:
        if one.diagnostic is not None and one.diagnostic.action in (Action.OTHER_SYNTAX, Action.SMALLER):
            return
        yield one


def _text(term: str | bytes | int) -> str:
    return decode_text(term) if isinstance(term, bytes) else str(term)


def _mild(one: Diagnostic) -> Diagnostic:
    """What came beside an answer that succeeded is to be told, and no failure."""
    return Diagnostic(code=one.code, set=one.set, text=one.text, detail=one.detail, fatal=False)


def _beyond(condition: int) -> bool:
    """Out of range: there is no more, whatever the count of hits said."""
    return condition == 13
