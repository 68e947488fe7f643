"""CQL 1.1, 1.2 and 2.0: from text to tree, in time that grows with the (capped) length.

Strict is the grammar of the standard. Lenient takes what clients send beside it, as other servers do: several words
without quotation marks, a relation before brackets, a quotation mark that is not closed.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.cql.lexer import Token, split
from index.cql.tree import BadCql, Clause, Cql, Modifier, Node, Operator, Run, Scoped, SortKey

#: Caps: characters, brackets and prefixes in one another, clauses, modifiers and sort keys together.
MAX_CHARS = 8192
MAX_DEPTH = 50
MAX_CLAUSES = 256
MAX_MODIFIERS = 256

BOOLEANS = ("and", "or", "not", "prox")

#: Relations with a name; the lenient reading takes other plain words between two words for words.
NAMED = ("any", "all", "exact", "within", "encloses", "adj", "scr")


def parse(text: str, *, strict: bool = False) -> Cql:
    """The tree of a query. Raises BadCql with the number of an SRU diagnostic: 10, 12, 13, 14 or 38."""
    if len(text) > MAX_CHARS:
        raise BadCql(12, f"at most {MAX_CHARS} characters", MAX_CHARS)
    text = text.encode(errors="replace").decode()  # half a surrogate pair is no letter
    return _Parser(split(text, strict=strict), strict).whole()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What holds for terms inside the brackets of a relation."""

    index: str = ""
    relation: str = ""
    modifiers: tuple[Modifier, ...] = ()
    at: int = -1


_NOTHING = _Context()


def _begins_relation(token: Token) -> bool:
    """Whether a token between words is a relation however one reads it."""
    return token.says("any", "all") or (token.kind == "word" and "." in token.text)


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    strict: bool
    at: int = 0
    clauses: int = 0
    modifiers: int = 0
    depth: int = 0

    def whole(self) -> Cql:
        root = self._query(_NOTHING)
        keys: list[SortKey] = []
        if self._now.says("sortby"):
            self.at += 1
            while self._now.is_text:
                name = self._take()
                self._count()
                keys.append(SortKey(index=name.text, modifiers=self._modifiers(), at=name.at))
            if not keys:
                raise self._wrong("an index to sort by is missing")
        if self._now.kind == "close":
            raise BadCql(13, "this bracket was never opened", self._now.at)
        if self._now.kind != "end":
            raise self._wrong("an operator is missing here")
        return Cql(root=root, sort=tuple(keys))

    @property
    def _now(self) -> Token:
        return self.tokens[self.at]

    def _next(self, steps: int = 1) -> Token:
        return self.tokens[min(self.at + steps, len(self.tokens) - 1)]

    def _take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _wrong(self, detail: str) -> BadCql:
        return BadCql(10, detail, self._now.at)

    def _count(self) -> None:
        self.modifiers += 1
        if self.modifiers > MAX_MODIFIERS:
            raise BadCql(38, f"at most {MAX_MODIFIERS} modifiers and sort keys", self._now.at)

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadCql(13, f"at most {MAX_DEPTH} brackets in one another", self._now.at)

    def _query(self, context: _Context) -> Node:
        """Prefixes, then operands joined by operators."""
        prefixes: list[tuple[str, str]] = []
        while self._now.kind == "symbol" and self._now.text == ">":
            self.at += 1
            self._count()
            prefixes.append(self._prefix())
        run = self._run(context)
        return Scoped(prefixes=tuple(prefixes), part=run) if prefixes else run

    def _prefix(self) -> tuple[str, str]:
        if not self._now.is_text:
            raise self._wrong("the context set is missing")
        name = self._take().text
        if self._now.kind != "symbol" or self._now.text != "=":
            return "", name
        self.at += 1
        if not self._now.is_text:
            raise self._wrong("the identifier of the context set is missing")
        return name, self._take().text

    def _run(self, context: _Context) -> Node:
        first = self._clause(context)
        rest: list[tuple[Operator, Node]] = []
        while self._now.says(*BOOLEANS):
            word = self._take()
            if not self.strict and word.says("and") and self._now.says("not") and self._is_word(self._next()):
                word = self._take()  # "and not" is how people say not
            operator = Operator(name=word.text.lower(), modifiers=self._modifiers(), at=word.at)
            rest.append((operator, self._clause(context)))
        return Run(first=first, rest=tuple(rest)) if rest else first

    def _is_word(self, token: Token) -> bool:
        return token.is_text and not token.says(*BOOLEANS, "sortby") and not _begins_relation(token)

    def _modifiers(self) -> tuple[Modifier, ...]:
        found: list[Modifier] = []
        while self._now.kind == "slash":
            self.at += 1
            self._count()
            if not self._now.is_text:
                raise self._wrong("the name of a modifier is missing")
            name = self._take().text
            relation = value = ""
            if self._now.kind == "symbol":
                relation = self._take().text
                if not self._now.is_text:
                    raise self._wrong("the value of a modifier is missing")
                value = self._take().text
            found.append(Modifier(name=name, relation=relation, value=value))
        return tuple(found)

    def _clause(self, context: _Context) -> Node:
        if self._now.kind == "open":
            opened = self._take()
            self._deeper()
            inside = self._query(context)
            if self._now.kind != "close":
                raise (
                    BadCql(13, "this bracket is not closed", opened.at)
                    if (self._now.kind == "end")
                    else self._wrong("an operator is missing here")
                )
            self.at += 1
            self.depth -= 1
            return inside
        if not self._now.is_text:
            raise self._wrong("a term is missing here")
        first = self._take()
        if self._is_relation(first):
            relation = self._take().text
            modifiers = self._modifiers()
            inner = _Context(index=first.text, relation=relation, modifiers=modifiers, at=first.at)
            if not self.strict:
                self._deeper()
                inside = self._clause(inner)
                self.depth -= 1
                return inside
            if not self._now.is_text:
                raise self._wrong("a term is missing here")
            return self._term(self._take(), inner)
        return self._term(first, context)

    def _is_relation(self, first: Token) -> bool:
        """Whether the token now makes the one before it an index."""
        now, behind = self._now, self._next()
        if now.kind == "symbol":
            return True
        if not now.is_text or now.says(*BOOLEANS, "sortby"):
            return False
        if self.strict or _begins_relation(now):
            return True
        # Lenient: between two words, a name that is no relation is one more word.
        if not behind.is_text or behind.says(*BOOLEANS, "sortby") or _begins_relation(behind):
            return False
        return now.says(*NAMED) or (first.kind == "word" and "." in first.text)

    def _term(self, first: Token, context: _Context) -> Clause:
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            raise BadCql(38, f"at most {MAX_CLAUSES} terms", first.at)
        words = [first.text]
        while not self.strict and self._now.is_text and not self._now.says(*BOOLEANS, "sortby"):
            if _begins_relation(self._now):
                raise self._wrong("an operator is missing here")
            words.append(self._take().text)
        return Clause(
            term=" ".join(words),
            index=context.index,
            relation=context.relation,
            modifiers=context.modifiers,
            at=first.at,
            words=tuple(words) if words[1:] else (),
            index_at=context.at if context.at >= 0 else first.at,
        )
