"""A target's dialect: which attributes its access points, relations and signs are, read from a file people may edit.

The file is the one that YAZ calls pqf.properties, so a table that a library has can be used as it is; lines that
begin with access, cql, fallback, boolean and query are ours alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from index.query import ACCESS_POINTS
from index.rpn import sets
from index.rpn.tree import Attribute

#: The dialects that are shipped, by their names.
SHIPPED = Path(__file__).with_name("dialects")

#: What the last part of `access.NAME.KIND` and `cql.NAME.KIND` may be, and the access points that may be named.
KINDS = frozenset(("word", "phrase", "beginning"))
NAMED = frozenset((*ACCESS_POINTS, "all_records"))

#: Character sets that Python has no codec for and we do.
OWN_CHARSETS = frozenset(("marc8", "marc-8"))

_TABLES = ("index", "relation", "relationmodifier", "position", "structure", "truncation")
_ATTRIBUTE = re.compile(r"([0-9]{1,4})=(\S+)")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_SPACED = re.compile(r"\s*=\s*")
_MAX_CHARS = 200_000


class BadDialect(Exception):
    """The file cannot be used. `faults` has every (line, why); the lines count from 1."""

    def __init__(self, faults: tuple[tuple[int, str], ...]) -> None:
        super().__init__("; ".join(f"line {line}: {why}" for line, why in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a target understands.

    `sets`: short name → URI, in the order of the file; `default_set` the URI of names without one.
    `table`: "index.dc.title", "relation.eq", "always", … in small letters → attributes.
    `access`: "title" or "title.phrase" → attributes; with a kind nothing is added to them.
    `cql`: "title" or "title.phrase" → (index, relation or '') of an SRU target.
    `fallbacks`: use attributes that may stand for one another, best first, under the first of them.
    `charset`: that of terms, '' for what the connection has; `plain`: accents are taken off.
    `operators`: those that are carried out; `depth`: how many in one another.
    """

    sets: Mapping[str, str] = field(default_factory=dict)
    default_set: str = ""
    table: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)
    access: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)
    cql: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    fallbacks: Mapping[int | str, tuple[int | str, ...]] = field(default_factory=dict)
    charset: str = ""
    plain: bool = False
    operators: frozenset[str] = frozenset(("and", "or", "not", "prox"))
    depth: int = 40


@cache
def shipped(name: str = "bib1") -> Dialect:
    """A dialect that is shipped: 'bib1' is what nearly every target understands. Raises KeyError."""
    if name not in names():
        raise KeyError(name)
    return load(SHIPPED / f"{name}.txt")


def names() -> tuple[str, ...]:
    """The names of the dialects that are shipped."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.txt")))


def load(path: Path) -> Dialect:
    """The dialect in a file; raises BadDialect, and OSError where there is none."""
    return read(path.read_bytes().decode("utf-8", "replace"))


def read(text: str) -> Dialect:
    """The dialect that a text describes; raises BadDialect with every fault."""
    if len(text) > _MAX_CHARS:
        raise BadDialect(((1, f"longer than {_MAX_CHARS} characters"),))
    reader = _Reader()
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        fact = _COMMENT.sub("", line).strip()
        if not fact:
            continue
        name, equals, value = (part.strip() for part in fact.partition("="))
        why = (
            reader.fact(name, value, number)
            if equals and name
            else f"neither a comment nor NAME = VALUE: {fact[:60]}"
        )
        if why:
            reader.faults.append((number, why))
    return reader.whole()


class _Reader:
    """Collects what the lines say."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []
        self.sets: dict[str, str] = {}
        self.default = ""
        self.table: dict[str, tuple[Attribute, ...]] = {}
        self.access: dict[str, tuple[Attribute, ...]] = {}
        self.cql: dict[str, tuple[str, str]] = {}
        self.fallbacks: dict[int | str, tuple[int | str, ...]] = {}
        self.refused: set[str] = set()
        self.charset = ""
        self.plain = False
        self.depth = 40
        self.named: list[tuple[int, str]] = []

    def whole(self) -> Dialect:
        for number, short in self.named:
            if short not in self.sets:
                self.faults.append((number, f"no line set.{short} says what the context set {short} is"))
        if self.faults:
            raise BadDialect(tuple(sorted(self.faults)))
        return Dialect(
            sets=self.sets,
            default_set=self.default,
            table=self.table,
            access=self.access,
            cql=self.cql,
            fallbacks=self.fallbacks,
            charset=self.charset,
            plain=self.plain,
            operators=frozenset(("and", "or", "not", "prox")) - self.refused,
            depth=self.depth,
        )

    def fact(self, name: str, value: str, number: int) -> str:
        """Take one line in; what is wrong with it, or ''."""
        kind, _, rest = (part.strip() for part in name.lower().partition("."))
        if kind == "set":
            if not value:
                return "a context set needs its URI"
            if rest:
                self.sets[rest] = value
            else:
                self.default = value
            return ""
        if kind in _TABLES or name.lower() == "always":
            if kind != "always" and not rest:
                return f"{name} needs a name behind a dot"
            if kind == "index" and "." in rest:
                self.named.append((number, rest.rpartition(".")[0]))
            return self._attributes(self.table, f"{kind}.{rest}" if rest else kind, value)
        if kind in ("access", "cql"):
            point, _, form = rest.partition(".")
            if point not in NAMED:
                return f"{point or name} is no access point; there are {', '.join(sorted(NAMED))}"
            if form and form not in KINDS:
                return f"{form} is none of {', '.join(sorted(KINDS))}"
            return (
                self._attributes(self.access, rest, value) if kind == "access" else self._index(rest, value)
            )
        if kind == "fallback":
            return self._fallback(rest, value)
        return self._option(name.lower(), value)

    def _attributes(self, table: dict[str, tuple[Attribute, ...]], key: str, value: str) -> str:
        found: list[Attribute] = []
        chosen: str | None = None
        for word in _SPACED.sub("=", value).split():
            if "=" not in word:
                chosen = sets.oid(word)
                if chosen is None:
                    return f"{word[:40]} is neither TYPE=VALUE nor an attribute set"
                continue
            match = _ATTRIBUTE.fullmatch(word)
            if match is None:
                return f"{word[:40]} is not TYPE=VALUE with a number as its type"
            found.append(Attribute(type=int(match[1]), value=_value(match[2]), set=chosen))
            chosen = None
        if chosen is not None:
            return "an attribute set stands before nothing"
        table[key] = tuple(found)
        return ""

    def _index(self, key: str, value: str) -> str:
        words = value.split()
        if len(words) not in (1, 2):
            return "an index, and a relation where it is not the usual one"
        self.cql[key] = (words[0], words[1] if words[1:] else "")
        return ""

    def _fallback(self, rest: str, value: str) -> str:
        if not rest or not value:
            return "fallback.USE = USE USE …"
        chain = (rest, *value.split())
        self.fallbacks[_value(rest)] = tuple(_value(one) for one in chain)
        return ""

    def _option(self, name: str, value: str) -> str:
        match name:
            case "boolean.and" | "boolean.or" | "boolean.not" | "boolean.prox" if value in ("yes", "no"):
                if value == "no":
                    self.refused.add(name.removeprefix("boolean."))
                return ""
            case "boolean.depth" if value.isascii() and value.isdecimal() and 0 < int(value) <= 100:
                self.depth = int(value)
                return ""
            case "query.charset":
                self.charset = value.lower()
                return "" if known_charset(value) else f"there is no character set {value[:40]}"
            case "query.diacritics" if value in ("keep", "strip"):
                self.plain = value == "strip"
                return ""
        return f"nothing is called {name[:40]}, or not with this value"


def known_charset(name: str) -> bool:
    """Whether terms can be sent in a character set."""
    try:
        return name.lower() in OWN_CHARSETS or "".encode(name) is not None
    except (LookupError, ValueError):
        return False


def _value(raw: str) -> int | str:
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 10 else raw
