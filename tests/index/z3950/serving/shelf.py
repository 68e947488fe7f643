"""A catalogue of numbered titles in memory, and a client that speaks to a session without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from index.finding.lists import Stretch
from index.query import All, Query, Term
from index.rpn.tree import Attribute, Operand, Rpn
from index.z3950 import apdu, oids
from index.z3950.apdu import (
    InitRequest,
    InitResponse,
    Option,
    Pdu,
    PresentRequest,
    PresentResponse,
    RawRecord,
    SearchRequest,
    SearchResponse,
)
from index.z3950.apdu.records import encode_record
from index.z3950.serving.catalogue import Form, Meant, Terms
from index.z3950.serving.refusals import Refused
from index.z3950.serving.session import Reply, Session

ALL_OPTIONS = frozenset(Option)


@dataclass(slots=True)
class Shelf:
    """`total` titles t1, t2, …; those in `gone` cannot be written, those in `large` are so many bytes."""

    total: int = 25
    gone: set[str] = field(default_factory=set)
    large: dict[str, int] = field(default_factory=dict)
    searches: list[tuple[Meant, int, int]] = field(default_factory=list)
    written: list[tuple[tuple[str, ...], Form]] = field(default_factory=list)
    remembered: set[str] = field(default_factory=set)

    def understand(self, query: Rpn | str, sets: Mapping[str, Query]) -> Meant:
        if isinstance(query, str):
            return Meant(query=Term(text=query), sort="title")
        if isinstance(query.root, Operand) and query.root.term == b"bad":
            raise Refused(114, "4711")
        if isinstance(query.root, Operand) and query.root.term == b"boom":
            raise RuntimeError("a fault of ours")
        return Meant(query=All())

    def search(self, meant: Meant, offset: int, limit: int) -> tuple[int, Sequence[str]]:
        self.searches.append((meant, offset, limit))
        return self.total, [f"t{n}" for n in range(offset + 1, min(offset + limit, self.total) + 1)]

    def records(self, ids: Sequence[str], form: Form) -> Sequence[bytes | None]:
        self.written.append((tuple(ids), form))
        self.remembered |= set(ids)
        return [None if one in self.gone else self._record(one, form) for one in ids]

    def at_hand(self, ids: Sequence[str], form: Form) -> Sequence[bytes | None] | None:
        if not set(ids) <= self.remembered:
            return None
        return [self._record(one, form) for one in ids]

    def _record(self, id: str, form: Form) -> bytes:
        payload = id.encode().ljust(self.large.get(id, 10))
        return encode_record(RawRecord(syntax=form.syntax, database="Silang", payload=payload))

    def scan(self, start: Operand, attribute_set: str, position: int, size: int) -> Stretch:
        if start.term == b"bad":
            raise Refused(114, "4711")
        return Stretch(lines=tuple((f"word {n}", n) for n in range(1, min(size, 5) + 1)), position=position)

    def order(self, attributes: Sequence[Attribute], attribute_set: str) -> str:
        uses: dict[int | str, str] = {4: "title", 31: "year", 1003: "author", 1012: "added"}
        if attributes[0].value not in uses:
            raise Refused(207, str(attributes[0].value))
        return uses[attributes[0].value]

    def named_order(self, name: str) -> str:
        if name != "title":
            raise Refused(207, name)
        return name


TERMS = Terms(databases=("Silang", "silang", "default"), implementation=("", "Silang", "1"))


@dataclass(slots=True)
class Peer:
    """Says PDUs to a session and hears its answers."""

    shelf: Shelf = field(default_factory=Shelf)
    terms: Terms = TERMS
    session: Session = field(init=False)
    last: Reply = field(default_factory=Reply)

    def __post_init__(self) -> None:
        self.session = Session(self.shelf, self.terms)

    def say(self, pdu: Pdu) -> Pdu | None:
        """The answer to a PDU; None when there is none."""
        (frame,) = self.session.feed(apdu.encode(pdu))
        self.last = self.session.answer(frame)
        return apdu.decode(self.last.data) if self.last.data else None

    def init(self, **values: object) -> InitResponse:
        """Init with everything that there is, except for what is said."""
        asked = InitRequest(options=ALL_OPTIONS, preferred_size=2**20, exceptional_size=2**20)
        answer = self.say(replace(asked, **values))  # type: ignore[arg-type]  # any field
        assert isinstance(answer, InitResponse), answer
        return answer

    def search(self, term: str = "x", **values: object) -> SearchResponse:
        """A Search for one term."""
        asked = SearchRequest(databases=("silang",), query=Rpn(root=Operand(term=term)))
        answer = self.say(replace(asked, **values))  # type: ignore[arg-type]  # any field
        assert isinstance(answer, SearchResponse), answer
        return answer

    def present(self, start: int = 1, count: int = 1, **values: object) -> PresentResponse:
        """A Present of USMARC."""
        asked = PresentRequest(start=start, count=count, syntax=oids.USMARC, elements="F")
        answer = self.say(replace(asked, **values))  # type: ignore[arg-type]  # any field
        assert isinstance(answer, PresentResponse), answer
        return answer


def opened(shelf: Shelf | None = None, **values: object) -> Peer:
    """A peer whose session is open."""
    peer = Peer(shelf or Shelf())
    assert peer.init(**values).accepted
    return peer


def texts(answer: PresentResponse | SearchResponse) -> list[str]:
    """The payloads of the records, '' for a diagnostic in the place of one."""
    assert answer.records is not None
    return [one.payload.decode().strip() for one in answer.records.records]


def conditions(answer: PresentResponse | SearchResponse) -> list[int]:
    """The diagnostics of an answer: for all of it, or in the places of records."""
    if answer.records is None:
        return []
    of_records = [one.diagnostic.condition for one in answer.records.records if one.diagnostic is not None]
    return [*(one.condition for one in answer.records.diagnostics), *of_records]
