"""The staff pages of a library: queues, requests of both sides, new requests, slips, scanning, patrons."""

from web.desk import (
    chosen,
    create,
    home,
    liability,
    messages,
    patron_import,
    patrons,
    quality,
    queues,
    request,
    same,
    scan,
    slips,
    supply,
)
from web.desk.room import blueprint

__all__ = [
    "blueprint",
    "chosen",
    "create",
    "home",
    "liability",
    "messages",
    "patron_import",
    "patrons",
    "quality",
    "queues",
    "request",
    "same",
    "scan",
    "slips",
    "supply",
]
