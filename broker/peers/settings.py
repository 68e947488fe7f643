"""Peers in `config.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from foundation.settings import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSettings:
    """A system outside that speaks ISO 18626.

    `symbols` are those of the libraries it speaks for ('ISIL:ID-…'); libraries that are not known yet are made.
    `url` is where it listens ('' for one that only asks). `profile` is one of generic-1.2, generic-2021-2,
    generic-2021-3, reshare, crosslink-broker, alma, illiad, koha, and `changes` what is different in its fields.
    It signs in by at least one of: `account` with `secret` (in the header of its messages, or HTTP Basic), `token`
    (HTTP bearer), `subject` (of its client certificate, told by the proxy in front), `addresses` (networks).
    `our_account`, `our_secret` and `our_token` are how we sign in there.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    code: str
    name: str = ""
    symbols: tuple[str, ...] = ()
    url: str = ""
    profile: str = "generic-1.2"
    changes: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    secret: str = ""
    token: str = ""
    subject: str = ""
    addresses: tuple[str, ...] = ()
    our_account: str = ""
    our_secret: str = ""
    our_token: str = ""
