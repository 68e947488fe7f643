"""Rows of the advanced form ⇄ the query they stand for: pure, so that form, address and box say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.parse import MAX_CHARS, MIN_PREFIX, parse, write
from index.query import All, And, BadQuery, Not, Or, Phrase, Prefix, Query, Term

#: What a row searches, how its words are meant, how it is joined to the rows above it.
FIELDS = ("any", "title", "author", "subject", "publisher", "series", "call_number", "isbn", "issn")
MODES = ("all", "phrase", "any", "typed")
JOINS = ("and", "or", "not")

#: Rows of a form.
ROWS = 4

#: Signs that mean something in the box and are only text here.
_SIGNS = str.maketrans(dict.fromkeys('"“”()', " "))
_OPERATORS = frozenset({"AND", "DAN", "OR", "ATAU", "NOT", "BUKAN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its text as typed, in one field; `join` of the first row means nothing."""

    text: str = ""
    field: str = "any"
    mode: str = "all"
    join: str = "and"


def query_of(rows: Sequence[Row]) -> Query:
    """What the rows ask for, joined from top to bottom; All() when nothing is filled in."""
    found: Query | None = None
    for row in rows:
        part = _part(row)
        if part is None:
            continue
        if found is None:
            found = Not(part=part) if row.join == "not" else part
        elif row.join == "or":
            found = Or(parts=(*(found.parts if isinstance(found, Or) else (found,)), part))
        else:
            more = part.parts if isinstance(part, And) and row.join == "and" else (part,)
            more = (Not(part=part),) if row.join == "not" else more
            found = And(parts=(*(found.parts if isinstance(found, And) else (found,)), *more))
    return found if found is not None else All()


def text_of(rows: Sequence[Row]) -> str:
    """The rows as they would be typed into the box. Raises BadQuery when that is too much for it."""
    query = query_of(rows)
    text = "" if isinstance(query, All) else write(query)
    if len(text) > MAX_CHARS:
        raise BadQuery("too_long", MAX_CHARS, str(len(text)))
    parse(text)
    return text


def _part(row: Row) -> Query | None:
    if row.mode == "typed":
        query = parse(row.text)
        return None if isinstance(query, All) else query
    plain = " ".join(row.text.translate(_SIGNS).split())
    words = [word for raw in plain.split() if (word := _word(raw))]
    if not words:
        return None
    if row.mode == "phrase" or row.field in ("isbn", "issn", "call_number"):
        return Phrase(text=plain, field=row.field) if len(words) > 1 else _one(words[0], row.field)
    parts = tuple(_one(word, row.field) for word in words)
    if len(parts) == 1:
        return parts[0]
    return Or(parts=parts) if row.mode == "any" else And(parts=parts)


def _word(raw: str) -> str:
    """A word without the signs of the box around it: none of it is an operator or names a field."""
    word = raw.lstrip("-").replace(":", " ").strip()
    word = word.split(" ")[0] if " " in word else word
    return word.lower() if word in _OPERATORS else word


def _one(word: str, field: str) -> Query:
    if word.endswith("*") and "*" not in word[:-1] and len(word) > MIN_PREFIX:
        return Prefix(text=word[:-1], field=field)
    return Term(text=word.replace("*", ""), field=field)


def rows_of(text: str) -> list[Row]:
    """The rows that stand for a text of the box; all of it as typed in the first row where rows cannot say it."""
    try:
        query = _flat(parse(text))
        found = list(_rows(query))
        if len(found) <= ROWS and _flat(query_of(found)) == query:
            return found
    except BadQuery:
        pass
    return [Row(text=text, mode="typed")] if text else []


def _flat(query: Query) -> Query:
    """The query with an And inside an And as one, which means the same."""
    if not isinstance(query, And):
        return query
    parts = (_flat(part) for part in query.parts)
    return And(
        parts=tuple(one for part in parts for one in (part.parts if isinstance(part, And) else (part,)))
    )


def _rows(query: Query) -> Iterator[Row]:
    match query:
        case All():
            return
        case And(parts=parts):
            yield from _grouped(parts)
        case Or(parts=parts) if all(isinstance(p, Term) and p.field == _field(parts[0]) for p in parts):
            yield Row(text=_words(parts), field=_field(parts[0]), mode="any")
        case Or(parts=parts):
            for number, part in enumerate(parts):
                row = next(iter(_rows(part)))
                yield Row(text=row.text, field=row.field, mode=row.mode, join="or" if number else "and")
        case Not(part=part):
            row = next(iter(_rows(part)))
            yield Row(text=row.text, field=row.field, mode=row.mode, join="not")
        case Phrase(text=text, field=field):
            yield Row(text=text, field=field, mode="phrase")
        case Term() | Prefix():
            yield Row(text=_words((query,)), field=query.field)
        case _:
            yield Row(text=write(query))


def _grouped(parts: Sequence[Query]) -> Iterator[Row]:
    """Words in one field that follow each other are one row."""
    words: list[Query] = []
    for part in parts:
        if isinstance(part, Term | Prefix) and (not words or _field(words[0]) == part.field):
            words.append(part)
            continue
        if words:
            yield Row(text=_words(words), field=_field(words[0]))
            words = []
        if isinstance(part, Term | Prefix):
            words = [part]
        else:
            yield from _rows(part)
    if words:
        yield Row(text=_words(words), field=_field(words[0]))


def _field(part: Query) -> str:
    return part.field if isinstance(part, Term | Prefix | Phrase) else "any"


def _words(parts: Sequence[Query]) -> str:
    return " ".join(
        part.text + ("*" if isinstance(part, Prefix) else "")
        for part in parts
        if isinstance(part, Term | Prefix)
    )
