"""Search: the query understood, the result kept, and the first records along with the answer where they are wanted."""

from __future__ import annotations

from index.rpn.tree import Rpn
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
) -> tuple[bytes, int, int]:
    """(the answer to a Search, how many titles were found, how many come along).

    Raises Refused; the old result of the name is gone then.
    """
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
    data, records = _answer(asked, found, catalogue, terms, agreed)
    return data, found.total, records


def _answer(
    asked: SearchRequest, found: ResultSet, catalogue: Catalogue, terms: Terms, agreed: Agreed
) -> tuple[bytes, int]:
    count, elements = _piggyback(asked, found.total)
    records: list[bytes] = []
    refused: Delivered | None = None
    status: int | None = None
    if count:
        try:
            form = forms.of_request(asked.syntax, elements, None, terms.databases, agreed.charset)
            taken = presenting.take(found, 1, count, form, catalogue, terms, agreed)
            if taken is not None:
                records, status = taken.records, SUCCESS if taken.whole else PARTIAL_2
        except Refused as fault:  # the search is well, only its records are not
            refused, status = Delivered(diagnostics=(fault.diagnostic,)), FAILURE
    response = SearchResponse(
        reference=asked.reference,
        hits=found.total,
        returned=len(records),
        next_position=len(records) + 1 if len(records) < found.total else 0,
        succeeded=True,
        present_status=status,
        records=refused,
    )
    return presenting.with_records(response, records), len(records)


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
    """The tree, or CQL. Raises Refused 107, 108."""
    match query:
        case CqlQuery(text=text):
            return text
        case Rpn101(rpn=rpn) | (Rpn() as rpn):
            return rpn
        case None:
            raise Refused(refusals.MALFORMED_QUERY, "no query")
    raise Refused(refusals.QUERY_TYPE, str(query.type))
