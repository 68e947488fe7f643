"""The plan of fetching records: in pieces, in the first syntax that the server has, by itself what is too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.z3950.apdu import (
    Composition,
    Delivered,
    Diagnostic,
    PresentRequest,
    PresentResponse,
    RawRecord,
    Specification,
)
from index.z3950.apdu.present import FAILURE, SUCCESS
from index.z3950.asking.searching import revive
from index.z3950.asking.session import Plan, Session
from index.z3950.asking.values import Presented
from index.z3950.errors import Garbled
from index.z3950.oids import BIB1_DIAGNOSTICS

_SYNTAX = frozenset({106, 227, 238, 239, 1069, 1070, 1071})
_ELEMENTS = frozenset({24, 25, 26, 1066})
_COMPOSITION = frozenset({244})
_TOO_LONG = frozenset({16, 17})
_GONE = frozenset({27, 30})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Records as a caller wants them: `count` from position `start` (counted from 1), at most `chunk` at a time.

    `syntaxes` are dotted OIDs in the order of preference; empty leaves the choice to the server. `schema` (an OID, or a
    URI) asks by a composition, with `elements` within it; `brief` is the element set that is tried for a record
    which is too long.
    """

    start: int
    count: int
    result_set: str = "default"
    syntaxes: tuple[str, ...] = ()
    elements: str | None = None
    schema: str | None = None
    chunk: int = 20
    brief: str | None = "B"


@dataclass(slots=True)
class _State:
    """Where the fetching stands."""

    syntaxes: list[str | None]
    elements: str | None
    composed: bool
    chunk: int
    records: list[RawRecord] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    status: int = SUCCESS
    revived: bool = False
    shortened: bool = False


def present(session: Session, wanted: Wanted) -> Plan[Presented]:
    """Fetch, and go on with what came where not everything came."""
    refused = session.refused
    state = _State(
        syntaxes=[*(s for s in wanted.syntaxes if s not in refused)] or [*wanted.syntaxes] or [None],
        elements=wanted.elements,
        composed=wanted.schema is not None,
        chunk=max(wanted.chunk, 1),
    )
    kept = yield from revive(session, wanted.result_set)
    total = wanted.count if kept.hits is None else min(wanted.count, kept.hits - wanted.start + 1)
    if total < 1:
        return Presented(status=FAILURE, diagnostics=(Diagnostic(condition=13),), syntax=state.syntaxes[0])
    while len(state.records) < total:
        count = min(state.chunk, total - len(state.records))
        answer = yield _request(session, wanted, state, wanted.start + len(state.records), count)
        if not isinstance(answer, PresentResponse):
            raise Garbled("the server did not answer to Present")
        delivered = answer.records or Delivered()
        if delivered.records:
            state.records += yield from _mend(session, wanted, state, delivered.records[:count])
            state.diagnostics += delivered.diagnostics
            _grow(wanted, state)
            continue
        conditions = {diagnostic.condition for diagnostic in delivered.diagnostics}
        if conditions & _GONE and not state.revived:
            state.revived = True
            kept.alive = False
            kept = yield from revive(session, wanted.result_set)
        elif _adapt(session, wanted, state, conditions, count, answer.status):
            continue
        elif conditions & _TOO_LONG:
            # One record alone that does not fit, even in brief: it is named, and the next one fetched.
            state.records.append(RawRecord(diagnostic=delivered.diagnostics[0]))
            _grow(wanted, state)
        else:
            state.diagnostics += delivered.diagnostics
            state.status = answer.status or FAILURE
            break
    return Presented(
        records=tuple(state.records),
        status=state.status,
        diagnostics=tuple(state.diagnostics),
        syntax=state.syntaxes[0],
    )


def _grow(wanted: Wanted, state: _State) -> None:
    """Ask as before again, and for more at a time, once a record that was too long is past."""
    if state.shortened:
        state.elements, state.shortened = wanted.elements, False
    state.chunk = min(max(wanted.chunk, 1), state.chunk * 2)


def _adapt(
    session: Session, wanted: Wanted, state: _State, conditions: set[int], count: int, status: int
) -> bool:
    """Change what is asked for so that the server may be able to give it; False when there is nothing left to try."""
    if conditions & _COMPOSITION and state.composed:
        state.composed = False
    elif conditions & _SYNTAX and len(state.syntaxes) > 1:
        if state.syntaxes[0] is not None:
            session.refused.add(state.syntaxes[0])
        state.syntaxes.pop(0)
    elif conditions & _ELEMENTS and state.elements is not None and not state.shortened:
        state.elements = None
    elif (conditions & _TOO_LONG or (not conditions and status == 2)) and count > 1:
        state.chunk = 1
    elif conditions & _TOO_LONG and not state.shortened and wanted.brief not in (None, state.elements):
        state.elements, state.shortened = wanted.brief, True
    else:
        return False
    return True


def _mend(
    session: Session, wanted: Wanted, state: _State, records: Sequence[RawRecord]
) -> Plan[list[RawRecord]]:
    """The records, those that came as a diagnostic fetched by themselves in another syntax or in brief."""
    mended = list(records)
    for index, record in enumerate(records):
        diagnostic = record.diagnostic
        if diagnostic is None or diagnostic.set != BIB1_DIAGNOSTICS:
            continue
        tries: list[tuple[str | None, str | None]] = []
        if diagnostic.condition in _SYNTAX:
            tries = [(syntax, state.elements) for syntax in state.syntaxes[1:]]
        elif diagnostic.condition in _TOO_LONG and wanted.brief not in (None, state.elements):
            tries = [(state.syntaxes[0], wanted.brief)]
        for syntax, elements in tries:
            alone = _State([syntax], elements, state.composed, 1)
            answer = yield _request(session, wanted, alone, wanted.start + len(state.records) + index, 1)
            if isinstance(answer, PresentResponse) and answer.records and answer.records.records:
                came = answer.records.records[0]
                if came.diagnostic is None:
                    mended[index] = came
                    break
    return mended


def _request(session: Session, wanted: Wanted, state: _State, start: int, count: int) -> PresentRequest:
    syntax = state.syntaxes[0]
    name = session.name(wanted.result_set)
    if state.composed and wanted.schema is not None and session.agreed.version >= 3:
        by_oid = wanted.schema[:1].isdecimal()
        specification = Specification(
            schema=wanted.schema if by_oid else None,
            schema_uri=None if by_oid else wanted.schema,
            elements=state.elements,
        )
        return PresentRequest(
            result_set=name,
            start=start,
            count=count,
            composition=Composition(generic=specification, syntaxes=None if syntax is None else (syntax,)),
            syntax=syntax,
        )
    return PresentRequest(result_set=name, start=start, count=count, elements=state.elements, syntax=syntax)
