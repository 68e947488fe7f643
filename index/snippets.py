"""Which words of a text a search asked for: pieces for a template to mark, never HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from index.analysis import STOP_WORDS, chunk, english_stem, indonesian_stem
from index.plan import AllOf, AnyOf, Leaf, Plan, Starts, Words, plan
from index.query import Query

#: Access points whose words may be marked in any text.
_TEXTUAL = frozenset({"any", "title", "author", "subject", "publisher", "series"})
#: Longest text that is looked at, in characters.
LONGEST = 8000

_RUN = re.compile(r"\S+")
_PART = re.compile(r"[^\s\-\u2010-\u2015/.,;:()\[\]<>&\"“”«»]+")


class Piece(NamedTuple):
    """A stretch of the text as it was, and whether the search asked for it."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks for, as words to be marked: tokens, stems by language mark, beginnings."""

    tokens: frozenset[str]
    stems: frozenset[str]
    beginnings: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.tokens or self.beginnings)


def wanted(query: Query, field: str = "any") -> Wanted:
    """The words to mark in a text of this access point; what the query excludes is none of them."""
    tokens: set[str] = set()
    stems: set[str] = set()
    beginnings: list[str] = []

    def gather(node: Plan) -> None:
        match node:
            case AllOf(parts) | AnyOf(parts):
                for part in parts:
                    gather(part)
            case Leaf(name, words, roots, others) if name in ("any", field) and name in _TEXTUAL:
                tokens.update(words, others)
                stems.update(roots)
            case Words(fields, words) if field in fields or "any" in fields:
                tokens.update(words)
            case Starts(name, prefix) if name in ("any", field) and name in _TEXTUAL:
                beginnings.append(prefix)
            case _:
                pass

    gather(plan(query))
    kept = tokens - STOP_WORDS
    return Wanted(frozenset(kept or tokens), frozenset(stems), tuple(beginnings))


def _asked(raw: str, words: Wanted) -> bool:
    piece = chunk(raw)
    for token in (*piece.tokens, piece.joined, *piece.others):
        if not token:
            continue
        if token in words.tokens or token.startswith(words.beginnings or ("\0",)):
            return True
        if words.stems and (
            "id:" + indonesian_stem(token) in words.stems or "en:" + english_stem(token) in words.stems
        ):
            return True
    return False


def pieces(text: str, words: Wanted) -> tuple[Piece, ...]:
    """The whole text in pieces, in order: joined they are the text. Takes time in proportion to its length."""
    if not text:
        return ()
    if not words:
        return (Piece(text, False),)
    found: list[Piece] = []
    done = 0
    for run in _RUN.finditer(text, 0, LONGEST):
        for start, end in _marked(run.group(), words):
            start, end = start + run.start(), end + run.start()
            if start > done:
                found.append(Piece(text[done:start], False))
            found.append(Piece(text[start:end], True))
            done = end
    if done < len(text):
        found.append(Piece(text[done:], False))
    return _neighbours_joined(found)


def _marked(run: str, words: Wanted) -> list[tuple[int, int]]:
    """Places in a run of letters: its parts (of a-b) that are asked for, or all of it when only the whole is."""
    found = [(m.start(), m.end()) for m in _PART.finditer(run) if _asked(m.group(), words)]
    if found or not _asked(run, words):
        return found
    return [(0, len(run))]


def _neighbours_joined(found: list[Piece]) -> tuple[Piece, ...]:
    """Hits with one blank between them are one piece: a marked phrase is not broken up."""
    joined: list[Piece] = []
    for piece in found:
        if len(joined) >= 2 and piece.hit and joined[-1].text == " " and joined[-2].hit:
            joined[-2:] = [Piece(joined[-2].text + " " + piece.text, True)]
        else:
            joined.append(piece)
    return tuple(joined)


def snippet(text: str, words: Wanted, length: int = 200) -> tuple[Piece, ...]:
    """The stretch of at most some `length` characters that holds most of the words, with … where it was cut.

    () when none of the words stands in the text.
    """
    whole = pieces(text, words)
    if not any(piece.hit for piece in whole):
        return ()
    if len(text) <= length:
        return whole
    starts: list[int] = []
    at = 0
    for piece in whole:
        if piece.hit:
            starts.append(at)
        at += len(piece.text)
    best = max(starts, key=lambda s: (sum(s <= other < s + length - 40 for other in starts), -s))
    begin = max(0, best - 40)
    if begin:
        space = text.find(" ", begin, best)
        begin = space + 1 if space >= 0 else best
    end = min(len(text), begin + length)
    if end < len(text):
        space = text.rfind(" ", begin + length // 2, end)
        end = space if space > 0 else end
    cut = pieces(text[begin:end], words)
    before = (Piece("… ", False),) if begin else ()
    after = (Piece(" …", False),) if end < len(text) else ()
    return (*before, *cut, *after)
