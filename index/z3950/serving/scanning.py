"""Scan: a stretch of one of the catalogue's lists (Z39.50-2003, 3.2.8.1)."""

from __future__ import annotations

from index.rpn.tree import BIB1
from index.z3950.apdu import Diagnostic, Entries, ScanRequest, ScanResponse, ScanTerm
from index.z3950.apdu.scan import SCAN_FAILED
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Catalogue, Terms
from index.z3950.serving.refusals import Refused
from index.z3950.serving.searching import check_databases

#: Terms of an answer at most.
MOST = 200

#: scanStatus: all that were asked for; fewer, since the list ends (partial-5).
_SUCCESS, _ENDS = 0, 5


def scan(asked: ScanRequest, catalogue: Catalogue, terms: Terms) -> ScanResponse:
    """The answer to a Scan. Raises Refused."""
    check_databases(asked.databases, terms)
    if asked.start is None:
        raise Refused(refusals.MALFORMED_SCAN, "no term to start from")
    if asked.step:
        raise Refused(refusals.SCAN_STEP, str(asked.step))
    if asked.count < 1:
        raise Refused(refusals.MALFORMED_SCAN, f"{asked.count} terms")
    if asked.count > MOST:
        raise Refused(refusals.TOO_MANY_TERMS, str(MOST))
    position = 1 if asked.position is None else asked.position
    if not 0 <= position <= asked.count + 1:
        raise Refused(refusals.SCAN_POSITION, str(position))
    if seconds := terms.wait(1, 0):
        raise Refused(refusals.EXHAUSTED, f"try again in {seconds} seconds")
    found = catalogue.scan(asked.start, asked.attribute_set or BIB1, position, asked.count)
    return ScanResponse(
        reference=asked.reference,
        step=0,
        status=_SUCCESS if len(found.lines) == asked.count else _ENDS,
        returned=len(found.lines),
        position=found.position,
        entries=Entries(
            terms=tuple(ScanTerm(term=text, display=None, hits=count) for text, count in found.lines)
        ),
        attribute_set=None,
    )


def failed(asked: ScanRequest, diagnostic: Diagnostic) -> ScanResponse:
    """The answer to a Scan that is not carried out."""
    return ScanResponse(
        reference=asked.reference,
        step=0,
        status=SCAN_FAILED,
        returned=0,
        entries=Entries(diagnostics=(diagnostic,)),
    )
