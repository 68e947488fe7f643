"""Titles in the forms that a client may ask for: USMARC, OPAC, XML, SUTRS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from foundation.libraries import Library
from index import views
from index.z3950 import ber, oids, opac
from index.z3950.apdu import External, RawRecord
from index.z3950.apdu.records import encode_record
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Form
from index.z3950.serving.refusals import Refused
from web.oai.house import House
from web.sru import records as schemas
from web.z3950 import holdings, marc, plain, reading
from web.z3950.reading import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What writing needs: who we are, all libraries by id, the database's name, and where copies stand in MARC."""

    house: House
    members: Mapping[str, Library]
    database: str
    copies: marc.Copies


def write(press: Press, c: Connection, ids: Sequence[str], form: Form) -> dict[str, bytes]:
    """The titles that live, by id, each as a whole NamePlusRecord. Raises Refused for a form that there is not."""
    return {id: encode_record(record) for id, record in _written(press, c, ids, form).items()}


def _written(press: Press, c: Connection, ids: Sequence[str], form: Form) -> dict[str, RawRecord]:
    if form.syntax == oids.XML:
        return _xml(press, c, ids, form)
    writer = _WRITERS.get(form.syntax)
    if writer is None:
        raise Refused(refusals.NO_SUCH_SYNTAX, form.syntax)
    found = reading.several(c, ids)
    return {id: writer(press, found[id], form) for id in ids if id in found}


def _usmarc(press: Press, title: Title, form: Form) -> RawRecord:
    writer = _writer(press, form)
    payload = writer.brief(title) if form.brief else writer.full(title)
    return RawRecord(syntax=oids.USMARC, database=press.database, payload=payload)


def _writer(press: Press, form: Form) -> marc.Writer:
    return marc.Writer(house=press.house, members=press.members, copies=press.copies, charset=form.charset)


def _opac(press: Press, title: Title, form: Form) -> RawRecord:
    writer = _writer(press, form)
    payload = writer.brief(title) if form.brief else writer.bare(title)
    record = opac.OpacRecord(
        bibliographic=External(oid=oids.USMARC, payload=payload),
        holdings=holdings.of_title(title, press.members) or None,
    )
    return RawRecord(syntax=oids.OPAC, database=press.database, payload=opac.encode(record), form="asn1")


def _sutrs(press: Press, title: Title, form: Form) -> RawRecord:
    page = f"{press.house.root}/record/{title.id}"
    text = plain.brief(title) if form.brief else plain.full(title, press.members, page)
    return RawRecord(
        syntax=oids.SUTRS,
        database=press.database,
        payload=ber.element(ber.GENERAL_STRING, text.encode()),
        form="asn1",
    )


_WRITERS = {oids.USMARC: _usmarc, oids.OPAC: _opac, oids.SUTRS: _sutrs}


def _xml(press: Press, c: Connection, ids: Sequence[str], form: Form) -> dict[str, RawRecord]:
    """The same records as over SRU."""
    schema = schemas.schema(form.schema)
    if schema is None:
        raise Refused(refusals.NOT_IN_SYNTAX, form.schema)
    found = views.several(c, ids)
    return {
        id: RawRecord(
            syntax=oids.XML,
            database=press.database,
            payload=schemas.write(schema, found[id], press.members, press.house).encode(),
        )
        for id in ids
        if id in found
    }
