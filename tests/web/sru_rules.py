"""What the schemas of SRU demand of an answer, written down as rules: namespaces, order, number, and form."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

ZING = "http://www.loc.gov/zing/srw/"
OASIS = "http://docs.oasis-open.org/ns/search-ws/"
XCQL = "http://www.loc.gov/zing/cql/xcql/"
FACET = OASIS + "facetedResults"

#: Children in their order: (name, may be left out).
Rule = tuple[tuple[str, bool], ...]


def rule(text: str) -> Rule:
    """'a b? c' as names, those with ? optional."""
    return tuple((name.rstrip("?"), name.endswith("?")) for name in text.split())


_RESPONSE = (
    "version numberOfRecords resultSetId? resultSetIdleTime? records? nextRecordPosition? "
    "echoedSearchRetrieveRequest? diagnostics? extraResponseData?"
)
_ECHO = (
    "version query? xQuery? startRecord? maximumRecords? recordPacking? recordSchema? recordXPath? resultSetTTL? "
    "sortKeys? xSortKeys? stylesheet? extraRequestData?"
)
ONE: Mapping[str, Rule] = {
    "searchRetrieveResponse": rule(_RESPONSE),
    "explainResponse": rule("version record echoedExplainRequest? diagnostics? extraResponseData?"),
    "scanResponse": rule("version terms? echoedScanRequest? diagnostics? extraResponseData?"),
    "record": rule(
        "recordSchema recordPacking recordData recordIdentifier? recordPosition? extraRecordData?"
    ),
    "term": rule("value numberOfRecords? displayTerm? whereInList? extraTermData?"),
    "echoedSearchRetrieveRequest": rule(_ECHO),
    "echoedScanRequest": rule("version scanClause? responsePosition? maximumTerms? stylesheet?"),
}
TWO: Mapping[str, Rule] = {
    **ONE,
    "searchRetrieveResponse": rule(
        "version? numberOfRecords resultSetId? resultSetIdleTime? records? nextRecordPosition? "
        "echoedSearchRetrieveRequest? diagnostics? extraResponseData? resultSetTTL? resultCountPrecision? "
        "facetedResults? searchResultAnalysis?"
    ),
    "record": rule(
        "recordSchema recordXMLEscaping recordData recordIdentifier? recordPosition? extraRecordData?"
    ),
    "echoedSearchRetrieveRequest": rule(
        "version? queryType? query? xQuery? startRecord? maximumRecords? recordXMLEscaping? recordPacking? "
        "recordSchema? recordXPath? facetParameters? resultSetTTL? sortKeys? xSortKeys? stylesheet? "
        "renderedBy? httpAccept? responseType?"
    ),
}
FACETS: Mapping[str, Rule] = {
    "facet": rule("facetDisplayLabel? facetDescription? index? relation? terms"),
    "term": rule("actualTerm query? requestUrl? count"),
}
_NUMBER = re.compile("[0-9]+")


def check(data: bytes) -> etree._Element:
    """The root of an answer that keeps the rules; AssertionError for one that does not."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    name = etree.QName(root)
    assert name.localname in ("searchRetrieveResponse", "explainResponse", "scanResponse")
    version = root[0].text
    assert version in ("1.1", "1.2", "2.0")
    expected = ZING
    if version == "2.0":
        expected = OASIS + ("scan" if name.localname == "scanResponse" else "sruResponse")
    assert name.namespace == expected
    _element(root, expected, TWO if version == "2.0" else ONE, version)
    return root


def _element(element: etree._Element, namespace: str, rules: Mapping[str, Rule], version: str) -> None:
    name = etree.QName(element).localname
    children = [etree.QName(child).localname for child in element]
    if name in rules:
        _in_order(name, children, rules[name])
    if name == "recordIdentifier":
        assert version != "1.1", "1.1 has no recordIdentifier"
    if name in ("numberOfRecords", "nextRecordPosition", "recordPosition"):
        assert _NUMBER.fullmatch(element.text or "")
    if name == "records":
        assert children
        assert set(children) == {"record"}
    if name == "diagnostics":
        for child in element:
            _diagnostic(child, version)
    if name in ("recordData", "diagnostics"):
        return
    for child in element:
        own = etree.QName(child).namespace
        assert own in (namespace, XCQL, FACET), child.tag
        _element(child, namespace, {XCQL: {}, FACET: FACETS}.get(own, rules), version)


def _diagnostic(element: etree._Element, version: str) -> None:
    namespace = OASIS + "diagnostic" if version == "2.0" else ZING + "diagnostic/"
    assert element.tag == f"{{{namespace}}}diagnostic"
    assert all(etree.QName(child).namespace == namespace for child in element)
    _in_order("diagnostic", [etree.QName(c).localname for c in element], rule("uri details? message?"))
    assert re.fullmatch(r"info:srw/diagnostic/1/[0-9]+", element[0].text or "")


def _in_order(name: str, children: list[str], wanted: Rule) -> None:
    rest = list(children)
    for child, optional in wanted:
        if rest and rest[0] == child:
            rest.pop(0)
        else:
            assert optional, f"{name} lacks {child}: {children}"
    assert not rest, f"{name} has {rest[0]} out of order: {children}"
