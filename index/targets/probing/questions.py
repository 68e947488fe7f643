"""Single questions to a Z39.50 target that is probed, and their answers in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from foundation.fetch import Allowed
from index.crosswalk.errors import BadRecord
from index.live.lean.reading import Reading, read
from index.live.lean.record import Lean
from index.live.z3950.records import fetched
from index.rpn import pqf
from index.rpn.tree import Node, Operand, Rpn
from index.targets import opening
from index.targets.attributes import USUAL, Combination, said
from index.targets.card import FAILED, IGNORED, NOTHING, REFUSED, WORKS
from index.targets.dialects import beside
from index.targets.probing.notes import LONGEST_PAUSE, Notes
from index.targets.profile import Profile
from index.z3950.apdu import RawRecord
from index.z3950.asking.values import Found, Presented
from index.z3950.client import Client
from index.z3950.diagnostics import Diagnostic
from index.z3950.errors import Z3950Failed
from index.z3950.oids import SYNTAXES, UNIMARC, USMARC
from index.z3950.userinfo import facet

#: Diagnostics that concern attributes and terms, and not the server.
_ATTRIBUTES = range(113, 128)


class Questions:
    """One session, and what is known of the target so far."""

    def __init__(self, profile: Profile, password: str, allowed: Allowed, notes: Notes) -> None:
        self.profile, self.password, self.allowed, self.notes = profile, password, allowed, notes
        self.session: Client | None = None
        self.base: Operand = Operand(term="")  # a query that finds something
        self.hits = 0
        self.best = ""  # the syntax that records come in
        self.lenient = False  # takes attributes that there are not
        self.reads = Reading(charset=profile.retrieval.charset, flavour=profile.retrieval.flavour)

    @property
    def client(self) -> Client:
        """The session; there is one once it is opened."""
        assert self.session is not None
        return self.session

    async def close(self) -> None:
        """Say goodbye."""
        if self.session is not None:
            await self.session.close()

    def deadline(self) -> float:
        """For one question, as a reading of the loop's clock. Raises Ended when the probe's time is over."""
        return asyncio.get_running_loop().time() + min(self.profile.limits.search_seconds, self.notes.left())

    def operand(self, point: str, uses: Combination, word: str) -> Operand:
        """A term in an access point, with everything that the profile adds to it."""
        shapes = self.profile.dialect.shapes
        shape = shapes.year if point == "year" else shapes.word if " " not in word else shapes.phrase
        return Operand(term=word, attributes=beside(beside(uses, shape), shapes.always))

    def uses(self, point: str) -> Combination:
        """Attributes of an access point that have worked, or those of the profile."""
        works = [
            one.subject.partition(" ")[2]
            for one in self.notes.findings
            if one.trait == "access"
            and one.verdict in (WORKS, IGNORED)
            and one.subject.startswith(f"{point} ")
        ]
        if works:
            return next(
                uses
                for uses in (*self.profile.dialect.access.get(point, ()), *USUAL[point])
                if said(uses) == works[0]
            )
        return next(iter((*self.profile.dialect.access.get(point, ()), *USUAL[point])))

    async def search(
        self, node: Node, *, piggyback: int = 0, facets: bool = False
    ) -> tuple[Found | None, str]:
        """(the answer, it in words); None when the server closed the connection over it, after which there is another."""
        await asyncio.sleep(min(self.profile.limits.interval, LONGEST_PAUSE))
        try:
            found = await self.client.search(
                Rpn(root=node, attribute_set=self.profile.dialect.attribute_set),
                self.profile.address.databases,
                piggyback=piggyback,
                syntax=next(iter(opening.syntaxes([self.best])), None) if self.best else None,
                facets=(facet("title"),) if facets else (),
                deadline=self.deadline(),
            )
        except Z3950Failed as failed:
            if failed.code in ("lost", "unsupported"):
                return None, str(failed)
            raise
        return found, words(found.diagnostics) if not found.succeeded else f"{found.hits} hits"

    async def present(self, count: int) -> list[RawRecord]:
        """The first records of the last search that came whole."""
        answer = await self.ask_present(1, count, chunk=max(1, self.profile.limits.chunk))
        return [one for one in answer.records if one.diagnostic is None]

    async def ask_present(
        self, start: int, count: int, *, syntax: str = "", elements: str | None = "", chunk: int = 20
    ) -> Presented:
        """Records of the last search; what went wrong stands in the answer.

        `syntax` is an OID, '' the best known; `elements` '' is the profile's first element set, None is none at all.
        """
        wanted = [syntax] if syntax else [*opening.syntaxes([self.best])] if self.best else []
        try:
            return await self.client.present(
                start,
                count,
                syntaxes=wanted,
                element_set=next(iter(self.profile.retrieval.elements), None) if elements == "" else elements,
                chunk=chunk,
                brief=None,
                deadline=self.deadline(),
            )
        except Z3950Failed as failed:
            if failed.code not in ("lost", "unsupported", "too_big"):
                raise
            return Presented(status=5, diagnostics=(Diagnostic(set="", condition=0, addinfo=str(failed)),))

    def read(self, record: RawRecord) -> Lean | None:
        """The record; None when it cannot be read."""
        try:
            return read(fetched(record, 1), self.reads)
        except BadRecord:
            return None


def preferred(works: list[str], profile: Profile) -> list[str]:
    """Syntaxes that work in the order in which we would have them."""
    order = (
        ("opac", "unimarc", "usmarc")
        if profile.retrieval.flavour == "unimarc"
        else ("opac", "usmarc", "unimarc")
    )
    return [name for name in (*order, "xml", "sutrs", "grs1") if name in works]


def verdict_of(found: Found | None) -> tuple[str, int | None]:
    """(verdict, hits) of a search."""
    if found is None:
        return FAILED, None
    if not found.succeeded:
        return REFUSED, None
    return (WORKS if found.hits else NOTHING), found.hits


def about_attributes(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether it is the attributes that a server minds."""
    return any(one.condition in _ATTRIBUTES for one in diagnostics)


def words(diagnostics: Iterable[Diagnostic]) -> str:
    """Diagnostics in one line."""
    return "; ".join(map(str, diagnostics))


def text_of(term: object) -> str:
    """A term of a list for people."""
    return term.decode("utf-8", "replace") if isinstance(term, bytes) else str(term)


def in_pqf(node: Node) -> str:
    """A query as people write it."""
    return pqf.write(Rpn(root=node))


_NAMES = {oid: name for name, oid in reversed(SYNTAXES.items())} | {USMARC: "usmarc", UNIMARC: "unimarc"}


def judged(answer: Presented) -> tuple[str, str]:
    """(verdict, in words) of a Present of one record."""
    if answer.records and answer.records[0].diagnostic is None:
        return WORKS, f"{len(answer.records[0].payload):,} bytes"
    surrogate = [one.diagnostic for one in answer.records if one.diagnostic is not None]
    return REFUSED, words([*answer.diagnostics, *surrogate]) or "no record"


def name_of(oid: str | None) -> str:
    """A record syntax by its name."""
    return _NAMES.get(oid or "", oid or "nothing")
