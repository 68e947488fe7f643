"""Trees of type-1 queries by chance, for tests that hold for all of them."""

from __future__ import annotations

import random

from index.rpn.tree import BIB1, Attribute, Node, Operand, Operator, Proximity, ResultSet, Rpn

_TERMS = (
    "a", "computer", "bumi manusia", "", " ", '"', "\\", '5" disks', "{x}", "@and", "@attr", "a@b", "Ünï çödé", "^a",
    "a*", "?", "1999", "\t", "a\nb", "line\\n", "'", "الكتاب", "\x00", "a}b", "#", "x" * 40, "and", "or", "a=b", "\x7f",
    b"\xe9t\xe9", b"\xff\x00\"",
)  # fmt: skip
_NAMES = ("title", "author surname", "4", "123", "x=y", 'a"b', "back\\slash", "@set", "é", "12a")
_SETS = (None, None, None, BIB1, "1.2.840.10003.3.2", "1.2.840.10003.3.9", "1.2.840.10003.3.77", "1.3.6.1")


def operand(chance: random.Random) -> Operand:
    """An operand with up to six attributes, one of a type; those without a set first."""
    kinds = chance.sample(range(1, 8), chance.randrange(7))
    made = [
        Attribute(
            type=kind,
            value=chance.choice(_NAMES) if chance.random() < 0.2 else chance.randrange(2000),
            set=chance.choice(_SETS),
        )
        for kind in kinds
    ]
    term = chance.randrange(-5, 3000) if chance.random() < 0.1 else chance.choice(_TERMS)
    return Operand(term=term, attributes=tuple(sorted(made, key=lambda one: one.set is not None)))


def node(chance: random.Random, depth: int = 0) -> Node:
    """A tree that is some six operators deep at most."""
    if depth > 5 or chance.random() < 0.4:
        if chance.random() < 0.1:
            return ResultSet(name=chance.choice(("default", "1", "two words", 'a"b', "@term", "x{y")))
        return operand(chance)
    name = chance.choice(("and", "or", "not", "prox"))
    near = Proximity(
        distance=chance.randrange(20),
        ordered=chance.random() < 0.5,
        relation=chance.randrange(1, 7),
        unit=chance.randrange(1, 12),
        private=chance.random() < 0.2,
        exclusion=chance.random() < 0.2,
    )
    return Operator(
        name=name,
        left=node(chance, depth + 1),
        right=node(chance, depth + 1),
        proximity=near if name == "prox" else None,
    )


def rpn(chance: random.Random) -> Rpn:
    """A whole query."""
    return Rpn(root=node(chance), attribute_set=chance.choice((BIB1, BIB1, "1.2.840.10003.3.2", "1.2.3")))
