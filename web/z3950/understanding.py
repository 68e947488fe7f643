"""What queries mean to the union catalogue: RPN by the uses of Bib-1, CQL and lists by the table of SRU."""

from __future__ import annotations

from collections.abc import Mapping

from index.cql import translate
from index.cql.profile import Profile
from index.cql.tree import BadCql
from index.query import Query
from index.rpn import to_query
from index.rpn.to_query import BadRpn
from index.rpn.tree import BIB1, Operand, Rpn
from index.rpn.uses import USES
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Meant
from index.z3950.serving.refusals import Refused
from web.sru.answering import read_query

_USE = 1

#: Diagnostics of CQL (those of SRU) and what says the same in Bib-1; all others are a malformed query.
_OF_CQL = {
    12: 11,  # too many characters
    15: 121,  # context set
    16: 114,  # index
    19: 117,  # relation
    20: 117,  # relation modifier
    22: 123,  # relation with this index
    27: 125,  # empty term
    28: 120,  # mask
    29: 9,  # masked words too short
    30: 7,  # too many masks
    36: 126,  # form of the term
    38: 6,  # too many operators
    39: 110,  # proximity
    82: 207,
    84: 211,
    90: 214,
    91: 215,
    92: 213,
}


def cql(text: str, table: Profile) -> Meant:
    """The meaning of CQL. Raises Refused."""
    try:
        tree = read_query(text)
        return Meant(query=translate.query(tree, table), sort=translate.sort(tree, table))
    except BadCql as bad:
        number = _OF_CQL.get(bad.number, refusals.MALFORMED_QUERY)
        raise Refused(number, f"{bad.detail} (position {bad.position})") from bad


def rpn(query: Rpn, sets: Mapping[str, Query]) -> Meant:
    """The meaning of an RPN tree. Raises Refused."""
    try:
        return Meant(query=to_query.query(query, sets))
    except BadRpn as bad:
        raise Refused(bad.number, bad.addinfo) from bad


def start(operand: Operand, attribute_set: str, table: Profile) -> tuple[str, str, str]:
    """(access point, kind of its list, text) from which a scan starts. Raises Refused 113, 114, 121."""
    use: int | str | None = None
    for one in operand.attributes:
        if (one.set or attribute_set) != BIB1:
            raise Refused(121, one.set or attribute_set)
        if one.type == _USE:
            use = one.value
    # Without a use the list of titles is the nearest to "anywhere" that can be walked through.
    fields = ("title",) if use is None else USES.get(use, ())
    field = next((one for one in fields if one in table.scans), None)
    if field is None:
        raise Refused(114, str(use)[:100])
    term = operand.term
    text = to_query.decoded(term) if isinstance(term, bytes) else str(term)
    return field, table.scans[field], text
