"""Negotiation of character sets, version 3: UTF-8 is agreed to where it is proposed, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from index.z3950 import ber, oids
from index.z3950.apdu import External, Info, InitRequest
from index.z3950.ber import CONTEXT, BerError, Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a client proposes: whether UTF-8 is among it, and whether records shall be in it too (None: not said)."""

    utf8: bool
    records: bool | None = None


def proposed(asked: InitRequest) -> Proposal | None:
    """The proposal of an Init; None without one, or where it cannot be read."""
    for info in asked.other_info or ():
        external = info.external
        if external is not None and external.oid == oids.CHARSET3:
            try:
                return _read(ber.parse(external.payload))
            except BerError:
                return None
    return None


def _read(root: Element) -> Proposal:
    utf8, records = False, None
    for field in root.children() if root.tag == CONTEXT | 1 else ():
        if field.tag == CONTEXT | 1:
            utf8 = any(_is_utf8(choice) for choice in field.children())
        elif field.tag == CONTEXT | 3:
            records = field.boolean()
    return Proposal(utf8=utf8, records=records)


def _is_utf8(choice: Element) -> bool:
    """Whether a choice is ISO 10646 in the form UTF-8."""
    return choice.tag == CONTEXT | 2 and any(
        part.tag == CONTEXT | 2 and part.oid() == oids.UTF8_FORM for part in choice.children()
    )


def answer(proposal: Proposal) -> Info:
    """The answer that chooses UTF-8, or none of what was proposed."""
    if proposal.utf8:
        form = ber.element(CONTEXT | 2, ber.oid_octets(oids.UTF8_FORM))
        chosen = ber.element(CONTEXT | 2, form, True)
    else:
        chosen = ber.element(CONTEXT | 4, b"")
    payload = ber.element(CONTEXT | 1, chosen, True)
    if proposal.records is not None:
        payload += ber.element(CONTEXT | 3, b"\xff" if proposal.records and proposal.utf8 else b"\0")
    whole = ber.element(CONTEXT | 2, payload, True)
    return Info(external=External(oid=oids.CHARSET3, payload=whole, form="asn1"))
