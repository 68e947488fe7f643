"""Style sheets and scripts travel compressed, so that a first page stays small without a proxy in front."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Response, request

#: What is worth it. Pages are left alone: beside a secret, their length would tell something about it.
_TYPES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


def squeeze(answer: Response) -> Response:
    """Compress a static file for who accepts gzip; ranges and unchanged files pass as they are."""
    if request.endpoint != "static" or answer.status_code != 200 or answer.mimetype not in _TYPES:
        return answer
    answer.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"] or request.method == "HEAD":
        return answer
    tag, _ = answer.get_etag()
    answer.direct_passthrough = False
    answer.set_data(_packed(answer.get_data()))
    answer.headers["Content-Encoding"] = "gzip"
    if tag:
        answer.set_etag(tag, weak=True)
    return answer


@lru_cache(maxsize=16)
def _packed(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)
