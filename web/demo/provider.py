"""OAI-PMH 2.0 answered from a shelf: all six verbs, sets, tokens that survive a restart, tombstones that stay."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from lxml import etree

from web.demo.catalogue import Entry
from web.demo.shelf import Form, Shelf, after

OAI = "http://www.openarchives.org/OAI/2.0/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = f"{OAI} {OAI}OAI-PMH.xsd"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")

#: Verb → (arguments it must have, arguments it may have). A token stands alone (OAI-PMH 2.0, section 4).
VERBS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
}
LISTS = frozenset({"ListSets", "ListIdentifiers", "ListRecords"})


class OaiError(Exception):
    """An error of the protocol: its code and a text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list request asks for, and how far an earlier page came (`cursor` records, up to `last`)."""

    prefix: str
    start: str = ""
    end: str = ""
    of_set: str = ""
    cursor: int = 0
    last: tuple[str, int] | None = None

    def token(self) -> str:
        """As an opaque text that needs no memory in the server."""
        values = [self.prefix, self.start, self.end, self.of_set, self.cursor, *(self.last or ())]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _from_token(token: str) -> Listing:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        prefix, start, end, of_set, cursor, stamp, number = json.loads(text)
        datetime.fromisoformat(stamp)
        found = Listing(
            prefix=str(prefix),
            start=str(start),
            end=str(end),
            of_set=str(of_set),
            cursor=int(cursor),
            last=(str(stamp), int(number)),
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise OaiError("badResumptionToken", "this token was not given out here") from error
    if found.token() != token:
        raise OaiError("badResumptionToken", "this token was not given out here")
    return found


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A repository: its shelf, the address it is reached at, and how many records stand on a page.

    Systems that keep to the protocol and differ in names only are children of this (web.demo.dialects).
    """

    shelf: Shelf
    base_url: str
    now: Callable[[], datetime]
    page_size: int = 100

    @property
    def forms(self) -> tuple[Form, ...]:
        """Formats on offer."""
        return self.shelf.forms

    def name(self, entry: Entry) -> str:
        """The OAI identifier of an entry."""
        return entry.identifier

    def entry(self, identifier: str) -> Entry | None:
        """The entry of an OAI identifier."""
        return self.shelf.get(identifier)

    def sets(self) -> dict[str, str]:
        """setSpec and setName of all sets."""
        return self.shelf.sets()

    def sets_of(self, entry: Entry) -> tuple[str, ...]:
        """setSpecs in the header of an entry."""
        return entry.sets

    def token(self, listing: Listing) -> str:
        """How far a list came, as a token."""
        return listing.token()

    def listing(self, token: str) -> Listing:
        """What a token stands for. Raises OaiError."""
        return _from_token(token)

    def answer(self, arguments: Sequence[tuple[str, str]]) -> bytes:
        """The response document for the arguments of a GET or POST request; protocol errors are answers, too."""
        root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap={None: OAI, "xsi": XSI})
        root.set(f"{{{XSI}}}schemaLocation", SCHEMA)
        add(root, "responseDate", stamp(self.now()))
        request = add(root, "request", self.base_url)
        try:
            values = _checked(arguments)
            element = self._dispatch(values)
        except OaiError as error:
            add(root, "error", str(error), code=error.code)
            if error.code in ("badVerb", "badArgument"):
                values = {}
        else:
            root.append(element)
        for key, value in values.items():
            request.set(key, value)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))

    def _dispatch(self, values: dict[str, str]) -> etree._Element:
        match values["verb"]:
            case "Identify":
                return self._identify()
            case "ListMetadataFormats":
                return self._formats(values.get("identifier"))
            case "ListSets":
                return self._sets(values.get("resumptionToken"))
            case "GetRecord":
                return self._record(values)
            case verb:
                return self._list(verb, values)

    def _identify(self) -> etree._Element:
        element = etree.Element(f"{{{OAI}}}Identify", nsmap={None: OAI})
        library = self.shelf.library
        for name, text in (
            ("repositoryName", library.name),
            ("baseURL", self.base_url),
            ("protocolVersion", "2.0"),
            ("adminEmail", library.email),
            ("earliestDatestamp", stamp(self.shelf.earliest())),
            ("deletedRecord", "persistent"),
            ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ):
            add(element, name, text)
        return element

    def _formats(self, identifier: str | None) -> etree._Element:
        if identifier is not None and self.entry(identifier) is None:
            raise OaiError("idDoesNotExist", "no record has this identifier")
        element = etree.Element(f"{{{OAI}}}ListMetadataFormats", nsmap={None: OAI})
        for form in self.forms:
            offered = add(element, "metadataFormat")
            add(offered, "metadataPrefix", form.prefix)
            add(offered, "schema", form.schema)
            add(offered, "metadataNamespace", form.namespace)
        return element

    def _sets(self, token: str | None) -> etree._Element:
        if token is not None:
            raise OaiError("badResumptionToken", "the list of sets comes in one piece")
        element = etree.Element(f"{{{OAI}}}ListSets", nsmap={None: OAI})
        for spec, name in self.sets().items():
            listed = add(element, "set")
            add(listed, "setSpec", spec)
            add(listed, "setName", name)
        return element

    def _form(self, prefix: str) -> Form:
        for form in self.forms:
            if form.prefix == prefix:
                return form
        raise OaiError("cannotDisseminateFormat", "this format is not on offer")

    def _record(self, values: dict[str, str]) -> etree._Element:
        entry = self.entry(values["identifier"])
        if entry is None:
            raise OaiError("idDoesNotExist", "no record has this identifier")
        form = self._form(values["metadataPrefix"])
        element = etree.Element(f"{{{OAI}}}GetRecord", nsmap={None: OAI})
        element.append(self._described(entry, form))
        return element

    def _list(self, verb: str, values: dict[str, str]) -> etree._Element:
        token = values.get("resumptionToken")
        if token is not None:
            wanted = self.listing(token)
        else:
            wanted = Listing(
                prefix=values["metadataPrefix"],
                start=values.get("from", ""),
                end=values.get("until", ""),
                of_set=values.get("set", ""),
            )
        form = self._form(wanted.prefix)
        found = self.shelf.select(*_window(wanted.start or None, wanted.end or None), wanted.of_set)
        if not found and token is None:
            raise OaiError("noRecordsMatch", "no record fits")
        begin = after(found, datetime.fromisoformat(wanted.last[0]), wanted.last[1]) if wanted.last else 0
        page = found[begin : begin + self.page_size]
        element = etree.Element(f"{{{OAI}}}{verb}", nsmap={None: OAI})
        for entry in page:
            element.append(self._header(entry) if verb == "ListIdentifiers" else self._described(entry, form))
        more = begin + len(page) < len(found)
        if token is not None or more:
            self._token(element, wanted, page, len(found), more)
        return element

    def _token(
        self, element: etree._Element, wanted: Listing, page: list[Entry], size: int, more: bool
    ) -> None:
        """The token for the next page; the last page of several carries an empty one."""
        following = ""
        if more:
            last = (page[-1].datestamp.isoformat(), page[-1].number)
            following = self.token(replace(wanted, cursor=wanted.cursor + len(page), last=last))
        add(element, "resumptionToken", following, completeListSize=str(size), cursor=str(wanted.cursor))

    def _header(self, entry: Entry) -> etree._Element:
        header = etree.Element(f"{{{OAI}}}header", nsmap={None: OAI})
        if entry.deleted:
            header.set("status", "deleted")
        add(header, "identifier", self.name(entry))
        add(header, "datestamp", stamp(entry.datestamp))
        for spec in self.sets_of(entry):
            add(header, "setSpec", spec)
        return header

    def _described(self, entry: Entry, form: Form) -> etree._Element:
        record = etree.Element(f"{{{OAI}}}record", nsmap={None: OAI})
        record.append(self._header(entry))
        if not entry.deleted:
            add(record, "metadata").append(form.write(entry))
        return record


def _checked(arguments: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The arguments as a table, all of them legal for their verb."""
    verbs = [value for key, value in arguments if key == "verb"]
    if len(verbs) != 1 or verbs[0] not in VERBS:
        raise OaiError("badVerb", "one of the six verbs is needed, once")
    values = dict(arguments)
    if len(values) != len(arguments):
        raise OaiError("badArgument", "an argument stands twice")
    verb = verbs[0]
    given = set(values) - {"verb"}
    if verb in LISTS and "resumptionToken" in given:
        if given != {"resumptionToken"}:
            raise OaiError("badArgument", "a resumptionToken stands alone")
        return values
    must, may = VERBS[verb]
    if missing := must - given:
        raise OaiError("badArgument", f"missing: {', '.join(sorted(missing))}")
    if surplus := given - must - may:
        raise OaiError("badArgument", f"not known here: {', '.join(sorted(surplus))}")
    if verb in LISTS:
        _window(values.get("from"), values.get("until"))
    return values


def _window(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """The window in UTC; a day as `until` means its last second. Both ends must have the same granularity."""
    begin = None if start is None else _date(start)
    finish = None if end is None else _date(end)
    if start is not None and end is not None and len(start) != len(end):
        raise OaiError("badArgument", "from and until must have the same granularity")
    if finish is not None and end is not None and DAY.fullmatch(end):
        finish = datetime.combine(finish.date(), time(23, 59, 59), UTC)
    if begin is not None and finish is not None and begin > finish:
        raise OaiError("badArgument", "from is later than until")
    return begin, finish


def _date(text: str) -> datetime:
    if not (DAY.fullmatch(text) or SECOND.fullmatch(text)):
        raise OaiError("badArgument", "dates are YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError as error:
        raise OaiError("badArgument", "there is no such date") from error


def stamp(moment: datetime) -> str:
    """A moment as OAI-PMH writes it, in seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """A new last child of `parent`, in the namespace of OAI-PMH."""
    element = etree.SubElement(parent, f"{{{OAI}}}{name}")
    element.text = text or None
    for key, value in attributes.items():
        element.set(key, value)
    return element
