"""What to ask instead when a target refuses attributes by diagnostics 113 to 123: the nearest query it may know.

Each step gives up one thing, and what was given up is told, since the answer may be broader. Nothing that turns the
meaning round is given up: a range of years without its relation would find one year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from index.rpn.dialect import Dialect
from index.rpn.tree import Attribute, Node, Operand, Operator, Rpn

#: The type of attribute that a diagnostic complains of.
_TYPE = {114: 1, 117: 2, 119: 3, 118: 4, 120: 5, 122: 6}
#: Values that are given up, by type: without them the target does by itself what was asked, or finds more.
_GIVEN_UP = {
    2: frozenset((3, 100, 101, 102)),
    3: frozenset((1, 2, 3, 4)),
    4: None,
    5: frozenset((100,)),
    6: frozenset((1, 2, 3)),
}
#: The order in which they are given up where only the combination is refused.
_ORDER = (6, 3, 5, 4, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """The next query to ask; `given_up` says what differs, in the words of PQF: '4=1' is no longer
    said, '1=1016 → 1=1035'."""

    rpn: Rpn
    given_up: str


def weaker(rpn: Rpn, number: int, addinfo: str, dialect: Dialect) -> Fallen | None:
    """The query to ask after a diagnostic of Bib-1 with its addinfo; None when there is none, or it was none of these.

    Asked again with each answer it comes to an end, since every step takes an attribute away or goes on in a chain.
    """
    said = addinfo.strip()
    if number == 113 and said.isdecimal():
        return _without(rpn, (int(said),), "")
    if number == 116:
        return _with_use(rpn, dialect)
    if number == 114:
        return _other_use(rpn, said, dialect)
    if number == 121:
        return _without_sets(rpn)
    if number == 123:
        return _without(rpn, _ORDER, "")
    if number in _TYPE:
        if number == 120 and (found := _other_truncation(rpn, said)) is not None:
            return found
        return _without(rpn, (_TYPE[number],), said)
    return None


def _mapped(node: Node, change: Callable[[Operand], Operand]) -> Node:
    if isinstance(node, Operator):
        left, right = _mapped(node.left, change), _mapped(node.right, change)
        return Operator(name=node.name, left=left, right=right, proximity=node.proximity)
    return change(node) if isinstance(node, Operand) else node


def _changed(rpn: Rpn, change: Callable[[Operand], Operand], given_up: str) -> Fallen | None:
    root = _mapped(rpn.root, change)
    return (
        None
        if root == rpn.root
        else Fallen(rpn=Rpn(root=root, attribute_set=rpn.attribute_set), given_up=given_up)
    )


def _used(node: Node) -> list[Attribute]:
    """All attributes, in the order of the tree."""
    if isinstance(node, Operator):
        return [*_used(node.left), *_used(node.right)]
    return list(node.attributes) if isinstance(node, Operand) else []


def _without(rpn: Rpn, types: tuple[int, ...], value: str) -> Fallen | None:
    """The query without the attributes of the first of these types that may go; only those of a value, if one is named."""
    for kind in types:
        may = _GIVEN_UP.get(kind, frozenset[int]())
        there = [one for one in _used(rpn.root) if one.type == kind and (may is None or one.value in may)]
        named = [one for one in there if str(one.value) == value] or there
        if named:
            gone = frozenset(named)
            return _changed(
                rpn,
                lambda operand, gone=gone: Operand(  # type: ignore[misc]  # mypy knows no type of a default
                    term=operand.term, attributes=tuple(one for one in operand.attributes if one not in gone)
                ),
                " ".join(sorted({f"{one.type}={one.value}" for one in named})),
            )
    return None


def _replaced(rpn: Rpn, old: int | str, new: int | str) -> Fallen | None:
    def change(operand: Operand) -> Operand:
        return Operand(
            term=operand.term,
            attributes=tuple(
                Attribute(type=1, value=new, set=one.set) if one.type == 1 and one.value == old else one
                for one in operand.attributes
            ),
        )

    return _changed(rpn, change, f"1={old} → 1={new}")


def _other_use(rpn: Rpn, said: str, dialect: Dialect) -> Fallen | None:
    after = _after(dialect)
    uses = [one.value for one in _used(rpn.root) if one.type == 1]
    for old in [one for one in uses if str(one) == said.removeprefix("1=")] or uses:
        if old in after:
            return _replaced(rpn, old, after[old])
    return None


def _after(dialect: Dialect) -> dict[int | str, int | str]:
    """What is asked after each use attribute; a step that would lead back to where it came from is none."""
    after: dict[int | str, int | str] = {}
    for chain in dialect.fallbacks.values():
        for old, new in pairwise(chain):
            end = new
            while end in after and end != old:
                end = after[end]
            if end != old:
                after.setdefault(old, new)
    return after


def _with_use(rpn: Rpn, dialect: Dialect) -> Fallen | None:
    use = (
        dialect.access.get("any")
        or dialect.table.get("index.cql.serverchoice")
        or (Attribute(type=1, value=1016),)
    )

    def change(operand: Operand) -> Operand:
        if any(one.type == 1 for one in operand.attributes):
            return operand
        return Operand(term=operand.term, attributes=(*use, *operand.attributes))

    return _changed(rpn, change, "→ " + " ".join(f"{one.type}={one.value}" for one in use))


def _without_sets(rpn: Rpn) -> Fallen | None:
    def change(operand: Operand) -> Operand:
        kept = tuple(one for one in operand.attributes if one.set in (None, rpn.attribute_set))
        return Operand(term=operand.term, attributes=kept)

    others = sorted(
        {one.set for one in _used(rpn.root) if one.set not in (None, rpn.attribute_set)} - {None}, key=str
    )
    return _changed(rpn, change, " ".join(str(one) for one in others))


#: Right truncation as a sign in the term: from a value of type 5 to another, the sign before, the sign after.
_SIGNS = ((1, 104, "", "?"), (104, 101, "?", "#"))


def _other_truncation(rpn: Rpn, said: str) -> Fallen | None:
    """Right truncation as a sign in the term: first as Z39.58 has it, then as # (101)."""
    there = {one.value for one in _used(rpn.root) if one.type == 5}
    for old, new, before, after in _SIGNS:
        if old in there and (not said.isdecimal() or int(said) == old):
            return _changed(rpn, partial(_signed, old, new, before, after), f"5={old} → 5={new}")
    return None


def _signed(old: int, new: int, before: str, after: str, operand: Operand) -> Operand:
    """An operand with another sign of truncation; as it is where its term has such signs already."""
    term = operand.term
    if isinstance(term, int) or all((one.type, one.value) != (5, old) for one in operand.attributes):
        return operand
    text = term if isinstance(term, str) else term.decode("latin-1")  # the signs are ASCII in every set
    stem = text.removesuffix(before)
    if not text.endswith(before) or any(sign in stem for sign in "?#\\"):
        return operand
    kept = tuple(replace(one, value=new) if one.type == 5 else one for one in operand.attributes)
    return Operand(
        term=stem + after if isinstance(term, str) else (stem + after).encode("latin-1"), attributes=kept
    )
