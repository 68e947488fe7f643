"""A server's explanation of itself (ZeeRex) as values of a profile: its indexes, schemas, limits."""

from __future__ import annotations

from typing import Any

from foundation.strictxml import BadXml, parse
from index.live.link import LinkFailed
from index.sru.values import Explanation
from index.sru.zeerex import explanation
from index.targets.imports.found import LONGEST, Found, Remark, Unreadable
from index.targets.imports.judging import code_of, judged

#: Names of indexes (without their context set) → our access points; of several the first that the server has.
_NAMES: dict[str, tuple[str, ...]] = {
    "any": ("serverchoice", "anywhere", "keyword", "all", "any"),
    "title": ("title",),
    "author": ("creator", "author", "name"),
    "subject": ("subject",),
    "isbn": ("isbn",),
    "issn": ("issn",),
    "identifier": ("standardidentifier", "identifier", "doi"),
    "publisher": ("publisher",),
    "year": ("date", "publicationdate", "year", "dateissued"),
    "language": ("language", "languagecode"),
    "series": ("series", "titleseries", "titleserie"),
    "call_number": ("callnumber", "shelfmark", "classification"),
    "format": ("materialtype", "type", "resourcetype"),
    "id": ("id", "localnumber", "recordidentifier", "recordid"),
}
#: Context sets, the plainest first: an index has several names.
_SETS = ("dc", "cql", "bath", "bib", "rec")
#: Schemas that we read, the fullest first, by what their names or URIs hold.
_SCHEMAS = (
    ("marcxml", "marc21"),
    ("marc21", "marc21"),
    ("marc/slim", "marc21"),
    ("unimarc", "unimarc"),
    ("marcxchange", "auto"),
    ("mods", "none"),
    ("oai_dc", "none"),
    ("dc", "none"),
)


def read(data: bytes, taken: set[str] | None = None) -> tuple[Found, ...]:
    """The one target that an explanation (or the answer that holds it) describes. Raises Unreadable."""
    if len(data) > 5 * LONGEST:
        raise Unreadable("too_long")
    try:
        said = explanation(parse(data))
    except BadXml as bad:
        raise Unreadable("not_xml", str(bad)) from bad
    except LinkFailed as bad:
        raise Unreadable("not_zeerex", bad.detail) from bad
    if not said.host:
        raise Unreadable("says_nothing")
    scheme = "https" if said.port == 443 else "http"
    values: dict[str, Any] = {"name": said.title or said.host, "code": code_of(said.title, said.host)}
    if said.protocol.lower().startswith("z39"):
        values["url"] = f"z3950://{said.host}:{said.port or 210}/{said.database.strip('/') or 'Default'}"
        remarks = [Remark(code="z3950_explained")]
    else:
        port = f":{said.port}" if said.port else ""
        values["url"] = f"sru+{scheme}://{said.host}{port}/{said.database.lstrip('/')}"
        values |= takes(said)
        remarks = [] if said.indexes else [Remark(code="no_indexes")]
    return (judged(said.title or said.host, values, "", remarks, set() if taken is None else taken),)


def takes(said: Explanation) -> dict[str, Any]:
    """The values of an SRU profile that an explanation speaks for; only what it says."""
    found: dict[str, Any] = {}
    indexes: dict[str, list[str]] = {}
    for point, names in _NAMES.items():
        for name in names:
            candidates = [
                (place, of)
                for index in said.indexes
                if index.search is not False
                for place, of in index.names
                if of.lower() == name
            ]
            if candidates:
                best = min(candidates, key=lambda one: _SETS.index(one[0]) if one[0] in _SETS else len(_SETS))
                indexes[point] = [".".join(filter(None, best))]
                break
    if indexes:
        indexes.setdefault("any", ["cql.serverChoice"])
        found["indexes"] = indexes
    if schema := best_schema(said):
        found["schema"], found["flavour"] = schema
    if said.offered in ("1.1", "1.2", "2.0"):
        found["sru_version"] = said.offered
    most = said.settings.get("maximumRecords", "")
    if most.isascii() and most.isdecimal() and int(most[:6]) > 0:
        found["chunk"] = min(100, int(most[:6]))
    return found


def best_schema(said: Explanation) -> tuple[str, str] | None:
    """(the schema to ask for, the flavour of MARC in it): the fullest that we read."""
    for mark, flavour in _SCHEMAS:
        for one in said.schemas:
            if one.retrieve is not False and (mark in one.name.lower() or mark in one.identifier.lower()):
                return one.name, flavour
    return None
