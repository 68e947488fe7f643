"""CQL → RPN by a target's dialect, in the way of YAZ's own table: what its libyaz makes of a query, this makes of it.

Attributes come from `always`, the relation, its structure, the anchors and masks of the term, the index and the
modifiers, in this order; of two of one type the later one counts. Words that stand unquoted side by side (lenient CQL)
must all be there. Better than libyaz: `exact` and the other named relations are relations, no word is lost behind
`all` and `any`, blanks at the end of a term are no term, and regular expressions keep their backslashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from index.cql.tree import BadCql, Clause, Cql, Modifier, Node, Run, Scoped
from index.cql.tree import Operator as CqlOperator
from index.rpn import tree
from index.rpn.dialect import Dialect
from index.rpn.tree import Attribute, Operand, Operator, Proximity, ResultSet, Rpn

_CQL = "info:srw/cql-context-set/1/cql-v"
_ALIASES = {"=": "eq", "==": "exact", "<=": "le", ">=": "ge"}
_RELATIONS = {"<": 1, "<=": 2, "=": 3, ">=": 4, ">": 5, "<>": 6}
#: Units of proximity that Z39.50 numbers.
UNITS = {
    "character": 1, "word": 2, "sentence": 3, "paragraph": 4, "section": 5, "chapter": 6, "document": 7, "element": 8,
    "subelement": 9, "elementtype": 10, "byte": 11,
}  # fmt: skip

#: Pieces of a term: a protected character, a mask, a run of others.
_PIECE = re.compile(r"\\(.)|([*?])|([^\\*?]+|\\\Z)", re.DOTALL)
#: Runs of one operator that are longer are joined as a balanced tree: targets bound the depth.
_LONG = 8


def rpn(cql: Cql, dialect: Dialect) -> Rpn:
    """The query that a target is sent. Raises BadCql with the number of the SRU diagnostic and the place.

    15 context set, 16 index, 19 relation, 20 relation modifier, 24 structure, 28 masking, 32 anchors, 37 operator,
    39-46 proximity. Sort keys are not part of a type-1 query.
    """
    return Rpn(root=_Transformer(dialect).node(cql.root, {}))


def joined(name: str, parts: list[tree.Node], long: int = _LONG) -> tree.Node:
    """Parts joined by 'and' or 'or': from left to right, and as a balanced tree when they are many."""
    if len(parts) > long:
        half = len(parts) // 2
        return Operator(name=name, left=joined(name, parts[:half], 2), right=joined(name, parts[half:], 2))
    made = parts[0]
    for part in parts[1:]:
        made = Operator(name=name, left=made, right=part)
    return made


@dataclass(frozen=True, slots=True)
class _Transformer:
    dialect: Dialect

    def node(self, node: Node, prefixes: Mapping[str, str]) -> tree.Node:
        match node:
            case Scoped(prefixes=more, part=part):
                return self.node(part, {**prefixes, **{name.lower(): uri for name, uri in more}})
            case Run():
                return self._run(node, prefixes)
            case Clause():
                return self._clause(node, prefixes)

    def _run(self, run: Run, prefixes: Mapping[str, str]) -> tree.Node:
        made = self.node(run.first, prefixes)
        same = [made]
        for place, (operator, operand) in enumerate(run.rest):
            right = self.node(operand, prefixes)
            proximity = self._checked(operator)
            if operator.name in ("and", "or"):
                same.append(right)
                following = run.rest[place + 1][0].name if place + 1 < len(run.rest) else ""
                if following != operator.name:
                    same = [joined(operator.name, same)]
            else:
                same = [Operator(name=operator.name, left=same[0], right=right, proximity=proximity)]
        return same[0]

    def _checked(self, operator: CqlOperator) -> Proximity | None:
        if operator.name not in self.dialect.operators:
            raise BadCql(39 if operator.name == "prox" else 37, operator.name, operator.at)
        if operator.name == "prox":
            return proximity_of(operator)
        if operator.modifiers:
            raise BadCql(46, operator.modifiers[0].name, operator.at)
        return None

    def _clause(self, clause: Clause, prefixes: Mapping[str, str]) -> tree.Node:
        uri, name = self._index(clause, prefixes)
        if uri.startswith(_CQL) and name.lower() in ("resultset", "resultsetid"):
            return ResultSet(name=_unescaped(clause.term))
        relation = clause.relation.lower().removeprefix("cql.") or "="
        common = list(self.dialect.table.get("always", ()))
        common += self._found("relation", relation, 19, clause, clause.relation)
        common += self._found("structure", relation, 24, clause, clause.relation)
        of_index = self._of_index(uri, name, clause)
        modifiers = self._modifiers(clause.modifiers, clause)
        names = {one.name.lower().removeprefix("cql.") for one in clause.modifiers}
        listed = clause.words or (clause.term,)
        if relation in ("all", "any"):
            listed = tuple(word for one in listed for word in one.split(" ") if word) or ("",)
        made: list[tree.Node] = []
        for raw in listed:
            if "regexp" in names:
                term, found = raw.replace('\\"', '"'), list[Attribute]()
            elif "unmasked" in names:
                term, found = _unescaped(raw), []
            else:
                term, found = self._signs(raw, clause)
            made.append(Operand(term=term, attributes=last_of_each([*common, *found, *of_index, *modifiers])))
        operator = "or" if relation == "any" else "and"
        if len(made) == 1:
            return made[0]
        # libyaz joins the words of a term from the right.
        return _right(operator, made) if len(made) <= _LONG else joined(operator, made)

    def _index(self, clause: Clause, prefixes: Mapping[str, str]) -> tuple[str, str]:
        """(URI of the context set, name)."""
        if not clause.index:
            return f"{_CQL}1.2", "serverChoice"
        prefix, _, name = clause.index.rpartition(".")
        prefix = prefix.lower()
        uri = prefixes.get(prefix)
        if uri is None:
            uri = self.dialect.sets.get(prefix) if prefix else self.dialect.default_set
        if not uri or clause.index.startswith("."):
            raise BadCql(15, prefix or clause.index, clause.index_at)
        return uri, name

    def _of_index(self, uri: str, name: str, clause: Clause) -> tuple[Attribute, ...]:
        shorts = [short for short, known in self.dialect.sets.items() if known == uri]
        for key in (name.lower(), "*"):
            for short in shorts:
                if (found := self.dialect.table.get(f"index.{short}.{key}")) is not None:
                    return found
        raise BadCql(16, clause.index, clause.index_at)

    def _found(
        self, category: str, name: str, number: int, clause: Clause, said: str
    ) -> tuple[Attribute, ...]:
        table = self.dialect.table
        found = table.get(f"{category}.{name}")
        if found is None and category == "relation" and name in _ALIASES:
            found = table.get(f"{category}.{_ALIASES[name]}")
        if found is None:
            found = table.get(f"{category}.*")
        if found is None:
            raise BadCql(number, said, clause.index_at)
        return found

    def _modifiers(self, modifiers: tuple[Modifier, ...], clause: Clause) -> list[Attribute]:
        found: list[Attribute] = []
        for one in reversed(modifiers):  # of two that contradict each other the first one counts
            name = one.name.lower().removeprefix("cql.")
            found += self._found("relationmodifier", name, 20, clause, one.name)
        return found

    def _signs(self, raw: str, clause: Clause) -> tuple[str, list[Attribute]]:
        """A term without the anchors and masks at its ends, and what they become."""
        if (cql := self.dialect.table.get("truncation.cql")) is not None:
            return _unescaped(raw), list(cql)
        found: list[Attribute] = []
        if raw:
            ends = raw[-1] == "^" and not _odd_backslashes(raw[:-1])
            begins = raw[0] == "^"
            place = "any"
            if len(raw) > 1 and begins and ends:
                place, raw = "firstandlast", raw[1:-1]
            elif begins:
                place, raw = "first", raw[1:]
            elif ends:
                place, raw = "last", raw[:-1]
            found += self._found("position", place, 32, clause, "^")
        else:
            found += self.dialect.table.get("position.any", ())
        term, masked = self._masks(raw, clause)
        return term, [*found, *masked]

    def _masks(self, raw: str, clause: Clause) -> tuple[str, list[Attribute]]:
        pieces = [(match[1], match[2], match[3]) for match in _PIECE.finditer(raw)]
        masks = [place for place, piece in enumerate(pieces) if piece[1]]
        table = self.dialect.table
        if not masks:
            return _text(pieces), list(table.get("truncation.none", ()))
        last = len(pieces) - 1
        if all(pieces[place][1] == "*" for place in masks):
            side = {(last,): "right", (0, last): "both", (0,): "left"}.get(tuple(masks))
            if side and (found := table.get(f"truncation.{side}")) is not None:
                return _text([piece for piece in pieces if not piece[1]]), list(found)
        return _z3958(pieces), list(self._found("truncation", "z3958", 28, clause, "* ?"))


def proximity_of(operator: CqlOperator) -> Proximity:
    """What the modifiers of prox say: within one word, or the same unit of another kind. Raises BadCql 40-42, 46."""
    distance, relation, unit, ordered = -1, 2, 2, False
    for one in reversed(operator.modifiers):
        match one.name.lower().removeprefix("cql."):
            case "distance" if not one.relation:
                raise BadCql(41, "", operator.at)
            case "distance" if one.relation not in _RELATIONS:
                raise BadCql(40, one.relation, operator.at)
            case "distance":
                if not (one.value.isascii() and one.value.isdecimal() and len(one.value) < 7):
                    raise BadCql(41, one.value, operator.at)
                distance, relation = int(one.value), _RELATIONS[one.relation]
            case "unit":
                if one.value.lower() not in UNITS:
                    raise BadCql(42, one.value, operator.at)
                unit = UNITS[one.value.lower()]
            case "ordered":
                ordered = True
            case "unordered":
                ordered = False
            case _:
                raise BadCql(46, one.name, operator.at)
    return Proximity(
        distance=distance if distance >= 0 else int(unit == 2), ordered=ordered, relation=relation, unit=unit
    )


def last_of_each(attributes: list[Attribute]) -> tuple[Attribute, ...]:
    """Of attributes of one type the last one, in the order in which they are left; those without a set first."""
    kept = {one.type: place for place, one in enumerate(attributes)}
    left = [attributes[place] for place in sorted(kept.values())]
    return tuple(sorted(left, key=lambda one: one.set is not None))


def _right(name: str, parts: list[tree.Node]) -> tree.Node:
    made = parts[-1]
    for part in reversed(parts[:-1]):
        made = Operator(name=name, left=part, right=made)
    return made


def _odd_backslashes(raw: str) -> bool:
    return (len(raw) - len(raw.rstrip("\\"))) % 2 == 1


def _unescaped(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL)


def _text(pieces: list[tuple[str | None, str | None, str | None]]) -> str:
    return "".join(piece[0] or piece[2] or "" for piece in pieces)


def _z3958(pieces: list[tuple[str | None, str | None, str | None]]) -> str:
    """A masked term as Z39.58 writes it: ? is any characters, # is one."""
    made = []
    for protected, mask, plain in pieces:
        if mask:
            made.append("?" if mask == "*" else "#")
        else:
            made.append(re.sub(r"([#?])", r"\\\1", protected or plain or ""))
    return "".join(made)
