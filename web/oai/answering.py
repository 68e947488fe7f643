"""The six verbs, each answered from one consistent view of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from foundation.clock import format_utc
from foundation.libraries import Library
from index import views
from index.provider import publish, selection, sets, tokens
from index.provider.asking import Asked, Fault, Refused
from index.provider.selection import Header, Listing, Page
from index.views import Cluster
from web.oai import about, formats, xml
from web.oai.formats import XSI, Format
from web.oai.house import House, members, origins

#: An answer may be so large, in bytes, before gzip; one record alone may be larger.
LARGEST = 4 * 1024 * 1024

_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an answer needs: a connection that reads, who we are, the key of the tokens, and what time it is."""

    c: Connection
    house: House
    key: bytes
    now: datetime


def answer(desk: Desk, asked: Asked) -> bytes:
    """The element named like the verb; raises Refused."""
    return _VERBS[asked.verb](desk, asked)


def _identify(desk: Desk, asked: Asked) -> bytes:
    house = desk.house
    state = publish.state(desk.c)
    values = (
        ("repositoryName", house.name),
        ("baseURL", house.base_url),
        ("protocolVersion", "2.0"),
        ("adminEmail", house.email),
        ("earliestDatestamp", format_utc(state.began_at if state else desk.now)),
        ("deletedRecord", "persistent"),
        ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ("compression", "gzip"),
    )
    scheme = (
        ("scheme", "oai"),
        ("repositoryIdentifier", house.domain),
        ("delimiter", ":"),
        ("sampleIdentifier", house.identifier("0192f6b2-7c1e-7000-8000-000000000001")),
    )
    described = (
        f'<description><oai-identifier xmlns="{_IDENTIFIER}" xmlns:xsi="{XSI}" '
        f'xsi:schemaLocation="{_IDENTIFIER} {_IDENTIFIER}.xsd">'
        + "".join(xml.element(name, text) for name, text in scheme)
        + "</oai-identifier></description>"
    )
    return ("".join(xml.element(name, text) for name, text in values) + described).encode()


def _list_formats(desk: Desk, asked: Asked) -> bytes:
    if asked.identifier:
        _header(desk, asked)
    return "".join(
        "<metadataFormat>"
        + xml.element("metadataPrefix", one.prefix)
        + xml.element("schema", one.location)
        + xml.element("metadataNamespace", one.namespace)
        + "</metadataFormat>"
        for one in formats.offered().values()
    ).encode()


def _list_sets(desk: Desk, asked: Asked) -> bytes:
    if asked.token:
        raise Refused([Fault("badResumptionToken", "the list of sets comes in one piece")], asked.arguments)
    listed = [(sets.LIBRARIES, "Every library")]
    for one in members(desk.c).values():
        if one.state != "candidate":
            listed.append((sets.of_library(one.code), one.name))
    listed.append((sets.CLASSES, "Everything with a Dewey class"))
    listed += [
        (sets.of_class(hundred), f"Dewey {hundred}\u2013{int(hundred) + 99:03d}") for hundred in sets.HUNDREDS
    ]
    return "".join(
        f"<set>{xml.element('setSpec', spec)}{xml.element('setName', name)}</set>" for spec, name in listed
    ).encode()


def _get_record(desk: Desk, asked: Asked) -> bytes:
    faults: list[Fault] = []
    header = None
    try:
        header = _header(desk, asked)
    except Refused as refused:
        faults += refused.faults
    format = formats.offered().get(asked.prefix)
    if format is None:
        faults.append(_NO_FORMAT)
    if faults or header is None or format is None:
        raise Refused(faults, asked.arguments)
    clusters = {} if header.deleted else views.several(desk.c, [header.cluster_id])
    return _records(desk, [header], clusters, format)[0]


def _list_identifiers(desk: Desk, asked: Asked) -> bytes:
    listing, _ = _listing(desk, asked)
    page = _page(desk, asked, listing)
    return b"".join(_told(desk, header) for header in page.headers) + _token(desk, page)


def _list_records(desk: Desk, asked: Asked) -> bytes:
    listing, format = _listing(desk, asked)
    page = _page(desk, asked, listing)
    living = [header.cluster_id for header in page.headers if not header.deleted]
    written = _records(desk, page.headers, views.several(desk.c, living), format)
    page = page.first(len(written))
    return b"".join(written) + _token(desk, page)


_VERBS: Mapping[str, Callable[[Desk, Asked], bytes]] = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "GetRecord": _get_record,
    "ListIdentifiers": _list_identifiers,
    "ListRecords": _list_records,
}
_NO_FORMAT = Fault(
    "cannotDisseminateFormat", "this format is not on offer; ListMetadataFormats tells which are"
)


# --- lists ---------------------------------------------------------------------------------------


def _header(desk: Desk, asked: Asked) -> Header:
    cluster_id = desk.house.cluster_id(asked.identifier)
    header = selection.header(desk.c, cluster_id) if cluster_id else None
    if header is None:
        raise Refused([Fault("idDoesNotExist", "there never was such a record")], asked.arguments)
    return header


def _listing(desk: Desk, asked: Asked) -> tuple[Listing, Format]:
    """What is listed, from the arguments or from the token."""
    if not asked.token:
        listing = Listing(prefix=asked.prefix, start=asked.start, end=asked.end, spec=asked.spec)
        format = formats.offered().get(listing.prefix)
        if format is None:
            raise Refused([_NO_FORMAT], asked.arguments)
        return listing, format
    try:
        listing = tokens.read(asked.token, desk.key, desk.now)
        return listing, formats.offered()[listing.prefix]
    except (tokens.BadToken, KeyError) as error:
        raise Refused([Fault("badResumptionToken", str(error))], asked.arguments) from error


def _page(desk: Desk, asked: Asked, listing: Listing) -> Page:
    page = selection.page(desk.c, listing, desk.house.page_size)
    if not page.headers and not asked.token:
        raise Refused([Fault("noRecordsMatch", "no record fits")], asked.arguments)
    return page


def _token(desk: Desk, page: Page) -> bytes:
    """The token for the next page. The last page of several carries an empty one, a single page none."""
    if not page.more and page.listing.after is None:
        return b""
    told = {"completeListSize": str(page.listing.size), "cursor": str(page.listing.cursor)}
    if not page.more:
        return xml.element("resumptionToken", "", **told).encode()
    text = tokens.write(page.following(), desk.key, desk.now)
    told = {"expirationDate": format_utc(tokens.expires(desk.now)), **told}
    return xml.element("resumptionToken", text, **told).encode()


# --- records -------------------------------------------------------------------------------------


def _told(desk: Desk, header: Header, *, gone: bool = False) -> bytes:
    deleted = header.deleted or gone
    return (
        ('<header status="deleted">' if deleted else "<header>")
        + xml.element("identifier", desk.house.identifier(header.cluster_id))
        + xml.element("datestamp", format_utc(header.changed_at))
        + "".join(xml.element("setSpec", spec) for spec in header.specs)
        + "</header>"
    ).encode()


def _records(
    desk: Desk, headers: Sequence[Header], clusters: Mapping[str, Cluster], format: Format
) -> list[bytes]:
    """The records of headers, in their order; the first ones only where all would be too many bytes."""
    libraries: Mapping[str, Library] = members(desk.c)
    found = {one.source_id for cluster in clusters.values() for one in cluster.descriptions}
    addresses = origins(desk.c, found)
    written: list[bytes] = []
    size = 0
    for header in headers:
        cluster = None if header.deleted else clusters.get(header.cluster_id)
        # One that went a moment ago has no tombstone of its own yet: it soon will.
        record = b"<record>" + _told(desk, header, gone=cluster is None)
        if cluster is not None:
            record += b"<metadata>" + formats.payload(format, cluster, libraries, desk.house) + b"</metadata>"
            record += about.provenance(cluster, addresses).encode()
        record += b"</record>"
        size += len(record)
        if written and size > LARGEST:
            break
        written.append(record)
    return written
