"""The plan of a search: its request, records that come along, and what is tried when the server cannot do it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.rpn.tree import Node, Operand, Operator, ResultSet, Rpn
from index.z3950.apdu import CqlQuery, Diagnostic, Option, Query, Rpn101, SearchRequest, SearchResponse
from index.z3950.asking.session import Kept, Plan, Session
from index.z3950.asking.values import Found
from index.z3950.errors import Garbled, Unsupported
from index.z3950.userinfo import Facet, facets_info, read_facets, read_report

_STATUSES = {1: "subset", 2: "interim", 3: "none", 4: "estimate"}

#: More than any result: piggyback has no upper bound then. Some servers count in 31 bits.
_ANY_NUMBER = 2**31 - 1

_NO_NAMES = 22
_NO_RECORDS_WITH_SEARCH = frozenset({1005, 1006})


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search as a caller wants it. `piggyback` is how many records shall come along, 0 none.

    `syntax` and `elements` belong to them and are sent only with piggyback, or when `always_syntax` says so: some
    servers refuse a search that names a syntax, some want one.
    """

    query: Query
    databases: tuple[str, ...]
    result_set: str = "default"
    piggyback: int = 0
    syntax: str | None = None
    elements: str | None = None
    always_syntax: bool = False
    facets: tuple[Facet, ...] = ()


def search(session: Session, wanted: Search) -> Plan[Found]:
    """Search, and again without names of result sets or without piggyback where the server refuses these."""
    request = _request(session, wanted)
    yield from revive_operands(session, wanted.query)
    answer = yield request
    found = _read(answer, request.result_set)
    if not found.succeeded and request.result_set != "default" and _says(found.diagnostics, {_NO_NAMES}):
        session.unnamed = True
        request = replace(request, result_set="default")
        found = _read((yield request), "default")
    if wanted.piggyback and _says(found.diagnostics, _NO_RECORDS_WITH_SEARCH):
        request = replace(
            request, small_set=0, large_set=1, medium_set=0, small_elements=None, medium_elements=None
        )
        found = _read((yield request), request.result_set)
    _remember(session, wanted.result_set, request, found)
    return found


def revive(session: Session, name: str) -> Plan[Kept]:
    """The result set of this name, searched for again when the server no longer has it. Raises Unsupported."""
    kept = session.sets.get(name)
    if kept is None:
        raise Unsupported(f"there is no result set {name!r}")
    if not kept.alive:
        request = replace(kept.request, small_set=0, large_set=1, medium_set=0, result_set=session.name(name))
        found = _read((yield request), request.result_set)
        again = kept.again
        _remember(session, name, request, found)
        kept = session.sets[name]
        for pdu in again:  # noqa: UP028  # a plan is sent answers, which a list cannot take
            yield pdu
        kept.again = again
    return kept


def revive_operands(session: Session, query: Query) -> Plan[None]:
    """Search again for the result sets that a query builds upon."""
    rpn = query if isinstance(query, Rpn) else query.rpn if isinstance(query, Rpn101) else None
    if rpn is not None:
        for name in sorted(_named(rpn.root)):
            if name in session.sets:
                yield from revive(session, name)


def in_charset(query: Query, codec: str) -> Query:
    """The query with its text as octets of a character set. Raises Unsupported when a term does not go into it."""
    if codec.lower().replace("_", "-") in ("utf-8", "utf8", "ascii"):
        return query
    if isinstance(query, Rpn):
        return replace(query, root=_encoded(query.root, codec))
    if isinstance(query, Rpn101):
        return Rpn101(rpn=replace(query.rpn, root=_encoded(query.rpn.root, codec)))
    return query


def _request(session: Session, wanted: Search) -> SearchRequest:
    if isinstance(wanted.query, CqlQuery):
        session.need(Option.QUERY_TYPE_104, "queries in CQL (type 104)")
    query = in_charset(wanted.query, session.opening.charset)
    request = SearchRequest(
        result_set=session.name(wanted.result_set), databases=wanted.databases, query=query
    )
    if wanted.piggyback > 0:
        request = replace(
            request,
            small_set=wanted.piggyback,
            large_set=_ANY_NUMBER,
            medium_set=wanted.piggyback,
            small_elements=wanted.elements,
            medium_elements=wanted.elements,
        )
    if wanted.piggyback > 0 or wanted.always_syntax:
        request = replace(request, syntax=wanted.syntax)
    if wanted.facets and session.agreed.version >= 3:
        request = replace(request, additional=(facets_info(wanted.facets),))
    return request


def _read(answer: object, named: str) -> Found:
    if not isinstance(answer, SearchResponse):
        raise Garbled("the server did not answer to Search")
    delivered = answer.records
    infos = (*(answer.additional or ()), *(answer.other_info or ()))
    return Found(
        hits=max(answer.hits, 0),
        succeeded=answer.succeeded,
        records=delivered.records if delivered is not None else (),
        diagnostics=delivered.diagnostics if delivered is not None else (),
        status=_STATUSES.get(answer.result_set_status or 0),
        named=named,
        facets=read_facets(infos) if infos else (),
        parts=read_report(infos) if infos else (),
    )


def _remember(session: Session, name: str, request: SearchRequest, found: Found) -> None:
    if request.result_set == "default":
        # One set only: the one before is overwritten, but can be searched for again.
        for other, kept in session.sets.items():
            if session.name(other) == "default":
                kept.alive = False
    alive = found.succeeded or found.status in ("subset", "interim")
    exact = found.status is None
    session.sets[name] = Kept(request=request, hits=found.hits if exact else None, alive=alive)


def _says(diagnostics: Sequence[Diagnostic], conditions: set[int] | frozenset[int]) -> bool:
    return any(diagnostic.condition in conditions for diagnostic in diagnostics)


def _named(node: Node) -> set[str]:
    if isinstance(node, ResultSet):
        return {node.name}
    if isinstance(node, Operator):
        return _named(node.left) | _named(node.right)
    return set()


def in_operand(operand: Operand, codec: str) -> Operand:
    """The operand with its text as octets of a character set. Raises Unsupported."""
    if not isinstance(operand.term, str):
        return operand
    try:
        return replace(operand, term=operand.term.encode(codec))
    except UnicodeEncodeError as error:
        lost = error.object[error.start : error.end]
        raise Unsupported(f"{lost!r} does not exist in this server's character set {codec}") from None
    except LookupError:
        raise Unsupported(f"there is no character set {codec}") from None


def _encoded(node: Node, codec: str) -> Node:
    if isinstance(node, Operator):
        return replace(node, left=_encoded(node.left, codec), right=_encoded(node.right, codec))
    return in_operand(node, codec) if isinstance(node, Operand) else node
