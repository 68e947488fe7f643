"""A Koha: MARC 21 with its copies in 952, tokens that spell out the request, tombstones that stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from lxml import etree

from web.demo import marcxml, oai_dc
from web.demo.catalogue import Entry
from web.demo.dialects.reply import Places, Question, Reply
from web.demo.provider import Listing, OaiError, Provider
from web.demo.shelf import Form

PATH = "/cgi-bin/koha/oai.pl"


@dataclass(frozen=True, kw_only=True)
class Koha(Provider):
    """A Koha over a shelf; with `items` off its administrator has not included them."""

    page_size: int = 50
    items: bool = True

    def places(self) -> Places:
        """Where it answers."""
        return {PATH: self.oai}

    def oai(self, question: Question) -> Reply:
        """All verbs at one address."""
        return Reply(body=self.answer(question.pairs))

    @property
    def forms(self) -> tuple[Form, ...]:
        """oai_dc, and MARC under two names."""
        return (
            Form(prefix="oai_dc", namespace=oai_dc.OAI_DC, schema=oai_dc.SCHEMA, write=oai_dc.write),
            *(
                Form(prefix=prefix, namespace=marcxml.MARC, schema=marcxml.SCHEMA, write=self._marc)
                for prefix in ("marc21", "marcxml")
            ),
        )

    def name(self, entry: Entry) -> str:
        """The archive's id and the biblionumber."""
        return f"KOHA-OAI-{entry.library}:{entry.number}"

    def entry(self, identifier: str) -> Entry | None:
        """The entry of such an identifier."""
        return next((e for e in self.shelf.entries() if self.name(e) == identifier), None)

    def token(self, listing: Listing) -> str:
        """prefix/offset/from/until/set/last: offset and dates for people, the last record for us."""
        assert listing.last is not None
        last = f"{listing.last[1]}@{listing.last[0]}"
        return "/".join(
            (listing.prefix, str(listing.cursor), listing.start, listing.end, listing.of_set, last)
        )

    def listing(self, token: str) -> Listing:
        """What a token spells out. Raises OaiError."""
        try:
            prefix, cursor, start, end, of_set, last = token.split("/")
            number, _, moment = last.partition("@")
            datetime.fromisoformat(moment)
            return Listing(
                prefix=prefix,
                start=start,
                end=end,
                of_set=of_set,
                cursor=int(cursor),
                last=(moment, int(number)),
            )
        except ValueError as error:
            raise OaiError("badResumptionToken", "cannot be read") from error

    def _marc(self, entry: Entry) -> etree._Element:
        record = marcxml.write(entry if self.items else replace(entry, items=()))
        number = record.find(f"{{{marcxml.MARC}}}controlfield[@tag='001']")
        assert number is not None
        number.text = str(entry.number)
        own = etree.SubElement(record, f"{{{marcxml.MARC}}}datafield", tag="999", ind1=" ", ind2=" ")
        for code in "cd":
            etree.SubElement(own, f"{{{marcxml.MARC}}}subfield", code=code).text = str(entry.number)
        return record
