"""The profile of a target: where it is, how it wants to be asked, what it gives, and who may ask it. Values only.

```
Profile ─┬─ address         protocol, host, port, databases or path, TLS
         ├─ authentication  kind and names; the password is kept apart (store.Target.secret)
         ├─ limits          seconds, amounts, pauses, hours
         ├─ dialect         query type, attributes of each access point, character set of queries
         ├─ retrieval       syntaxes, element sets, character set and flavour of records, holdings
         ├─ presentation    names, library, region, groups, link
         └─ policy          who may search, whether requests may go there
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.rpn.tree import BIB1
from index.targets.attributes import ABOVE, BELOW, PHRASE, PREFIX, USUAL, USUAL_CQL, WORD, YEAR, Combination

#: Ways to say who we are: Z39.50's three kinds in Init; `basic` and `url` (x-username, x-password) are SRU's.
AUTHENTICATIONS = ("none", "anonymous", "open", "idpass", "basic", "url")
#: What a query is sent as: type-1, CQL (SRU's own, or type-104), or PQF in the x-pquery of YAZ's servers.
QUERIES = ("rpn", "cql", "pqf")
SRU_VERSIONS = ("", "1.1", "1.2", "2.0")
SRU_METHODS = ("auto", "get", "post")
FLAVOURS = ("auto", "marc21", "unimarc", "none")
HOLDINGS = ("auto", "none", "opac", "852", "949", "952", "995")
SYNTAXES = ("usmarc", "unimarc", "opac", "xml", "sutrs", "grs1")
SEARCHERS = ("public", "signed_in", "staff")
#: Character sets that queries and records may be in; '' for records is by evidence.
CHARSETS = (
    "utf-8",
    "marc-8",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-15",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-5426",
    "iso-6937",
    "gb18030",
    "big5",
    "euc-kr",
    "euc-jp",
)


#: Those that queries can be sent in.
QUERY_CHARSETS = tuple(one for one in CHARSETS if one not in ("iso-5426", "iso-6937"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a target answers.

    Of Z39.50 `databases` are searched together; of SRU `path` is what follows the port ('/sru'), with `http` or TLS.
    `ca_pem` is a certificate authority of its own; `verify` False takes any certificate, and is shown as a fault.
    """

    protocol: str = "z3950"
    host: str = ""
    port: int = 210
    databases: tuple[str, ...] = ("Default",)
    path: str = ""
    tls: bool = False
    verify: bool = True
    ca_pem: str = ""

    @property
    def url(self) -> str:
        """As `silang live --target` takes it; without secrets, which are kept elsewhere."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.protocol == "sru":
            return f"sru+http{'s' if self.tls else ''}://{host}:{self.port}{self.path}"
        return f"z3950{'s' if self.tls else ''}://{host}:{self.port}/{'+'.join(self.databases)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """How we say who we are. The password is not here: it is sealed in the store, or an environment variable."""

    kind: str = "none"
    user: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, how much, how gently. Seconds, records; `interval` is the least pause between two searches, seconds.

    `hours` are lines such as 'mon-fri 08:00-16:00' by the clock of `zone` in which it may be asked; () is always.
    `chunk` is how many records one Present or request asks for; 0 `per_day` is no bound on searches a day.
    """

    connect_seconds: float = 4.0
    search_seconds: float = 8.0
    whole_seconds: float = 20.0
    most_records: int = 100
    chunk: int = 20
    connections: int = 2
    interval: float = 0.0
    idle_seconds: float = 60.0
    hours: tuple[str, ...] = ()
    zone: str = "Asia/Jakarta"
    pdu_bytes: int = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Attributes that are added by what kind of term it is, beside those of the access point.

    An access point that names an attribute of the same type itself keeps its own. '' shapes add nothing.
    """

    always: Combination = ()
    word: Combination = WORD
    phrase: Combination = PHRASE
    prefix: Combination = PREFIX
    year: Combination = YEAR
    below: Combination = BELOW  # year up to
    above: Combination = ABOVE  # year from


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a target wants to be asked.

    `access`: our access points → combinations of attributes, the first used and the next when it is refused; one that
    is missing cannot be searched there. `indexes` likewise for CQL. `charset` is that of queries; `strip` sends terms
    without diacritics. `negotiate` offers UTF-8 in Init (off: some servers hang up). `syntax_in_search` False keeps
    the record syntax out of the Search request.
    """

    query: str = "rpn"
    attribute_set: str = BIB1
    access: Mapping[str, tuple[Combination, ...]] = field(default_factory=lambda: USUAL)
    shapes: Shapes = field(default_factory=Shapes)
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: USUAL_CQL)
    charset: str = "utf-8"
    strip: bool = False
    operators: tuple[str, ...] = ("and", "or", "not")
    piggyback: bool = True
    named_sets: bool = True
    negotiate: bool = False
    syntax_in_search: bool = True
    sru_version: str = ""  # '' is found out
    sru_method: str = "auto"
    parameters: Mapping[str, str] = field(default_factory=dict)  # more of them in each SRU request
    table: str = ""  # lines of YAZ's pqf.properties and of index.rpn.dialect: they win over what stands above


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """In which form records are asked for, and how their bytes are read.

    `syntaxes` and `elements` in the order in which they are tried (Z39.50); `schema` is SRU's recordSchema, '' the
    server's own. `charset` '' is by evidence. `holdings` names where copies stand: auto, OPAC records, or a MARC field.
    """

    syntaxes: tuple[str, ...] = ("usmarc", "xml", "sutrs")
    elements: tuple[str, ...] = ("F",)
    schema: str = ""
    charset: str = ""
    flavour: str = "auto"
    holdings: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """What people see: names in both languages ('' English is the Indonesian one), whose it is, where it belongs.

    `symbol` is the library that requests go to ('ISIL:…'), '' when none. `link` is the address of a record in the
    target's own pages, with {id}, {isbn} or {title} in it.
    """

    name: str = ""
    name_en: str = ""
    symbol: str = ""
    region: str = ""
    groups: tuple[str, ...] = ()
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may search it, whether what is found there may be requested, and whether it is asked at all."""

    searchers: str = "public"
    requests: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything about one target except its password and what was found out about it."""

    code: str
    address: Address
    authentication: Authentication = field(default_factory=Authentication)
    limits: Limits = field(default_factory=Limits)
    dialect: Dialect = field(default_factory=Dialect)
    retrieval: Retrieval = field(default_factory=Retrieval)
    presentation: Presentation = field(default_factory=Presentation)
    policy: Policy = field(default_factory=Policy)
