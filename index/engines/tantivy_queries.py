"""From plans to tantivy queries: what is found, and what a hit is worth in whole numbers (index.engines.ranking)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from tantivy import FieldType, Occur, Query, Schema

from index.analysis import held
from index.engines.ranking import (
    BEGINS,
    HEAD,
    JOURNAL,
    PHRASE,
    SHARES,
    STEM,
    SURFACE,
    WHOLE,
    Lead,
)
from index.engines.tantivy_schema import IN_ORDER, LIVE, lead_key
from index.plan import AllOf, AnyOf, Every, Leaf, Plan, Starts, Without, Words, Years
from index.search import SearchRequest

#: The indexed field that a facet counts, where its name is another.
FIELD = {"subject": "subject_facet"}

#: A clause that adds so much to the score of what it finds.
Worth = tuple[Query, int]


class Queries:
    """Makes queries for one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    # What is found

    def live(self) -> Query:
        """Every document."""
        return Query.term_query(self._schema, LIVE, "1")

    def one_of(self, field: str, tokens: Iterable[str]) -> Query:
        """Documents with one of the tokens in the field (the document's own name of it)."""
        wanted = list(dict.fromkeys(tokens))
        name = _name(field)
        if not wanted:
            return Query.empty_query()
        if len(wanted) == 1:
            return Query.term_query(self._schema, name, wanted[0])
        return Query.term_set_query(self._schema, name, wanted)

    def finds(self, node: Plan) -> Query:
        """The documents that a plan finds."""
        match node:
            case Leaf(field, tokens, stems, others):
                words = self.one_of(field, (*tokens, *others))
                return any_of([words, self.one_of("stems", stems)]) if stems else words
            case Words(fields, tokens):
                return any_of(
                    [Query.phrase_query(self._schema, IN_ORDER[field], list(tokens)) for field in fields]
                )
            case Starts(field, prefix):
                return Query.regex_query(self._schema, _name(field), _escaped(prefix) + "(.|\n)*")
            case Years(low, high):
                return self.years(low, high)
            case AllOf(parts):
                return all_of([self.finds(part) for part in parts])
            case AnyOf(parts):
                return any_of([self.finds(part) for part in parts])
            case Without(part):
                return Query.boolean_query([(Occur.Must, self.live()), (Occur.MustNot, self.finds(part))])
            case Every():
                return self.live()

    def years(self, low: int | None, high: int | None) -> Query:
        """Documents with a year from low to high, both included; None is open."""
        low = -99_999 if low is None else max(-99_999, min(low, 99_999))
        high = 99_999 if high is None else max(-99_999, min(high, 99_999))
        if low > high:
            return Query.empty_query()
        return Query.range_query(self._schema, "year", FieldType.Integer, low, high)

    def filters(self, request: SearchRequest) -> dict[str, Query]:
        """For each filter that is set, the documents that meet it; the name of one that is about two facets has a +."""
        found: dict[str, Query] = {}
        asked = {name: tuple(values) for name, values in request.filters.items() if values}
        low, high = request.years
        years = [self.years(low, high)] if (low, high) != (None, None) else []
        if "year" in asked:
            chosen = [int(v) for v in asked["year"] if v.lstrip("-").isdecimal()]
            years.append(any_of([self.years(year, year) for year in chosen]))
        if years:
            found["year"] = all_of(years)
        libraries, ways = asked.get("library"), asked.get("availability")
        if libraries and ways:
            pairs = [held(library, way) for library in libraries for way in ways]
            found["library+availability"] = self.one_of("held", pairs)
        for name, values in asked.items():
            if name != "year":
                found[name] = self.one_of(FIELD.get(name, name), values)
        return found

    # What it is worth

    def worth(
        self, parts: Sequence[Leaf | Words | Starts], rarity: Callable[[Query], int], lead: Lead
    ) -> list[Worth]:
        """Clauses that add up to the score of `ranking`, before it is multiplied by a document's prior."""
        clauses: list[Worth] = []
        total = 0
        for part in parts:
            whole = self.finds(part)
            rare = rarity(whole)
            total += rare
            match part:
                case Words():
                    clauses.append((whole, PHRASE * rare))
                case Starts():
                    clauses.append((whole, SURFACE * rare))
                case Leaf():
                    clauses += [(whole, STEM * rare), *self._leaf(part, rare)]
        return clauses + (self._lead(lead, total) if total else [])

    def _leaf(self, leaf: Leaf, rare: int) -> list[Worth]:
        clauses = [(self.one_of(leaf.field, leaf.tokens), (SURFACE - STEM) * rare)]
        for field, share in SHARES if leaf.field == "any" else ():
            # A word that stands there counts its share; one in another spelling alone, half of it.
            clauses.append((self.one_of(field, leaf.tokens), (share - share // 2) * rare))
            clauses.append((self.one_of(field, (*leaf.tokens, *leaf.others)), share // 2 * rare))
        return clauses

    def _lead(self, lead: Lead, total: int) -> list[Worth]:
        if not lead.whole:
            return []
        whole = self.one_of("lead", map(lead_key, lead.whole))
        journal = all_of([whole, self.one_of("format", ("journal",))])
        begins = any_of(
            [Query.regex_query(self._schema, "lead", lead_key(one + b" ") + ".*") for one in lead.whole]
        )
        clauses = [
            (whole, WHOLE * total),
            (journal, JOURNAL * total),
            (but(begins, [whole]), BEGINS * total),
        ]
        if lead.heads:
            heads = self.one_of("lead", map(lead_key, lead.heads))
            clauses.append((but(heads, [whole, begins]), HEAD * total))
        return clauses


def all_of(parts: Sequence[Query]) -> Query:
    """What all parts find."""
    if len(parts) == 1:
        return parts[0]
    return Query.boolean_query([(Occur.Must, part) for part in parts]) if parts else Query.empty_query()


def any_of(parts: Sequence[Query]) -> Query:
    """What one of the parts finds."""
    if len(parts) == 1:
        return parts[0]
    return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else Query.empty_query()


def but(found: Query, without: Sequence[Query]) -> Query:
    """What is found, without what one of the others finds."""
    return Query.boolean_query([(Occur.Must, found), *((Occur.MustNot, one) for one in without)])


def scored(found: Query, clauses: Sequence[Worth]) -> Query:
    """What is found, with the clauses' numbers added up."""
    return Query.boolean_query(
        [
            (Occur.Must, Query.const_score_query(found, 0.0)),
            *((Occur.Should, Query.const_score_query(clause, float(n))) for clause, n in clauses if n),
        ]
    )


def _name(field: str) -> str:
    return field if field == "any" else IN_ORDER.get(field, field)


def _escaped(prefix: str) -> str:
    return (
        re.sub(r"([^\w\s])", r"\\\1", prefix, flags=re.ASCII)
        if prefix.isascii()
        else "".join(f"\\{c}" if c.isascii() and not c.isalnum() and not c.isspace() else c for c in prefix)
    )
