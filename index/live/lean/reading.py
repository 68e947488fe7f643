"""Payloads by their record syntax: the lean record for the list, the whole Record for the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from foundation.strictxml import BadXml, XmlLimits, parse
from index.crosswalk import marc21, registry, unimarc
from index.crosswalk.errors import BadRecord
from index.crosswalk.marcform import Marc, from_iso2709, from_xml, local_name
from index.live.lean import iso2709, plain
from index.live.lean.charsets import Named
from index.live.lean.fields import EVERY
from index.live.lean.marc21 import lean_marc21
from index.live.lean.raw import raw_of, some_marc
from index.live.lean.record import Lean, lean_of
from index.live.link import Fetched
from index.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a target's profile says of how its records are read.

    `charset` is '' for by evidence, else a name of `index.targets.profile.CHARSETS`; `flavour` is auto, marc21, unimarc
    or none; `copies` are the ways of `index.crosswalk.copies.NAMES` in which records tell of copies, () by evidence.
    """

    charset: str = ""
    flavour: str = "auto"
    copies: tuple[str, ...] = ()


#: Read by evidence.
PLAIN = Reading()

_SYNTAXES = "1.2.840.10003.5."
#: Record syntaxes whose payload is ISO 2709: all national MARC formats have one below 100.
_MARC = frozenset(f"{_SYNTAXES}{number}" for number in range(1, 100)) | {
    "usmarc",
    "unimarc",
    "marc21",
    "iso2709",
}
_UNIMARC = frozenset((f"{_SYNTAXES}1", "unimarc"))
_GRS1 = frozenset((f"{_SYNTAXES}105", "grs1", "grs-1"))
_SUTRS = frozenset((f"{_SYNTAXES}101", "sutrs"))
_LIMITS = XmlLimits(bytes=4 * 2**20, depth=64, attributes=64, nodes=100_000)


def read(fetched: Fetched, how: Reading = PLAIN) -> Lean:
    """The lean record of what a target sent. Raises BadRecord: this record alone cannot be read.

    Its copies are those that came beside the record (OPAC), else those that it tells of itself.
    """
    kind = _kind(fetched)
    if kind == "iso2709":
        lean = _lean_iso2709(fetched, how)
    elif kind == "xml":
        lean = _lean_xml(_parsed(fetched.payload), how)
    else:
        lean = plain.lean_text(fetched.payload, fetched.charset or how.charset)
    return lean._replace(holdings=fetched.holdings) if fetched.holdings else lean


def whole(fetched: Fetched, how: Reading = PLAIN) -> Record:
    """The whole Record by the ordinary crosswalk, for a record that is opened. Raises BadRecord."""
    kind = _kind(fetched)
    if kind == "iso2709":
        record = _by_crosswalk(_marc(fetched, how), fetched, how)
    elif kind == "xml":
        element = _parsed(fetched.payload)
        schema = _schema(element)
        if schema == "marc21":
            record = _by_crosswalk(from_xml(element), fetched, how)
        else:
            record = registry.read(schema, element, "generic", how.copies)
    else:
        record = plain.record_of_text(fetched.payload, fetched.charset or how.charset)
    return replace(record, holdings=fetched.holdings) if fetched.holdings else record


def _kind(fetched: Fetched) -> str:
    """iso2709, xml, grs1 or text: by the syntax, and where the payload shows by itself that it is another, by that."""
    payload = fetched.payload
    if not payload:
        raise BadRecord("no_record", fetched.diagnostic.text if fetched.diagnostic else "empty payload")
    syntax = fetched.syntax.lower()
    if payload[:5].isdigit() or (syntax in _MARC and payload[:1] != b"<"):
        return "iso2709" if syntax not in _SUTRS else "text"
    if payload[:200].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return "xml"
    if syntax in _GRS1:
        return "grs1"
    return "text"


def _lean_iso2709(fetched: Fetched, how: Reading) -> Lean:
    raw = iso2709.raw_fields(fetched.payload, how.charset)
    if raw is not None and "245" in raw.fields:
        return lean_marc21(raw, how.copies)
    if raw is not None:
        # UNIMARC is read by the ordinary crosswalk, but its honest directory need not be looked at twice as carefully.
        raw = iso2709.raw_fields(fetched.payload, how.charset, EVERY)
    marc = some_marc(raw, EVERY) if raw is not None else _marc(fetched, how)
    return _lean_marc(marc, fetched, how)


def _lean_xml(element: Any, how: Reading) -> Lean:
    schema = _schema(element)
    if schema == "marc21":
        return _lean_marc(from_xml(element), None, how)
    return lean_of(registry.read(schema, element, "generic", how.copies))


def _lean_marc(marc: Marc, fetched: Fetched | None, how: Reading) -> Lean:
    if _is_unimarc(marc, fetched, how):
        return lean_of(unimarc.record_of(marc, "unimarc", how.copies))
    return lean_marc21(raw_of(marc), how.copies)


def _marc(fetched: Fetched, how: Reading) -> Marc:
    # What a target says of itself is a hint only; what its profile says was looked at.
    return from_iso2709(fetched.payload, Named(how.charset) if how.charset else None)


def _by_crosswalk(marc: Marc, fetched: Fetched | None, how: Reading) -> Record:
    if _is_unimarc(marc, fetched, how):
        return unimarc.record_of(marc, "unimarc", how.copies)
    return marc21.record_of(marc, "generic", how.copies)


def _is_unimarc(marc: Marc, fetched: Fetched | None, how: Reading) -> bool:
    """By the fields, and where they leave it open by the profile, or by the syntax that was asked for."""
    if "245" in marc.fields:
        return False
    said = how.flavour == "auto" and fetched is not None and fetched.syntax.lower() in _UNIMARC
    return how.flavour == "unimarc" or said or unimarc.is_unimarc(marc)


def _parsed(payload: bytes) -> Any:
    try:
        return parse(payload.strip(), limits=_LIMITS)
    except BadXml as bad:
        raise BadRecord("not_xml", bad.message) from bad


def _schema(element: Any) -> str:
    if not isinstance(element.tag, str):
        raise BadRecord("unknown_schema", "")
    namespace, _, name = element.tag.rpartition("}")
    schema = registry.schema_of(namespace.lstrip("{"), name)
    if schema is None or schema not in ("marc21", "oai_dc", "mods"):
        # Dublin Core stands in wrappers of many names.
        inner = next((child for child in element if isinstance(child.tag, str)), None)
        if inner is not None and "dc/" in inner.tag.rpartition("}")[0]:
            return "oai_dc"
        raise BadRecord("unknown_schema", local_name(element.tag)[:80])
    return schema
