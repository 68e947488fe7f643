"""Pages that are not well-formed: cut at record boundaries, so that one bad record costs one record.

The strict parser never repairs. Here the page is cut into its frame (everything around the records) and its
records. A record that is not well-formed alone is mended (characters that XML forbids, bytes that are not
UTF-8, bare ampersands, XML declarations inside); mended or not, the strict parser has the last word, and what
it still refuses becomes an item with the fault `malformed` and its raw bytes. Nothing else is ever changed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from harvester.errors import HarvestFailed, Malformed, NotOai, Truncated
from harvester.oai import read
from harvester.pages import Header, Item, Oddity, Page

_LIST = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)(ListRecords|ListIdentifiers|GetRecord)(?=[\s>])[^>]*>")
_TOKEN = rb"<%bresumptionToken(?=[\s/>])(?:[^>]*/>|[^>]*>[^<]*</[^>]*>)"
_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_REFERENCE = re.compile(rb"&#(x[0-9A-Fa-f]{1,6}|[0-9]{1,7});")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_DECLARATION = re.compile(rb"<\?xml\s[^>]*\?>")
_IDENTIFIER = re.compile(rb"<(?:[\w.-]+:)?identifier[^>]*>\s*([^<]{1,512}?)\s*</")
_NAMED = {  # the named characters of HTML that catalogues hold, as XML does not know them
    b"nbsp": "\u00a0", b"copy": "©", b"reg": "®", b"ndash": "–", b"mdash": "—", b"hellip": "…",
    b"lsquo": "‘", b"rsquo": "’", b"ldquo": "“", b"rdquo": "”", b"laquo": "«", b"raquo": "»",
    b"eacute": "é", b"egrave": "è", b"agrave": "à", b"uuml": "ü", b"ouml": "ö", b"auml": "ä", b"szlig": "ß",
    b"ccedil": "ç", b"ntilde": "ñ", b"oacute": "ó", b"iacute": "í", b"aacute": "á", b"deg": "°",
}  # fmt: skip
_HTML = re.compile(rb"&(" + b"|".join(_NAMED) + rb");")


def page(data: bytes) -> Page:
    """The page with every record that can be read, and those that cannot as items with a fault.

    Raises Truncated or Malformed when not even the frame around the records can be read.
    """
    opened = _LIST.search(data)
    if opened is None:
        return _frame(data)
    prefix, verb = opened[1], opened[2]
    name = prefix + (b"header" if verb == b"ListIdentifiers" else b"record")
    closed = data.rfind(b"</" + prefix + verb)
    if closed < opened.end():
        raise Truncated("the list does not end")
    spans = _spans(data, name, opened.end(), closed)
    last_end = spans[-1][1] if spans else opened.end()
    token = re.compile(_TOKEN % prefix, re.DOTALL).search(data, last_end, closed)
    # what else stands between the records belongs to a broken one
    frame = data[: opened.end()] + (token[0] if token else b"") + data[closed:]
    summary = _frame(frame).summary
    before = data[: opened.end()]
    items = [
        _record(before, data[start:end], number, start, prefix + verb)
        for number, (start, end) in enumerate(spans, start=1)
    ]
    mended = sum(item.mended for item in items)
    lost = sum(item.fault == "malformed" for item in items)
    oddities = (*summary.oddities, Oddity(code="malformed_page", text=f"{mended} records mended, {lost} not"))
    return Page(summary=replace(summary, items=len(items), oddities=oddities), items=items)


def mend(raw: bytes) -> bytes:
    """The bytes with what XML forbids put right: nothing is dropped but XML declarations inside.

    Control characters become U+FFFD; bytes that are not UTF-8 are read as Windows-1252.
    """
    raw = _DECLARATION.sub(b"", raw)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raw = _as_utf8(raw)
    parts = re.split(rb"(<!\[CDATA\[.*?\]\]>)", _CONTROL.sub("\ufffd".encode(), raw), flags=re.DOTALL)
    for at in range(0, len(parts), 2):  # ampersands in CDATA are as they should be
        part = _REFERENCE.sub(_checked_reference, parts[at])
        part = _HTML.sub(lambda found: _NAMED[found[1]].encode(), part)
        parts[at] = _ENTITY.sub(b"&amp;", part)
    return b"".join(parts)


def _as_utf8(raw: bytes) -> bytes:
    """Valid UTF-8 stays; each byte that is not part of any is Windows-1252."""
    out = []
    while raw:
        try:
            out.append(raw.decode("utf-8"))
            break
        except UnicodeDecodeError as error:
            out.append(raw[: error.start].decode("utf-8"))
            out.append(raw[error.start : error.start + 1].decode("cp1252", "replace"))
            raw = raw[error.start + 1 :]
    return "".join(out).encode()


def _checked_reference(found: re.Match[bytes]) -> bytes:
    text = found[1].decode()
    code = int(text[1:], 16) if text.startswith("x") else int(text)
    legal = (
        code in (9, 10, 13)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
    return found[0] if legal else "\ufffd".encode()


def _spans(data: bytes, name: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Where each record starts and ends. A payload may have elements of the same name: they are counted.

    Where the counting goes wrong (an end tag is missing), `<record>` followed by a header starts the next one.
    """
    tag = re.compile(rb"<(/?)" + re.escape(name) + rb"(?=[\s/>])[^>]*?(/?)>")
    prefix = name.rpartition(b":")[0] + b":" if b":" in name else b""
    fresh = re.compile(rb"\s*<" + re.escape(prefix) + rb"header[\s>/]")
    spans: list[tuple[int, int]] = []
    begun, level, last_end = -1, 0, -1
    for found in tag.finditer(data, start, end):
        closes, empty = bool(found[1]), bool(found[2])
        if not closes and (level == 0 or fresh.match(data, found.end()) is not None):
            if level:
                spans.append((begun, last_end if last_end > begun else found.start()))
            begun, level = found.start(), 0
        if empty:
            if level == 0:
                spans.append((begun, found.end()))
        elif closes:
            last_end = found.end()
            level -= 1
            if level == 0:
                spans.append((begun, found.end()))
            level = max(level, 0)
        else:
            level += 1
    if level and begun >= 0:
        token = data.find(b"resumptionToken", begun, end)
        cut = data.rfind(b"<", begun, token) if token > 0 else end
        spans.append((begun, last_end if begun < last_end <= cut else cut))
    return spans


def _frame(data: bytes) -> Page:
    try:
        return read(data)
    except Malformed:
        return read(mend(data))


def _record(before: bytes, raw: bytes, number: int, offset: int, verb: bytes) -> Item:
    tail = b"</" + verb + b"></" + _root_name(before) + b">"
    mended = False
    for candidate in (raw, None):
        if candidate is None:
            candidate, mended = mend(raw), True
        try:
            found = read(_head(before) + candidate + tail).items
        except (NotOai, HarvestFailed):
            continue
        if len(found) == 1:
            return replace(found[0], number=number, offset=offset, length=len(raw), raw=raw, mended=mended)
    named = _IDENTIFIER.search(raw)
    return Item(
        number=number,
        offset=offset,
        length=len(raw),
        raw=raw,
        header=Header(identifier=named[1].decode("utf-8", "replace") if named else ""),
        fault="malformed",
    )


def _root_name(before: bytes) -> bytes:
    found = re.search(rb"<((?:[A-Za-z_][\w.-]*:)?OAI-PMH)(?=[\s>])", before)
    if found is None:
        raise NotOai("no OAI-PMH here")
    return found[1]


def _head(before: bytes) -> bytes:
    """Only the two start tags that the records stand in: what is between them may be what is broken."""
    root = re.search(rb"<(?:[A-Za-z_][\w.-]*:)?OAI-PMH(?=[\s>])[^>]*>", before)
    opened = _LIST.search(before)
    if root is None or opened is None:
        raise NotOai("no OAI-PMH here")
    return root[0] + opened[0]
