"""Titles as JSON-LD in the words of schema.org, with an offer for each library that has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from index.record import Availability, Format, Name
from index.views import HeldCopy
from web.taking.titles import Title, full_title, makers, periodical, person, year

_TYPES = {
    Format.BOOK: "Book",
    Format.EBOOK: "Book",
    Format.THESIS: "Thesis",
    Format.ARTICLE: "Article",
    Format.REPORT: "Report",
    Format.MAP: "Map",
    Format.SCORE: "SheetMusic",
    Format.AUDIO: "AudioObject",
    Format.VIDEO: "VideoObject",
    Format.IMAGE: "ImageObject",
    Format.MANUSCRIPT: "Manuscript",
    Format.SOFTWARE: "SoftwareApplication",
}

#: What is known of copies, the best first.
_AVAILABILITY = {
    Availability.AVAILABLE: "InStock",
    Availability.ONLINE: "OnlineOnly",
    Availability.ON_SITE: "InStoreOnly",
    Availability.ON_LOAN: "OutOfStock",
    Availability.ON_ORDER: "BackOrder",
    Availability.IN_PROCESS: "PreOrder",
    Availability.LOST: "SoldOut",
}


def write(found: Sequence[Title]) -> bytes:
    """The titles as one JSON-LD document."""
    graph = [described(title) for title in found]
    whole = graph[0] if len(graph) == 1 else {"@graph": graph}
    return json.dumps({"@context": "https://schema.org", **whole}, ensure_ascii=False, indent=1).encode()


def embedded(title: Title) -> Markup:
    """The title as a block of data for its page; what could end the block is written as \\u003c."""
    text = json.dumps({"@context": "https://schema.org", **described(title)}, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  # nothing in it can end the block


def described(title: Title) -> dict[str, Any]:
    """One title, without what is not known."""
    said = title.said
    authors, editors, translators = makers(said)
    told: dict[str, Any] = {
        "@type": "Periodical" if periodical(said) else _TYPES.get(said.format, "CreativeWork"),
        "@id": title.address,
        "url": title.address,
        "name": full_title(said),
        "alternateName": list(said.alternates),
        "author": [_maker(one) for one in authors],
        "editor": [_maker(one) for one in editors],
        "translator": [_maker(one) for one in translators],
        "publisher": {"@type": "Organization", "name": said.publisher} if said.publisher else None,
        "datePublished": year(said),
        "inLanguage": list(said.languages),
        "isbn": list(said.values("isbn")),
        "issn": list(said.values("issn")),
        "bookEdition": said.edition if said.format in (Format.BOOK, Format.EBOOK) else "",
        "about": list(said.subjects),
        "description": said.summary,
        "isPartOf": {"@type": "CreativeWork", "name": said.host} if said.host else None,
        "offers": [
            _offer(library.name, title.address, library.opac_url, copies) for library, copies in title.holders
        ],
    }
    return {name: value for name, value in told.items() if value}


def _maker(one: Name) -> dict[str, str]:
    family, given = person(one)
    if given:
        return {"@type": "Person", "name": one.text, "familyName": family, "givenName": given}
    return {"@type": "Organization" if one.corporate else "Person", "name": one.text}


def _offer(name: str, address: str, catalogue: str, copies: Sequence[HeldCopy]) -> dict[str, Any]:
    known = {held.copy.availability for held in copies}
    best = next((word for state, word in _AVAILABILITY.items() if state in known), "")
    calls = list(dict.fromkeys(held.copy.call_number for held in copies if held.copy.call_number))
    library = {"@type": "Library", "name": name}
    if catalogue.startswith(("http://", "https://")):
        library["url"] = catalogue
    told: dict[str, Any] = {
        "@type": "Offer",
        "offeredBy": library,
        "availability": f"https://schema.org/{best}" if best else "",
        "businessFunction": "http://purl.org/goodrelations/v1#LeaseOut",
        "sku": calls[0] if calls else "",
        "inventoryLevel": sum(held.copy.copies for held in copies) or None,
        "url": address,
    }
    return {key: value for key, value in told.items() if value}
