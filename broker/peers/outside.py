"""What is needed to reach peers: their sealed secrets, and something that carries bytes to an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from foundation.fetch import Fetcher, FetchFailed, Limits
from foundation.seal import Seal

#: An answer is a confirmation; nothing honest is longer.
_LONGEST = 1_000_000

MEDIA_TYPE = 'application/xml; charset="utf-8"'


class NoAnswer(Exception):
    """The message may have arrived or not: nobody said so."""


class Post(Protocol):
    """Carries a body to an address; (HTTP status, body of the answer). Raises NoAnswer."""

    def __call__(
        self, url: str, body: bytes, headers: Mapping[str, str], auth: tuple[str, str] | None, seconds: float
    ) -> tuple[int, bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The way out, built once."""

    seal: Seal
    post: Post


def by_http(fetcher: Fetcher) -> Post:
    """Carries over HTTP through the safe client."""

    def post(
        url: str, body: bytes, headers: Mapping[str, str], auth: tuple[str, str] | None, seconds: float
    ) -> tuple[int, bytes]:
        sent = {"content-type": MEDIA_TYPE, "accept": "application/xml, text/xml", **headers}
        limits = Limits(total=seconds, bytes=_LONGEST)
        try:
            with fetcher.open(
                url, method="POST", body=body, headers=sent, auth=auth, limits=limits
            ) as answer:
                return answer.status, answer.read()
        except FetchFailed as failed:
            raise NoAnswer(str(failed)) from failed

    return post
