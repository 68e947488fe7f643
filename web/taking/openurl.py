"""A title as a context object in a span (COinS), which reference managers find in a page by themselves."""

from __future__ import annotations

from urllib.parse import urlencode

from markupsafe import Markup

from index.record import Format
from web.taking.titles import Title, full_title, makers, periodical, person, year

_GENRES = {Format.REPORT: "report", Format.BOOK: "book", Format.EBOOK: "book"}


def pairs(title: Title) -> list[tuple[str, str]]:
    """Keys and values of Z39.88-2004 (KEV), those that say something."""
    said = title.said
    article = said.format is Format.ARTICLE
    if said.format is Format.THESIS:
        scheme, told = "dissertation", [("title", full_title(said)), ("inst", said.publisher)]
    elif article:
        scheme = "journal"
        told = [("genre", "article"), ("atitle", full_title(said)), ("jtitle", said.host)]
    elif periodical(said):
        scheme, told = "journal", [("genre", "journal"), ("jtitle", full_title(said))]
    else:
        scheme = "book"
        told = [
            ("genre", _GENRES.get(said.format, "unknown")),
            ("btitle", full_title(said)),
            ("pub", said.publisher),
            ("place", said.place),
            ("edition", said.edition),
        ]
    authors, editors, _ = makers(said)
    who = authors or editors
    if who:
        family, given = person(who[0])
        told += (
            [("aulast", family), ("aufirst", given)]
            if given
            else [("aucorp" if who[0].corporate else "au", family)]
        )
        told += [("au", one.text) for one in who[1:6]]
    told.append(("date", year(said)))
    told += [("isbn", one) for one in said.values("isbn")[:1]]
    told += [("issn", one) for one in said.values("issn")[:1]]
    found = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", f"info:ofi/fmt:kev:mtx:{scheme}"),
        ("rft_id", title.address),
        *(("rft_id", f"info:doi/{one}") for one in said.values("doi")[:1]),
        *((f"rft.{name}", value) for name, value in told),
    ]
    return [(name, value) for name, value in found if value]


def coins(title: Title) -> Markup:
    """The span; there is nothing in it to see."""
    return Markup('<span class="Z3988" title="%s"></span>') % urlencode(pairs(title))
