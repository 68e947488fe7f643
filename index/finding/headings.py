"""Lists to walk through: authors, subjects and call numbers in their order, each with how many titles it leads to.

A document carries one token a heading in its field `heading`: a letter for the kind, the key it is ordered by, a tab, and
the text as it is shown. Engines keep tokens in order, so that a page of a list is a short walk and nothing is counted
or sorted. Forms of one heading that differ in capitals or marks only have one key and are shown as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.analysis import tokens, without_degrees
from index.identifiers import shelf_key
from index.search import Engine

#: Kinds of lists and the letter of each; 'name' is an author's name in natural order, for completions only.
KINDS = {"author": "a", "subject": "s", "call_number": "c", "name": "n"}

#: Bytes of a key, characters of a text, headings of one kind that a document brings at most.
KEY_BYTES, TEXT, MOST = 60, 120, 40

#: Terms that are looked at, at most, for each heading wanted: forms of one heading are few.
FORMS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One line of a list: the text most used, what it is ordered by, how many titles have it."""

    text: str
    key: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of a list; `before` and `after` are keys to ask for the pages next to it, '' at an end."""

    headings: tuple[Heading, ...]
    before: str = ""
    after: str = ""


def key(kind: str, text: str) -> str:
    """What a heading is ordered by, and what somebody typed is looked up by; '' when nothing is left of it."""
    if kind == "call_number":
        found = shelf_key(text)
    else:
        found = " ".join(tokens(without_degrees(text) if kind in ("author", "name") else text))
    return found.encode()[:KEY_BYTES].decode(errors="ignore")


def doc_headings(
    names: Iterable[str], subjects: Iterable[str], call_numbers: Iterable[str]
) -> tuple[str, ...]:
    """The tokens of a document's field `heading`."""
    found = dict.fromkeys(_tokens("author", names))
    found.update(dict.fromkeys(_tokens("subject", subjects)))
    found.update(dict.fromkeys(_tokens("call_number", call_numbers)))
    found.update(dict.fromkeys(_tokens("name", filter(None, map(natural, names)))))
    return tuple(found)


def _tokens(kind: str, texts: Iterable[str]) -> list[str]:
    by_key: dict[str, str] = {}
    for text in texts:
        plain = " ".join(text.split()).strip(" ,;:/")[:TEXT]
        if plain and (ordered := key(kind, plain)):
            by_key.setdefault(ordered, plain)
        if len(by_key) == MOST:
            break
    return [f"{KINDS[kind]}{ordered}\t{text}" for ordered, text in by_key.items()]


def natural(name: str) -> str:
    """'Pramoedya Ananta Toer' of 'Toer, Pramoedya Ananta'; '' for a name that is in its natural order."""
    family, comma, given = without_degrees(name).partition(", ")
    return f"{given} {family}" if comma and given and "," not in given else ""


def page(engine: Engine, kind: str, at: str = "", size: int = 50, *, backwards: bool = False) -> Page:
    """`size` headings from the key `at` on, or, backwards, those before it; in order either way."""
    found = _walk(engine, kind, at, size + 1, backwards=backwards)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        behind = not backwards and _walk(engine, kind, at, 1, backwards=True)
        return Page(headings=(), before=at if behind else "", after=at if backwards else "")
    if backwards:
        return Page(headings=tuple(found), before=found[0].key if more else "", after=at)
    further = _walk(engine, kind, found[-1].key + "\x7f", 1) if more else []
    before = found[0].key if _walk(engine, kind, found[0].key, 1, backwards=True) else ""
    return Page(headings=tuple(found), before=before, after=further[0].key if further else "")


def beginning(engine: Engine, kind: str, text: str, most: int) -> list[Heading]:
    """Headings that begin with what somebody typed, at most `most`, in order."""
    typed = key(kind, text)
    return [one for one in _walk(engine, kind, typed, most) if one.key.startswith(typed)] if typed else []


def forms(engine: Engine, kind: str, text: str) -> tuple[str, ...]:
    """The tokens under which a heading stands in documents: what a filter for exactly this heading names."""
    start = f"{KINDS[kind]}{key(kind, text)}\t"
    return tuple(token for token, _ in engine.walk("heading", start, 50) if token.startswith(start))


def _walk(engine: Engine, kind: str, at: str, size: int, *, backwards: bool = False) -> list[Heading]:
    """Up to `size` headings in the direction of the walk."""
    letter, start = KINDS[kind], KINDS[kind] + at
    found = engine.walk("heading", start, size * FORMS, backwards=backwards)
    known = (_parted(token, count) for token, count in found if token.startswith(letter))
    return list(_joined(known))[:size]


def _parted(token: str, count: int) -> tuple[str, str, int]:
    ordered, _, text = token[1:].partition("\t")
    return ordered, text, count


def _joined(found: Iterable[tuple[str, str, int]]) -> Iterator[Heading]:
    """Forms with one key as one heading."""
    last, group = "", list[tuple[str, int]]()
    for ordered, text, count in found:
        if group and ordered != last:
            yield _one(last, group)
            group = []
        last = ordered
        group.append((text, count))
    if group:
        yield _one(last, group)


def _one(ordered: str, group: Sequence[tuple[str, int]]) -> Heading:
    text = min(group, key=lambda form: (-form[1], form[0]))[0]
    return Heading(text=text, key=ordered, count=sum(count for _, count in group))
