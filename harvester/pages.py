"""What a page of an OAI-PMH list says, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from harvester.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a record. Texts are trimmed; `identifier` and `datestamp` are '' where there is none."""

    identifier: str = ""
    datestamp: str = ""
    sets: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One record (or header) of a list, as it stands in the page.

    `offset` and `length` count bytes of the page and span the whole `<record>` element, which is `raw`.
    `content` is what stood inside `<metadata>`, None where there is no such element. `namespaces` are the
    declarations that hold there, as bytes to be put into a start tag. `fault` is '' or a code:
    no_header, no_identifier, too_large. `mended` says that salvage had to change something.
    """

    number: int  # 1, 2, 3 … in the page
    offset: int
    length: int
    raw: bytes
    header: Header
    content: bytes | None = None
    namespaces: bytes = b""
    fault: str = ""
    mended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A resumptionToken element. `text` is '' for the one that ends a list; `raw_text` is untrimmed."""

    text: str
    raw_text: str = ""
    size: int | None = None  # completeListSize, a hint
    cursor: int | None = None
    expires: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something that is not as the protocol says and that we could live with."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a page said beside its records. `token` is None where there is no such element.

    `verb` is the element that held the list, '' where there was none; `asked` is the verb the server says
    it answers. `errors` are all of them.
    """

    verb: str
    asked: str = ""
    asked_prefix: str = ""
    response_date: str = ""
    errors: tuple[Fault, ...] = ()
    token: Token | None = None
    items: int = 0
    oddities: tuple[Oddity, ...] = ()


@dataclass(slots=True)
class Page:
    """A page read to its end, for callers that hold all of it: `items`, then `summary`."""

    summary: Summary
    items: list[Item] = field(default_factory=list)
