"""From CQL to our own queries, by the profile; what we cannot do as it is meant is refused by its number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from index.analysis import tokens
from index.cql import terms
from index.cql.profile import Profile
from index.cql.terms import Word
from index.cql.tree import BadCql, Clause, Cql, Modifier, Node, Operator, Run, Scoped
from index.parse import MIN_PREFIX
from index.plan import EXACT
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term

#: What an engine is given at most: words of all terms together, those with a * among them (each may stand for
#: thousands), and queries in one another.
MAX_WORDS = 128
MAX_BEGINNINGS = 16
MAX_NESTING = 40

_EQUAL = ("=", "==", "exact", "scr", "adj", "")
_ORDERED = {"<": (None, -1), "<=": (None, 0), ">": (1, None), ">=": (0, None)}
_YEAR = re.compile("[0-9]{1,4}")

#: Modifiers that change nothing here, because we always do so.
_ALWAYS = frozenset(("relevant", "ignorecase", "ignoreaccents", "word", "masked", "cql.relevant"))
_OF_YEARS = frozenset(("isodate", "number"))

_AS_SORT = {"ascending": "up", "descending": "down", "ignorecase": "", "ignoreaccents": ""}
_SORTS = {
    ("title", "up"): "title",
    ("author", "up"): "author",
    ("year", "up"): "year_up",
    ("year", "down"): "year",
    ("added", "down"): "added",
}


def query(cql: Cql, profile: Profile) -> Query:
    """The query that a tree means. Raises BadCql with the number of the diagnostic and the place."""
    return _Translator(profile).node(cql.root, {}, 0)[0]


def sort(cql: Cql, profile: Profile) -> str:
    """The sort order of index.search that sortBy asks for; 'relevance' without one. Raises BadCql."""
    prefixes = dict(cql.root.prefixes) if isinstance(cql.root, Scoped) else {}
    if not cql.sort:
        return "relevance"
    if len(cql.sort) > 1:
        raise BadCql(84, "one sort key is carried out", cql.sort[1].at)
    key = cql.sort[0]
    direction = "up"
    for modifier in key.modifiers:
        name = modifier.name.lower().removeprefix("sort.")
        if name not in _AS_SORT:
            raise BadCql(
                92 if name.startswith("missing") else 91 if "case" in name else 82, modifier.name, key.at
            )
        direction = _AS_SORT[name] or direction
    return order(profile.order(key.index, prefixes, key.at), direction, key.at)


def order(meaning: str, direction: str, at: int = 0) -> str:
    """The order of index.search for a meaning and 'up' or 'down'. Raises BadCql 90."""
    if (meaning, direction) not in _SORTS:
        raise BadCql(90, f"{meaning} is not sorted that way", at)
    return _SORTS[meaning, direction]


@dataclass(slots=True)
class _Translator:
    profile: Profile
    words: int = 0
    beginnings: int = 0

    def node(self, node: Node, prefixes: Mapping[str, str], above: int) -> tuple[Query, int]:
        """The query of a part, and how deep it is."""
        match node:
            case Scoped(prefixes=more, part=part):
                return self.node(part, {**prefixes, **{name.lower(): uri for name, uri in more}}, above)
            case Run():
                return self._run(node, prefixes, above)
            case Clause():
                return self._clause(node, prefixes), 1

    def _run(self, run: Run, prefixes: Mapping[str, str], above: int) -> tuple[Query, int]:
        made, depth = self.node(run.first, prefixes, above + 1)
        for operator, operand in run.rest:
            right, deep = self.node(operand, prefixes, above + 1)
            kind = _operator(operator)
            if kind == "not":
                right, deep = Not(part=right), deep + 1
            joined: type[And] | type[Or] = Or if kind == "or" else And
            same = isinstance(made, joined)
            parts = made.parts if isinstance(made, joined) else (made,)
            made = joined(parts=(*parts, right))
            depth = max(depth if same else depth + 1, deep + 1)
            if depth > MAX_NESTING:
                raise BadCql(38, "the operators change too often", operator.at)
        return made, depth

    def _clause(self, clause: Clause, prefixes: Mapping[str, str]) -> Query:
        if clause.index.lower() in ("cql.resultsetid", "srw.resultsetid"):
            raise BadCql(50, clause.index, clause.index_at)
        field = self.profile.meaning(clause.index, prefixes, clause.index_at) if clause.index else "any"
        relation = clause.relation.lower().removeprefix("cql.")
        masked = _modifiers(clause, field)
        if not clause.index and not relation:
            relation = "scr"
        if field == "all_records":
            if relation not in _EQUAL:
                raise BadCql(22, f"{clause.index} {clause.relation}", clause.index_at)
            return All()
        found = terms.words(clause.term, clause.at, masked=masked)
        if not found:
            raise BadCql(27, clause.index, clause.at)
        self.words += len(found)
        if self.words > MAX_WORDS:
            raise BadCql(38, f"at most {MAX_WORDS} words", clause.at)
        self.beginnings += sum(word.begins for word in found)
        if self.beginnings > MAX_BEGINNINGS:
            raise BadCql(30, f"at most {MAX_BEGINNINGS} words with *", clause.at)
        kind = _year if field == "year" else _value if field in EXACT else _text
        made = kind(field, relation, found, clause)
        if made is None:
            known = relation in (*_EQUAL, *_ORDERED, "<>", "any", "all", "within", "encloses")
            raise BadCql(22 if known else 19, f"{clause.index} {clause.relation}".strip(), clause.index_at)
        return made


def _operator(operator: Operator) -> str:
    if operator.name == "prox":
        raise BadCql(39, "", operator.at)
    if operator.modifiers:
        raise BadCql(46, operator.modifiers[0].name, operator.at)
    return operator.name


def _modifiers(clause: Clause, field: str) -> bool:
    """Whether signs are masks; raises BadCql 20 for modifiers that are not carried out."""
    masked = True
    for modifier in clause.modifiers:
        name = modifier.name.lower().removeprefix("cql.")
        if name == "unmasked":
            masked = False
        elif not _harmless(modifier, name, field):
            raise BadCql(20, modifier.name, clause.index_at)
    return masked


def _harmless(modifier: Modifier, name: str, field: str) -> bool:
    return not modifier.relation and (name in _ALWAYS or (field == "year" and name in _OF_YEARS))


def _one(field: str, word: Word, at: int) -> Query:
    if word.begins and len(word.text) < MIN_PREFIX:
        raise BadCql(29, f"at least {MIN_PREFIX} letters before *", at)
    return Prefix(text=word.text, field=field) if word.begins else Term(text=word.text, field=field)


def _joined(kind: type[And] | type[Or], parts: list[Query]) -> Query:
    return parts[0] if len(parts) == 1 else kind(parts=tuple(parts))


def _text(field: str, relation: str, found: tuple[Word, ...], clause: Clause) -> Query | None:
    """Words of a field in which they have an order."""
    if not any(tokens(word.text) for word in found):
        raise BadCql(27, "no letter and no digit", clause.at)
    if relation in ("scr", "all") or (relation == "=" and any(word.begins for word in found)):
        return _joined(And, [_one(field, word, clause.at) for word in found])
    if relation == "any":
        return _joined(Or, [_one(field, word, clause.at) for word in found])
    if relation in ("=", "adj"):
        if any(word.begins for word in found):
            if len(found) > 1:
                raise BadCql(33, "", clause.at)
            return _one(field, found[0], clause.at)
        return (
            Phrase(text=" ".join(word.text for word in found), field=field)
            if found[1:]
            else _one(field, found[0], clause.at)
        )
    return None


def _value(field: str, relation: str, found: tuple[Word, ...], clause: Clause) -> Query | None:
    """Whole values: numbers, codes, shelf marks."""
    if relation in ("any", "all") and field != "call_number":
        return _joined(Or if relation == "any" else And, [_one(field, word, clause.at) for word in found])
    whole = Word(" ".join(word.text for word in found), found[-1].begins)
    if any(word.begins for word in found[:-1]):
        raise BadCql(28, "* stands at the end only", clause.at)
    if relation in _EQUAL:
        return _one(field, whole, clause.at)
    return And(parts=(All(), Not(part=_one(field, whole, clause.at)))) if relation == "<>" else None


def _year(field: str, relation: str, found: tuple[Word, ...], clause: Clause) -> Query | None:
    years = [int(word.text) for word in found if _YEAR.fullmatch(word.text) and not word.begins]
    if len(years) < len(found):
        raise BadCql(36, "a year has up to four digits", clause.at)
    if relation in ("any", "all"):
        ranges: list[Query] = [Range(low=year, high=year) for year in years]
        return _joined(Or if relation == "any" else And, ranges)
    if relation == "within":
        if len(years) != 2:
            raise BadCql(36, "within wants two years", clause.at)
        return Range(low=years[0], high=years[1])
    if len(years) > 1:
        raise BadCql(36, "one year", clause.at)
    year = years[0]
    if relation in _EQUAL:
        return Range(low=year, high=year)
    if relation == "<>":
        return And(parts=(All(), Not(part=Range(low=year, high=year))))
    if relation in _ORDERED:
        low, high = _ORDERED[relation]
        return Range(low=None if low is None else year + low, high=None if high is None else year + high)
    return None
