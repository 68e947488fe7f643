"""From plans to tantivy queries: what is found, and what a hit is worth in whole numbers (index.engines.ranking)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tantivy import FieldType, Occur, Query, Schema

from index.analysis import held
from index.engines.ranking import (
    BEGINS,
    HEAD,
    JOURNAL,
    MOST_PRIOR,
    PHRASE,
    SHARES,
    STEM,
    SURFACE,
    TITLE,
    WHOLE,
    Lead,
)
from index.engines.tantivy_schema import BEGINNINGS, IN_ORDER, LIVE, lead_key
from index.plan import AllOf, AnyOf, Every, Leaf, Plan, Starts, Without, Words, Years, leaves
from index.search import SearchRequest

#: The indexed field that a facet counts, where its name is another.
FIELD = {"subject": "subject_facet"}

#: A clause that adds so much to the score of what it finds.
Worth = tuple[Query, int]

#: What speaks for a document.
Part = Leaf | Words | Starts

#: Whether any document has a token in a field.
Has = Callable[[str, str], bool]

#: Of how many parts it is kept what was made of them.
KEPT = 5000

#: Up to so many clauses are chained, each in the one before. A chain is the faster to carry out where little is found,
#: but it is copied as often as it has links.
CHAINED = 6

#: Up to so many tokens are asked one by one; tantivy's set of terms costs a fifth of a millisecond to set up.
FEW = 16


@dataclass(slots=True)
class Scored:
    """A part of a plan: how rare it is, and its clauses, the first of which finds what the part finds."""

    rare: int
    found: Query
    clauses: list[Query]
    joined: Query | None = None

    def query(self) -> Query:
        """What the part finds, worth what it is."""
        if self.joined is None:
            self.joined = chained(self.clauses[0], self.clauses[1:])
        return self.joined


@dataclass(frozen=True, slots=True)
class Titles:
    """A word's hits in titles, ranked: all that are worth more than `elsewhere`; and all that it finds anywhere."""

    ranked: Query
    elsewhere: float
    found: Query


@dataclass(slots=True)
class Ranked:
    """What is found, with its scores; for a word alone also the way to look through titles first.

    `total` is how many are found, once somebody counted.
    """

    query: Query
    titles: Titles | None = None
    total: int | None = None


class Queries:
    """Makes queries for one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        # One is asked up to three times in a search, and takes as long to make as to carry out.
        self._pattern = lru_cache(512)(lambda name, pattern: Query.regex_query(schema, name, pattern))

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
        if len(wanted) <= FEW:
            return any_of([Query.term_query(self._schema, name, token) for token in wanted])
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
                return self._pattern(_name(field), _escaped(prefix) + "(.|\n)*")
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

    def ranked(
        self,
        tree: Plan,
        filters: Iterable[Query],
        lead: Lead,
        rarity: Callable[[Part], int],
        has: Has,
        kept: dict[tuple[Part, bool], Scored],
    ) -> Ranked | None:
        """What a plan and all filters find, with the score of `ranking` before a document's prior multiplies it.

        None when nothing in the plan speaks for a document. `has` says whether any document has a token in a field;
        `kept` keeps what was made of a part, for as long as that and the rarities hold.
        """
        parts = leaves(tree)
        if not parts:
            return None
        alone = len(parts) == 1  # then its rarity changes no order
        ways: dict[Part, Scored] = {}
        for part in parts:
            made = kept.get((part, alone))
            if made is None:
                if len(kept) >= KEPT:
                    kept.clear()
                rare = 1 if alone else rarity(part)
                clauses = self._worth(part, rare, has)
                scored = [worth(query, number) for query, number in clauses if number]
                made = kept[part, alone] = Scored(rare, clauses[0][0], scored)
            ways[part] = made
        leading = [worth(*one) for one in self._lead(lead, sum(made.rare for made in ways.values()), has)]
        met = [unscored(query) for query in filters]
        if tree == parts[0]:
            alike = [*ways[parts[0]].clauses, *leading]
            if met:
                return Ranked(chained(all_of([alike[0], *met]), alike[1:]))
            return Ranked(any_of(alike), self._titles(parts[0], ways[parts[0]].found, leading, has))
        if isinstance(tree, AllOf) or not _apart(tree) or _count(tree) != len(parts):
            return Ranked(self._all(tree, ways, met, leading))
        return Ranked(chained(all_of([self._inside(tree, ways), *met]), leading))

    def _titles(self, part: Part, found: Query, leading: Sequence[Query], has: Has) -> Titles | None:
        """For a word of 'any' that has no other spellings: where it stands in a title, or with author and subject."""
        if not isinstance(part, Leaf) or part.field != "any" or any(has("any", one) for one in part.others):
            return None
        places: dict[str, Query] = {}
        for name, _ in SHARES:
            if here := [token for token in part.tokens if has(name, token)]:
                places[name] = self.one_of(name, here)
        if "title" not in places:
            return None
        others = [(query, share) for name, share in SHARES if name != "title" and (query := places.get(name))]
        ranked = worth(places["title"], SURFACE + TITLE)
        if len(others) > 1:
            both = all_of([query for query, _ in others])
            ranked = Query.disjunction_max_query([ranked, worth(both, SURFACE)])
        more = [*(worth(*one) for one in others), *leading]
        ranked = Query.boolean_query([(Occur.Must, ranked), *((Occur.Should, one) for one in more)])
        most = max(share for name, share in SHARES if name != "title")
        return Titles(ranked, (SURFACE + most) * MOST_PRIOR // 2, found)

    def _all(
        self, tree: Plan, ways: Mapping[Part, Scored], met: Sequence[Query], leading: Sequence[Query]
    ) -> Query:
        """What a plan finds. A part that is needed finds and scores at once, what else counts is looked up behind it."""
        needed = list(dict.fromkeys(tree.parts)) if isinstance(tree, AllOf) else [tree]
        found: list[Query] = []
        more: list[Query] = []
        for node in needed:
            if isinstance(node, Leaf | Words | Starts):
                first, *others = ways[node].clauses
                found.append(first)
                more += others
            else:
                found.append(unscored(self._found(node, ways)))
        for part, made in ways.items():
            if part not in needed:
                more += made.clauses
        return chained(all_of([*found, *met]), [*more, *leading])

    def _found(self, node: Plan, ways: Mapping[Part, Scored]) -> Query:
        """As `finds`; parts that count are there already."""
        match node:
            case Leaf() | Words() | Starts() if node in ways:
                return ways[node].found
            case AllOf(parts):
                return all_of([self._found(part, ways) for part in parts])
            case AnyOf(parts):
                return any_of([self._found(part, ways) for part in parts])
        return self.finds(node)

    def _inside(self, node: Plan, ways: Mapping[Part, Scored]) -> Query:
        """What a plan finds, each of its parts worth what it is: no part has to be looked up a second time for that."""
        match node:
            case Leaf() | Words() | Starts():
                return ways[node].query()
            case AllOf(parts):
                return all_of([self._inside(part, ways) for part in parts])
            case AnyOf(parts) if parts:
                return any_of([self._inside(part, ways) for part in parts])
        return unscored(self.finds(node))

    def _worth(self, part: Part, rare: int, has: Has) -> list[Worth]:
        """Clauses that add up to what the part counts; the first finds what the part finds, the others nothing beyond."""
        match part:
            case Words():
                return [(self.finds(part), PHRASE * rare)]
            case Starts():
                return [(self.finds(part), SURFACE * rare)]
            case Leaf():
                return self._leaf(part, rare, has)

    def _leaf(self, leaf: Leaf, rare: int, has: Has) -> list[Worth]:
        """As _worth; what no document has is not asked for."""
        field, stems = leaf.field, tuple(stem for stem in leaf.stems if has("stems", stem))
        tokens, others = (
            tuple(token for token in some if has(_name(field), token)) for some in (leaf.tokens, leaf.others)
        )
        words = self.one_of(field, tokens)
        if not stems and not others:
            return [(words, SURFACE * rare), *self._shares(field, tokens, others, rare, has)]
        whole = self.finds(Leaf(field, tokens, stems, others))
        spoken = [(words, (SURFACE - STEM) * rare)] if tokens else []
        return [(whole, STEM * rare), *spoken, *self._shares(field, tokens, others, rare, has)]

    def _shares(
        self, field: str, tokens: tuple[str, ...], others: tuple[str, ...], rare: int, has: Has
    ) -> list[Worth]:
        """What a word of 'any' counts by where it stands: its share, and in another spelling alone, half of it."""
        clauses: list[Worth] = []
        for name, share in SHARES if field == "any" else ():
            here, known = (
                tuple(token for token in some if has(_name(name), token)) for some in (tokens, others)
            )
            half = share // 2 if known else 0
            if here:
                clauses.append((self.one_of(name, here), (share - half) * rare))
            if known:
                clauses.append((self.one_of(name, (*here, *known)), half * rare))
        return clauses

    def _lead(self, lead: Lead, total: int, has: Has) -> list[Worth]:
        """Clauses for titles that are what was asked, or begin so; those that no document has are left out."""
        called = [key for key in map(lead_key, lead.whole) if has("lead", key)]
        begun = [key for key in lead.whole if key.count(b" ") >= BEGINNINGS or has("begins", lead_key(key))]
        heads = [key for key in map(lead_key, lead.heads) if has("lead", key)]
        clauses: list[Worth] = []
        whole, begins = self.one_of("lead", called), any_of([self._begins(key) for key in begun])
        if called:
            journal = all_of([whole, self.one_of("format", ("journal",))])
            clauses += [(whole, WHOLE * total), (journal, JOURNAL * total)]
        if begun:
            clauses.append((but(begins, [whole] if called else []), BEGINS * total))
        if heads:
            before = [*([whole] if called else []), *([begins] if begun else [])]
            clauses.append((but(self.one_of("lead", heads), before), HEAD * total))
        return clauses

    def _begins(self, key: bytes) -> Query:
        """Titles that begin with the key and go on behind a blank."""
        if key.count(b" ") < BEGINNINGS:
            return Query.term_query(self._schema, "begins", lead_key(key))
        return self._pattern("lead", lead_key(key + b" ") + ".*")


def _apart(node: Plan, below: bool = False) -> bool:
    """Whether each part counts exactly where the plan itself finds it: not so for an `and` within an `or`."""
    match node:
        case AllOf(parts):
            return not below and all(_apart(part) for part in parts)
        case AnyOf(parts):
            return not below and all(_apart(part, True) for part in parts)
    return True


def _count(node: Plan) -> int:
    """How often parts that count stand in a plan."""
    match node:
        case AllOf(parts) | AnyOf(parts):
            return sum(map(_count, parts))
        case Leaf() | Words() | Starts():
            return 1
    return 0


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
    if not without:
        return found
    return Query.boolean_query([(Occur.Must, found), *((Occur.MustNot, one) for one in without)])


def worth(found: Query, number: int) -> Query:
    """What is found, with that number as its score."""
    return Query.const_score_query(found, float(number))


def unscored(found: Query) -> Query:
    """What is found, with a score of 0."""
    return worth(found, 0)


def chained(found: Query, clauses: Sequence[Query]) -> Query:
    """What is found, with its score and those of the clauses, looked up for what was found and nothing else."""
    if len(clauses) > CHAINED:
        return Query.boolean_query([(Occur.Must, found), *((Occur.Should, one) for one in clauses)])
    for clause in clauses:
        found = Query.boolean_query([(Occur.Must, found), (Occur.Should, clause)])
    return found


def _name(field: str) -> str:
    return field if field == "any" else IN_ORDER.get(field, field)


def _escaped(prefix: str) -> str:
    return (
        re.sub(r"([^\w\s])", r"\\\1", prefix, flags=re.ASCII)
        if prefix.isascii()
        else "".join(f"\\{c}" if c.isascii() and not c.isalnum() and not c.isspace() else c for c in prefix)
    )
