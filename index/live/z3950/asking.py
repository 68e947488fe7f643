"""How a query is said to one target: in its dialect, and in weaker words where it refuses attributes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock

from index.live.link import Diagnostic, LinkFailed
from index.query import Query, Term
from index.rpn.dialect import Dialect
from index.rpn.fallback import weaker
from index.rpn.from_query import CannotSay
from index.rpn.from_query import rpn as said_in
from index.rpn.spelling import plain
from index.rpn.tree import Attribute, Node, Operand, Operator, Rpn
from index.z3950.asking.values import Found

#: A step to weaker words: the diagnostic that led to it, and what the server added.
Step = tuple[int, str]


class Memory:
    """What targets refused, so that they are not asked so again: the steps that led to an answer. For many threads."""

    def __init__(self, room: int = 500) -> None:
        self._steps: OrderedDict[str, tuple[Step, ...]] = OrderedDict()
        self._room = room
        self._lock = Lock()

    def of(self, target: str) -> tuple[Step, ...]:
        """The steps known of a target."""
        with self._lock:
            return self._steps.get(target, ())

    def learn(self, target: str, steps: tuple[Step, ...]) -> None:
        """Keep steps beside those that are known."""
        with self._lock:
            self._steps[target] = tuple(dict.fromkeys((*self._steps.get(target, ()), *steps)))[:20]
            self._steps.move_to_end(target)
            while len(self._steps) > self._room:
                self._steps.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One way to say a query; `remarks` tell what differs from what was meant, `steps` how it came to that."""

    rpn: Rpn
    remarks: tuple[Diagnostic, ...] = ()
    steps: tuple[Step, ...] = ()
    folded: bool = False


class Asking:
    """The ways to say queries to one target, from the closest on."""

    def __init__(self, dialect: Dialect, memory: Memory, target: str) -> None:
        self._dialect = dialect
        self._memory = memory
        self._target = target
        self._query: Query | None = None

    def first(self, query: Query) -> Saying:
        """The closest way, as far as is known. Raises LinkFailed 'unsupported'."""
        self._query = query
        return self._known(self._said(query, self._dialect), ())

    def next(self, saying: Saying, answer: Found) -> Saying | None:
        """Another way after an answer: weaker words after a refusal, plain letters where nothing was found."""
        if not answer.succeeded:
            for one in answer.diagnostics:
                fallen = weaker(saying.rpn, one.condition, one.addinfo, self._dialect)
                if fallen is not None and fallen.rpn != saying.rpn:
                    return replace(
                        saying,
                        rpn=fallen.rpn,
                        remarks=(*saying.remarks, _changed(fallen.given_up)),
                        steps=(*saying.steps, (one.condition, one.addinfo)),
                    )
            return None
        if not self._dialect.plain and self._query is not None and _has_accents(saying.rpn.root):
            bare = self._known(self._said(self._query, replace(self._dialect, plain=True)), saying.steps)
            told = Diagnostic(code="without_accents", fatal=False)
            return replace(bare, remarks=(*bare.remarks, told), folded=True)
        return None

    def learn(self, saying: Saying) -> None:
        """This way was answered."""
        if saying.steps:
            self._memory.learn(self._target, saying.steps)

    def attributes(self, field: str) -> tuple[Attribute, ...]:
        """Those of a term in an access point, for a list of terms. Raises LinkFailed 'unsupported'."""
        root = self._said(Term(text="a", field=field), self._dialect).rpn.root
        assert isinstance(root, Operand)
        return root.attributes

    def _said(self, query: Query, dialect: Dialect) -> Saying:
        try:
            said = said_in(query, dialect, leave_out=True)
        except CannotSay as why:
            raise LinkFailed(
                "unsupported", str(why), (Diagnostic(code=why.code, detail=why.detail),)
            ) from why
        remarks = tuple(Diagnostic(code=one.code, detail=one.detail, fatal=False) for one in said.left_out)
        return Saying(rpn=said.rpn, remarks=remarks)

    def _known(self, saying: Saying, more: tuple[Step, ...]) -> Saying:
        """In the words that this target is known to want."""
        steps = tuple(dict.fromkeys((*self._memory.of(self._target), *more)))
        for number, addinfo in steps:
            fallen = weaker(saying.rpn, number, addinfo, self._dialect)
            if fallen is not None:
                saying = replace(saying, rpn=fallen.rpn, remarks=(*saying.remarks, _changed(fallen.given_up)))
        return saying


def _changed(given_up: str) -> Diagnostic:
    return Diagnostic(code="attributes_changed", detail=given_up, fatal=False)


def _has_accents(node: Node) -> bool:
    if isinstance(node, Operator):
        return _has_accents(node.left) or _has_accents(node.right)
    if not isinstance(node, Operand):
        return False
    term = node.term
    if isinstance(term, bytes):
        return not term.isascii()
    return isinstance(term, str) and plain(term) != term
