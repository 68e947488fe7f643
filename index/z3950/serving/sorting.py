"""Sort: a result set in another order, by one key (Z39.50-2003, 3.2.7)."""

from __future__ import annotations

from dataclasses import replace

from index.z3950.apdu import Diagnostic, SortAttributes, SortKeySpec, SortRequest, SortResponse, Specification
from index.z3950.apdu.sort import ASCENDING, DESCENDING
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Catalogue
from index.z3950.serving.opening import Agreed
from index.z3950.serving.refusals import Refused
from index.z3950.serving.sets import STRETCH, ResultSet, ResultSets

#: The order of index.search that goes up by a meaning, and whether there is one that goes down.
_UP = {"title": "title", "author": "author", "year": "year_up", "added": "added"}
_DOWN = {"year": "year"}

_FAILURE = 2
#: resultSetStatus: the input is as it was, or there is none.
_UNCHANGED, _NONE = 3, 4


def sort(asked: SortRequest, sets: ResultSets, catalogue: Catalogue, agreed: Agreed) -> SortResponse:
    """The answer to a Sort. Raises Refused."""
    if not asked.inputs:
        raise Refused(refusals.NO_SUCH_SET, "no result set is named")
    if len(asked.inputs) > 1:
        raise Refused(refusals.SORT_INPUTS, "one result set at a time")
    found = sets.get(asked.inputs[0])
    if len(asked.keys) > 1:
        raise Refused(refusals.TOO_MANY_KEYS, "one key is carried out")
    if not asked.keys:
        raise Refused(refusals.NO_SUCH_ORDER, "no key")
    order, backwards = _order(asked.keys[0], catalogue)
    output = asked.output if agreed.named_sets else "default"
    if output != asked.inputs[0]:
        sets.check(output, replace=True)
    sorted_ = ResultSet(catalogue, replace(found.meant, sort=order), first=STRETCH, backwards=backwards)
    sets.put(output, sorted_)
    return SortResponse(reference=asked.reference, status=0, hits=None)


def failed(asked: SortRequest, diagnostic: Diagnostic, *, known: bool) -> SortResponse:
    """The answer to a Sort that is not carried out; `known`: its input is there, as it was."""
    return SortResponse(
        reference=asked.reference,
        status=_FAILURE,
        result_set_status=_UNCHANGED if known else _NONE,
        diagnostics=(diagnostic,),
    )


def _order(key: SortKeySpec, catalogue: Catalogue) -> tuple[str, bool]:
    """(an order of index.search, whether the other way round)."""
    match key.key:
        case SortAttributes(attributes=attributes, attribute_set=attribute_set):
            meaning = catalogue.order(attributes, attribute_set)
        case str(name):
            meaning = catalogue.named_order(name)
        case Specification():
            raise Refused(refusals.NO_SUCH_ORDER, "element specifications are not sorted by")
        case _:
            raise Refused(refusals.DATABASE_SORT)
    if key.missing == "abort" or isinstance(key.missing, bytes):
        raise Refused(refusals.MISSING_VALUE, "titles without a value come last")
    if key.relation not in (ASCENDING, DESCENDING):
        raise Refused(refusals.SORT_RELATION, str(key.relation))
    if meaning == "relevance":
        return "relevance", False
    if key.relation == ASCENDING and meaning in _UP:
        return _UP[meaning], meaning == "added"
    if meaning in _DOWN:
        return _DOWN[meaning], False
    return _UP[meaning], meaning != "added"
