"""What queries mean to the union catalogue: RPN by the table of attributes, CQL by the table of SRU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from index.cql import translate
from index.cql.profile import Profile
from index.cql.tree import BadCql
from index.query import And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.rpn.tree import Operand, Operator, ResultSet, Rpn
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Meant
from index.z3950.serving.refusals import Refused
from web.sru.answering import read_query

_USES = {
    1: "author", 2: "author", 3: "author", 4: "title", 5: "series", 7: "isbn", 8: "issn", 12: "identifier",
    16: "call_number", 20: "call_number", 21: "subject", 31: "year", 54: "language", 1003: "author",
    1007: "identifier", 1016: "any", 1018: "publisher",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables in force."""

    cql: Profile


def cql(text: str, tables: Tables) -> Meant:
    """The meaning of CQL."""
    try:
        tree = read_query(text)
        return Meant(query=translate.query(tree, tables.cql), sort=translate.sort(tree, tables.cql))
    except BadCql as bad:
        raise Refused(refusals.MALFORMED_QUERY, str(bad)) from bad


def rpn(query: Rpn, sets: Mapping[str, Query], tables: Tables) -> Meant:
    """The meaning of an RPN tree."""

    def node(one: object) -> Query:
        if isinstance(one, Operator):
            left, right = node(one.left), node(one.right)
            if one.name == "or":
                return Or(parts=(left, right))
            return And(parts=(left, Not(part=right) if one.name == "not" else right))
        if isinstance(one, ResultSet):
            if one.name.lower() not in sets:
                raise Refused(refusals.NO_SUCH_SET, one.name)
            return sets[one.name.lower()]
        assert isinstance(one, Operand)
        found = {a.type: a.value for a in one.attributes}
        field = _USES.get(found.get(1, 1016))  # type: ignore[arg-type]
        if field is None:
            raise Refused(114, str(found.get(1)))
        text = str(one.term)
        if field == "year":
            return Range(low=int(text), high=int(text))
        if found.get(5) == 1 and field not in ("isbn", "issn"):
            return Prefix(text=text, field=field)
        if found.get(4) == 1 and " " in text:
            return Phrase(text=text, field=field)
        parts = tuple(Term(text=word, field=field) for word in text.split())
        return And(parts=parts) if len(parts) > 1 else parts[0]

    return Meant(query=node(query.root))


def start(operand: Operand, attribute_set: str, tables: Tables) -> tuple[str, str, str]:
    """(access point, kind of list, text) that a scan starts from."""
    found = {a.type: a.value for a in operand.attributes}
    field = _USES.get(found.get(1, 1016), "")  # type: ignore[arg-type]
    if field not in tables.cql.scans:
        raise Refused(114, str(found.get(1)))
    return field, tables.cql.scans[field], str(operand.term)
