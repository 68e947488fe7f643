"""A profile as one flat mapping of plain values: how it is stored, written in config.yaml, and typed into a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from index.targets import urls
from index.targets.attributes import Combination, bib1, said
from index.targets.errors import BadTarget
from index.targets.profile import (
    Address,
    Authentication,
    Dialect,
    Limits,
    Policy,
    Presentation,
    Profile,
    Retrieval,
    Shapes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a value is read from plain data (raises ValueError, TypeError), and written as such."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(value)
    return str(value).strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _whole(value: Any) -> int:
    number = _seconds(value)
    if number != int(number):
        raise ValueError(value)
    return int(number)


def _seconds(value: Any) -> float:
    try:
        number = -1.0 if isinstance(value, bool) else float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:  # also nan
        raise ValueError(value)
    return number


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    return tuple(dict.fromkeys(one for one in map(_text, value) if one))


def _mapping(value: Any) -> dict[str, str]:
    return {_text(key): _text(one) for key, one in dict(value).items()}


def _access(value: Any) -> dict[str, tuple[Combination, ...]]:
    """Access point → combinations; an empty list says that it cannot be searched there."""
    return {_text(key): tuple(bib1(one) for one in _words(said)) for key, said in dict(value).items()}


def _indexes(value: Any) -> dict[str, tuple[str, ...]]:
    return {_text(key): _words(said) for key, said in dict(value).items()}


TEXT, FLAG, WHOLE, SECONDS = Kind(read=_text), Kind(read=_flag), Kind(read=_whole), Kind(read=_seconds)
WORDS = Kind(read=_words, write=list)
MAPPING = Kind(read=_mapping, write=dict)
ACCESS = Kind(read=_access, write=lambda v: {name: [said(one) for one in every] for name, every in v.items()})
INDEXES = Kind(read=_indexes, write=lambda v: {name: list(every) for name, every in v.items()})
ATTRIBUTES = Kind(read=lambda value: bib1(_text(value)), write=said)

#: Name → (part of the profile, its field, kind). `url` and `code` are read apart.
FIELDS: Mapping[str, tuple[str, str, Kind]] = {
    "verify": ("address", "verify", FLAG),
    "ca_pem": ("address", "ca_pem", TEXT),
    "authentication": ("authentication", "kind", TEXT),
    "username": ("authentication", "user", TEXT),
    "group": ("authentication", "group", TEXT),
    "connect_seconds": ("limits", "connect_seconds", SECONDS),
    "search_seconds": ("limits", "search_seconds", SECONDS),
    "whole_seconds": ("limits", "whole_seconds", SECONDS),
    "idle_seconds": ("limits", "idle_seconds", SECONDS),
    "interval": ("limits", "interval", SECONDS),
    "most_records": ("limits", "most_records", WHOLE),
    "chunk": ("limits", "chunk", WHOLE),
    "connections": ("limits", "connections", WHOLE),
    "pdu_bytes": ("limits", "pdu_bytes", WHOLE),
    "hours": ("limits", "hours", WORDS),
    "zone": ("limits", "zone", TEXT),
    "query": ("dialect", "query", TEXT),
    "attribute_set": ("dialect", "attribute_set", TEXT),
    "attributes": ("dialect", "access", ACCESS),
    "indexes": ("dialect", "indexes", INDEXES),
    "always": ("shapes", "always", ATTRIBUTES),
    "word": ("shapes", "word", ATTRIBUTES),
    "phrase": ("shapes", "phrase", ATTRIBUTES),
    "prefix": ("shapes", "prefix", ATTRIBUTES),
    "year": ("shapes", "year", ATTRIBUTES),
    "below": ("shapes", "below", ATTRIBUTES),
    "above": ("shapes", "above", ATTRIBUTES),
    "query_charset": ("dialect", "charset", TEXT),
    "strip": ("dialect", "strip", FLAG),
    "operators": ("dialect", "operators", WORDS),
    "piggyback": ("dialect", "piggyback", FLAG),
    "named_sets": ("dialect", "named_sets", FLAG),
    "negotiate": ("dialect", "negotiate", FLAG),
    "syntax_in_search": ("dialect", "syntax_in_search", FLAG),
    "sru_version": ("dialect", "sru_version", TEXT),
    "sru_method": ("dialect", "sru_method", TEXT),
    "parameters": ("dialect", "parameters", MAPPING),
    "table": ("dialect", "table", TEXT),
    "syntaxes": ("retrieval", "syntaxes", WORDS),
    "elements": ("retrieval", "elements", WORDS),
    "schema": ("retrieval", "schema", TEXT),
    "record_charset": ("retrieval", "charset", TEXT),
    "flavour": ("retrieval", "flavour", TEXT),
    "holdings": ("retrieval", "holdings", TEXT),
    "name": ("presentation", "name", TEXT),
    "name_en": ("presentation", "name_en", TEXT),
    "symbol": ("presentation", "symbol", TEXT),
    "region": ("presentation", "region", TEXT),
    "groups": ("presentation", "groups", WORDS),
    "link": ("presentation", "link", TEXT),
    "note": ("presentation", "note", TEXT),
    "searchers": ("policy", "searchers", TEXT),
    "requests": ("policy", "requests", FLAG),
    "enabled": ("policy", "enabled", FLAG),
}

_PARTS = {
    "authentication": Authentication,
    "limits": Limits,
    "shapes": Shapes,
    "dialect": Dialect,
    "retrieval": Retrieval,
    "presentation": Presentation,
    "policy": Policy,
}


def read(flat: Mapping[str, Any], *, faults: list[BadTarget] | None = None) -> Profile:
    """The profile of plain values; what is left out is as usual. An SRU target is asked in CQL unless it says otherwise.

    Raises BadTarget for the first value that is none, or adds all of them to `faults` and takes what is usual in
    their place.
    """
    found: list[BadTarget] = []
    try:
        address = urls.read(str(flat.get("url") or ""))
    except urls.BadAddress as bad:
        found.append(BadTarget("url", bad.reason if flat.get("url") else "required"))
        address = Address()
    parts: dict[str, dict[str, Any]] = {name: {} for name in ("address", *_PARTS)}
    if address.protocol == "sru":
        parts["dialect"]["query"] = "cql"
    for name, (part, field, kind) in FIELDS.items():
        if name not in flat or flat[name] is None:
            continue
        try:
            parts[part][field] = kind.read(flat[name])
        except (ValueError, TypeError) as bad:
            found.append(BadTarget(name, "bad_value", str(bad)[:80]))
    if found and faults is None:
        raise found[0]
    if faults is not None:
        faults += found
    parts["dialect"]["shapes"] = Shapes(**parts.pop("shapes"))
    more = parts.pop("address")
    return Profile(
        code=str(flat.get("code") or ""),
        address=Address(
            **{f.name: getattr(address, f.name) for f in fields(Address) if f.name not in more}, **more
        ),
        **{name: _PARTS[name](**values) for name, values in parts.items()},
    )


def write(profile: Profile) -> dict[str, Any]:
    """What read() takes, as JSON; everything is written, so that what is usual may change later."""
    found: dict[str, Any] = {"code": profile.code, "url": profile.address.url}
    for name, (part, field, kind) in FIELDS.items():
        holder = profile.dialect.shapes if part == "shapes" else getattr(profile, part)
        found[name] = kind.write(getattr(holder, field))
    return found
