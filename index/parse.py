"""The language of the search box: words, "phrases", -not, OR, (groups), field:word, 2010..2020 and beginnings*.

Words are joined by AND; AND binds closer than OR. What is merely untidy (an open quote, a stray bracket, an operator
at the end) gets its plausible reading; what would make an engine run away is refused with BadQuery.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.analysis import tokens
from index.identifiers import doi_key, isbn_key, issn_key
from index.plan import EXACT
from index.query import All, And, BadQuery, Not, Or, Phrase, Prefix, Query, Range, Term

#: Caps: characters of a query, words in it, brackets in brackets, letters before a *.
MAX_CHARS = 200
MAX_WORDS = 32
MAX_DEPTH = 10
MIN_PREFIX = 3

#: What may stand before a colon, in English, in Indonesian, and in the two letters of the old catalogues.
FIELDS = {
    "any": ("any", "semua"),
    "title": ("ti", "title", "judul"),
    "author": ("au", "author", "pengarang", "penulis"),
    "subject": ("su", "subject", "subjek", "topik"),
    "publisher": ("pub", "publisher", "penerbit"),
    "series": ("se", "series", "seri"),
    "isbn": ("isbn",),
    "issn": ("issn",),
    "identifier": ("id", "identifier", "doi", "nomor"),
    "call_number": ("callno", "call_number", "panggil", "klasifikasi"),
    "language": ("lang", "language", "bahasa"),
    "format": ("format", "jenis"),
    "year": ("year", "yr", "tahun"),
    "library": ("lib", "library", "perpustakaan"),
    "sale": ("sale", "dijual"),
}
_FIELD_OF = {name: field for field, names in FIELDS.items() for name in names}

#: Operators stand in capitals, so that "cats and dogs" is four words... of which "and" is no operator.
_OPERATORS = {"AND": "and", "DAN": "and", "OR": "or", "ATAU": "or", "NOT": "not", "BUKAN": "not"}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) | (?P<minus>-(?=[\w"“(*])) |
      (?P<field>[A-Za-z_]{2,14}:) |
      (?:"(?P<phrase>[^"]*)(?:"|$)) | (?:“(?P<curly>[^”"]*)(?:[”"]|$)) |
      (?P<word>[^\s()"“]+)
    )""",
    re.VERBOSE,
)
_YEARS = re.compile(r"(\d{1,4})?\.\.(\d{1,4})?")
_YEAR_VALUE = re.compile(r"(\d{1,4})(?:(?:\.\.|[-\u2013])(\d{1,4})?)?|(?:\.\.|[-\u2013])(\d{1,4})")
_YEARS_NOT_ISSN = re.compile(r"([12]\d{3})[-\u2010-\u2015]([12]\d{3})")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Query:
    """The query that a text means; All() for one without a word. Raises BadQuery.

    Codes: too_long, too_many_words, too_deep, prefix_too_short, leading_wildcard, wildcard, bad_year.
    Takes time in proportion to the (capped) length.
    """
    text = text.encode(errors="ignore").decode()  # half a surrogate pair is no letter
    plain = text.strip()
    if len(plain) > MAX_CHARS:
        raise BadQuery("too_long", MAX_CHARS, str(len(plain)))
    known = identifier(plain)
    if known is not None:
        return known
    start = len(text) - len(text.lstrip())
    return _Parser(_split(plain, start)).whole()


def identifier(text: str) -> Term | None:
    """The search for an ISBN, ISSN or DOI that a text is and nothing else; a pasted doi.org address is one too."""
    if key := isbn_key(text):
        return Term(text=key, field="isbn")
    if key := doi_key(text):
        return Term(text=key, field="identifier")
    years = _YEARS_NOT_ISSN.fullmatch(text)
    if (years is None or years.group(1) > years.group(2)) and (key := issn_key(text)):
        return Term(text=key, field="issn")
    return None


def _split(text: str, start: int) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:  # only blanks are left, or a sign that is nothing
            at += 1
            continue
        kind = match.lastgroup or ""
        value, place = match.group(kind), match.start(kind) + start
        at = match.end()
        if kind == "field":
            name = value[:-1].lower()
            if name not in _FIELD_OF or text[at : at + 2] == "//":
                kind, (value, at) = "word", _rest_of_word(text, at, value)
            else:
                value = _FIELD_OF[name]
        elif kind == "word" and value in _OPERATORS:
            kind = _OPERATORS[value]
        found.append(
            _Token("phrase" if kind == "curly" else "not" if kind == "minus" else kind, value, place)
        )
    return found


def _rest_of_word(text: str, at: int, value: str) -> tuple[str, int]:
    """A word that only looked like a field: Java:2, https://…"""
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in '()"“':
        end += 1
    return value + text[at:end], end


class _Parser:
    """Recursive descent over the tokens; depth is bounded by MAX_DEPTH."""

    def __init__(self, found: list[_Token]) -> None:
        self._tokens = found
        self._at = 0
        self._words = 0

    def whole(self) -> Query:
        parts = []
        while self._peek() is not None:
            part = self._either("any", 0)
            if part is not None:
                parts.append(part)
            if (token := self._peek()) is not None and token.kind == "close":
                self._at += 1  # a bracket that nobody opened
        return _join(And, parts) or All()

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self, field: str, depth: int) -> Query | None:
        """Parts joined by OR."""
        parts = [self._both(field, depth)]
        while (token := self._peek()) is not None and token.kind == "or":
            self._at += 1
            parts.append(self._both(field, depth))
        return _join(Or, [part for part in parts if part is not None])

    def _both(self, field: str, depth: int) -> Query | None:
        """Parts joined by AND, written or not."""
        parts: list[Query] = []
        negative = False
        while (token := self._peek()) is not None and token.kind not in ("or", "close"):
            if token.kind == "and":
                self._at += 1
            elif token.kind == "not":
                self._at += 1
                negative = True
            else:
                part = self._one(field, depth)
                if part is not None:
                    parts.append(Not(part=part) if negative else part)
                negative = False
        return _join(And, parts)

    def _one(self, field: str, depth: int) -> Query | None:
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "field":
            following = self._peek()
            if following is None or following.kind not in ("open", "phrase", "word", "field"):
                return None
            return self._one(token.text, depth)
        if token.kind == "open":
            if depth >= MAX_DEPTH:
                raise BadQuery("too_deep", token.at)
            inside = self._either(field, depth + 1)
            if (closing := self._peek()) is not None and closing.kind == "close":
                self._at += 1
            return inside
        return self._atom(token, field)

    def _atom(self, token: _Token, field: str) -> Query | None:
        if field == "year":
            return _years(token)
        words = tokens(token.text)
        self._words += max(1, len(words))
        if self._words > MAX_WORDS:
            raise BadQuery("too_many_words", token.at)
        if token.kind == "phrase":
            return Phrase(text=token.text.strip(), field=field) if words else None
        if (years := _YEARS.fullmatch(token.text)) is not None and any(years.groups()) and field == "any":
            return _years(token)
        if "*" in token.text:
            return _beginning(token, field, words)
        if not words:
            return None
        if field == "any" and (known := identifier(token.text)) is not None:
            return known
        return Term(text=token.text, field=field)


def _beginning(token: _Token, field: str, words: list[str]) -> Query | None:
    """A word with a star at its end."""
    stem = token.text.rstrip("*")
    if not stem.strip("*"):
        return None  # a star alone asks for everything
    if stem.startswith("*"):
        raise BadQuery("leading_wildcard", token.at)
    if "*" in stem:
        raise BadQuery("wildcard", token.at + stem.index("*"))
    if not words:
        return None
    beginning = stem.strip() if field in EXACT else words[-1]
    if len(beginning) < MIN_PREFIX:
        raise BadQuery("prefix_too_short", token.at, str(MIN_PREFIX))
    return Prefix(text=stem, field=field)


def _years(token: _Token) -> Query:
    """1999, 2010..2020, 2010.., ..2020; behind `year:` also 2010-2020."""
    found = _YEAR_VALUE.fullmatch(token.text.strip())
    if found is None:
        raise BadQuery("bad_year", token.at, token.text[:20])
    first, last, until = found.groups()
    if until is not None:
        return Range(high=int(until))
    low = int(first)
    if token.text.strip().isdecimal():
        return Range(low=low, high=low)
    high = int(last) if last else None
    if high is not None and high < low:
        low, high = high, low
    return Range(low=low, high=high)


def _join(kind: type[And] | type[Or], parts: list[Query]) -> Query | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return kind(parts=tuple(parts))


def write(query: Query) -> str:
    """The query as it would be typed: `parse` of it is the same query again, if parse made it."""
    match query:
        case Term(text=text, field=field):
            return _prefixed(field, f'"{text}"' if " " in text else text)
        case Phrase(text=text, field=field):
            return _prefixed(field, f'"{text}"')
        case Prefix(text=text, field=field):
            return _prefixed(field, f"{text}*")
        case Range(low=low, high=high):
            return f"{'' if low is None else low}..{'' if high is None else high}"
        case Not(part=part):
            inner = _bracketed(part)
            return f"-{inner}" if inner[0].isalnum() or inner[0] in '("' else f"NOT {inner}"
        case And(parts=parts):
            return " ".join(_bracketed(part) for part in parts)
        case Or(parts=parts):
            return " OR ".join(_bracketed(part) for part in parts)
        case All():
            return "*"


def _bracketed(query: Query) -> str:
    return f"({write(query)})" if isinstance(query, And | Or) else write(query)


def _prefixed(field: str, text: str) -> str:
    return text if field == "any" else f"{FIELDS[field][0]}:{text}"
