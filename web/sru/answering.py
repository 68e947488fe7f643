"""The answers of SRU: searchRetrieve, scan and explain, each in the form of the version that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from foundation.libraries import Library
from index import views
from index.cql import translate, writing
from index.cql.parser import parse
from index.cql.profile import Profile
from index.cql.tree import BadCql, Cql
from index.search import Engine, SearchFailed, SearchRequest
from index.views import Cluster
from web.oai import xml
from web.oai.house import House, members
from web.sru import diagnostics, explaining, facets, records, scanning
from web.sru.asking import DEFAULT_RECORDS, LAST_POSITION, MOST_RECORDS, Asked
from web.sru.diagnostics import Diagnostic, Refused
from web.sru.dialect import EXACT_COUNT
from web.sru.records import Schema

#: An answer may be so large, in characters; one record alone may be larger.
LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an answer needs: a connection that reads, the index, who we are, and the table of CQL."""

    c: Connection
    engine: Engine
    house: House
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search gave. `clusters` are in the order of the hits, None for one that went meanwhile."""

    total: int = 0
    start: int = 1
    ids: Sequence[str] = ()
    clusters: Sequence[Cluster | None] = ()
    facets: str = ""


def answer(desk: Desk, asked: Asked) -> str:
    """The whole answer as XML."""
    if asked.operation == "searchRetrieve":
        return _search(desk, asked)
    return _scan(desk, asked) if asked.operation == "scan" else _explain(desk, asked)


def _said(refused: BadCql) -> Diagnostic:
    place = f" (position {refused.position})" if refused.number == 10 else ""
    return Diagnostic(number=refused.number, details=f"{refused.detail}{place}")


def read_query(text: str) -> Cql:
    """The tree of a query: leniently, and where that cannot be, strictly. Raises BadCql."""
    try:
        return parse(text)
    except BadCql as refused:
        try:
            return parse(text, strict=True)
        except BadCql:
            raise refused from None


# --- searchRetrieve ------------------------------------------------------------------------------


def _search(desk: Desk, asked: Asked) -> str:
    tree: Cql | None = None
    found, written, after = Found(), "", 0
    fatal: list[Diagnostic] = []
    try:
        as_string = asked.as_string
        schema = _schema(asked)
        tree = _read(asked)
        found = _find(desk, asked, tree)
        if asked.values.get("xmlformat") == "marc21":
            return _bare(desk, found)
        written, after = _records(desk, asked, found, schema, as_string)
    except Refused as refused:
        fatal, found = [refused.diagnostic], Found()
    except BadCql as bad:
        fatal, found = [_said(bad)], Found()
    except SearchFailed:
        fatal, found = [Diagnostic(number=2)], Found()
    inside = xml.element("zs:numberOfRecords", str(found.total))
    if written:
        inside += f"<zs:records>{written}</zs:records>"
    if after:
        inside += xml.element("zs:nextRecordPosition", str(after))
    inside += _echoed(asked, tree)
    inside += diagnostics.several((*fatal, *asked.odd), asked.dialect)
    if asked.dialect.has_facets:
        inside += xml.element("zs:resultCountPrecision", EXACT_COUNT) + found.facets
    return _envelope(asked, "searchRetrieveResponse", inside)


def _schema(asked: Asked) -> Schema:
    found = records.schema(asked.values.get("recordSchema", ""))
    if found is None:
        raise Refused(66, asked.values["recordSchema"])
    if "recordXPath" in asked.values:
        raise Refused(72)
    return found


def _read(asked: Asked) -> Cql:
    text = asked.must("query")
    if asked.values.get("queryType", "cql") != "cql":
        raise Refused(6, "queryType")
    return read_query(text)


def _find(desk: Desk, asked: Asked, tree: Cql) -> Found:
    start = asked.number("startRecord", 1, 1)
    size = min(asked.number("maximumRecords", DEFAULT_RECORDS, 0), MOST_RECORDS)
    if start > LAST_POSITION:
        raise Refused(61, f"at most {LAST_POSITION}")
    wanted = facets.read(asked, desk.profile)
    order = _sort_keys(asked, desk.profile) or translate.sort(tree, desk.profile)
    result = desk.engine.search(
        SearchRequest(
            query=translate.query(tree, desk.profile),
            facets=wanted.request(),
            sort=order,
            offset=start - 1,
            limit=size,
        )
    )
    if start > max(result.total, 1):
        raise Refused(61, str(result.total))
    ids = [hit.id for hit in result.hits]
    living = views.several(desk.c, ids)
    return Found(
        total=result.total,
        start=start,
        ids=ids,
        clusters=[living.get(one) for one in ids],
        facets=facets.write(wanted, result),
    )


def _sort_keys(asked: Asked, profile: Profile) -> str:
    """The order of `sortKeys`: path,schema,ascending,caseSensitive,missingValue; '' without it."""
    keys = asked.values.get("sortKeys", "").split()
    if not keys:
        return ""
    if len(keys) > 1:
        raise Refused(84, "one sort key is carried out")
    path, _, ascending, case, missing = (*keys[0].split(","), "", "", "", "")[:5]
    if case == "1":
        raise Refused(91, keys[0])
    if missing:
        raise Refused(92, missing)
    if ascending not in ("", "0", "1", "true", "false"):
        raise Refused(82, keys[0])
    direction = "down" if ascending in ("0", "false") else "up"
    return translate.order(profile.order(path, {}), direction)


def _records(desk: Desk, asked: Asked, found: Found, schema: Schema, as_string: bool) -> tuple[str, int]:
    """The records that fit into an answer, and the position of the next one (0 when there is none)."""
    known = members(desk.c) if found.clusters else {}
    written: list[str] = []
    size = 0
    for place, cluster in enumerate(found.clusters, found.start):
        one = _record(desk, asked, cluster, place, schema, known, as_string)
        size += len(one)
        if written and size > LARGEST:
            break
        written.append(one)
    after = found.start + len(written)
    return "".join(written), after if after <= min(found.total, LAST_POSITION) else 0


def _record(
    desk: Desk,
    asked: Asked,
    cluster: Cluster | None,
    place: int,
    schema: Schema,
    known: Mapping[str, Library],
    as_string: bool,
) -> str:
    if cluster is None:  # it went since it was indexed
        identifier, data = diagnostics.SCHEMA, diagnostics.one(Diagnostic(number=64), asked.dialect)
    else:
        identifier, data = schema.identifier, records.write(schema, cluster, known, desk.house)
    inside = _data(asked, identifier, data, as_string)
    if cluster is not None and asked.dialect.has_identifiers:
        inside += xml.element("zs:recordIdentifier", cluster.id)
    return f"<zs:record>{inside}{xml.element('zs:recordPosition', str(place))}</zs:record>"


def _data(asked: Asked, identifier: str, data: str, as_string: bool) -> str:
    return (
        xml.element("zs:recordSchema", identifier)
        + xml.element(f"zs:{asked.dialect.packing}", "string" if as_string else "xml")
        + f"<zs:recordData>{xml.said(data) if as_string else data}</zs:recordData>"
    )


def _bare(desk: Desk, found: Found) -> str:
    """A collection of MARC records and nothing around it: what the MARC client of SLiMS reads."""
    known = members(desk.c)
    inside = "".join(
        records.write(records.SCHEMAS[0], cluster, known, desk.house)
        for cluster in found.clusters
        if cluster is not None
    )
    return f'<collection xmlns="http://www.loc.gov/MARC21/slim">{inside}</collection>'


_ECHOED = (
    *("version", "queryType", "query", "", "startRecord", "maximumRecords", "recordXMLEscaping"),
    *("recordPacking", "recordSchema", "recordXPath", "resultSetTTL", "sortKeys", "stylesheet"),
    *("renderedBy", "httpAccept", "responseType"),
)
#: Operators of a query that is repeated as XCQL: each is two levels of XML, and many parsers bear 256 in all.
_MOST_TRIPLES = 100
_ONLY_2 = frozenset(("queryType", "recordXMLEscaping", "renderedBy", "httpAccept", "responseType"))


def _echoed(asked: Asked, tree: Cql | None) -> str:
    """What was asked, in the order of the schema; the tree of the query as XCQL."""
    inside = ""
    for name in _ECHOED:
        if not name:
            again = writing.xcql(tree) if tree is not None else ""
            fits = again.count("<triple") <= _MOST_TRIPLES
            inside += f"<zs:xQuery>{again}</zs:xQuery>" if again and fits else ""
        elif name == "version":
            inside += xml.element("zs:version", asked.dialect.version)
        elif name in asked.values and (asked.dialect.has_facets or name not in _ONLY_2):
            inside += xml.element(f"zs:{name}", asked.values[name][:8192])
    return f"<zs:echoedSearchRetrieveRequest>{inside}</zs:echoedSearchRetrieveRequest>"


# --- scan and explain ----------------------------------------------------------------------------


def _scan(desk: Desk, asked: Asked) -> str:
    fatal: list[Diagnostic] = []
    inside = ""
    try:
        inside = scanning.scan(asked, desk.engine, desk.profile)
    except Refused as refused:
        fatal = [refused.diagnostic]
    except BadCql as bad:
        fatal = [_said(bad)]
    except SearchFailed:
        fatal = [Diagnostic(number=2)]
    echo = xml.element("zs:version", asked.dialect.version)
    for name in ("scanClause", "responsePosition", "maximumTerms", "stylesheet"):
        if name in asked.values:
            echo += xml.element(f"zs:{name}", asked.values[name][:8192])
    inside += f"<zs:echoedScanRequest>{echo}</zs:echoedScanRequest>"
    return _envelope(asked, "scanResponse", inside + diagnostics.several((*fatal, *asked.odd), asked.dialect))


def _explain(desk: Desk, asked: Asked) -> str:
    odd = list(asked.odd)
    try:
        as_string = asked.as_string
    except Refused as refused:
        as_string = False
        odd.append(refused.diagnostic)
    data = explaining.explain(asked, desk.house, desk.profile)
    inside = f"<zs:record>{_data(asked, explaining.ZEEREX, data, as_string)}</zs:record>"
    return _envelope(asked, "explainResponse", inside + diagnostics.several(odd, asked.dialect))


def _envelope(asked: Asked, name: str, inside: str) -> str:
    dialect = asked.dialect
    namespace = dialect.scan_namespace if name == "scanResponse" else dialect.namespace
    version = xml.element("zs:version", dialect.version)
    return f'<zs:{name} xmlns:zs="{namespace}">{version}{inside}</zs:{name}>'
