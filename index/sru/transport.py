"""One request to an SRU server through the one safe way to the network, within its seconds and bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from foundation.fetch import (
    AddressRefused,
    BadTls,
    Fetcher,
    FetchFailed,
    Limits,
    TooLarge,
    TooSlow,
    Truncated,
    Unreachable,
)
from index.live.link import LinkFailed
from index.sru.asking import Sent
from index.sru.values import Endpoint

#: Bytes of one answer, before and after decompression.
MOST_BYTES = 8 * 2**20
#: Bytes a second that an answer brings on average, and the silence in it that is borne, in seconds.
LEAST_RATE, SILENCE = 512, 15.0
CONNECT_SECONDS = 4.0

_ACCEPT = "application/sru+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came: status, body, and what the headers say that concerns us."""

    status: int
    body: bytes
    kind: str = ""
    retry_after: str = ""


def exchange(
    fetcher: Fetcher, endpoint: Endpoint, sent: Sent, seconds: float, given_up: Callable[[], bool] = bool
) -> Reply:
    """The reply, whatever its status; raises LinkFailed with the reason, at the latest after `seconds`.

    `given_up` is asked between two pieces whether anybody still waits.
    """
    if seconds <= 0:
        raise LinkFailed("timeout")
    limits = Limits(
        connect=min(CONNECT_SECONDS, seconds),
        read=min(SILENCE, seconds),
        total=seconds,
        bytes=MOST_BYTES,
        min_rate=LEAST_RATE,
    )
    headers = {"Accept": _ACCEPT}
    if sent.body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        with fetcher.open(
            sent.url,
            method="GET" if sent.body is None else "POST",
            body=sent.body,
            headers=headers,
            auth=(endpoint.user, endpoint.password) if endpoint.auth == "basic" else None,
            limits=limits,
            verify=endpoint.verify,
            ca_file=endpoint.ca_file,
        ) as response:
            pieces = []
            for piece in response.iter_bytes():
                if given_up():
                    raise LinkFailed("timeout", "nobody waits any more")
                pieces.append(piece)
            return Reply(
                status=response.status,
                body=b"".join(pieces),
                kind=response.headers.get("content-type", "").split(";")[0].strip().lower(),
                retry_after=response.headers.get("retry-after", ""),
            )
    except FetchFailed as failed:
        raise LinkFailed(code_of(failed), str(failed)) from failed


def code_of(failed: FetchFailed) -> str:
    """The code of LinkFailed for what went wrong on the way."""
    if isinstance(failed, Unreachable):
        if re.search("no such host|name service", str(failed)):
            return "unresolved"
        if "broke before an answer" in str(failed):
            return "lost"
        return "refused" if "refused" in failed.detail.lower() else "unreachable"
    return next((code for kind, code in _CODES if isinstance(failed, kind)), "protocol")


_CODES: tuple[tuple[type[FetchFailed], str], ...] = (
    (AddressRefused, "forbidden"),
    (BadTls, "tls"),
    (TooSlow, "timeout"),
    (TooLarge, "too_big"),
    (Truncated, "lost"),
)
