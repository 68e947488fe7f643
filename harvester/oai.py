"""One page of an OAI-PMH list, read strictly and in constant memory, with the place of every record in it.

The parser is expat, not `foundation.strictxml`, for one reason: it says at which byte an element starts and
ends, so that the raw bytes of each record can be kept and found again. It refuses the same things: any
DOCTYPE, any repair, anything too deep. What stands inside `<metadata>` is only checked to be well-formed and
cut out; `payload` parses it, alone, with `foundation.strictxml`. So a payload may contain elements called
record, header, error or resumptionToken, in the namespace of OAI-PMH or not: only the fixed places count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

from harvester.errors import Fault, Malformed, NotOai, Truncated
from harvester.pages import Header, Item, Oddity, Page, Summary, Token

OAI_NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
LISTS = ("ListRecords", "ListIdentifiers", "GetRecord")

#: Most bytes of one record; what is longer is cut out of its page and rejected, the rest of the page is read.
RECORD_LIMIT = 16 * 2**20
#: What is kept of a record that is too long.
_KEPT_OF_TOO_LONG = 64 * 1024
#: How much may stand before the XML (a notice of PHP, for example).
_JUNK_LIMIT = 64 * 1024
_DEPTH_LIMIT = 128
_CHUNK = 64 * 1024


class ListReader:
    """Reads a page as it comes in: feed() gives the records that are complete, close() what else was said.

    The bytes must be UTF-8 (harvester.decoding sees to that). Raises NotOai, Truncated or Malformed; what
    was given out before that must then be thrown away.
    """

    def __init__(self, *, record_limit: int = RECORD_LIMIT) -> None:
        self._limit = record_limit
        self._buffer = bytearray()
        self._base = 0  # of the buffer's first byte in what expat was given
        self._skipped = 0  # bytes before the XML
        self._started = False
        self._depth = 0
        self._local: list[str] = []
        self._root_done = False
        self._ready: list[Item] = []
        self._count = 0
        self._verb = ""
        self._asked = ""
        self._asked_prefix = ""
        self._response_date = ""
        self._errors: list[Fault] = []
        self._token: Token | None = None
        self._oddities: dict[str, str] = {}
        self._spaces: list[dict[str, str]] = []  # declarations of the open elements outside payloads
        self._common = b""
        self._text: list[str] = []
        self._attributes: dict[str, str] = {}
        self._in_record = False
        self._record_start = 0
        self._identifier = ""
        self._datestamp = ""
        self._sets: list[str] = []
        self._deleted = False
        self._has_header = False
        self._content: bytes | None = None
        self._content_start = 0
        self._space_of_payload = b""
        self._too_long = False
        self._kept = b""
        self._root_end = 0
        self._after = b""
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    # --- what callers use ---

    def feed(self, chunk: bytes) -> list[Item]:
        """The records that ended in this chunk."""
        if self._root_done:
            self._after_root(chunk)
            return self._drain()
        self._buffer += chunk
        if not self._started:
            if not self._find_start(final=False):
                return []
            chunk = bytes(self._buffer)
        self._parse(chunk, final=False)
        return self._drain()

    def _drain(self) -> list[Item]:
        ready, self._ready = self._ready, []
        return ready

    def close(self) -> Summary:
        """The page is over; raises Truncated when it ended too early."""
        if not self._started:
            if not self._buffer.strip():
                raise Truncated("the page is empty")
            self._find_start(final=True)
            self._parse(bytes(self._buffer), final=False)
        if not self._root_done:
            self._parse(b"", final=True)
            raise Truncated("the page ends before its root element does")
        after = re.sub(rb"<!--.*?(-->|$)", b"", self._after, flags=re.DOTALL).strip(b" \t\r\n\0")
        if after:
            self._odd("junk_after_xml", _glimpse(after))
        return Summary(
            verb=self._verb,
            asked=self._asked,
            asked_prefix=self._asked_prefix,
            response_date=self._response_date,
            errors=tuple(self._errors),
            token=self._token,
            items=self._count,
            oddities=tuple(Oddity(code=code, text=text) for code, text in self._oddities.items()),
        )

    @property
    def declarations(self) -> bytes:
        """The namespaces declared around the items of the list, for a start tag; b'' before it has begun."""
        return self._common

    @property
    def is_whole(self) -> bool:
        """Whether the root element has ended: nothing that follows belongs to the page."""
        return self._root_done

    # --- the bytes ---

    def _find_start(self, *, final: bool) -> bool:
        """Skip what stands before the XML. True when parsing may begin."""
        head = bytes(self._buffer[:_JUNK_LIMIT])
        if len(head) < 1024 and not final and b"OAI-PMH" not in head:
            return False
        found = re.search(rb"<\?xml[\s?]|<(?:[A-Za-z_][\w.-]*:)?OAI-PMH[\s>]", head)
        if found is None:
            if not final and len(self._buffer) < _JUNK_LIMIT and not _looks_foreign(head):
                return False
            raise NotOai(f"no OAI-PMH here: {_glimpse(head)}")
        before = head[: found.start()].removeprefix(b"\xef\xbb\xbf")
        if before.strip():
            # a notice is text or HTML; an XML document of another kind is not a notice
            self._odd("junk_before_xml", _glimpse(before))
        elif found.start():
            self._odd("bom_or_space_before_xml", "")
        self._skipped = found.start()
        del self._buffer[: found.start()]
        self._started = True
        return True

    def _parse(self, data: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            if not self._root_done:
                self._refuse(error)
        if self._root_done:
            self._after_root(bytes(self._buffer[self._root_end - self._base :]))
        else:
            self._trim()

    def _refuse(self, error: expat.ExpatError) -> None:
        text = f"{expat.ErrorString(error.code)} (byte {self._parser.ErrorByteIndex + self._skipped})"
        if error.code in _ENDS_TOO_EARLY:
            raise Truncated(f"the page is cut off: {text}") from None
        if not self._local:
            raise NotOai(f"not XML: {text}") from None
        raise Malformed(text, self._parser.ErrorByteIndex + self._skipped) from None

    def _after_root(self, rest: bytes) -> None:
        self._after += rest[: 1000 - len(self._after)]
        self._buffer.clear()

    def _trim(self) -> None:
        """Let go of what no open record needs."""
        if not self._in_record:
            keep_from = self._parser.CurrentByteIndex
        elif self._too_long:
            keep_from = self._base + len(self._buffer) - _CHUNK
        else:
            keep_from = self._record_start
            if self._base + len(self._buffer) - keep_from > self._limit:
                self._too_long = True
                self._kept = bytes(self._buffer[keep_from - self._base :][:_KEPT_OF_TOO_LONG])
                keep_from = self._base + len(self._buffer) - _CHUNK
        cut = keep_from - self._base
        if cut > 0:
            del self._buffer[:cut]
            self._base += cut

    def _tag_end(self, at: int) -> int:
        """Where the tag that starts at a byte ends (one past its '>'); quoted '>' do not end it."""
        start = at - self._base
        if start < 0:
            return at
        close = self._buffer.find(b">", start)
        tag = self._buffer[start : close + 1]
        if b'"' in tag or b"'" in tag:
            found = _TAG.match(self._buffer, start)
            if found is not None:
                return self._base + found.end()
        return self._base + close + 1

    def _element_end(self, name: str) -> int:
        """Where the element that ends just now ends. For an empty one (<a/>) expat is behind it already."""
        at = self._parser.CurrentByteIndex
        end_tag = b"</" + name.encode()
        start = at - self._base
        if self._buffer[start : start + len(end_tag)] != end_tag:
            return at
        return self._base + self._buffer.find(b">", start) + 1

    # --- the elements ---

    def _doctype(self, *_: object) -> None:
        raise NotOai("a DOCTYPE is not accepted")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = self._depth = self._depth + 1
        local = name.rpartition(":")[2]
        self._local.append(local)
        spaces = {key: value for key, value in attributes.items() if key.startswith("xmlns")}
        self._spaces.append(spaces)
        if depth == 3 and local in ("record", "header") and self._holds(local, name):
            self._reset_record(self._parser.CurrentByteIndex)
            self._in_record = True
            if local == "header":
                self._deleted = _is_deleted(attributes)
                self._has_header = True
        elif depth == 4 and self._in_record and self._local[2] == "record":
            if local == "header":
                self._deleted = _is_deleted(attributes)
                self._has_header = True
            elif local == "metadata" and self._content is None:
                self._enter_payload(name)
        elif depth == 1:
            self._root(local, self._resolve(name))
        elif depth == 2 and local in LISTS and not self._verb:
            self._verb = local
            self._common = _declarations(self._spaces)
        elif depth == 2 and local == "request":
            self._asked = attributes.get("verb", "")
            self._asked_prefix = attributes.get("metadataPrefix", "")
        elif depth > _DEPTH_LIMIT:
            raise Malformed("elements nested too deep", self._parser.CurrentByteIndex)
        wanted = _TEXTS.get((depth, local))
        if wanted is not None:
            self._text = []
            self._attributes = attributes
            self._parser.CharacterDataHandler = self._text.append

    def _end(self, name: str) -> None:
        depth = self._depth
        local = self._local.pop()
        self._spaces.pop()
        self._depth = depth - 1
        if (depth, local) in _TEXTS:
            self._parser.CharacterDataHandler = None
            self._take_text(depth, local, "".join(self._text))
        if depth == 3 and self._in_record:
            self._finish_record(name)
        elif depth == 1:
            self._root_done = True
            self._root_end = self._element_end(name)

    def _holds(self, local: str, name: str) -> bool:
        """Whether an element at depth 3 is an item of the list that is open here."""
        if self._local[1] != self._verb:
            return False
        if (local == "header") != (self._verb == "ListIdentifiers"):
            return False
        return _is_oai(self._resolve(name))

    def _root(self, local: str, space: str) -> None:
        if local != "OAI-PMH":
            raise NotOai(f"the root element is <{local[:40]}>")
        if not space:
            self._odd("no_namespace", "")
        elif space != OAI_NAMESPACE:
            if not _is_oai(space):
                raise NotOai(f"the root element is of another namespace: {space[:80]}")
            self._odd("odd_namespace", space[:80])

    def _resolve(self, name: str) -> str:
        prefix, colon, _ = name.rpartition(":")
        key = f"xmlns:{prefix}" if colon else "xmlns"
        for spaces in reversed(self._spaces):
            if key in spaces:
                return spaces[key]
        return ""

    def _take_text(self, depth: int, local: str, text: str) -> None:
        attributes = self._attributes
        if depth == 2:
            if local == "error":
                self._errors.append(Fault(code=attributes.get("code", "").strip(), text=text.strip()[:500]))
            elif local == "responseDate":
                self._response_date = text.strip()
        elif local == "resumptionToken":
            if self._local[-1] == self._verb:
                self._token = _token(text, attributes)
        elif self._in_record and self._local[-1] == "header":
            if local == "identifier":
                if not self._identifier:
                    self._identifier = text.strip()
            elif local == "datestamp":
                self._datestamp = text.strip()
            else:
                self._sets.append(text.strip())

    # --- payloads: only their end is looked for ---

    def _enter_payload(self, name: str) -> None:
        self._content_start = self._tag_end(self._parser.CurrentByteIndex)
        self._content = b""
        self._space_of_payload = (
            _declarations(self._spaces) if self._spaces[2] or self._spaces[3] else self._common
        )
        if self._buffer[self._content_start - self._base - 2 :][:1] == b"/":
            return  # <metadata/>: its end comes at once
        level = 0

        def start(_: str, __: dict[str, str]) -> None:
            nonlocal level
            level += 1
            if level > _DEPTH_LIMIT:
                raise Malformed("elements nested too deep", self._parser.CurrentByteIndex)

        def end(name: str) -> None:
            nonlocal level
            if level:
                level -= 1
                return
            if not self._too_long:
                end_at = self._parser.CurrentByteIndex - self._base
                self._content = bytes(self._buffer[self._content_start - self._base : end_at])
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end
            self._end(name)

        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end

    # --- records ---

    def _reset_record(self, at: int) -> None:
        self._record_start = at
        self._identifier = ""
        self._datestamp = ""
        self._sets = []
        self._deleted = False
        self._has_header = False
        self._content = None
        self._too_long = False

    def _finish_record(self, name: str) -> None:
        self._in_record = False
        self._count += 1
        end = self._element_end(name)
        start = self._record_start
        if self._too_long:
            raw, fault = self._kept, "too_large"
        else:
            raw, fault = bytes(self._buffer[start - self._base : end - self._base]), ""
        if not self._has_header:
            fault = fault or "no_header"
        elif not self._identifier:
            fault = fault or "no_identifier"
        self._ready.append(
            Item(
                number=self._count,
                offset=start + self._skipped,
                length=end - start,
                raw=raw,
                header=Header(
                    identifier=self._identifier,
                    datestamp=self._datestamp,
                    sets=tuple(self._sets),
                    deleted=self._deleted,
                ),
                content=None if self._too_long else self._content,
                namespaces=self._space_of_payload,
                fault=fault,
            )
        )

    def _odd(self, code: str, text: str) -> None:
        self._oddities.setdefault(code, text)


def items(chunks: Iterable[bytes], reader: ListReader | None = None) -> Iterator[Item]:
    """The records of a page as it comes in, in constant memory. Raises as ListReader does.

    Give a `reader` to ask it for the summary afterwards: `reader.close()` (calling it twice is allowed).
    """
    reader = reader or ListReader()
    for chunk in chunks:
        for at in range(0, len(chunk), _CHUNK):
            yield from reader.feed(chunk[at : at + _CHUNK])
    reader.close()
    yield from reader.feed(b"")


def read(data: bytes) -> Page:
    """A whole page that is in memory already. Raises as ListReader does."""
    reader = ListReader()
    found = list(items([data], reader))
    return Page(summary=reader.close(), items=found)


_TEXTS = {
    (2, "responseDate"): "",
    (2, "error"): "",
    (3, "resumptionToken"): "",
    (4, "identifier"): "",
    (4, "datestamp"): "",
    (4, "setSpec"): "",
    (5, "identifier"): "",
    (5, "datestamp"): "",
    (5, "setSpec"): "",
}
_ENDS_TOO_EARLY = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
}
_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_FOREIGN = re.compile(rb"^\s*(?:<!doctype\s|<html[\s>]|[{\[])", re.IGNORECASE)


def _looks_foreign(head: bytes) -> bool:
    return _FOREIGN.match(head) is not None


def _is_oai(space: str) -> bool:
    """Whether a namespace means OAI-PMH 2.0: the right one, none at all, or the usual slips (https, no slash)."""
    return space in ("", OAI_NAMESPACE) or bool(
        re.fullmatch(r"https?://(www\.)?openarchives\.org/OAI/2\.0/?", space.strip(), re.IGNORECASE)
    )


def _is_deleted(attributes: dict[str, str]) -> bool:
    return attributes.get("status", "").strip().lower() == "deleted"


def _token(text: str, attributes: dict[str, str]) -> Token:
    return Token(
        text=text.strip(),
        raw_text=text,
        size=_number(attributes.get("completeListSize", "")),
        cursor=_number(attributes.get("cursor", "")),
        expires=(attributes.get("expirationDate") or attributes.get("expiration_date") or "").strip(),
    )


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _declarations(levels: list[dict[str, str]]) -> bytes:
    """The namespace declarations in force, as the attributes of a start tag."""
    found: dict[str, str] = {}
    for spaces in levels:
        found.update(spaces)
    return "".join(f' {key}="{_quoted(value)}"' for key, value in found.items()).encode()


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _glimpse(data: bytes) -> str:
    return " ".join(data[:200].decode("utf-8", "replace").split())[:120]
