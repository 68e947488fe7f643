"""A DSpace: handles, communities and collections, qualified dates in oai_dc, tokens with empty places."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from web.demo import oai_dc
from web.demo.catalogue import Entry
from web.demo.dialects.reply import Places, Question, Reply
from web.demo.provider import Listing, OaiError, Provider, stamp
from web.demo.shelf import Form

PATH = "/server/oai/request"
HANDLES = "123456789"
_KINDS = {"thesis": "Thesis", "report": "Technical Report", "journal": "Article"}
#: Offered beside Dublin Core, and read by nobody here: (prefix, namespace).
_OTHERS = (
    ("dim", "http://www.dspace.org/xmlns/dspace/dim"),
    ("xoai", "http://www.lyncode.com/xoai"),
    ("ore", "http://www.w3.org/2005/Atom"),
)


@dataclass(frozen=True, kw_only=True)
class Dspace(Provider):
    """A DSpace over a shelf."""

    def places(self) -> Places:
        """Where it answers."""
        return {PATH: self.oai}

    def oai(self, question: Question) -> Reply:
        """All verbs at one address."""
        return Reply(body=self.answer(question.pairs))

    @property
    def forms(self) -> tuple[Form, ...]:
        """Dublin Core, and formats that nobody else has."""
        dublin = Form(prefix="oai_dc", namespace=oai_dc.OAI_DC, schema=oai_dc.SCHEMA, write=self._dc)
        return dublin, *(Form(prefix=p, namespace=n, schema=n, write=self._dc) for p, n in _OTHERS)

    def name(self, entry: Entry) -> str:
        """The handle, with the repository in front."""
        return f"oai:{self.shelf.library.domain}:{HANDLES}/{entry.number}"

    def entry(self, identifier: str) -> Entry | None:
        """The entry of such an identifier."""
        return next((e for e in self.shelf.entries() if self.name(e) == identifier), None)

    def sets(self) -> dict[str, str]:
        """Communities and collections: the classes stand in for them."""
        return {self._set(spec): name for spec, name in self.shelf.sets().items() if ":" in spec}

    def sets_of(self, entry: Entry) -> tuple[str, ...]:
        """Those that an entry is in."""
        return tuple(map(self._set, entry.sets))

    def _set(self, spec: str) -> str:
        kind, _, name = spec.partition(":")
        return f"{'com' if kind == 'jenis' else 'col'}_{HANDLES}_{name}"

    def token(self, listing: Listing) -> str:
        """prefix/from/until/set/offset, empty where nothing was asked."""
        return "/".join((listing.prefix, listing.start, listing.end, listing.of_set, str(listing.cursor)))

    def listing(self, token: str) -> Listing:
        """What a token spells out: an offset, which shifts when records are added. Raises OaiError."""
        try:
            prefix, start, end, of_set, cursor = token.split("/")
            offset = int(cursor)
            before = self.shelf.select(None, None, "")[offset - 1]
        except (ValueError, IndexError) as error:
            raise OaiError("badResumptionToken", "The value of the resumptionToken is invalid") from error
        return Listing(
            prefix=prefix,
            start=start,
            end=end,
            of_set=of_set,
            cursor=offset,
            last=(before.datestamp.isoformat(), before.number),
        )

    def _dc(self, entry: Entry) -> etree._Element:
        """Three dates, one of publication among them; the handle; a note on where it came from."""
        root = etree.Element(f"{{{oai_dc.OAI_DC}}}dc", nsmap={"oai_dc": oai_dc.OAI_DC, "dc": oai_dc.DC})
        work = entry.work
        title = f"{entry.title} : {entry.subtitle}" if entry.subtitle else entry.title
        found = [("title", title)]
        found += [("creator", name) for name in entry.names or (work.body,)]
        found += [("subject", subject) for subject in entry.subjects]
        found += [("description", work.summary), ("publisher", work.publisher)]
        found += [("date", stamp(entry.created)), ("date", stamp(entry.created)), ("date", str(work.year))]
        found += [("type", _KINDS.get(work.kind, "Book")), ("language", work.language)]
        found += [("identifier", f"https://hdl.example/{HANDLES}/{entry.number}"), ("identifier", work.url)]
        found += [("format", "application/pdf")]
        for name, text in found:
            if text:
                etree.SubElement(root, f"{{{oai_dc.DC}}}{name}").text = text
        return root
