"""Query → RPN: what the search box was asked, said in the dialect of a target."""

from __future__ import annotations

from dataclasses import dataclass

from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.rpn import spelling
from index.rpn.dialect import Dialect
from index.rpn.from_cql import joined, last_of_each
from index.rpn.tree import Attribute, Node, Operand, Operator, Rpn

#: The indexes that a table without `access.` lines is asked for instead.
_INDEXES = {
    "any": ("cql.serverchoice",),
    "title": ("dc.title", "bath.title"),
    "author": ("dc.creator", "dc.author", "bath.author", "bath.name"),
    "subject": ("dc.subject", "bath.subject"),
    "publisher": ("dc.publisher", "bath.publisher"),
    "isbn": ("bath.isbn", "dc.isbn"),
    "issn": ("bath.issn", "dc.issn"),
    "identifier": ("dc.identifier", "bath.standardidentifier", "dc.resourceidentifier"),
    "language": ("dc.language",),
    "year": ("dc.date",),
    "id": ("rec.identifier", "rec.id"),
    "all_records": ("cql.allrecords",),
}


class CannotSay(Exception):
    """A target has no way to say a query. `detail` is what it is about.

    Codes: no_access_point (detail: its name), no_truncation, no_ranges, no_operator (its name), no_everything,
    too_deep, no_letters (the term).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The query of a target; `left_out` are the parts that it could not be asked, so it finds more than was meant."""

    rpn: Rpn
    left_out: tuple[CannotSay, ...] = ()


def rpn(query: Query, dialect: Dialect, *, leave_out: bool = False) -> Said:
    """The query in the dialect of a target, its terms spelled as the target wants them. Raises CannotSay.

    With `leave_out`, parts of an And that the target cannot be asked are left out and told, unless nothing is left.
    """
    writer = _Writer(dialect, leave_out, [])
    made = writer.node(query)
    if _depth(made) > dialect.depth:
        raise CannotSay("too_deep", str(dialect.depth))
    try:
        return Said(rpn=spelling.spelled(Rpn(root=made), dialect), left_out=tuple(writer.left_out))
    except UnicodeEncodeError as error:
        raise CannotSay("no_letters", str(error.object)[:100]) from error


@dataclass(slots=True)
class _Writer:
    dialect: Dialect
    leave_out: bool
    left_out: list[CannotSay]

    def node(self, query: Query) -> Node:
        match query:
            case Term(text=text, field=field):
                return Operand(term=text, attributes=self._attributes(field, "word"))
            case Phrase(text=text, field=field):
                kind = "phrase" if len(text.split()) > 1 else "word"
                return Operand(term=text, attributes=self._attributes(field, kind))
            case Prefix(text=text, field=field):
                return self._beginning(text, field)
            case Range():
                return self._range(query)
            case All():
                return self._everything()
            case Not(part=part):
                return self._operator("not", self._everything(), self.node(part))
            case Or(parts=parts):
                if len(parts) > 1:
                    self._allowed("or")
                return joined("or", [self.node(part) for part in parts], 2)
            case And(parts=parts):
                return self._and(parts)

    def _and(self, parts: tuple[Query, ...]) -> Node:
        wanted = [part for part in parts if not isinstance(part, Not | All)]
        made = [said for part in wanted if (said := self._or_left_out(part)) is not None]
        if not made:
            if wanted:
                raise self.left_out[-1]
            made = [self._everything()]
        if len(made) > 1:
            self._allowed("and")
        found = joined("and", made, 2)
        for part in parts:
            if isinstance(part, Not) and (said := self._or_left_out(part.part)) is not None:
                found = self._operator("not", found, said)
        return found

    def _or_left_out(self, part: Query) -> Node | None:
        if not self.leave_out:
            return self.node(part)
        before = len(self.left_out)
        try:
            return self.node(part)
        except CannotSay as why:
            if why not in self.left_out[before:]:
                self.left_out.append(why)
            return None

    def _allowed(self, name: str) -> None:
        if name not in self.dialect.operators:
            raise CannotSay("no_operator", name)

    def _operator(self, name: str, left: Node, right: Node) -> Operator:
        self._allowed(name)
        return Operator(name=name, left=left, right=right)

    def _everything(self) -> Node:
        found = self._use("all_records")
        if found is None:
            raise CannotSay("no_everything")
        return Operand(term="1", attributes=last_of_each(list(found)))

    def _use(self, field: str) -> tuple[Attribute, ...] | None:
        if (found := self.dialect.access.get(field)) is not None:
            return found
        if self.dialect.access and field != "all_records":
            return None  # a table that names access points names all it has
        tables = (self.dialect.table.get(f"index.{name}") for name in _INDEXES.get(field, ()))
        return next((found for found in tables if found is not None), None)

    def _attributes(self, field: str, kind: str, relation: str = "eq") -> tuple[Attribute, ...]:
        """All attributes of a term, from what the table says of each side of it."""
        if relation == "eq" and (whole := self.dialect.access.get(f"{field}.{kind}")) is not None:
            return last_of_each(list(whole))
        use = self._use(field)
        if use is None:
            raise CannotSay("no_access_point", field)
        table = self.dialect.table
        found = [*table.get("always", ()), *table.get(f"relation.{relation}", ())]
        if kind == "phrase":
            found += table.get("structure.phrase", table.get("structure.*", ()))
        else:
            found += table.get("structure.word", table.get("structure.all", ()))
        found += table.get("position.any", ())
        if kind != "beginning":
            found += table.get("truncation.none", ())
        return last_of_each([*found, *use])

    def _beginning(self, text: str, field: str) -> Node:
        if f"{field}.beginning" in self.dialect.access:
            return Operand(term=text, attributes=self._attributes(field, "beginning"))
        attributes = list(self._attributes(field, "beginning"))
        if (right := self.dialect.table.get("truncation.right")) is not None:
            return Operand(term=text, attributes=last_of_each([*attributes, *right]))
        if (masked := self.dialect.table.get("truncation.z3958")) is not None:
            return Operand(term=f"{text}?", attributes=last_of_each([*attributes, *masked]))
        raise CannotSay("no_truncation", f"{text}*")

    def _range(self, years: Range) -> Node:
        if years.low is not None and years.low == years.high:
            return self._year("eq", years.low)
        if years.low is None and years.high is None:
            return self._everything()
        ends = [
            self._year(relation, year)
            for relation, year in (("ge", years.low), ("le", years.high))
            if year is not None
        ]
        if len(ends) > 1:
            self._allowed("and")
        return joined("and", ends)

    def _year(self, relation: str, year: int) -> Node:
        if relation != "eq" and not self.dialect.table.get(f"relation.{relation}"):
            raise CannotSay("no_ranges", str(year))
        return Operand(term=f"{year:04}", attributes=self._attributes("year", "word", relation))


def _depth(node: Node) -> int:
    return 1 + max(_depth(node.left), _depth(node.right)) if isinstance(node, Operator) else 0
