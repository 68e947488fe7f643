"""One title, or a basket full of them, as a file: the kinds on offer and their addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound

from index import views
from web.app import parts
from web.may import needs
from web.oai.house import House, house
from web.search.directory import directory
from web.search.record import elsewhere
from web.taking import bib, kept, machine, ris, schemaorg, sheet
from web.taking.titles import Title, of, titles


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its media type, how it is written, the texts' key of its name is `taking.kind.<kind>`."""

    media: str
    write: Callable[[Sequence[Title], House], bytes]


def _plain(write: Callable[[Sequence[Title]], bytes]) -> Callable[[Sequence[Title], House], bytes]:
    return lambda found, house: write(found)


#: By the ending of the address, in the order in which they are offered.
KINDS = {
    "ris": Kind("application/x-research-info-systems", _plain(ris.write)),
    "bib": Kind("application/x-bibtex", _plain(bib.write)),
    "csv": Kind("text/csv", _plain(sheet.write)),
    "mrc": Kind("application/marc", machine.iso2709),
    "marcxml": Kind("application/marcxml+xml", machine.marcxml),
    "mods": Kind("application/mods+xml", machine.mods),
    "jsonld": Kind("application/ld+json", _plain(schemaorg.write)),
}

#: These are text, and say in which letters.
_TEXT = frozenset({"ris", "bib", "csv"})

_ENDING = f"<any({','.join(KINDS)}):kind>"


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule(f"/record/<cluster_id>.{_ENDING}", view_func=record)
    blueprint.add_url_rule(f"/basket.{_ENDING}", view_func=basket)


def root() -> str:
    """The address of this site without a slash at its end, as people type it where that is configured."""
    return (parts().settings.web.public_url or request.url_root).rstrip("/")


@needs("look")
def record(cluster_id: str, kind: str) -> Any:
    """One title; 301 to where a merged one went, 410 when it is gone."""
    with parts().db.read() as c:
        found = views.get(c, cluster_id)
    if isinstance(found, views.Moved):
        return redirect(f"/record/{quote(found.id)}.{kind}", 301)
    if not isinstance(found, views.Cluster):
        return elsewhere(found, "/record/")
    return file(kind, (of(found, directory().by_id, root()),), found.id)


@needs("look")
def basket(kind: str) -> Response:
    """What lies in the basket; 404 for an empty one."""
    with parts().db.read() as c:
        found = titles(c, kept.ids(), directory().by_id, root())
    if not found:
        raise NotFound
    return file(kind, found, "silang")


def file(kind: str, found: Sequence[Title], name: str) -> Response:
    """The answer that saves titles as a file of that kind."""
    one = KINDS[kind]
    answer = Response(one.write(found, house(parts().settings, root())), mimetype=one.media)
    if kind in _TEXT:
        answer.content_type = f"{one.media}; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
