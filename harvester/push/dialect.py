"""What SLiMS posts to a union catalogue and wants to hear: JSON both ways, read with nothing taken for granted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from index.crosswalk.text import clean

#: The most bytes of a post, and titles or numbers in it. SLiMS sends 50 at a time, without pictures.
LARGEST = 8 << 20
MOST = 500

#: What SLiMS gets to hear as `status`; it shows the `message` beside it, and that only under HTTP 200.
UPLOADED, DELETED, NOT_AUTHORIZED = "UPLOADED", "DELETED", "NOT_AUTHORIZED"
JSON_ERROR, NO_DATA, BUSY = "JSON_ERROR", "NO_DATA", "NODE_POLL_MAX"

_NUMBER = re.compile(r"\d{1,18}")


class BadPost(Exception):
    """A post that is not what SLiMS sends; `status` is one of the above, `code` names the text that says it."""

    def __init__(self, status: str, code: str) -> None:
        super().__init__(f"{status}: {code}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post. `operation` is upload or delete; `titles` are (number in SLiMS, value as sent), for an upload.

    A title whose number is none has None for it.
    """

    node: str
    key: str
    name: str
    operation: str
    titles: tuple[tuple[str | None, Any], ...] = ()
    gone: tuple[str, ...] = ()


def read(body: bytes) -> Post:
    """The post in a body. Raises BadPost."""
    if not body.strip():
        raise BadPost(NO_DATA, "empty")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPost(JSON_ERROR, "json") from None
    info = value.get("node_info") if isinstance(value, dict) else None
    if not isinstance(info, dict):
        raise BadPost(NOT_AUTHORIZED, "refused")
    told = {name: _text(info.get(name)) for name in ("id", "password", "name")}
    data = value.get("node_data")
    node, key, name = told["id"], told["password"], told["name"][:200]
    if isinstance(data, dict) and "operation" in data:
        operation = _operation(data["operation"])
        return Post(
            node=node, key=key, name=name, operation=operation, gone=tuple(_numbers(data.get("biblio")))
        )
    return Post(node=node, key=key, name=name, operation="upload", titles=tuple(_titles(data)))


def without_key(body: bytes, key: str) -> bytes:
    """The body with the key blotted out, so that nothing that is kept opens anything."""
    return body.replace(key.encode(), b"*" * len(key)) if len(key) >= 8 else body


def _text(value: Any) -> str:
    return clean(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _operation(value: Any) -> str:
    if value != "delete":
        raise BadPost(NO_DATA, "operation")
    return "delete"


def _numbers(value: Any) -> list[str]:
    """Numbers of titles: '1,2' as SLiMS writes them, one alone, or a list."""
    parts = (
        value if isinstance(value, list) else str(value).split(",") if isinstance(value, str | int) else []
    )
    found = [one for part in parts if (one := str(part).strip(" '\""))]
    if not found or not all(_NUMBER.fullmatch(one) for one in found):
        raise BadPost(NO_DATA, "numbers")
    if len(found) > MOST:
        raise BadPost(NO_DATA, "many")
    return list(dict.fromkeys(str(int(one)) for one in found))


def _titles(data: Any) -> Iterator[tuple[str | None, Any]]:
    """Titles by their numbers: an object, or the list that PHP makes of one whose numbers begin at 0."""
    if isinstance(data, dict):
        pairs = list(data.items())
    elif isinstance(data, list):
        pairs = [("", one) for one in data]
    else:
        pairs = []
    if not pairs:
        raise BadPost(NO_DATA, "nothing")
    if len(pairs) > MOST:
        raise BadPost(NO_DATA, "many")
    for number, title in pairs:
        own = _text(title.get("biblio_id")) if isinstance(title, dict) else ""
        number = own or str(number).strip()
        yield (str(int(number)) if _NUMBER.fullmatch(number) else None), title
