"""The one safe XML parser: nothing is fetched, expanded, repaired or guessed, and size is bounded.

`parse` reads a whole document that is already in memory, `pull` a stream in constant memory.
Both refuse any DOCTYPE before the parser sees it, since everything dangerous in XML starts there,
and both raise `BadXml` where the document is not well-formed or over a limit.
"""

import codecs
import itertools
import re
from collections.abc import Collection, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree

Kind = Literal["empty", "malformed", "cut_short", "extra", "doctype", "encoding", "too_large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlLimits:
    """What a document may cost. Texts, comments and attribute values end at libxml2's own 10 MB."""

    bytes: int = 64 * 2**20  # of the whole document
    depth: int = 64  # of elements in each other; `pull` knows only libxml2's 256
    attributes: int = 256  # on one element
    nodes: int = 2_000_000  # elements; in `pull` those handed out, and those in one of them
    held_bytes: int = 16 * 2**20  # `pull`: most bytes read between two elements that are handed out


DEFAULT = XmlLimits()


class BadXml(Exception):
    """The document is refused. Nothing of it after the fault has been read.

    `kind` says what to do about it: "cut_short" may be whole the next time, "extra" means that the root
    element had ended and something follows it, "too_large" that a limit was passed.
    `line` and `column` count from 1, in characters; `offset` counts bytes from 0 and in `pull` is only the start
    of the chunk in which the fault was found. All are None where the place is not known.
    """

    def __init__(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        offset: int | None = None,
        *,
        kind: Kind = "malformed",
    ) -> None:
        place = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(message + place)
        self.message, self.line, self.column, self.offset, self.kind = message, line, column, offset, kind


def parse(data: bytes, *, limits: XmlLimits = DEFAULT) -> etree._Element:
    """The root element of a whole document. Raises BadXml."""
    if len(data) > limits.bytes:
        raise BadXml(f"longer than {limits.bytes:,} bytes", kind="too_large")
    wide = _wide_encoding(data)
    if wide is not None:
        data = b"".join(_to_utf8([data], wide))
    if _prolog_end(data) is None:
        raise _empty_or_cut(data)
    # Counted in the bytes, before the tree is built: a tree costs up to forty times its document.
    if len(data) > 4 * limits.nodes:
        elements = data.count(b"<") - data.count(b"</")
        if max(elements, data.count(b"=")) > limits.nodes:
            raise BadXml(f"more than {limits.nodes:,} nodes", kind="too_large")
    _TagLength(limits.attributes).feed(data)
    parser = etree.XMLParser(**_STRICT, encoding="utf-8" if wide else None)
    end: bytes | None = None
    try:
        parser.feed(data)
        end = data[-80:]
        root = parser.close()
    except etree.XMLSyntaxError as error:
        bad = _bad(error, parser, end=end)
        if bad is None:  # only what we bear, but lxml keeps the tree to itself; nothing is left to repair
            root = etree.fromstring(data, etree.XMLParser(**_STRICT | {"recover": True}))
        else:
            bad.offset = _offset(data, bad)
            raise bad from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype()
    if _deeper_than(limits.depth)(root):
        raise BadXml(f"elements nested more than {limits.depth} deep", kind="too_large")
    return root


def pull(
    chunks: Iterable[bytes],
    *,
    tags: str | Collection[str] | None = None,
    events: Collection[str] = ("end",),
    limits: XmlLimits = DEFAULT,
) -> Generator[tuple[str, etree._Element], None, None]:
    """(event, element) as the document comes in, in document order; `tags` as in lxml ("{ns}name", "{*}name").

    What was read well before a fault is handed out before BadXml is raised, so a caller that needs whole
    documents must keep what it got until the end. The tree grows until the caller lets go: call
    `release(element)` when done with one. Errors of `chunks` itself pass through.
    """
    pieces = _Counted(chunks, limits.bytes)
    head, wide = _read_prolog(pieces)
    encoding = "utf-8" if wide else None
    parser = etree.XMLPullParser(events=tuple(events), tag=tags, **_STRICT, encoding=encoding)
    attributes = _TagLength(limits.attributes)
    held = nodes = handed_out = 0
    stream = itertools.chain((head,), pieces)
    for piece in _to_utf8(stream, wide) if wide else stream:
        bad: BadXml | None = None
        try:
            attributes.feed(piece)
            held += len(piece)
            if held > _COUNT_AFTER:
                nodes += piece.count(b"<")
            _check_held(held, max(nodes // 2, handed_out), limits)  # most elements have a start and an end
            parser.feed(piece)
            bad = _fault(parser.feed_error_log)
        except etree.XMLSyntaxError as error:
            bad = _bad(error, parser)
        except BadXml as error:
            bad = error
        for event, element in parser.read_events():
            # The scan of the bytes has seen to it; this is the second lock on the same door.
            if handed_out == 0 and element.getroottree().docinfo.internalDTD is not None:
                raise _doctype()
            handed_out += 1
            yield event, element
            held = nodes = 0
        if bad is not None:
            bad.offset = pieces.before
            raise bad
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        bad = _bad(error, parser, end=pieces.end)
        if bad is not None:
            bad.offset = pieces.total
            raise bad from None


def _check_held(held: int, nodes: int, limits: XmlLimits) -> None:
    if held > limits.held_bytes:
        raise BadXml(f"one element is longer than {limits.held_bytes:,} bytes", kind="too_large")
    if nodes > limits.nodes:
        raise BadXml(f"more than {limits.nodes:,} nodes", kind="too_large")


def release(element: etree._Element) -> None:
    """Let go of an element that `pull` handed out ("end"), and of its elder siblings, so that memory stays flat."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


# ------------------------------------------------------------------ before the parser: prolog and encoding

_STRICT = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "recover": False,
    "collect_ids": False,
}
_PROLOG_LIMIT = 64 * 1024
_COUNT_AFTER = 2**20  # elements are counted only when this much is held: records are smaller
_SPACE_AND_REMARKS = re.compile(rb"(?:[ \t\r\n]+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']""")
# Encodings in which the bytes of "<", "=" and ">" mean just these, so that scanning bytes is sound.
_READABLE = re.compile(
    rb"(?i)(utf-?8|utf-?16([lb]e)?|(us-)?ascii|iso[-_]?8859[-_]\d+|latin-?\d|(windows|cp)-?125\d|koi8-[ru]"
    rb"|tis-620|gb2312|gbk|gb18030|big5|shift_jis|euc-(jp|kr|tw))"
)
_WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
)


def _wide_encoding(start: bytes) -> str | None:
    """The encoding of documents with two or four bytes a character (XML 1.0, appendix F), None for others."""
    return next((name for mark, name in _WIDE if start.startswith(mark)), None)


def _to_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decode = codecs.getincrementaldecoder(encoding)().decode
    try:
        for piece in pieces:
            yield decode(piece).removeprefix("\ufeff").encode()
        decode(b"", True)
    except UnicodeError as error:
        raise BadXml(f"not {encoding}: {error}", kind="encoding") from None


def _prolog_end(data: bytes) -> int | None:
    """Where the root element starts; None when `data` ends before it. Raises BadXml for a DOCTYPE."""
    start = 3 if data.startswith(codecs.BOM_UTF8) else 0
    declared = _DECLARED.match(data, start)
    if declared and not _READABLE.fullmatch(declared[1]):
        name = declared[1].decode("ascii", "replace")[:40]
        raise BadXml(f"encoding {name!r} is not accepted", 1, declared.start(1) + 1, kind="encoding")
    found = _SPACE_AND_REMARKS.match(data, start)
    assert found is not None  # the pattern also matches nothing at all
    end = found.end()
    rest = data[end : end + 9]
    if not rest or rest == b"<" or b"<!--".startswith(rest):
        return None
    if rest.startswith((b"<?", b"<!--")):
        return None  # not closed yet
    if rest.startswith(b"<!"):
        raise _doctype()
    return end


def _read_prolog(pieces: "_Counted") -> tuple[bytes, str | None]:
    """(the first bytes up to and past the start of the root element, wide encoding or None)."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) < 4:
            continue
        wide = _wide_encoding(head)
        seen = b"".join(_to_utf8([head[: len(head) // 4 * 4]], wide)) if wide else head
        if _prolog_end(seen) is not None:
            return head, wide
        if len(head) > _PROLOG_LIMIT:
            raise BadXml(f"no root element in the first {_PROLOG_LIMIT:,} bytes", kind="too_large")
    wide = _wide_encoding(head)
    seen = b"".join(_to_utf8([head], wide)) if wide else head
    if _prolog_end(seen) is None:
        raise _empty_or_cut(seen)
    return head, wide


# ------------------------------------------------------------------ beside the parser: what it does not count


class _TagLength:
    """Refuses a start tag with too many attributes, at a few nanoseconds a kilobyte.

    A tag has no "<" inside and at least five bytes an attribute. So only stretches without "<" that are
    long enough are looked at more closely; they are nearly always text.
    """

    _NAME = re.compile(rb"<[^\s/>!?=<]+")
    _ATTRIBUTE = re.compile(rb"""\s*[^\s=>/"']+\s*=\s*(?:"[^"]*"|'[^']*')""")
    _END = re.compile(rb"\s*/?>")
    _LONGEST = 2**20  # of one start tag, in bytes

    def __init__(self, most: int) -> None:
        self.most = most
        self.window = max(8, (5 * most) // 2)
        self.open = b""  # the tag that the last piece ended in

    def feed(self, piece: bytes) -> None:
        first = piece.find(b"<")
        if self.open:
            self.open += piece if first < 0 else piece[:first]
            self._check(self.open)
            if first < 0 and self._is_over(self.open):
                self.open = b""
            if len(self.open) > self._LONGEST:
                raise BadXml(f"a start tag longer than {self._LONGEST:,} bytes", kind="too_large")
        if first < 0:
            return
        find, window, at = piece.find, self.window, first
        while at < len(piece):
            if find(b"<", at, at + window) >= 0:
                at += window
                continue
            start, end = piece.rfind(b"<", 0, at), find(b"<", at + window)
            end = end if end >= 0 else len(piece)
            self._check(piece[start:end])
            at = end
        last = piece[piece.rfind(b"<") :]
        self.open = b"" if self._is_over(last) else last

    def _is_over(self, span: bytes) -> bool:
        """Has the tag that starts this stretch ended in it (or is it no start tag at all)?"""
        if not self._NAME.match(span):
            return len(span) > 1
        return self._END.match(span, self._attributes(span)[0]) is not None

    def _check(self, span: bytes) -> None:
        if span.count(b"=") > self.most and self._attributes(span)[1] > self.most:
            raise BadXml(f"more than {self.most} attributes on one element", kind="too_large")

    def _attributes(self, span: bytes) -> tuple[int, int]:
        """(where the last whole attribute ends, how many there are, at most one too many)."""
        name = self._NAME.match(span)
        at, count = (name.end(), 0) if name else (0, 0)
        while name and count <= self.most and (found := self._ATTRIBUTE.match(span, at)):
            at, count = found.end(), count + 1
        return at, count


class _Counted:
    """Chunks that know how many bytes went before, and end with BadXml when there are too many."""

    def __init__(self, chunks: Iterable[bytes], most: int) -> None:
        self.chunks, self.most = iter(chunks), most
        self.total = self.before = 0
        self.end = b""

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.before, self.total = self.total, self.total + len(chunk)
            if self.total > self.most:
                raise BadXml(f"longer than {self.most:,} bytes", offset=self.before, kind="too_large")
            self.end = chunk if len(chunk) >= 80 else (self.end + chunk)[-80:]
            yield chunk


_deep: dict[int, etree.XPath] = {}


def _deeper_than(depth: int) -> etree.XPath:
    """A test for elements below a root (itself depth 1), in C: one step a level."""
    if depth not in _deep:
        _deep[depth] = etree.XPath("boolean(" + "/".join(["*"] * depth) + ")")
    return _deep[depth]


# ------------------------------------------------------------------ faults

_KINDS: dict[int, Kind] = {
    etree.ErrorTypes.ERR_DOCUMENT_END: "extra",
    etree.ErrorTypes.ERR_RESOURCE_LIMIT: "too_large",  # depth, text, buffer
    etree.ErrorTypes.ERR_ENTITY_LOOP: "too_large",
    etree.ErrorTypes.ERR_NAME_TOO_LONG: "too_large",
    etree.ErrorTypes.ERR_CDATA_NOT_FINISHED: "too_large",  # before the end of the bytes: "too big found"
    etree.ErrorTypes.ERR_COMMENT_NOT_FINISHED: "too_large",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "encoding",
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: "encoding",
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING: "encoding",
}


# Faults of naming that leave no doubt about the content; providers have them on every page.
_BORNE = {etree.ErrorTypes.WAR_NS_URI, etree.ErrorTypes.DTD_XMLID_VALUE}
_AT_THE_END = {
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED,
    etree.ErrorTypes.ERR_COMMENT_NOT_FINISHED,
    etree.ErrorTypes.ERR_CDATA_NOT_FINISHED,
    etree.ErrorTypes.ERR_PI_NOT_FINISHED,
    etree.ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED,
}


def _fault(log: etree._ListErrorLog) -> BadXml | None:
    """The first fault in the parser's log: `feed` does not raise those that are no matter of syntax."""
    for entry in log:
        if entry.level >= etree.ErrorLevels.ERROR and entry.type not in _BORNE:
            return BadXml(
                entry.message.strip(), entry.line, entry.column, kind=_KINDS.get(entry.type, "malformed")
            )
    return None


def _bad(error: etree.XMLSyntaxError, parser: etree.XMLParser, *, end: bytes | None = None) -> BadXml | None:
    """What the parser raised, as BadXml; `end` is the end of the document if the parser has been told of it.

    None when it only minded what we bear.
    """
    bad = _fault(parser.feed_error_log)
    if bad is None:
        if error.code in _BORNE:
            return None
        bad = BadXml((error.msg or "not well-formed").split(", line ")[0].strip())
    if end is None:
        return bad
    # Told of the end, the parser also complains about what it had put off, so look at how the bytes end.
    if error.code in _AT_THE_END or not end.rstrip().endswith(b">"):
        bad.kind = "cut_short"
    return bad


def _doctype() -> BadXml:
    return BadXml("a DOCTYPE is not accepted", kind="doctype")


def _empty_or_cut(data: bytes) -> BadXml:
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        return BadXml("nothing there", kind="empty")
    return BadXml("ends before the root element", kind="cut_short")


def _offset(data: bytes, bad: BadXml) -> int | None:
    """Where line and column are in the bytes."""
    if bad.line is None or bad.column is None:
        return None
    start = 0
    for _ in range(bad.line - 1):
        start = data.find(b"\n", start) + 1
    line = data[start : start + 4 * bad.column].decode("utf-8", "surrogateescape")
    return start + len(line[: bad.column - 1].encode("utf-8", "surrogateescape"))
