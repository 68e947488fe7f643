"""The schemas of records: what they are called, and a cluster written in each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from foundation.libraries import Library
from index.views import Cluster
from web.oai import formats
from web.oai.formats import XSI
from web.oai.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema: its identifier, its short name, what else it may be called, and the format that writes it."""

    identifier: str
    name: str
    title: str
    others: tuple[str, ...]
    prefix: str
    finish: Callable[[bytes], bytes] = bytes


_DC = b'<srw_dc:dc xmlns:srw_dc="info:srw/schema/1/dc-schema" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def _dublin_core(written: bytes) -> bytes:
    """oai_dc in the wrapper that SRU has for the same elements."""
    start, end = written.index(b">") + 1, written.rindex(b"</")
    return _DC + b">" + written[start:end] + b"</srw_dc:dc>"


SCHEMAS = (
    Schema(
        identifier="info:srw/schema/1/marcxml-v1.1",
        name="marcxml",
        title="MARC 21 (MARCXML)",
        others=("marc21", "marc", "http://www.loc.gov/MARC21/slim"),
        prefix="marcxml",
    ),
    Schema(
        identifier="info:srw/schema/1/mods-v3.7",
        name="mods",
        title="MODS 3.7",
        others=("info:srw/schema/1/mods-v3.", "http://www.loc.gov/mods/v3"),
        prefix="mods",
    ),
    Schema(
        identifier="info:srw/schema/1/dc-v1.1",
        name="dc",
        title="Dublin Core",
        others=("oai_dc", "info:srw/schema/1/dc-schema", "http://purl.org/dc/elements/1.1/"),
        prefix="oai_dc",
        finish=_dublin_core,
    ),
)


def schema(asked: str) -> Schema | None:
    """The schema of a name or identifier; MARCXML when none is asked for; None when there is no such one."""
    if not asked:
        return SCHEMAS[0]
    wanted = asked.lower()
    for one in SCHEMAS:
        if wanted in (one.identifier.lower(), one.name, *(name.lower() for name in one.others)):
            return one
    return SCHEMAS[1] if wanted.startswith(SCHEMAS[1].others[0]) else None  # any MODS 3


def write(one: Schema, cluster: Cluster, members: Mapping[str, Library], house: House) -> str:
    """The cluster as one element without a prefix of ours: SLiMS reads no other MODS."""
    format = formats.offered()[one.prefix]
    written = formats.payload(format, _with_mark(cluster), members, house)
    hint = f' xmlns:xsi="{XSI}" xsi:schemaLocation="{format.namespace} {format.location}"'.encode()
    return one.finish(written.replace(hint, b"", 1)).decode()


def _with_mark(cluster: Cluster) -> Cluster:
    """A description without a shelf mark takes that of its first copy: copying cataloguers look for it there."""
    shown = cluster.descriptions[cluster.shown]
    mark = next((held.copy.call_number for held in cluster.copies if held.copy.call_number), "")
    if shown.record.call_numbers or not mark:
        return cluster
    told = replace(shown, record=replace(shown.record, call_numbers=(mark,)))
    rest = cluster.descriptions
    return replace(cluster, descriptions=(*rest[: cluster.shown], told, *rest[cluster.shown + 1 :]))
