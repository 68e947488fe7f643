"""What stands in a term: words, with the masks that we carry out, and nothing that we would carry out wrongly."""

from __future__ import annotations

from dataclasses import dataclass

from index.cql.lexer import BLANK
from index.cql.tree import BadCql


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a term; `begins` when it ended in a *."""

    text: str
    begins: bool = False


def words(raw: str, at: int = 0, *, masked: bool = True) -> tuple[Word, ...]:
    """The words of a term. Raises BadCql: 28 (mask within a word, ?), 31 (anchor)."""
    found: list[Word] = []
    letters: list[str] = []
    star = escaped = False
    for letter in [*raw, " "]:
        if escaped:
            letters.append(letter)
            escaped = False
        elif letter == "\\":
            escaped = True
            continue
        elif letter in BLANK:
            if letters:
                found.append(Word("".join(letters), star))
            elif star:
                raise BadCql(28, "* stands at the end of a word only", at)
            letters, star = [], False
            continue
        elif masked and letter == "*":
            star = True
            continue
        elif masked and letter == "?":
            raise BadCql(28, "?", at)
        elif masked and letter == "^":
            raise BadCql(31, "^", at)
        else:
            letters.append(letter)
        if star:
            raise BadCql(28, "* stands at the end of a word only", at)
    return tuple(found)


def plain(raw: str) -> str:
    """The text of a term for people: without backslashes."""
    return " ".join(word.text for word in words(raw, masked=False))
