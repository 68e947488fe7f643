"""Dublin Core as SLiMS writes it: oai.php and oai2.php each in their own way."""

from __future__ import annotations

from web.demo.catalogue import Entry
from web.demo.dialects.phpxml import element
from web.demo.oai_dc import DC, KINDS, LANGUAGES, OAI_DC

_OPEN = f'<oai_dc:dc xmlns:oai_dc="{OAI_DC}" xmlns:dc="{DC}">'
_CLOSE = "</oai_dc:dc>"
_CODES = {"ind": "id", "eng": "en", "jav": "jv"}


def twice(text: str) -> str:
    """UTF-8 taken for Latin-1 and encoded once more, as PHP's utf8_encode does with what is UTF-8 already."""
    return text.encode().decode("latin-1")


def one(entry: Entry, site: str) -> str:
    """The payload of oai.php: title in one string and encoded twice, notes told twice, the class as last subject,
    three identifiers (page, ISBN or ISSN, call number), the codes of the copies."""
    work = entry.work
    title = f"{entry.title} : {entry.subtitle}" if entry.subtitle else entry.title
    if work.responsibility:
        title += f" / {work.responsibility}"
    kind = KINDS[work.kind]
    found = [("title", twice(title))]
    found += [("creator", name) for name in entry.names or (work.body,)]
    found += [("publisher", work.publisher), ("date", entry.year), ("hasVersion", entry.edition)]
    found += [("language", LANGUAGES[work.language]), ("medium", kind), ("format", kind)]
    found += [("extent", entry.extent), ("format", "serial" if work.kind == "journal" else "")]
    found += [("isPartOf", work.series), ("description", work.summary), ("abstract", work.summary)]
    found += [("subject", subject) for subject in entry.subjects] + [("subject", work.ddc)]
    lines = [element(f"dc:{name}", text) for name, text in found if text]
    lines += [
        element("dc:identifier", f"{site}/index.php?p=show_detail&id={entry.number}"),
        element("dc:identifier", (entry.isbn or work.issn).replace("-", "")),
        element("dc:identifier", entry.call_number),
    ]
    lines += [element("dc:hasPart", item.barcode) for item in entry.items]
    lines += [element("dc:relation", work.url)] if work.url else []
    return _OPEN + "".join(lines) + _CLOSE


def two(entry: Entry, site: str) -> str:
    """The payload of oai2.php: place in coverage, series in source, collation in format, an element that Dublin Core
    does not have for the ISBN, and the cover in one that has no prefix; no copies."""
    work = entry.work
    title = f"{entry.title} : {entry.subtitle}" if entry.subtitle else entry.title
    found = [("title", title)]
    found += [("creator", name) for name in entry.names or (work.body,)]
    found += [("subject", subject) for subject in entry.subjects] + [("subject", work.ddc)]
    found += [("description", work.summary), ("publisher", work.publisher), ("date", entry.year)]
    found += [("type", KINDS[work.kind]), ("format", entry.extent)]
    found += [("identifier", f"{site}/index.php?p=show_detail&id={entry.number}")]
    found += [("identifier", entry.call_number)]
    found += [("identifier_isbn", (entry.isbn or work.issn).replace("-", ""))]
    found += [("source", work.series), ("language", _CODES[work.language]), ("coverage", work.place)]
    lines = [element(f"dc:{name}", text) for name, text in found if text]
    lines.append(f"<image>{site}/images/docs/{entry.number}.jpg</image>")
    return _OPEN + "".join(lines) + _CLOSE
