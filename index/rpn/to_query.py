"""RPN → Query: what a Z39.50 client asks our own index, all six types of Bib-1 attributes; what cannot be done is named.

Read generously where clients differ and the answer stays true (no structure: all words; a whole ISBN with truncation:
that ISBN), and refused by its Bib-1 diagnostic where a broader answer would be taken for the right one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from index.analysis import tokens
from index.crosswalk.encodings import Decoder
from index.identifiers import isbn_key, issn_key
from index.parse import MIN_PREFIX
from index.plan import EXACT
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.rpn.tree import BIB1, Attribute, Node, Operand, Operator, Proximity, ResultSet, Rpn
from index.rpn.uses import USES

#: Caps: words of all terms together, words that stand for many others, operators in one another as they come, and in
#: the query that is made of them (a chain of one operator is flat in it).
MAX_WORDS = 128
MAX_BEGINNINGS = 16
MAX_DEPTH = 200
MAX_NESTING = 40

_USE, _RELATION, _POSITION, _STRUCTURE, _TRUNCATION, _COMPLETENESS = range(1, 7)
#: The diagnostic of an attribute by its type.
_UNSUPPORTED = {
    _USE: 114,
    _RELATION: 117,
    _POSITION: 119,
    _STRUCTURE: 118,
    _TRUNCATION: 120,
    _COMPLETENESS: 122,
}

_PHRASE, _WORD, _KEY, _YEAR, _DATE, _LIST = 1, 2, 3, 4, 5, 6
#: Structures that are read as words that must all be there, and those that are one value.
_WORDS = frozenset((_WORD, _LIST, 100, 101, 102, 105, 106))
_VALUES = frozenset((_KEY, 103, 104, 107, 108, 109))
_STRUCTURES = _WORDS | _VALUES | {_PHRASE, _YEAR, _DATE}

_YEAR_TERM = re.compile(r"\s*([0-9]{1,4})(?:-?(?:0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12][0-9]|3[01]))?)?\s*")
_YEARS_TERM = re.compile(r"\s*([0-9]{1,4})?\s*[-\s/]\s*([0-9]{1,4})?\s*")
_ORDERED = {1: (None, -1), 2: (None, 0), 3: (0, 0), 4: (0, None), 5: (1, None)}


class BadRpn(Exception):
    """The query is refused: the number of a Bib-1 diagnostic, and its addinfo."""

    def __init__(self, number: int, addinfo: str = "") -> None:
        super().__init__(f"{number}: {addinfo}" if addinfo else str(number))
        self.number = number
        self.addinfo = addinfo


def decoded(term: bytes) -> str:
    """A term whose character set nobody named, by what its bytes prove: UTF-8, MARC-8 or Windows-1252."""
    return Decoder(b" " * 24 + term).text(term)[0].replace("\x1f", " ")


def query(
    rpn: Rpn, results: Mapping[str, Query] | None = None, decode: Callable[[bytes], str] = decoded
) -> Query:
    """The query that our index is asked. `results`: named result sets as the queries they were made by.

    Raises BadRpn: 3-11 and 30 of the search, 110 and 129-132 of operators, 113-126 of attributes and terms.
    """
    if rpn.attribute_set != BIB1:
        raise BadRpn(121, rpn.attribute_set)
    made = _Reader(results or {}, decode).node(rpn.root, 0)
    if _depth(made) > MAX_NESTING:
        raise BadRpn(6, str(MAX_NESTING))
    return made


def _depth(made: Query) -> int:
    match made:
        case And(parts=parts) | Or(parts=parts):
            return 1 + max(map(_depth, parts), default=0)
        case Not(part=part):
            return 1 + _depth(part)
    return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The attributes of an operand; 0 where there is none."""

    fields: tuple[str, ...]
    relation: int
    position: int
    structure: int
    truncation: int
    completeness: int


@dataclass(slots=True)
class _Reader:
    results: Mapping[str, Query]
    decode: Callable[[bytes], str]
    words: int = 0
    beginnings: int = 0

    def node(self, node: Node, depth: int) -> Query:
        if depth > MAX_DEPTH:
            raise BadRpn(6, str(MAX_DEPTH))
        match node:
            case Operator():
                return self._operator(node, depth)
            case ResultSet(name=name):
                if name not in self.results:
                    raise BadRpn(30, name)
                return self.results[name]
            case Operand():
                return self._operand(node)

    def _operator(self, node: Operator, depth: int) -> Query:
        if node.name == "prox":
            return self._near(node, depth)
        left, right = self.node(node.left, depth + 1), self.node(node.right, depth + 1)
        match node.name:
            case "and":
                return And(parts=(*_parts(left, And), *_parts(right, And)))
            case "or":
                return Or(parts=(*_parts(left, Or), *_parts(right, Or)))
            case "not":
                return And(parts=(*_parts(left, And), Not(part=right)))
        raise BadRpn(110, node.name)

    def _near(self, node: Operator, depth: int) -> Query:
        """Words side by side are what the index knows of nearness."""
        if not isinstance(node.left, Operand) or not isinstance(node.right, Operand):
            raise BadRpn(129)
        near = node.proximity or Proximity(distance=1, ordered=True, relation=3, unit=2)
        if near.private or near.unit != 2:
            raise BadRpn(132, str(near.unit))
        if near.exclusion or near.relation not in (2, 3):
            raise BadRpn(131, str(near.relation))
        if near.distance != 1:
            raise BadRpn(202, str(near.distance))
        if not near.ordered:
            raise BadRpn(203)
        left, right = self.node(node.left, depth + 1), self.node(node.right, depth + 1)
        if not isinstance(left, Term | Phrase) or not isinstance(right, Term | Phrase):
            raise BadRpn(201)
        ordered = left.field not in EXACT and left.field != "year"
        if not ordered or left.field != right.field:
            raise BadRpn(201)
        return Phrase(text=f"{left.text} {right.text}", field=left.field)

    def _operand(self, operand: Operand) -> Query:
        asked = _asked(operand.attributes)
        term = operand.term
        text = self.decode(term) if isinstance(term, bytes) else str(term)
        if asked.fields == ("",) or asked.relation == 103:
            return All()
        if len(text) > 1000:
            raise BadRpn(11, "1000")
        made = list(dict.fromkeys(self._in_field(field, text, asked) for field in asked.fields))
        found = made[0] if len(made) == 1 else Or(parts=tuple(made))
        return And(parts=(All(), Not(part=found))) if asked.relation == 6 else found

    def _in_field(self, field: str, text: str, asked: _Asked) -> Query:
        if field == "year":
            return _years(text, asked)
        if asked.relation not in (0, 3, 6, 101, 102):
            raise BadRpn(117, str(asked.relation))
        text, begins = _truncated(text, asked)
        words = text.split()
        if not any(tokens(word) for word in words) and (field not in EXACT or not words):
            raise BadRpn(125, text[:100])
        self.words += len(words)
        if self.words > MAX_WORDS:
            raise BadRpn(5, str(MAX_WORDS))
        self.beginnings += begins
        if self.beginnings > MAX_BEGINNINGS:
            raise BadRpn(7, str(MAX_BEGINNINGS))
        if field in EXACT:
            return self._value(field, text, begins)
        # The index holds words: neither where in a field they begin nor whether they are all of it.
        if asked.position not in (0, 3):
            raise BadRpn(119, str(asked.position))
        if asked.completeness not in (0, 1):
            raise BadRpn(122, str(asked.completeness))
        if begins:
            if asked.structure == _PHRASE and len(words) > 1:
                raise BadRpn(123, "4=1 5=1")
            parts: list[Query] = [Term(text=word, field=field) for word in words[:-1]]
            parts.append(self._beginning(field, words[-1]))
            return parts[0] if len(parts) == 1 else And(parts=tuple(parts))
        if len(words) == 1:
            return Term(text=words[0], field=field)
        if asked.structure in _VALUES or asked.structure == _PHRASE:
            return Phrase(text=" ".join(words), field=field)
        return And(parts=tuple(Term(text=word, field=field) for word in words))

    def _value(self, field: str, text: str, begins: bool) -> Query:
        """One value as a whole, whatever structure was said."""
        value = " ".join(text.split())
        key = isbn_key if field == "isbn" else issn_key if field == "issn" else None
        if begins and not (key is not None and key(value)):
            return self._beginning(field, value)
        return Term(text=value, field=field)

    def _beginning(self, field: str, text: str) -> Query:
        if len(text) < MIN_PREFIX:
            raise BadRpn(9, str(MIN_PREFIX))
        return Prefix(text=text, field=field)


def _asked(attributes: tuple[Attribute, ...]) -> _Asked:
    """What the attributes say; raises BadRpn for those that nobody here knows."""
    values = dict.fromkeys(range(2, 7), 0)
    fields: tuple[str, ...] | None = None
    for one in attributes:
        if one.set is not None and one.set != BIB1:
            raise BadRpn(121, one.set)
        if one.type not in _UNSUPPORTED:
            raise BadRpn(113, str(one.type))
        if one.type == _USE:
            if (fields := USES.get(one.value)) is None:
                raise BadRpn(114, str(one.value)[:100])
        elif isinstance(one.value, int) and one.value in _KNOWN[one.type]:
            values[one.type] = one.value
        else:
            raise BadRpn(_UNSUPPORTED[one.type], str(one.value)[:100])
    return _Asked(
        fields=fields or ("any",),
        relation=values[_RELATION],
        position=values[_POSITION],
        structure=values[_STRUCTURE],
        truncation=values[_TRUNCATION],
        completeness=values[_COMPLETENESS],
    )


#: Values of each type that can mean something here, with some access point.
_KNOWN = {
    _RELATION: frozenset((1, 2, 3, 4, 5, 6, 101, 102, 103, 104)),
    _POSITION: frozenset((1, 2, 3)),
    _STRUCTURE: _STRUCTURES,
    _TRUNCATION: frozenset((1, 100, 101, 104)),
    _COMPLETENESS: frozenset((1, 2, 3)),
}


def _truncated(text: str, asked: _Asked) -> tuple[str, bool]:
    """(the term without its sign of truncation, whether it is a beginning)."""
    if asked.truncation in (101, 104):
        sign = "#" if asked.truncation == 101 else "?"
        stem = text.strip()
        begins = stem.endswith(sign) and not stem.endswith(f"\\{sign}")
        stem = stem.removesuffix(sign) if begins else stem
        if re.search(r"(?<!\\)#" if asked.truncation == 101 else r"(?<!\\)[#?]", stem):
            raise BadRpn(120, str(asked.truncation))  # a mask within a word
        return re.sub(r"\\([#?])", r"\1", stem), begins
    return text, asked.truncation == 1


def _years(text: str, asked: _Asked) -> Query:
    if asked.truncation not in (0, 100):
        raise BadRpn(120, str(asked.truncation))
    both = _YEARS_TERM.fullmatch(text)
    one = _YEAR_TERM.fullmatch(text)
    if asked.relation == 104 or (one is None and asked.relation in (0, 3, 6, 102)):
        if both is None or not (both[1] or both[2]):
            raise BadRpn(125, text[:100])
        low, high = (int(year) if year else None for year in both.groups())
        return Range(low=low, high=high)
    if one is None:
        raise BadRpn(125, text[:100])
    relation = asked.relation if asked.relation in _ORDERED else 3
    if asked.relation == 101:
        raise BadRpn(117, "101")
    below, above = _ORDERED[relation]
    year = int(one[1])
    return Range(low=None if below is None else year + below, high=None if above is None else year + above)


def _parts(made: Query, kind: type[And] | type[Or]) -> tuple[Query, ...]:
    return made.parts if isinstance(made, kind) else (made,)
