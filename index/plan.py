"""A query made ready for engines: what was typed becomes the tokens it is looked up by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from index.analysis import ARABIC_ARTICLES, DEGREES, GAP, STOP_WORDS, TITLES, chunk, query_stems, tokens
from index.finding.variants import variants
from index.identifiers import call_number_key, doi_key, identifier_key, isbn_key, issn_key
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.search import IndexDoc

#: Access points in which words stand in an order; a phrase in 'any' is one in any of them.
ORDERED = ("title", "author", "subject", "publisher", "series", "any")

#: Access points whose tokens are whole values, not words.
EXACT = ("isbn", "issn", "identifier", "call_number", "language", "format", "library", "id", "held", "sale")

#: What may be typed behind `sale:` for things that cannot be bought.
NOT_FOR_SALE = frozenset(("not_for_sale", "not", "no", "tidak", "tidak_dijual"))

#: What the access point 'any' is made of. `IndexDoc.any` holds what no other field of text has.
ANY = (
    "title",
    "author",
    "subject",
    "publisher",
    "series",
    "any",
    "isbn",
    "issn",
    "identifier",
    "call_number",
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """Documents with one of these tokens in the field, or one of the stems, or one of the other spellings in the field.

    What is found by a stem or another spelling alone comes behind what has the word itself.
    """

    field: str
    tokens: tuple[str, ...]
    stems: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Documents with these tokens side by side in one of the fields."""

    fields: tuple[str, ...]
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Starts:
    """Documents with a token that begins so."""

    field: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Years:
    """Documents with a year from low to high, both included."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Every:
    """All documents."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Documents that all of the parts find."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Documents that one of the parts finds."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """Documents that the part does not find."""

    part: Plan


Plan: TypeAlias = Leaf | Words | Starts | Years | Every | AllOf | AnyOf | Without


def plan(query: Query) -> Plan:
    """What engines carry out. Parts without any letter or digit are left out; if nothing is left, everything is meant."""
    return _plan(query) or Every()


def _plan(query: Query) -> Plan | None:
    match query:
        case Term(text=text, field=field):
            return _term(text, field)
        case Phrase(text=text, field=field):
            return _phrase(text, field)
        case Prefix(text=text, field=field):
            return _prefix(text, field)
        case Range(low=low, high=high):
            return Years(low, high)
        case All():
            return Every()
        case And(parts=parts):
            found = [p for p in map(_plan, _needed(parts)) if p is not None]
            return found[0] if len(found) == 1 else AllOf(tuple(found)) if found else None
        case Or(parts=parts):
            found = [p for p in map(_plan, parts) if p is not None]
            return found[0] if len(found) == 1 else AnyOf(tuple(found)) if found else None
        case Not(part=part):
            inner = _plan(part)
            return None if inner is None else Without(inner)


def _needed(parts: tuple[Query, ...]) -> list[Query]:
    """The parts of an And that are insisted on: stop words, and degrees of authors, only if nothing else is asked."""
    kept = [part for part in parts if not _negligible(part)]
    return kept if any(not isinstance(part, Not) for part in kept) else list(parts)


def _negligible(part: Query) -> bool:
    if not isinstance(part, Term):
        return False
    words = tokens(part.text)
    if part.field == "author":
        return len(words) > 0 and (words[0] in TITLES or "".join(words) in DEGREES)
    return part.field in ("any", "title", "subject") and len(words) == 1 and words[0] in STOP_WORDS


def _key(text: str, field: str) -> tuple[str, ...]:
    """The tokens that a value of an exact field may have; () when there is none."""
    plain = text.strip()
    match field:
        case "isbn" | "issn":
            keys: tuple[str, ...] = (identifier_key(field, plain),)
        case "identifier":
            kinds = ("isbn", "issn", "doi", "oclc", "other")
            keys = tuple(identifier_key(kind, plain) for kind in kinds)
        case "call_number":
            keys = (call_number_key(plain),)
        case "id":
            keys = (plain,)
        case "sale":
            keys = ("not_for_sale",) if plain.lower() in NOT_FOR_SALE else (plain,)
        case _:
            keys = (plain, plain.lower(), plain.upper())
    return tuple(k for k in dict.fromkeys(keys) if k)


def _term(text: str, field: str) -> Plan | None:
    if field == "year":
        return Years(int(text), int(text)) if text.isdecimal() and len(text) < 5 else AnyOf(())
    if field in EXACT:
        return Leaf(field, keys) if (keys := _key(text, field)) else None
    if field == "any":
        whole = [key for key in (isbn_key(text), issn_key(text), doi_key(text)) if key]
        if whole:
            return AnyOf((Leaf("any", tuple(whole)), *([p] if (p := _words(text, field)) else [])))
    return _words(text, field)


def _words(text: str, field: str) -> Plan | None:
    found = [p for raw in text.split() if (p := _chunk(raw, field)) is not None]
    return found[0] if len(found) == 1 else AllOf(tuple(found)) if found else None


def _chunk(raw: str, field: str) -> Plan | None:
    piece = chunk(raw)
    if not piece.tokens:
        return None
    if len(piece.tokens) == 1:
        return _leaf(piece.tokens[0], piece.others, field)
    needed = piece.tokens[1:] if piece.joined and piece.tokens[0] in ARABIC_ARTICLES else piece.tokens
    found = tuple(_leaf(token, (), field) for token in dict.fromkeys(needed))
    parts: Plan = AllOf(found) if len(found) > 1 else found[0]
    return AnyOf((parts, Leaf(field, (piece.joined,)))) if piece.joined else parts


def _leaf(token: str, latin: tuple[str, ...], field: str) -> Leaf:
    surface, stems = query_stems(token) if field == "any" else ((), ())
    words = tuple(dict.fromkeys((token, *latin, *surface)))
    return Leaf(field, words, stems, tuple(word for word in variants(token) if word not in words))


def _phrase(text: str, field: str) -> Plan | None:
    if field in EXACT or field == "year":
        return _term(text, field)
    words = tuple(tokens(text))
    if not words:
        return None
    if len(words) == 1:
        return Leaf(field, words)
    if field in ORDERED:
        return Words(ORDERED if field == "any" else (field,), words)
    return AllOf(tuple(Leaf(field, (word,)) for word in dict.fromkeys(words)))


def _prefix(text: str, field: str) -> Plan | None:
    if field == "call_number":
        return Starts(field, key) if (key := call_number_key(text)) else None
    if field in EXACT:
        return Starts(field, text.strip()) if text.strip() else None
    words = tokens(text)
    if not words:
        return None
    last = Starts(field, words[-1])
    return AllOf((*(Leaf(field, (word,)) for word in dict.fromkeys(words[:-1])), last)) if words[1:] else last


def leaves(node: Plan) -> list[Leaf | Words | Starts]:
    """The parts that speak for a document, each once, in order: what ranking counts. Nothing under Without does."""
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return list(dict.fromkeys(leaf for part in parts for leaf in leaves(part)))
        case Leaf() | Words() | Starts():
            return [node]
        case _:
            return []


def doc_tokens(doc: IndexDoc, field: str) -> frozenset[str]:
    """The tokens by which a document is found in a field: the one rule for every engine. Years have none."""
    if field == "any":
        return frozenset(t for name in ANY for t in getattr(doc, name)) - {GAP}
    if field == "subject_facet":
        return frozenset(doc.subject_facet)
    if field == "id":
        return frozenset((doc.id,))
    return frozenset(getattr(doc, field)) - {GAP}
