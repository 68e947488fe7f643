"""Requests of SRU as parameters, as each version has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from index.live.link import LinkFailed
from index.sru.values import Endpoint, SortKey, Wish

#: A URL may be so long; servers and proxies refuse longer ones from here on.
LONGEST_URL = 2000

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a server understands. `operation`: the parameter is sent, which 2.0 has no more but old servers want."""

    version: str
    operation: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request ready to go: `body` is None for GET."""

    url: str
    body: bytes | None = None


def search(wish: Wish, spoken: Spoken, without: Collection[str] = ()) -> Pairs:
    """The parameters of searchRetrieve; `without` names what this server cannot bear (see relaxing.OPTIONAL)."""
    pairs = _start("searchRetrieve", spoken)
    sort = () if "sort" in without else wish.sort
    embedded = bool(sort) and not wish.pqf and spoken.version != "1.1"
    query = f"{wish.query} sortby {' '.join(map(_sort_by, sort))}" if embedded else wish.query
    pairs.append(("x-pquery" if wish.pqf else "query", query))
    pairs.append(("startRecord", str(max(1, wish.start))))
    pairs.append(("maximumRecords", str(max(0, wish.count))))
    if "packing" not in without:  # servers differ in what they do unasked
        pairs.append(("recordXMLEscaping" if spoken.version == "2.0" else "recordPacking", "xml"))
    if wish.schema and "schema" not in without:
        pairs.append(("recordSchema", wish.schema))
    if sort and not embedded:
        pairs.append(("sortKeys", " ".join(map(_sort_key, sort))))
    if wish.facets and spoken.version == "2.0" and "facets" not in without:
        pairs.append(("facetLimit", ",".join(f"{most}:{index}" for index, most in wish.facets)))
    return pairs


def scan(clause: str, count: int, spoken: Spoken, position: int = 1) -> Pairs:
    """The parameters of scan: about `count` terms from a clause such as 'dc.title=a' on."""
    return [
        *_start("scan", spoken),
        ("scanClause", clause),
        ("responsePosition", str(position)),
        ("maximumTerms", str(count)),
    ]


def explain(spoken: Spoken) -> Pairs:
    """The parameters of explain."""
    packing = ("recordXMLEscaping" if spoken.version == "2.0" else "recordPacking", "xml")
    return [*_start("explain", spoken), packing]


def ready(pairs: Iterable[tuple[str, str]], endpoint: Endpoint, method: str = "") -> Sent:
    """The request with what the endpoint adds to it. Raises LinkFailed 'unsupported' for what its charset has not."""
    whole = [*pairs, *endpoint.parameters.items()]
    if endpoint.auth == "url":
        whole += [("x-username", endpoint.user), ("x-password", endpoint.password)]
    try:
        # %20, not +: a plus is taken for itself by servers that do not read forms.
        text = urlencode(whole, encoding=endpoint.charset, quote_via=quote)
    except (UnicodeEncodeError, LookupError) as error:
        raise LinkFailed("unsupported", f"the query cannot be written in {endpoint.charset}") from error
    base = endpoint.url.split("#", 1)[0]
    url = f"{base}{'&' if '?' in base else '?'}{text}"
    method = method or endpoint.method
    if method == "post" or (method == "auto" and len(url) > LONGEST_URL):
        return Sent(url=base, body=text.encode("ascii"))
    return Sent(url=url)


def _start(operation: str, spoken: Spoken) -> Pairs:
    pairs = [("version", spoken.version)]
    if spoken.operation or spoken.version != "2.0":
        pairs.append(("operation", operation))
    return pairs


def _sort_by(key: SortKey) -> str:
    return f"{key.index}/sort.{'descending' if key.descending else 'ascending'}"


def _sort_key(key: SortKey) -> str:
    """path,schema,ascending: the path is the name of the index without its context set."""
    return f"{key.index.rpartition('.')[2]},,{'0' if key.descending else '1'}"
