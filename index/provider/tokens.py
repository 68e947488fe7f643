"""Resumption tokens: the whole state of a list, signed, so that the server remembers nothing."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from index.provider.selection import Listing

#: Days that a token is good for, beside the one on which it was given out.
DAYS = 7

#: No token of ours is longer.
LONGEST = 1000
_SIGNATURE = 12


class BadToken(Exception):
    """Not one of ours, or too old."""


def expires(now: datetime) -> datetime:
    """When a token given out now ends: the same for all of one day, so that the same page has the same token."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=DAYS + 1)


def write(listing: Listing, key: bytes, now: datetime) -> str:
    """The token for the page that follows; letters, digits, '-', '_' and '.' only."""
    assert listing.after is not None
    values = [
        listing.prefix,
        _seconds(listing.start),
        _seconds(listing.end),
        listing.spec,
        _seconds(listing.after[0]),
        listing.after[1],
        listing.cursor,
        listing.size,
        listing.counted,
        _seconds(expires(now)),
    ]
    body = _text(json.dumps(values, separators=(",", ":")).encode())
    return f"{body}.{_sign(body, key)}"


def read(token: str, key: bytes, now: datetime) -> Listing:
    """The listing of a token; raises BadToken."""
    body, dot, signature = token.partition(".")
    if len(token) > LONGEST or not dot or not token.isascii():
        raise BadToken("not a token of this repository")
    if not hmac.compare_digest(signature, _sign(body, key)):
        raise BadToken("not a token of this repository")
    # What is signed was written by us.
    prefix, start, end, spec, stamp, number, cursor, size, counted, until = json.loads(_bytes(body))
    if now >= datetime.fromtimestamp(until, UTC):
        raise BadToken("this token is too old")
    return Listing(
        prefix=prefix,
        start=_instant(start),
        end=_instant(end),
        spec=spec,
        after=(datetime.fromtimestamp(stamp, UTC), number),
        cursor=cursor,
        size=size,
        counted=counted,
    )


def _sign(body: str, key: bytes) -> str:
    return _text(hmac.new(key, b"resumptionToken " + body.encode(), sha256).digest()[:_SIGNATURE])


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
