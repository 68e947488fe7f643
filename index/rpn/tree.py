"""The tree of an RPN query, type-1 and type-101 (ANSI/NISO Z39.50-2003, 3.7 and the ASN.1 of RPNQuery).

Operands are an access point with its term, or the name of a result set; operators join two trees.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The attribute set that everybody speaks, and the others that are met (Z39.50 ATR).
BIB1 = "1.2.840.10003.3.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of an operand: type 1 use, 2 relation, 3 position, 4 structure, 5 truncation, 6 completeness.

    `value` is a number, or a string where the target names its access points (complex attribute value).
    `set` is the dotted OID of another attribute set than the query's own; None: the query's own.
    """

    type: int
    value: int | str
    set: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """AttributesPlusTerm. A bytes term is sent as it is (general), an int as numeric, text in the charset agreed on."""

    term: str | bytes | int
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSet:
    """An earlier result, by its name at the target."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proximity:
    """Both operands within `distance` of each other. `relation` 1-6 as Bib-1's; `unit` is a known unit's number
    (2 word, 3 sentence, 4 paragraph, …), or private when `private` is set; `exclusion` turns it round."""

    distance: int
    ordered: bool
    relation: int
    unit: int
    private: bool = False
    exclusion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Two trees joined by 'and', 'or', 'not' (and-not) or 'prox'; `proximity` is set for 'prox' alone."""

    name: str
    left: Node
    right: Node
    proximity: Proximity | None = None


Node = Operand | ResultSet | Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Rpn:
    """A whole query: its tree, and the attribute set that attributes without one belong to."""

    root: Node
    attribute_set: str = BIB1
