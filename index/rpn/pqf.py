"""PQF, the prefix notation in which people who test targets write type-1 queries: read and written.

It is the language of YAZ: `@attrset set`, `@attr [set] type=value`, `@and @or @not @prox`, `@set name`, `@term kind`.
Attributes before an operator hold for both of its sides; of two of one type the inner one counts, and an attribute
without a set belongs to the set of the one before it. What YAZ reads as 0 or as nothing (`@attr 1=`, `@term numeric
x`, `@term null x`) is refused here, and a tab or the end of a line parts words as a blank does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.rpn import sets
from index.rpn.tree import BIB1, Attribute, Node, Operand, Operator, Proximity, ResultSet, Rpn

#: Caps: characters, operators in one another, operands, attributes of one operand.
MAX_CHARS = 32_768
MAX_DEPTH = 100
MAX_OPERANDS = 1024
MAX_ATTRIBUTES = 32

_BLANKS = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r"""
      "((?:\\.|[^"\\]|\\\Z)*)(?:"|\Z) | \{((?:\\.|[^}\\]|\\\Z)*)(?:\}|\Z) | ((?:\\.|[^\ \t\r\n\\]|\\\Z)+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|(.))", re.DOTALL)
_LETTERS = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"f": b"\f"}
_ATTRIBUTE = re.compile(r"([0-9]{1,9})=(.+)", re.DOTALL)
_OPERATORS = {"@and": "and", "@or": "or", "@not": "not", "@prox": "prox"}
_NUMBER = re.compile(r"[0-9]{1,9}")
_NUMERIC = re.compile(r"-?[0-9]{1,18}")
_TEXTS = ("general", "string", "date")


class BadPqf(Exception):
    """The text is no PQF, or (writing) the query cannot be said in it. `position` counts characters from 0.

    Codes: missing, extra, unknown_set, bad_attribute, bad_number, bad_proximity, bad_term, too_long, too_deep,
    too_many; of the writer: unwritable.
    """

    def __init__(self, code: str, position: int = 0, detail: str = "") -> None:
        super().__init__(f"{code} at {position}" + (f": {detail}" if detail else ""))
        self.code = code
        self.position = position
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Token:
    """`text` keeps its backslashes; `quoted` when it stood between quotation marks or braces."""

    text: str
    at: int
    quoted: bool

    def says(self, *words: str) -> bool:
        """Whether it is one of these keywords."""
        return not self.quoted and self.text in words


def parse(text: str) -> Rpn:
    """The query that a text in PQF means. Raises BadPqf. Takes time in proportion to the (capped) length.

    A term is text where its bytes are UTF-8, else bytes; `@term numeric` makes it an int.
    """
    if len(text) > MAX_CHARS:
        raise BadPqf("too_long", MAX_CHARS, str(len(text)))
    text = text.encode(errors="replace").decode()  # half a surrogate pair is no letter
    return _Parser(split(text), len(text)).whole()


def split(text: str) -> list[Token]:
    """The tokens of a text; every text has some."""
    found: list[Token] = []
    at = _BLANKS.match(text).end()  # type: ignore[union-attr]  # it matches the empty text too
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, "every character begins a token"
        found.append(Token(match[match.lastindex or 0], at, match.lastindex != 3))
        at = _BLANKS.match(text, match.end()).end()  # type: ignore[union-attr]
    return found


def unescaped(raw: str) -> str | bytes:
    """A token without its backslashes: text, or bytes where they are not UTF-8."""
    if "\\" not in raw:
        return raw
    data = _ESCAPE.sub(_meant, raw.encode())
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _meant(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return bytes((int(match[1], 16),))
    if match[2] is not None:
        return bytes((int(match[2], 8),))
    return _LETTERS.get(match[3], match[3])


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    length: int
    at: int = 0
    operands: int = 0
    kind: str = "general"

    def whole(self) -> Rpn:
        chosen = BIB1
        if self.tokens and self.tokens[0].says("@attrset"):
            self.at = 1
            chosen = self._set(self._take())
        root = self._node((), 0)
        if self.at < len(self.tokens):
            raise BadPqf("extra", self.tokens[self.at].at, self.tokens[self.at].text[:40])
        return Rpn(root=root, attribute_set=chosen)

    def _take(self) -> Token:
        if self.at >= len(self.tokens):
            raise BadPqf("missing", self.length)
        self.at += 1
        return self.tokens[self.at - 1]

    def _set(self, token: Token) -> str:
        found = sets.oid(token.text)
        if found is None:
            raise BadPqf("unknown_set", token.at, token.text[:40])
        return found

    def _node(self, attributes: tuple[Attribute, ...], depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadPqf("too_deep", self.tokens[min(self.at, len(self.tokens) - 1)].at, str(MAX_DEPTH))
        token = self._take()
        while True:
            if token.says("@attr"):
                attributes = self._attribute(self._take(), attributes)
            elif not token.quoted and token.text[:1] == "@" and token.text[1:2].isdecimal():
                attributes = self._attribute(Token(token.text[1:], token.at + 1, False), attributes)
            elif token.says("@term"):
                self._kind(self._take())
            else:
                break
            token = self._take()
        if token.says(*_OPERATORS):
            proximity = self._proximity() if token.text == "@prox" else None
            left = self._node(attributes, depth + 1)
            right = self._node(attributes, depth + 1)
            return Operator(name=_OPERATORS[token.text], left=left, right=right, proximity=proximity)
        self.operands += 1
        if self.operands > MAX_OPERANDS:
            raise BadPqf("too_many", token.at, str(MAX_OPERANDS))
        if token.says("@set"):
            return ResultSet(name=self._take().text)
        return Operand(term=self._term(token), attributes=attributes)

    def _attribute(self, token: Token, before: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
        chosen = before[-1].set if before else None
        if "=" not in token.text:
            chosen = self._set(token)
            token = self._take()
        match = _ATTRIBUTE.fullmatch(token.text)
        if match is None:
            raise BadPqf("bad_attribute", token.at, token.text[:40])
        kind, raw = int(match[1]), match[2]
        value: int | str
        if raw.isascii() and raw.isdecimal():
            if len(raw) > 9:
                raise BadPqf("bad_number", token.at, raw[:40])
            value = int(raw)
        else:
            name = unescaped(raw)
            if isinstance(name, bytes):
                raise BadPqf("bad_attribute", token.at, token.text[:40])
            value = name
        kept = tuple(one for one in before if one.type != kind)
        if len(kept) >= MAX_ATTRIBUTES:
            raise BadPqf("too_many", token.at, str(MAX_ATTRIBUTES))
        return (*kept, Attribute(type=kind, value=value, set=chosen))

    def _kind(self, token: Token) -> None:
        if token.text != "numeric" and token.text not in _TEXTS:
            raise BadPqf("bad_term", token.at, token.text[:40])
        self.kind = token.text  # it holds until the next one, over the ends of operators too

    def _term(self, token: Token) -> str | bytes | int:
        if self.kind != "numeric":
            return unescaped(token.text)
        if not _NUMERIC.fullmatch(token.text):
            raise BadPqf("bad_number", token.at, token.text[:40])
        return int(token.text)

    def _proximity(self) -> Proximity:
        """Exclusion, distance, ordered, relation, k or p, unit."""
        exclusion, distance, ordered, relation, which, unit = (self._take() for _ in range(6))
        if exclusion.text not in ("0", "1", "void"):
            raise BadPqf("bad_proximity", exclusion.at, exclusion.text[:40])
        if ordered.text not in ("0", "1"):
            raise BadPqf("bad_proximity", ordered.at, ordered.text[:40])
        if which.text[:1] not in ("k", "p", "1", "2"):
            raise BadPqf("bad_proximity", which.at, which.text[:40])
        for number in (distance, relation, unit):
            if not _NUMBER.fullmatch(number.text):
                raise BadPqf("bad_number", number.at, number.text[:40])
        return Proximity(
            distance=int(distance.text),
            ordered=ordered.text == "1",
            relation=int(relation.text),
            unit=int(unit.text),
            private=which.text[0] in "p2",
            exclusion=exclusion.text == "1",
        )


# --- Written ------------------------------------------------------------------------------------


def write(rpn: Rpn) -> str:
    """The query in PQF, on one line: parsing it gives the query again, and YAZ reads it the same.

    Attributes without a set come first, since others hand theirs on. Raises BadPqf (unwritable) for what PQF cannot
    say: two attributes of one type, an unknown operator, some names of result sets, a query beyond the caps.
    """
    chosen = "" if rpn.attribute_set == BIB1 else f"@attrset {sets.name(rpn.attribute_set)} "
    pieces: list[str] = []
    _Writer(pieces).node(rpn.root, 0)
    text = chosen + " ".join(pieces)
    if len(text) > MAX_CHARS:
        raise BadPqf("unwritable", 0, f"longer than {MAX_CHARS}")
    return text


def quoted(term: str | bytes) -> str:
    """A term as PQF has it: as it is when that is one plain word, else between quotation marks with what they need."""
    if isinstance(term, str):
        if _PLAIN.fullmatch(term):
            return term
        term = term.encode(errors="replace")
    return f'"{_SPECIAL.sub(_protected, term).decode(errors="backslashreplace")}"'


#: What needs no quotation marks; and in them, what needs a backslash (0x80-0xFF stand only where they are UTF-8).
_PLAIN = re.compile(r"[^\s@\"{}\\\x00-\x20\x7f][^\s\"{}\\\x00-\x20\x7f]*")
_SPECIAL = re.compile(rb"[\"\\\x00-\x1f\x7f]")


def _protected(match: re.Match[bytes]) -> bytes:
    found = match[0]
    return b"\\" + found if found in b'"\\' else b"\\x%02x" % found[0]


@dataclass(slots=True)
class _Writer:
    pieces: list[str]
    kind: str = "general"
    operands: int = 0

    def node(self, node: Node, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise BadPqf("unwritable", 0, f"deeper than {MAX_DEPTH}")
        if isinstance(node, Operator):
            self._operator(node)
            self.node(node.left, depth + 1)
            self.node(node.right, depth + 1)
            return
        self.operands += 1
        if self.operands > MAX_OPERANDS:
            raise BadPqf("unwritable", 0, f"more than {MAX_OPERANDS} terms")
        if isinstance(node, ResultSet):
            self.pieces += ("@set", _name(node.name))
            return
        self._attributes(node.attributes)
        kind = "numeric" if isinstance(node.term, int) else "general"
        if kind != self.kind:
            self.kind = kind
            self.pieces += ("@term", kind)
        self.pieces.append(str(node.term) if isinstance(node.term, int) else quoted(node.term))

    def _operator(self, node: Operator) -> None:
        if f"@{node.name}" not in _OPERATORS or (node.name == "prox") != (node.proximity is not None):
            raise BadPqf("unwritable", 0, node.name[:40])
        self.pieces.append(f"@{node.name}")
        if (near := node.proximity) is not None:
            self.pieces.append(
                f"{int(near.exclusion)} {near.distance} {int(near.ordered)} {near.relation}"
                f" {'p' if near.private else 'k'} {near.unit}"
            )

    def _attributes(self, attributes: tuple[Attribute, ...]) -> None:
        if len({one.type for one in attributes}) < len(attributes):
            raise BadPqf("unwritable", 0, "two attributes of one type")
        for one in sorted(attributes, key=lambda one: one.set is not None):
            said = f"{one.type}={_value(one.value)}"
            if one.set is not None:
                self.pieces += ("@attr", sets.name(one.set), said)
            else:
                self.pieces += ("@attr", said)


def _value(value: int | str) -> str:
    if isinstance(value, int):
        if not 0 <= value < 10**9:
            raise BadPqf("unwritable", 0, f"the number {value}")
        return str(value)
    if not value:
        raise BadPqf("unwritable", 0, "an empty attribute")
    data = value.encode(errors="replace")
    return _SPACE.sub(lambda found: b"\\x%02x" % found[0][0], data).decode()


#: What a bare value of an attribute cannot have as it is.
_SPACE = re.compile(rb"[\x00-\x20\x7f\\]|\A[0-9](?=[0-9]*\Z)")


def _name(name: str) -> str:
    """The name of a result set: YAZ reads no backslashes in it, so whichever form reads as the name."""
    if "\0" not in name and name == name.encode(errors="replace").decode():
        for said in (f'"{name}"', f"{{{name}}}", name):
            if [token.text for token in split(said)] == [name]:
                return said
    raise BadPqf("unwritable", 0, "this name of a result set")
