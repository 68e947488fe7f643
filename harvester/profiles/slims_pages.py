"""SLiMS's pages for other SLiMS, answered as OAI-PMH: a harvest keeps its spool, its receipts and its proofs.

`index.php?resultXML=true&search=search&page=n` lists titles as short MODS, `index.php?p=show_detail&inXML=true&id=n`
tells one title in full with its copies. `with_copies` puts the latter in the place of Dublin Core in what oai2.php
answers; `as_provider` answers all six verbs from the pages alone.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from foundation.strictxml import BadXml, XmlLimits, parse
from harvester import oai
from harvester.decoding import utf8
from harvester.errors import HarvestFailed
from harvester.pages import Item
from harvester.profiles import slims_answers as answers
from harvester.profiles.profile import Odd, Site
from harvester.transport import Answer, Wire

_MODS = "{http://www.loc.gov/mods/v3}mods"
_COLLECTION = "{http://www.loc.gov/mods/v3}modsCollection"
_SLIMS = "{http://slims.web.id}"
_LIMITS = XmlLimits(bytes=20 * 2**20)
_TRAILING_NUMBER = re.compile(r"(\d+)\s*$")
#: Titles in a row without a page of their own before none is asked for any more in a run.
_MOST_REFUSALS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer that is in memory: as transport.Answer."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes]


class _Unhappy(Exception):
    """The server cannot answer now: whoever asked hears exactly what it said, and comes back as that deserves."""

    def __init__(self, answer: Said) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


@dataclass(slots=True)
class Pages:
    """The pages of one catalogue, asked one after the other with a pause between them."""

    wire: Wire
    site: Site
    headers: Mapping[str, str] = field(default_factory=dict)
    deadline: float = 60.0
    last: Mapping[str, str] = field(default_factory=dict)  # headers of the last answer
    titles: int = 0  # asked for
    _asked: float = 0.0

    @property
    def may_ask(self) -> bool:
        """Whether another title may be asked for."""
        return self.site.most is None or self.titles < self.site.most

    def title(self, number: str) -> etree._Element | None:
        """The full MODS of a title, None where the catalogue shows none. Raises _Unhappy, WireFailed."""
        self.titles += 1
        found = self._ask({"p": "show_detail", "inXML": "true", "id": number})
        return None if found is None else next(iter(found.iter(_MODS)), None)

    def search(self, page: int) -> tuple[int, list[etree._Element]] | None:
        """(titles in all, the short MODS of this page), None where pages are switched off."""
        found = self._ask({"resultXML": "true", "search": "search", "keywords": "", "page": str(page)})
        if found is None:
            return None
        count = found.findtext(f".//{_SLIMS}modsResultNum") or ""
        listed = list(found.iter(_MODS))
        return int(count) if count.strip().isdecimal() else len(listed), listed

    def _ask(self, query: Mapping[str, str]) -> etree._Element | None:
        rest = self._asked + self.site.pause - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        try:
            with self.wire.open(
                f"{catalogue_of(self.site.url)}?{urlencode(query)}",
                headers=self.headers,
                form=None,
                deadline=self.deadline,
            ) as answer:
                self.last = dict(answer.headers)
                body = b"".join(utf8(answer.chunks, lambda code, text: None))
                if answer.status in (408, 425, 429) or answer.status >= 500:
                    raise _Unhappy(Said(status=answer.status, headers=self.last, chunks=[body]))
        finally:
            self._asked = time.monotonic()
        if not 200 <= answer.status < 300:
            return None
        try:
            root = parse(body[max(0, body.find(b"<")) :], limits=_LIMITS)
        except BadXml:
            return None
        return root if root.tag in (_COLLECTION, _MODS) else None  # a page for people may be well-formed, too


def catalogue_of(url: str) -> str:
    """The catalogue's own address beside that of its OAI-PMH: index.php in the same folder."""
    parts = urlsplit(url)
    folder = parts.path.rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/index.php", "", ""))


def with_copies(wire: Wire, site: Site, odd: Odd) -> Wire:
    """OAI-PMH as it comes, but each title told by its own page, with its copies."""
    return _WithCopies(wire, site, odd)


def as_provider(wire: Wire, site: Site, odd: Odd) -> Wire:
    """The six verbs, answered from the pages."""
    return _AsProvider(wire, site, odd)


class _Connector(ABC):
    """What both have: the pages, and the question taken apart."""

    def __init__(self, wire: Wire, site: Site, odd: Odd) -> None:
        self._wire, self._odd = wire, odd
        self._pages = Pages(wire, site)

    @contextmanager
    def open(
        self, url: str, *, headers: Mapping[str, str], form: str | None, deadline: float
    ) -> Iterator[Answer]:
        """As Wire.open."""
        self._pages.headers, self._pages.deadline = headers, deadline
        asked = dict(parse_qsl(urlsplit(url).query if form is None else form, keep_blank_values=True))
        try:
            answer = self._answer(asked, url, form)
        except _Unhappy as unhappy:
            yield unhappy.answer
            return
        yield answer

    @abstractmethod
    def _answer(self, asked: Mapping[str, str], url: str, form: str | None) -> Said:
        """What OAI-PMH would answer. Raises _Unhappy."""


class _WithCopies(_Connector):
    def __init__(self, wire: Wire, site: Site, odd: Odd) -> None:
        super().__init__(wire, site, odd)
        self._refusals = 0
        self._kept: dict[str, bytes | None] = {}  # of a page that is being asked for again

    def _answer(self, asked: Mapping[str, str], url: str, form: str | None) -> Said:
        pages = self._pages
        with self._wire.open(url, headers=pages.headers, form=form, deadline=pages.deadline) as answer:
            said = Said(
                status=answer.status,
                headers=dict(answer.headers),
                chunks=[b"".join(utf8(answer.chunks, self._odd))],
            )
        if not 200 <= said.status < 300 or asked.get("verb") not in ("ListRecords", "GetRecord"):
            return said
        (body,) = said.chunks
        try:
            found = oai.read(body).items
        except HarvestFailed:
            return said  # salvage makes of it what can be made, without copies
        told, at = [], 0
        for item in found:
            told += [body[at : item.offset], self._told(item)]
            at = item.offset + item.length
        self._kept.clear()
        return Said(status=said.status, headers=said.headers, chunks=[*told, body[at:]])

    def _told(self, item: Item) -> bytes:
        """The record with its MODS, or as it is where there is no page for it."""
        number = _TRAILING_NUMBER.search(item.header.identifier)
        if item.header.deleted or not item.content or number is None:
            return item.raw
        if number[1] not in self._kept:
            self._kept[number[1]] = self._page_of(number[1])
        mods = self._kept[number[1]]
        return item.raw if mods is None else item.raw.replace(item.content, mods, 1)

    def _page_of(self, number: str) -> bytes | None:
        if self._refusals >= _MOST_REFUSALS or not self._pages.may_ask:
            return None
        title = self._pages.title(number)
        if title is None:
            self._refusals += 1
            self._odd("copies_not_given", f"title {number}")
            return None
        self._refusals = 0
        return answers.written(title)


class _AsProvider(_Connector):
    """Identifiers are those that oai2.php would give: the profile may be changed without losing a record."""

    def _answer(self, asked: Mapping[str, str], url: str, form: str | None) -> Said:
        pages, host = self._pages, urlsplit(self._pages.site.url).hostname or ""
        write = answers.Writer(url=catalogue_of(pages.site.url), host=host, asked=asked)
        match asked.get("verb"):
            case "Identify":
                self._listed(1)
                body = write.identify()
            case "ListMetadataFormats":
                body = write.formats()
            case "ListSets":
                body = write.error("noSetHierarchy", "there are none")
            case "GetRecord":
                number = _TRAILING_NUMBER.search(asked.get("identifier", ""))
                title = pages.title(number[1]) if number else None
                body = (
                    write.error("idDoesNotExist", "the catalogue shows no such title")
                    if title is None
                    else write.record(title)
                )
            case "ListRecords" | "ListIdentifiers":
                body = self._list(asked, write)
            case _:
                body = write.error("badVerb", "one of the six verbs is needed")
        kept = {name: text for name, text in pages.last.items() if name == "date"}
        return Said(status=200, headers={"content-type": "text/xml; charset=utf-8", **kept}, chunks=[body])

    def _list(self, asked: Mapping[str, str], write: answers.Writer) -> bytes:
        token = asked.get("resumptionToken", "1")
        if not token.isdecimal():
            return write.error("badResumptionToken", "a number of a page is expected")
        page = int(token)
        total, listed = self._listed(page)
        if not listed:
            if page == 1:
                return write.error("noRecordsMatch", "the catalogue is empty")
            return write.listed([], total=total, following="")
        if asked.get("verb") == "ListRecords":
            listed = [self._whole(short) for short in listed]
        return write.listed(
            listed, total=total, following=str(page + 1) if self._goes_on(page, total) else ""
        )

    def _whole(self, short: etree._Element) -> etree._Element:
        number = short.get("ID", "")
        if not number or not self._pages.may_ask:
            return short
        found = self._pages.title(number)
        if found is None:
            self._odd("copies_not_given", f"title {number}")
            return short
        return found

    def _listed(self, page: int) -> tuple[int, list[etree._Element]]:
        found = self._pages.search(page)
        if found is None:
            _off(self._pages.last)
        return found

    def _goes_on(self, page: int, total: int) -> bool:
        return page * answers.PER_PAGE < total


def _off(headers: Mapping[str, str]) -> NoReturn:
    """No MODS where there should be: said as what it is, a page that is not there."""
    raise _Unhappy(Said(status=404, headers=dict(headers), chunks=[b""]))
