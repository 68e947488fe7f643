"""CQL as text again, in one canonical way, and as XCQL."""

from __future__ import annotations

import re
from html import escape

from index.cql.parser import BOOLEANS
from index.cql.tree import Clause, Cql, Modifier, Node, Operator, Run, Scoped

XCQL = "http://www.loc.gov/zing/cql/xcql/"

_SIMPLE = re.compile(r"[^\s()=<>/\\\"|]+")
_KEYWORDS = frozenset((*BOOLEANS, "sortby"))
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(cql: Cql) -> str:
    """The query in strict CQL: parsing it gives the tree again."""
    keys = "".join(f" {_name(key.index)}{_slashes(key.modifiers)}" for key in cql.sort)
    return _node(cql.root) + (f" sortby{keys}" if keys else "")


def _node(node: Node) -> str:
    match node:
        case Clause(index="", relation="", term=term):
            return _name(term)
        case Clause():
            return f"{_name(node.index)} {_relation(node)} {_name(node.term)}"
        case Run(first=first, rest=rest):
            pieces = [_operand(first)]
            for operator, operand in rest:
                pieces.append(f" {operator.name}{_slashes(operator.modifiers)} {_operand(operand)}")
            return "".join(pieces)
        case Scoped(prefixes=prefixes, part=part):
            said = "".join(f"> {_name(n)} = {_quoted(u)} " if n else f"> {_quoted(u)} " for n, u in prefixes)
            return said + _node(part)


def _operand(node: Node) -> str:
    return _node(node) if isinstance(node, Clause) else f"({_node(node)})"


def _relation(clause: Clause) -> str:
    symbol = (
        clause.relation
        if clause.relation in ("=", "==", "<", ">", "<=", ">=", "<>")
        else _name(clause.relation)
    )
    return symbol + _slashes(clause.modifiers)


def _slashes(modifiers: tuple[Modifier, ...]) -> str:
    return "".join(
        f"/{_name(one.name)}{one.relation}{_name(one.value) if one.relation else ''}" for one in modifiers
    )


def _name(raw: str) -> str:
    return raw if _SIMPLE.fullmatch(raw) and raw.lower() not in _KEYWORDS else _quoted(raw)


def _quoted(raw: str) -> str:
    """Between quotation marks; a backslash at an odd end, from a mark that was never closed, means itself."""
    odd = (len(raw) - len(raw.rstrip("\\"))) % 2
    return f'"{raw}{chr(92) * odd}"'


# --- XCQL ----------------------------------------------------------------------------------------


def xcql(cql: Cql) -> str:
    """The query as XCQL: one element, searchClause or triple, with its namespace."""
    keys = "".join(f"<key>{_element('index', key.index)}{_marks(key.modifiers)}</key>" for key in cql.sort)
    made = _xml(cql.root, (), f"<sortKeys>{keys}</sortKeys>" if keys else "")
    end = made.index(">")
    return f'{made[:end]} xmlns="{XCQL}"{made[end:]}'


def _xml(node: Node, prefixes: tuple[tuple[str, str], ...], tail: str = "") -> str:
    match node:
        case Scoped(prefixes=more, part=part):
            return _xml(part, (*prefixes, *more), tail)
        case Clause():
            relation = _element("value", node.relation or ("=" if node.index else "scr")) + _marks(
                node.modifiers
            )
            return (
                f"<searchClause>{_prefixes(prefixes)}{_element('index', node.index or 'cql.serverChoice')}"
                f"<relation>{relation}</relation>{_element('term', node.term)}{tail}</searchClause>"
            )
        case Run(first=first, rest=rest):
            made = _xml(first, ())
            for place, (operator, operand) in enumerate(rest, 1):
                last = place == len(rest)
                made = (
                    f"<triple>{_prefixes(prefixes) if last else ''}{_boolean(operator)}"
                    f"<leftOperand>{made}</leftOperand><rightOperand>{_xml(operand, ())}</rightOperand>"
                    f"{tail if last else ''}</triple>"
                )
            return made


def _prefixes(prefixes: tuple[tuple[str, str], ...]) -> str:
    inside = "".join(
        f"<prefix>{_element('name', name) if name else ''}{_element('identifier', uri)}</prefix>"
        for name, uri in prefixes
    )
    return f"<prefixes>{inside}</prefixes>" if inside else ""


def _boolean(operator: Operator) -> str:
    return f"<boolean>{_element('value', operator.name)}{_marks(operator.modifiers)}</boolean>"


def _marks(modifiers: tuple[Modifier, ...]) -> str:
    inside = "".join(
        "<modifier>"
        + _element("type", one.name)
        + (_element("comparison", one.relation) + _element("value", one.value) if one.relation else "")
        + "</modifier>"
        for one in modifiers
    )
    return f"<modifiers>{inside}</modifiers>" if inside else ""


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_NOT_XML.sub('', text), quote=False)}</{name}>"
