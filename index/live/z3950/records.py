"""Records of Z39.50 as fetched records: what stands around them taken off, copies beside them read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.crosswalk.copies.fields import CODE, COLUMN
from index.crosswalk.copies.states import state, stays
from index.crosswalk.text import clean
from index.live.link import Diagnostic, Fetched
from index.record import Availability, Holding
from index.z3950 import diagnostics as z3950
from index.z3950 import grs1, opac
from index.z3950.apdu import RawRecord
from index.z3950.ber import BerError
from index.z3950.oids import BIB1_DIAGNOSTICS, GRS1, OPAC, SUTRS

#: Copies of one record that are read.
MOST = 500
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


def said(one: z3950.Diagnostic, *, fatal: bool = True) -> Diagnostic:
    """A diagnostic of Z39.50 in the words of the live search."""
    known = one.set in (BIB1_DIAGNOSTICS, "")
    return Diagnostic(
        code=str(one.condition),
        set="bib1" if known else one.set,
        text=one.text,
        detail=clean(one.addinfo)[:400],
        fatal=fatal,
    )


def fetched(record: RawRecord, position: int) -> Fetched:
    """One record of a response. What cannot be taken apart has a diagnostic."""
    if record.diagnostic is not None:
        return Fetched(position=position, syntax=record.syntax or "", diagnostic=said(record.diagnostic))
    try:
        return _opened(record, position)
    except BerError as error:
        unread = Diagnostic(code="record_unreadable", detail=str(error)[:200])
        return Fetched(position=position, syntax=record.syntax or "", diagnostic=unread)


def _opened(record: RawRecord, position: int) -> Fetched:
    syntax = record.syntax or ""
    if syntax == OPAC:
        whole = opac.decode(record.payload)
        inner = whole.bibliographic
        if inner is None:
            lacking = Diagnostic(code="record_unreadable", detail="no bibliographic record")
            return Fetched(position=position, syntax=syntax, diagnostic=lacking)
        bare = fetched(RawRecord(syntax=inner.oid, payload=inner.payload, form=inner.form), position)
        return Fetched(
            position=position,
            syntax=bare.syntax,
            payload=bare.payload,
            charset=bare.charset,
            holdings=tuple(copies(whole)),
            diagnostic=bare.diagnostic,
        )
    if syntax == GRS1:
        text = "\n".join(grs1.lines(grs1.decode(record.payload)))
        return Fetched(position=position, syntax=syntax, payload=text.encode(), charset="utf-8")
    if syntax == SUTRS or (record.form == "asn1" and not syntax):
        text = grs1.sutrs(record.payload)
        return Fetched(position=position, syntax=SUTRS, payload=text.encode(), charset="utf-8")
    return Fetched(position=position, syntax=syntax, payload=record.payload)


def copies(record: opac.OpacRecord) -> list[Holding]:
    """The copies of an OPAC record, one for each that circulates, a run where none is told. At most MOST."""
    found: list[Holding] = []
    for one in record.holdings or ():
        if isinstance(one, opac.Holdings) and len(found) < MOST:
            found += _copies(one)
    return found[:MOST]


def _copies(one: opac.Holdings) -> Iterator[Holding]:
    note = clean(one.public_note or "")[:COLUMN]
    branch = clean(one.local_location or one.nuc or "")[:COLUMN]
    volumes = "; ".join(filter(None, map(_volume, one.volumes or ())))
    for copy in one.circulation or (None,):
        availability, lendable, due = _standing(copy, note)
        place = copy.temporary_location if copy is not None else ""
        run = copy.enumeration if copy is not None else ""
        yield Holding(
            branch=branch,
            location=clean(place or one.shelving_location or "")[:COLUMN],
            call_number=clean(one.call_number or "")[:COLUMN],
            barcode=clean(copy.item or "")[:CODE] if copy is not None else "",
            availability=availability,
            lendable=lendable,
            due=due,
            coverage=clean(run or one.enumeration_and_chronology or volumes)[:COLUMN],
            note=note,
        )


def _volume(one: opac.Volume) -> str:
    return clean(one.enumeration_and_chronology or one.enumeration or one.chronology or "")


def _standing(copy: opac.Circulation | None, note: str) -> tuple[Availability, bool | None, str]:
    """Whether a copy is there, may be taken home, and when it comes back."""
    if stays(note) or (copy is not None and stays(copy.restrictions or "")):
        return Availability.ON_SITE, False, ""
    if copy is None:
        return (*state(note), "")
    if copy.available_now:
        return Availability.AVAILABLE, None, ""
    return Availability.ON_LOAN, None, _day(copy.availability_date or "")


def _day(text: str) -> str:
    """The day of a date and time, as YYYY-MM-DD; what is none as it is."""
    found = _DATE.match(text)
    return "-".join(found.groups()) if found else clean(text)[:40]
