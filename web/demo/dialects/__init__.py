"""The systems that members run, each with the habits of its kind: servers for the demo and for tests alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from web.demo.dialects import dspace, inlislite, koha, plain, slims
from web.demo.dialects.reply import Places
from web.demo.shelf import Shelf

Now = Callable[[], datetime]


def _slims(shelf: Shelf, site: str, now: Now, page_size: int) -> Places:
    return slims.Slims(shelf=shelf, site=site, now=now, page_size=page_size).places()


def _inlislite(shelf: Shelf, site: str, now: Now, page_size: int) -> Places:
    return inlislite.Inlislite(shelf=shelf, site=site, now=now, page_size=page_size).places()


def _koha(shelf: Shelf, site: str, now: Now, page_size: int) -> Places:
    return koha.Koha(shelf=shelf, base_url=f"{site}{koha.PATH}", now=now, page_size=page_size).places()


def _dspace(shelf: Shelf, site: str, now: Now, page_size: int) -> Places:
    return dspace.Dspace(shelf=shelf, base_url=f"{site}{dspace.PATH}", now=now, page_size=page_size).places()


def _plain(shelf: Shelf, site: str, now: Now, page_size: int) -> Places:
    return plain.Plain(shelf=shelf, base_url=f"{site}{plain.PATH}", now=now, page_size=page_size).places()


#: Name of a system → what answers where, over a shelf, at `site` (the address without a path).
DIALECTS: Mapping[str, Callable[[Shelf, str, Now, int], Places]] = MappingProxyType(
    {"slims": _slims, "inlislite": _inlislite, "koha": _koha, "dspace": _dspace, "plain": _plain}
)
