"""Scan: a stretch of the list of an index, around the term that was asked for."""

from __future__ import annotations

from index.cql import terms
from index.cql.parser import parse
from index.cql.profile import Profile
from index.cql.tree import BadCql, Clause, Scoped
from index.finding import lists
from index.search import Engine
from web.oai import xml
from web.sru.asking import DEFAULT_TERMS, MOST_TERMS, Asked
from web.sru.diagnostics import Refused


def scan(asked: Asked, engine: Engine, profile: Profile) -> str:
    """The terms element. Raises Refused, BadCql, SearchFailed."""
    text = asked.must("scanClause")
    size = min(asked.number("maximumTerms", DEFAULT_TERMS, 1), MOST_TERMS)
    position = asked.number("responsePosition", 1, 0)
    if position > size + 1:
        raise Refused(120, str(position))
    root = parse(text).root
    prefixes: dict[str, str] = {}
    if isinstance(root, Scoped):
        prefixes = {name.lower(): uri for name, uri in root.prefixes}
        root = root.part
    if not isinstance(root, Clause):
        raise BadCql(10, "one clause, without and, or, not")
    field = profile.meaning(root.index, prefixes, root.at) if root.index else "any"
    if root.relation.lower() not in ("", "=", "==", "exact", "scr", "any", "all", "adj", ">="):
        raise BadCql(19, root.relation, root.at)
    if field not in profile.scans:
        raise BadCql(16, root.index or "cql.serverChoice", root.at)
    typed = terms.plain(root.term)
    found = lists.around(engine, field, profile.scans[field], typed, position, size).lines
    inside = "".join(
        f"<zs:term>{xml.element('zs:value', value)}{xml.element('zs:numberOfRecords', str(count))}</zs:term>"
        for value, count in found
    )
    return f"<zs:terms>{inside}</zs:terms>" if inside else ""
