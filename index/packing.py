"""Records as bytes: compact JSON of what a record says, compressed."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import fields
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import msgspec
import zstandard

from index.record import Format, Holding, Identifier, Link, Name, Record

#: Plain values that are stored as they are, with what is left out because it says nothing.
_PLAIN: Mapping[str, Any] = {
    "subtitle": "",
    "part_number": "",
    "part_name": "",
    "non_filing": 0,
    "responsibility": "",
    "publisher": "",
    "place": "",
    "year": None,
    "year_text": "",
    "online": False,
    "level": "monograph",
    "edition": "",
    "extent": "",
    "contents": "",
    "summary": "",
    "host": "",
    "not_for_sale": None,
}
_LISTS = (
    "alternates",
    "scripts",
    "subjects",
    "languages",
    "series",
    "notes",
    "call_numbers",
    "classes",
    "oddities",
    "repairs",
)

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()
#: Writes the same bytes, and also what no text should hold: halves of surrogate pairs.
_PATIENT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_LOCAL = threading.local()  # compressors are not for use by two threads at once


def to_value(record: Record) -> dict[str, Any]:
    """The record as a JSON value: only what it says. Copies are not part of it, they have their own rows."""
    value: dict[str, Any] = {"title": record.title}
    for name, default in _PLAIN.items():
        got = getattr(record, name)
        if got != default:
            value[name] = got
    for name in _LISTS:
        if got := getattr(record, name):
            value[name] = list(got)
    value["format"] = record.format.value
    if record.authors:
        value["authors"] = [_name(n) for n in record.authors]
    if record.contributors:
        value["contributors"] = [_name(n) for n in record.contributors]
    if record.identifiers:
        value["identifiers"] = [
            [i.kind, i.value] if i.valid else [i.kind, i.value, 0] for i in record.identifiers
        ]
    if record.links:
        value["links"] = [[k.url, k.label, k.kind] for k in record.links]
    if record.extra:
        value["extra"] = dict(record.extra)
    return value


def from_value(value: Mapping[str, Any]) -> Record:
    """The record of a JSON value made by `to_value`."""
    given: dict[str, Any] = {name: value[name] for name in _PLAIN if name in value}
    given.update((name, tuple(value[name])) for name in _LISTS if name in value)
    return Record(
        title=value["title"],
        format=Format(value["format"]),
        authors=tuple(_as_name(n) for n in value.get("authors", ())),
        contributors=tuple(_as_name(n) for n in value.get("contributors", ())),
        identifiers=tuple(
            Identifier(kind=i[0], value=i[1], valid=len(i) < 3) for i in value.get("identifiers", ())
        ),
        links=tuple(Link(url=k[0], label=k[1], kind=k[2]) for k in value.get("links", ())),
        extra=value.get("extra", {}),
        **given,
    )


def _name(name: Name) -> list[Any]:
    if name.dates:
        return [name.text, name.role, int(name.corporate), name.dates]
    if name.corporate:
        return [name.text, name.role, 1]
    return [name.text, name.role] if name.role else [name.text]


def _as_name(parts: list[Any]) -> Name:
    return Name(
        text=parts[0],
        role=parts[1] if len(parts) > 1 else "",
        corporate=bool(parts[2]) if len(parts) > 2 else False,
        dates=parts[3] if len(parts) > 3 else "",
    )


_COPY = attrgetter(*(f.name for f in fields(Holding)))


def said(record: Record, body: bytes | None = None) -> bytes:
    """16 bytes that change when anything that a record says does, its copies too; `body` is its JSON where it is known."""
    digest = blake2b(to_json(to_value(record)) if body is None else body, digest_size=16)
    if record.holdings:
        digest.update(repr([_COPY(copy) for copy in record.holdings]).encode("utf-8", "replace"))
    return digest.digest()


def pack(record: Record) -> bytes:
    """The record as stored. `unpack(pack(record))` is the record without its copies."""
    return squeeze(to_json(to_value(record)))


def to_json(value: Any) -> bytes:
    """A JSON value as compact UTF-8."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return _PATIENT.encode(value).encode("utf-8", "replace")


def from_json(text: bytes | str) -> Any:
    """The value of a JSON text that `to_json` wrote. Raises ValueError when it is none."""
    try:
        return _DECODER.decode(text)
    except msgspec.DecodeError as fault:
        raise ValueError(str(fault)) from fault


def unpack(body: bytes) -> Record:
    """The record of stored bytes."""
    return from_value(from_json(unsqueeze(body)))


def squeeze(data: bytes) -> bytes:
    """Compress."""
    compressor = getattr(_LOCAL, "compressor", None)
    if compressor is None:
        compressor = _LOCAL.compressor = zstandard.ZstdCompressor(level=1)
    squeezed: bytes = compressor.compress(data)
    return squeezed


def unsqueeze(data: bytes) -> bytes:
    """Decompress what `squeeze` made."""
    decompressor = getattr(_LOCAL, "decompressor", None)
    if decompressor is None:
        decompressor = _LOCAL.decompressor = zstandard.ZstdDecompressor()
    plain: bytes = decompressor.decompress(data)
    return plain
