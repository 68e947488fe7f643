"""The plans of Scan, Sort and Delete."""

from __future__ import annotations

from dataclasses import dataclass, replace

from index.rpn.tree import BIB1, Operand
from index.z3950.apdu import (
    DeleteRequest,
    DeleteResponse,
    Entries,
    Option,
    ScanRequest,
    ScanResponse,
    SortKeySpec,
    SortRequest,
    SortResponse,
)
from index.z3950.apdu.delete import DELETE_STATUSES
from index.z3950.apdu.scan import SCAN_FAILED
from index.z3950.asking.searching import in_operand, revive
from index.z3950.asking.session import Plan, Session
from index.z3950.asking.values import Deleted, Scanned, Sorted
from index.z3950.errors import Garbled


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of terms as a caller wants it. `step` is how many terms are passed over between two (0: none)."""

    start: Operand
    databases: tuple[str, ...]
    count: int = 10
    position: int | None = 1
    step: int | None = None
    attribute_set: str = BIB1


_NO_STEPS = frozenset({205, 206})
_NO_POSITION = frozenset({233})


def scan(session: Session, wanted: Listing) -> Plan[Scanned]:
    """A list of terms; without step or position where the server refuses these."""
    session.need(Option.SCAN, "lists of terms (Scan)")
    request = ScanRequest(
        databases=wanted.databases,
        attribute_set=wanted.attribute_set,
        start=in_operand(wanted.start, session.opening.charset),
        step=wanted.step,
        count=wanted.count,
        position=wanted.position,
    )
    scanned = _read_scan((yield request))
    conditions = {diagnostic.condition for diagnostic in scanned.diagnostics}
    if not scanned.terms and wanted.step is not None and conditions & _NO_STEPS:
        request = replace(request, step=None)
        scanned = _read_scan((yield request))
    elif not scanned.terms and (wanted.position or 1) != 1 and conditions & _NO_POSITION:
        scanned = _read_scan((yield replace(request, position=1)))
    return scanned


def sort(session: Session, keys: tuple[SortKeySpec, ...], result_set: str = "default") -> Plan[Sorted]:
    """Sort a result set in its place."""
    session.need(Option.SORT, "sorting")
    kept = yield from revive(session, result_set)
    name = session.name(result_set)
    request = SortRequest(inputs=(name,), output=name, keys=keys)
    answer = yield request
    if not isinstance(answer, SortResponse):
        raise Garbled("the server did not answer to Sort")
    if answer.status != 2:
        kept.again = [request]
    return Sorted(
        succeeded=answer.status != 2,
        partly=answer.status == 1,
        hits=answer.hits,
        diagnostics=answer.diagnostics or (),
    )


def delete(session: Session, *result_sets: str) -> Plan[Deleted]:
    """Delete result sets, or all of the session when none is named."""
    session.need(Option.DELETE_SET, "deleting of result sets")
    forgotten = result_sets or tuple(session.sets)
    alive = tuple(name for name in forgotten if (kept := session.sets.get(name)) is not None and kept.alive)
    for name in forgotten:
        session.sets.pop(name, None)
    if result_sets and not alive:
        return Deleted()
    request = (
        DeleteRequest(function=0, result_sets=tuple(dict.fromkeys(session.name(name) for name in alive)))
        if result_sets
        else DeleteRequest(function=1)
    )
    answer = yield request
    if not isinstance(answer, DeleteResponse):
        raise Garbled("the server did not answer to Delete")
    if answer.status == 0:
        return Deleted()
    known = 0 <= answer.status < len(DELETE_STATUSES)
    what = DELETE_STATUSES[answer.status] if known else f"status {answer.status}"
    return Deleted(succeeded=False, message=f"{what}: {answer.message}" if answer.message else what)


def _read_scan(answer: object) -> Scanned:
    if not isinstance(answer, ScanResponse):
        raise Garbled("the server did not answer to Scan")
    entries = answer.entries or Entries()
    diagnostics = entries.diagnostics or ()
    return Scanned(
        terms=entries.terms or (),
        position=answer.position,
        status=SCAN_FAILED if diagnostics and not entries.terms else answer.status,
        diagnostics=diagnostics,
    )
