"""CQL in tokens: symbols, brackets, quoted and plain words, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.cql.tree import BadCql

#: What counts as a blank between words.
BLANK = " \t\n\r\v\f"

_TOKEN = re.compile(
    r"""
      (?P<symbol><>|<=|>=|==|[=<>]) | (?P<open>\() | (?P<close>\)) | (?P<slash>/) |
      "(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)(?P<end>"|\\?\Z) |
      (?P<word>(?:[^ \t\n\r\v\f()=<>/\\]|\\.|\\\Z)+)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANKS = re.compile(f"[{BLANK}]*")

#: A quotation mark that no backslash protects, within a plain word.
_LOOSE = re.compile(r'(\\.)|"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is symbol, open, close, slash, quoted, word or end; `text` keeps its backslashes."""

    kind: str
    text: str
    at: int

    @property
    def is_text(self) -> bool:
        """Whether this can be a term, an index or a name."""
        return self.kind in ("word", "quoted")

    def says(self, *words: str) -> bool:
        """Whether it is one of these keywords: unquoted, in capitals or not."""
        return self.kind == "word" and self.text.lower() in words


def split(text: str, *, strict: bool) -> list[Token]:
    """The tokens, with one of kind 'end' behind them; raises BadCql. One pass over the text."""
    found: list[Token] = []
    at = _BLANKS.match(text, 0).end()  # type: ignore[union-attr]  # it matches the empty text too
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, "every character begins a token"
        kind = next(
            name for name in ("symbol", "open", "close", "slash", "quoted", "word") if match[name] is not None
        )
        value = match[kind]
        if kind == "quoted":
            if match["end"] != '"' and strict:
                raise BadCql(14, "the quotation mark is not closed", at)
        elif kind == "word":
            value = _plain(value, at, strict)
        found.append(Token(kind, value, at))
        at = _BLANKS.match(text, match.end()).end()  # type: ignore[union-attr]
    found.append(Token("end", "", len(text)))
    return found


def _plain(word: str, at: int, strict: bool) -> str:
    """A plain word as it would stand between quotation marks."""
    if "\\" in word and (len(word) - len(word.rstrip("\\"))) % 2:
        word += "\\"  # nothing is behind the last backslash: it means itself
    if '"' not in word:
        return word
    if strict and any(match[1] is None for match in _LOOSE.finditer(word)):
        raise BadCql(14, "a quotation mark stands inside a word", at)
    return _LOOSE.sub(lambda match: match[1] or '\\"', word)
