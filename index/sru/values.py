"""What is asked of an SRU server and what it answers, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.live.link import Diagnostic
from index.record import Holding

#: Newest first: so they are tried where the version is not known.
VERSIONS = ("2.0", "1.2", "1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a server answers and how it wants to be asked.

    `version` '' is found out. `method` is 'get', 'post' or 'auto' (POST for what is too long for a URL).
    `auth` is 'none', 'basic' or 'url' (x-username and x-password, as YAZ's servers have it). `parameters` go along with
    every request, e.g. an API key. `charset` is that of queries. `ca_file` holds the only authorities trusted.
    """

    url: str
    version: str = ""
    method: str = "auto"
    auth: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    charset: str = "utf-8"
    verify: bool = True
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """An index to sort by, e.g. 'dc.title'."""

    index: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A search. `query` is CQL, or PQF for the x-pquery of YAZ's servers. Records `start` (from 1) and `count` (0: none).

    `schema` '' is the server's own. `facets` are (index, most values), which only 2.0 knows; () for none.
    """

    query: str
    pqf: bool = False
    start: int = 1
    count: int = 10
    schema: str = ""
    sort: tuple[SortKey, ...] = ()
    facets: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One record of an answer. `position` is counted by us; `schema` is what the answer or its root element says.

    `payload` are the bytes of one XML document in UTF-8 (or of whatever else the server packed as text). With a
    `diagnostic` there is none. `holdings` are copies told of beside the record.
    """

    position: int
    schema: str = ""
    payload: bytes = b""
    identifier: str = ""
    holdings: tuple[Holding, ...] = ()
    diagnostic: Diagnostic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a search.

    `version` is what the answer was written in. `hits` is None when it does not say; `exact` False for an estimate.
    `next` is the server's word for where to go on: often missing, not to be trusted.
    """

    version: str
    hits: int | None
    items: tuple[Item, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    exact: bool = True
    next: int | None = None
    facets: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()

    @property
    def refused(self) -> bool:
        """Did the server say why it did not search?"""
        return any(one.fatal for one in self.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index of ZeeRex. `names` are (context set, name), the set '' when the server has none.

    None stands for what the server does not say.
    """

    title: str
    names: tuple[tuple[str, str], ...]
    search: bool | None = None
    scan: bool | None = None
    sort: bool | None = None
    attributes: tuple[tuple[str, str, str], ...] = ()  # (set, type, value) of Bib-1 and its like


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema that records come in: the short name to ask for, its URI, its title."""

    name: str
    identifier: str = ""
    title: str = ""
    retrieve: bool | None = None
    sort: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a server says about itself. All of it may be empty: many answer explain without saying anything.

    `version` is that of the answer, `offered` what serverInfo names. `settings` and `defaults` by their type, `supports`
    in their order.
    """

    version: str
    offered: str = ""
    protocol: str = ""
    methods: tuple[str, ...] = ()
    host: str = ""
    port: int | None = None
    database: str = ""
    title: str = ""
    description: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    indexes: tuple[Index, ...] = ()
    schemas: tuple[Schema, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    supports: tuple[tuple[str, str], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
