"""Formats of description, each read into and written from a Record."""

from index.crosswalk.errors import BadRecord
from index.crosswalk.marc21 import read_iso2709
from index.crosswalk.registry import (
    PREFERENCE,
    READERS,
    VERSION,
    VERSIONS,
    WRITERS,
    content_hash,
    read,
    schema_of,
    version_of,
    write,
)

__all__ = [
    "PREFERENCE",
    "READERS",
    "VERSION",
    "VERSIONS",
    "WRITERS",
    "BadRecord",
    "content_hash",
    "read",
    "read_iso2709",
    "schema_of",
    "version_of",
    "write",
]
