"""Single questions to an SRU target that is probed, and their answers in words."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from index.crosswalk.errors import BadRecord
from index.live.lean.reading import Reading, read
from index.live.lean.record import Lean
from index.live.link import Diagnostic, Fetched, LinkFailed
from index.rpn import pqf
from index.rpn.tree import Operand, Rpn
from index.sru.client import Client
from index.sru.values import Answer, SortKey, Wish
from index.targets.attributes import USUAL, USUAL_CQL, bib1, said
from index.targets.card import FAILED, NOTHING, REFUSED, WORKS
from index.targets.dialects import beside
from index.targets.probing.notes import LONGEST_PAUSE, Notes
from index.targets.profile import Profile


@dataclass(slots=True, kw_only=True)
class Questions:
    """One server, and what is known of it so far. `base` is a query that finds something."""

    profile: Profile
    client: Client
    notes: Notes
    base: str = ""
    hits: int = 0
    schema: str = ""
    works: dict[str, list[str]] = field(default_factory=dict)
    lenient: bool = False  # takes indexes that there are not

    @property
    def pqf(self) -> bool:
        """Whether it is asked in PQF."""
        return self.profile.dialect.query == "pqf"

    def seconds(self) -> float:
        """For one question."""
        return min(self.profile.limits.search_seconds, self.notes.left())

    def say(self, point: str, name: str, term: str) -> str:
        """A term in an access point; `name` is an index, or attributes."""
        if self.pqf:
            shapes = self.profile.dialect.shapes
            uses = beside(bib1(name), beside(shapes.year if point == "year" else shapes.word, shapes.always))
            return pqf.write(Rpn(root=Operand(term=term, attributes=uses)))
        quoted = '"' + term.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return quoted if name == "cql.serverChoice" else f"{name} = {quoted}"

    def names(self, point: str, more: Iterable[str] = ()) -> list[str]:
        """What may be asked for an access point: the profile's, then others."""
        dialect = self.profile.dialect
        if self.pqf:
            return [said(one) for one in dict.fromkeys((*dialect.access.get(point, ()), *USUAL[point]))]
        return list(dict.fromkeys((*dialect.indexes.get(point, ()), *more, *USUAL_CQL.get(point, ()))))

    def search(
        self,
        query: str,
        *,
        count: int = 1,
        schema: str | None = None,
        sort: tuple[SortKey, ...] = (),
        facets: tuple[tuple[str, int], ...] = (),
    ) -> tuple[Answer | None, str]:
        """(the answer, it in words); None when this one search failed and the server may still answer others."""
        time.sleep(min(self.profile.limits.interval, LONGEST_PAUSE))
        schema = self.schema if schema is None else schema
        wish = Wish(query=query, pqf=self.pqf, count=count, schema=schema, sort=sort, facets=facets)
        try:
            answer = self.client.search(wish, self.seconds())
        except LinkFailed as failed:
            if failed.code in ("protocol", "too_big", "unsupported"):
                return None, str(failed)
            raise
        return answer, words(answer.diagnostics) if answer.refused else f"{answer.hits} hits"


def lean_of(profile: Profile, schema: str, payload: bytes) -> Lean | None:
    """The record; None when it cannot be read."""
    try:
        how = Reading(flavour=profile.retrieval.flavour)
        return read(Fetched(position=1, syntax=schema, payload=payload), how) if payload else None
    except BadRecord:
        return None


def verdict_of(answer: Answer | None) -> tuple[str, int | None]:
    """(verdict, hits) of a search."""
    if answer is None:
        return FAILED, None
    if answer.refused:
        return REFUSED, None
    return (WORKS if answer.hits else NOTHING), answer.hits


def words(diagnostics: Iterable[Diagnostic]) -> str:
    """Diagnostics in one line, each once."""
    said_once = dict.fromkeys(
        f"{one.code}: {one.text or one.code}" + (f" ({one.detail})" if one.detail else "")
        for one in diagnostics
    )
    return "; ".join(said_once)
