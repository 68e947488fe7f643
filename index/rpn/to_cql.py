"""RPN → CQL: a type-1 query for a target that speaks SRU, by its dialect; what CQL cannot say is refused as Bib-1 does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.cql.tree import Clause, Cql, Modifier, Node, Run
from index.cql.tree import Operator as CqlOperator
from index.rpn import tree
from index.rpn.dialect import Dialect
from index.rpn.from_cql import UNITS
from index.rpn.to_query import BadRpn, decoded
from index.rpn.tree import Attribute, Operand, Proximity, ResultSet, Rpn
from index.rpn.uses import USES

_RELATIONS = {1: "<", 2: "<=", 3: "=", 4: ">=", 5: ">", 6: "<>"}
_MODIFIERS = {100: "phonetic", 101: "stem", 102: "relevant"}
_UNIT_NAMES = {number: name for name, number in UNITS.items()} | {10: "elementType"}
#: The relation of CQL for a structure; others are what `=` means to the target.
_STRUCTURES = {6: "all", 105: "any", 108: "=="}
_KNOWN_STRUCTURES = frozenset((1, 2, 3, 4, 5, 6, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109))
_SIGNS = re.compile(r'([\\"*?^])')


def cql(rpn: Rpn, dialect: Dialect) -> Cql:
    """The query in CQL. An index is the one that `cql.` lines give an access point, else that of an `index.` line.

    Raises to_query.BadRpn: 113-123 for attributes, 121 for other sets than the dialect's own, 131 and 132 of nearness.
    """
    return Cql(root=_Writer(dialect).node(rpn.root, rpn.attribute_set))


@dataclass(frozen=True, slots=True)
class _Writer:
    dialect: Dialect

    def node(self, node: tree.Node, own: str) -> Node:
        match node:
            case ResultSet(name=name):
                return Clause(index="cql.resultSetId", relation="=", term=_protected(name))
            case Operand():
                return self._clause(node, own)
            case tree.Operator():
                left, right = self.node(node.left, own), self.node(node.right, own)
                if node.name not in self.dialect.operators:
                    raise BadRpn(110, node.name)
                joined = CqlOperator(
                    name=node.name, modifiers=_near(node.proximity) if node.proximity else ()
                )
                if isinstance(left, Run):  # from left to right is how CQL reads without brackets
                    return Run(first=left.first, rest=(*left.rest, (joined, right)))
                return Run(first=left, rest=((joined, right),))

    def _clause(self, operand: Operand, own: str) -> Clause:
        values: dict[int, int | str] = {}
        for one in operand.attributes:
            if one.set not in (None, own):
                raise BadRpn(121, str(one.set))
            if one.type not in range(1, 7):
                raise BadRpn(113, str(one.type))
            values[one.type] = one.value
        index = self._index(values.get(1))
        relation, modifiers = self._relation(values)
        term = operand.term
        text = decoded(term) if isinstance(term, bytes) else str(term)
        text, masked = _masked(text, values.get(5, 100))
        if masked is not None:
            modifiers = (*modifiers, Modifier(name=masked))
        text = _anchored(text, values.get(3, 3), values.get(6, 1))
        if index.lower() == "cql.allrecords":
            return Clause(index=index, relation="=", term="1")
        if not index and relation == "=" and not modifiers:
            return Clause(term=text)
        return Clause(index=index or "cql.serverChoice", relation=relation, modifiers=modifiers, term=text)

    def _index(self, use: int | str | None) -> str:
        """The index of a use attribute; '' for the server's own choice."""
        if use is None:
            return ""
        for field in USES.get(use, ()):
            if (named := self.dialect.cql.get(field or "all_records")) is not None:
                return "" if named[0].lower() == "cql.serverchoice" else named[0]
        wanted = Attribute(type=1, value=use)
        for key, attributes in self.dialect.table.items():
            if key.startswith("index.") and wanted in attributes:
                name = key.removeprefix("index.")
                return "" if name == "cql.serverchoice" else name
        raise BadRpn(114, str(use)[:100])

    def _relation(self, values: dict[int, int | str]) -> tuple[str, tuple[Modifier, ...]]:
        structure = values.get(4, 1)
        if structure not in _KNOWN_STRUCTURES:
            raise BadRpn(118, str(structure)[:100])
        said = values.get(2, 3)
        if said == 103:
            return "=", ()
        if said in _MODIFIERS:
            return self._by_structure(structure), (Modifier(name=_MODIFIERS[int(said)]),)
        if said not in _RELATIONS:
            raise BadRpn(117, str(said)[:100])
        symbol = _RELATIONS[int(said)]
        return (self._by_structure(structure) if symbol == "=" else symbol), ()

    def _by_structure(self, structure: int | str) -> str:
        return _STRUCTURES.get(int(structure), "=")


def _protected(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text)


def _masked(text: str, truncation: int | str) -> tuple[str, str | None]:
    """(the term with its masks, a modifier that it needs)."""
    match truncation:
        case 100:
            return _protected(text), None
        case 1:
            return f"{_protected(text)}*", None
        case 2:
            return f"*{_protected(text)}", None
        case 3:
            return f"*{_protected(text)}*", None
        case 101:
            return "*".join(_protected(piece) for piece in text.split("#")), None
        case 104:
            pieces = re.split(r"(\\.|[#?])", text)
            if any(
                re.match("[0-9]", after)
                for sign, after in zip(pieces[1::2], pieces[2::2], strict=True)
                if sign == "?"
            ):
                raise BadRpn(120, "104")  # so many signs at most: CQL has no such mask
            signs = {"?": "*", "#": "?"}
            return "".join(signs.get(piece) or _protected(_bare(piece)) for piece in pieces), None
        case 102:
            return text.replace('"', '\\"'), "regexp"
    raise BadRpn(120, str(truncation)[:100])


def _bare(piece: str) -> str:
    return piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece


def _anchored(text: str, position: int | str, completeness: int | str) -> str:
    if completeness not in (1, 2, 3):
        raise BadRpn(122, str(completeness)[:100])
    if completeness == 3:
        return f"^{text}^"
    if completeness == 2:
        raise BadRpn(122, "2")
    match position:
        case 3:
            return text
        case 1:
            return f"^{text}"
        case 4:
            return f"{text}^"
    raise BadRpn(119, str(position)[:100])


def _near(near: Proximity) -> tuple[Modifier, ...]:
    if near.private or near.unit not in _UNIT_NAMES:
        raise BadRpn(132, str(near.unit))
    if near.exclusion or near.relation not in _RELATIONS:
        raise BadRpn(131, str(near.relation))
    found = [Modifier(name="distance", relation=_RELATIONS[near.relation], value=str(near.distance))]
    if near.unit != 2:
        found.append(Modifier(name="unit", relation="=", value=_UNIT_NAMES[near.unit]))
    if near.ordered:
        found.append(Modifier(name="ordered"))
    return tuple(found)
