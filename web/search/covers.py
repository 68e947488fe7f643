"""Covers from a folder of one's own, by ISBN; nothing is ever fetched from elsewhere for a reader."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, send_from_directory
from stdnum import isbn
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from web.app import parts
from web.may import needs

#: Endings of images that browsers show, and what they are served as.
KINDS = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}

#: Seconds until the folder is looked through again.
KEPT = 60.0


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/covers/<key>", view_func=cover)


@needs("look")
def cover(key: str) -> Response:
    """The image of an ISBN-13, from the folder `web.covers`."""
    name = _known().get(key)
    if name is None:
        raise NotFound
    answer = send_from_directory(_folder(), name, mimetype=KINDS[Path(name).suffix.lower()], max_age=86_400)
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    return answer


def address(isbns: Iterable[str]) -> str:
    """Where the cover of one of these ISBNs is; '' without one."""
    known = _known()
    if not known:
        return ""
    return next((f"/covers/{key}" for one in isbns if (key := isbn.compact(one)) in known), "")


def _folder() -> Path:
    here = parts()
    return (here.data / here.settings.web.covers).resolve()


def _known() -> dict[str, str]:
    """File names by ISBN-13; a file is called by its ISBN, with or without hyphens."""
    here = parts()
    if not here.settings.web.covers:
        return {}
    now = time.monotonic()
    kept: Any = here.cache.get("covers")
    if kept is None or now - kept[0] > KEPT:
        kept = (now, _named(_folder()))
        here.cache["covers"] = kept
    found: dict[str, str] = kept[1]
    return found


def _named(folder: Path) -> dict[str, str]:
    try:
        names = sorted(
            path.name for path in folder.iterdir() if path.suffix.lower() in KINDS and path.is_file()
        )
    except OSError:
        return {}
    found = {}
    for name in names:
        number = isbn.compact(Path(name).stem)
        if isbn.is_valid(number):
            found[str(isbn.to_isbn13(number)).replace("-", "")] = name
    return found
