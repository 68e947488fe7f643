"""Search: the query understood, the result kept, and the first records along with the answer where they are wanted."""

from __future__ import annotations

from index.rpn.tree import Node, Operand, Operator, Rpn
from index.z3950 import ber
from index.z3950.apdu import CqlQuery, Delivered, Diagnostic, Query, Rpn101, SearchRequest, SearchResponse
from index.z3950.apdu.present import FAILURE, PARTIAL_2, SUCCESS
from index.z3950.apdu.search import ElementSets
from index.z3950.serving import forms, presenting, refusals
from index.z3950.serving.catalogue import Catalogue, Terms
from index.z3950.serving.opening import Agreed
from index.z3950.serving.refusals import Refused
from index.z3950.serving.sets import STRETCH, ResultSet, ResultSets

#: resultSetStatus of a search that failed: no result set can be used.
_NO_SET = 3


def search(
    asked: SearchRequest, sets: ResultSets, catalogue: Catalogue, terms: Terms, agreed: Agreed
) -> tuple[SearchResponse, int]:
    """The answer to a Search, and how many titles were found. Raises Refused; the old result of the name is gone then."""
    name = asked.result_set if agreed.named_sets else "default"
    sets.check(name, replace=asked.replace)
    earlier = sets.meanings()  # a query may refer to the result that it replaces
    sets.delete(name)
    check_databases(asked.databases, terms)
    query = _plain(asked.query)
    if seconds := terms.wait(1, 0):
        raise Refused(refusals.EXHAUSTED, f"try again in {seconds} seconds")
    meant = catalogue.understand(query, earlier)
    found = ResultSet(catalogue, meant, first=STRETCH)
    sets.put(name, found)
    return _answer(asked, found, catalogue, terms, agreed), found.total


def _answer(
    asked: SearchRequest, found: ResultSet, catalogue: Catalogue, terms: Terms, agreed: Agreed
) -> SearchResponse:
    count, elements = _piggyback(asked, found.total)
    records: Delivered | None = None
    status, returned = None, 0
    if count:
        try:
            form = forms.of_request(asked.syntax, elements, None, terms.databases, agreed.charset)
            taken = presenting.take(found, 1, count, form, catalogue, terms, agreed)
            records = Delivered(records=taken.records)
            returned = len(taken.records)
            status = SUCCESS if taken.whole else PARTIAL_2
        except Refused as refused:  # the search is well, only its records are not
            records, status = Delivered(diagnostics=(refused.diagnostic,)), FAILURE
    return SearchResponse(
        reference=asked.reference,
        hits=found.total,
        returned=returned,
        next_position=returned + 1 if returned < found.total else 0,
        succeeded=True,
        present_status=status,
        records=records,
    )


def failed(asked: SearchRequest, diagnostic: Diagnostic) -> SearchResponse:
    """The answer to a Search that is not carried out."""
    return SearchResponse(
        reference=asked.reference,
        hits=0,
        returned=0,
        next_position=0,
        succeeded=False,
        result_set_status=_NO_SET,
        records=Delivered(diagnostics=(diagnostic,)),
    )


def check_databases(names: tuple[str, ...], terms: Terms) -> None:
    """Raise Refused for a database that is not ours, and for none."""
    for name in names:
        if name.lower() not in terms.databases:
            raise Refused(refusals.NO_SUCH_DATABASE, name[:100])
    if len(names) > len(terms.databases):
        raise Refused(refusals.TOO_MANY_DATABASES, str(len(names)))


def _piggyback(asked: SearchRequest, hits: int) -> tuple[int, ElementSets | None]:
    """(how many records come along, their element set) by the bounds of the request (Z39.50-2003, 3.2.2.1.6)."""
    if hits <= asked.small_set:
        return hits, asked.small_elements
    if hits < asked.large_set:
        return min(hits, max(asked.medium_set, 0)), asked.medium_elements
    return 0, None


def _plain(query: Query | None) -> Rpn | str:
    """The tree with its terms as text, or CQL. Raises Refused 107, 108."""
    match query:
        case CqlQuery(text=text):
            return text
        case Rpn101(rpn=rpn) | (Rpn() as rpn):
            return Rpn(root=_readable(rpn.root), attribute_set=rpn.attribute_set)
        case None:
            raise Refused(refusals.MALFORMED_QUERY, "no query")
    raise Refused(refusals.QUERY_TYPE, str(query.type))


def _readable(node: Node) -> Node:
    if isinstance(node, Operator):
        return Operator(
            name=node.name,
            left=_readable(node.left),
            right=_readable(node.right),
            proximity=node.proximity,
        )
    return readable(node) if isinstance(node, Operand) else node


def readable(operand: Operand) -> Operand:
    """An operand with its term as text: UTF-8 where it is, else ISO 8859-1."""
    term = operand.term
    if isinstance(term, str):
        return operand
    text = ber.decode_text(term) if isinstance(term, bytes) else str(term)
    return Operand(term=text, attributes=operand.attributes)
