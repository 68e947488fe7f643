"""Scan: a stretch of the list of an index, around the term that was asked for."""

from __future__ import annotations

from index.analysis import tokens
from index.cql import terms
from index.cql.parser import parse
from index.cql.profile import Profile
from index.cql.tree import BadCql, Clause, Scoped
from index.finding import headings
from index.identifiers import isbn_key, issn_key
from index.plan import EXACT
from index.search import Engine
from web.oai import xml
from web.sru.asking import DEFAULT_TERMS, MOST_TERMS, Asked
from web.sru.diagnostics import Refused

#: (value, how many titles it leads to)
Line = tuple[str, int]


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
    if profile.scans[field] == "words":
        found = _words(engine, field, typed, position, size)
    else:
        found = _headings(engine, profile.scans[field], typed, position, size)
    inside = "".join(
        f"<zs:term>{xml.element('zs:value', value)}{xml.element('zs:numberOfRecords', str(count))}</zs:term>"
        for value, count in found
    )
    return f"<zs:terms>{inside}</zs:terms>" if inside else ""


def _words(engine: Engine, field: str, typed: str, position: int, size: int) -> list[Line]:
    if field in EXACT:
        start = isbn_key(typed) or issn_key(typed) or typed
    else:
        start = next(iter(tokens(typed)), "")
    before = [*reversed(engine.walk(field, start, position - 1, backwards=True))] if position > 1 else []
    after = [*engine.walk(field, start, size + 1)]
    if position == 0 and after and after[0][0] == start:
        after = after[1:]
    return [line for line in (*before, *after) if line[0]][:size]


def _headings(engine: Engine, kind: str, typed: str, position: int, size: int) -> list[Line]:
    start = headings.key(kind, typed)
    lines: list[headings.Heading] = []
    if position > 1:
        lines += headings.page(engine, kind, start, position - 1, backwards=True).headings
    after = headings.page(engine, kind, start, size + 1).headings
    if position == 0 and after and after[0].key == start:
        after = after[1:]
    return [(line.text, line.count) for line in (*lines, *after)][:size]
