"""Peers in the database: found by the symbol of a library, signed in by what they bring, provisioned from the file."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from broker import tables as t
from broker.iso18626.profiles import PROFILES, Profile, profile
from broker.peers.settings import PeerSettings
from foundation import libraries
from foundation.ids import uuid7
from foundation.seal import Seal
from foundation.tables import library


class BadPeer(ValueError):
    """A peer cannot be kept like this; says which field and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A system outside, without its secrets. `symbols` maps each symbol it speaks for to the library."""

    id: str
    code: str
    name: str
    url: str
    profile_name: str
    profile: Profile
    symbols: Mapping[str, str]
    account: str = ""
    subject: str = ""
    addresses: tuple[str, ...] = ()
    our_account: str = ""
    state: str = "active"
    failures: int = 0
    resting_until: datetime | None = None
    heard_at: datetime | None = None
    provisioned: bool = False
    has: frozenset[str] = frozenset()  # of secret, token, our_secret, our_token
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a caller shows of itself: over HTTP, and in the header of its message."""

    address: str = ""
    basic: tuple[str, str] | None = None
    bearer: str = ""
    subject: str = ""
    account: str = ""
    secret: str = ""


#: Whoever signs in shows one of these; a peer without any of them cannot ask us.
WAYS = ("secret", "token", "subject", "addresses")


def every(c: Connection) -> tuple[Peer, ...]:
    """All peers by name."""
    rows = c.execute(select(t.peer).order_by(t.peer.c.name, t.peer.c.id)).all()
    return tuple(_peer(c, row) for row in rows)


def get(c: Connection, peer_id: str) -> Peer | None:
    """The peer of this id."""
    row = c.execute(select(t.peer).where(t.peer.c.id == peer_id)).first()
    return None if row is None else _peer(c, row)


def by_symbol(c: Connection, symbol: str) -> Peer | None:
    """The peer that speaks for this symbol, in any case of its letters."""
    s = t.peer_symbol.c
    peer_id = c.execute(select(s.peer_id).where(func.lower(s.symbol) == symbol.lower())).scalar()
    return None if peer_id is None else get(c, peer_id)


def of_library(c: Connection, library_id: str) -> Peer | None:
    """The active peer that speaks for a library outside and can be written to."""
    s = t.peer_symbol.c
    query = (
        select(t.peer)
        .join(t.peer_symbol, s.peer_id == t.peer.c.id)
        .where(s.library_id == library_id, t.peer.c.state == "active", t.peer.c.url != "")
        .order_by(t.peer.c.code)
    )
    row = c.execute(query).first()
    return None if row is None else _peer(c, row)


def _peer(c: Connection, row: Row[Any]) -> Peer:
    s = t.peer_symbol.c
    symbols = c.execute(select(s.symbol, s.library_id).where(s.peer_id == row.id).order_by(s.symbol))
    secrets = ("secret", "token", "our_secret", "our_token")
    return Peer(
        id=row.id,
        code=row.code,
        name=row.name,
        url=row.url,
        profile_name=row.profile,
        profile=profile(row.profile, row.changes),
        symbols={one.symbol: one.library_id for one in symbols},
        account=row.account,
        subject=row.subject,
        addresses=tuple(row.addresses),
        our_account=row.our_account,
        state=row.state,
        failures=row.failures,
        resting_until=row.resting_until,
        heard_at=row.heard_at,
        provisioned=row.provisioned,
        has=frozenset(name for name in secrets if getattr(row, name)),
        version=row.version,
    )


def signed_in(c: Connection, seal: Seal, peer: Peer, brought: Brought) -> bool:
    """Whether what a caller brings is this peer's: one way is enough, and what is shown must not be wrong."""
    row = c.execute(select(t.peer.c.secret, t.peer.c.token).where(t.peer.c.id == peer.id)).one()
    if peer.state != "active":
        return False
    secret, token = (seal.open(one) if one else "" for one in row)
    shown = [
        _same((peer.account, secret), pair)
        for pair in (brought.basic, (brought.account, brought.secret) if brought.account else None)
        if pair is not None and secret
    ]
    if brought.bearer and token:
        shown.append(_same((token,), (brought.bearer,)))
    if shown:
        return all(shown)
    if peer.subject and brought.subject:
        return _same((peer.subject,), (brought.subject,))
    return bool(peer.addresses) and _within(brought.address, peer.addresses)


def _same(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(ours, theirs, strict=True))


def _within(address: str, networks: Iterable[str]) -> bool:
    try:
        caller = ipaddress.ip_address(address)
        return any(caller in ipaddress.ip_network(one, strict=False) for one in networks)
    except ValueError:
        return False


def credentials(c: Connection, seal: Seal, peer: Peer) -> tuple[str, str, str]:
    """(account, secret, token) with which we sign in at the peer; '' where there is none."""
    p = t.peer.c
    row = c.execute(select(p.our_account, p.our_secret, p.our_token).where(p.id == peer.id)).one()
    opened = (seal.open(one) if one else "" for one in (row.our_secret, row.our_token))
    our_secret, our_token = opened
    return row.our_account, our_secret, our_token


# --- keeping -------------------------------------------------------------------------------------


def checked(wanted: PeerSettings) -> PeerSettings:
    """The same when it can be kept. Raises BadPeer."""
    if wanted.profile not in PROFILES:
        raise BadPeer(f"profile: {wanted.profile} is none of {', '.join(PROFILES)}")
    try:
        profile(wanted.profile, wanted.changes)
    except KeyError as unknown:
        raise BadPeer(f"changes: {unknown.args[0]} is no field of a profile") from None
    for one in wanted.addresses:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError:
            raise BadPeer(f"addresses: {one} is no network") from None
    if not any(getattr(wanted, name) for name in WAYS):
        raise BadPeer("sign-in: one of secret, token, subject, addresses is needed")
    if wanted.secret and not wanted.account:
        raise BadPeer("account: a secret belongs to an account")
    if not wanted.symbols:
        raise BadPeer("symbols: at least one is needed")
    for symbol in wanted.symbols:
        if ":" not in symbol.strip(":"):
            raise BadPeer(f"symbols: {symbol} has no type; write ISIL:{symbol}")
    if wanted.url and not wanted.url.startswith(("http://", "https://")):
        raise BadPeer("url: begins with http:// or https://")
    return wanted


def keep(
    c: Connection,
    seal: Seal,
    wanted: PeerSettings,
    now: datetime,
    *,
    peer_id: str | None = None,
    provisioned: bool = False,
) -> str:
    """Store a peer and the libraries it speaks for; its id. An empty secret of one that exists stays as it is.

    Raises BadPeer, also for a symbol of a library that works here or that another peer speaks for.
    """
    checked(wanted)
    values: dict[str, Any] = {
        "code": wanted.code,
        "name": wanted.name or wanted.code,
        "url": wanted.url,
        "profile": wanted.profile,
        "changes": {k: list(v) if isinstance(v, tuple) else v for k, v in wanted.changes.items()},
        "account": wanted.account,
        "subject": wanted.subject,
        "addresses": list(wanted.addresses),
        "our_account": wanted.our_account,
        "provisioned": provisioned,
    }
    values |= {
        name: seal.close(getattr(wanted, name))
        for name in ("secret", "token", "our_secret", "our_token")
        if getattr(wanted, name)
    }
    if peer_id is None:
        peer_id = uuid7()
        c.execute(t.peer.insert().values(id=peer_id, created_at=now, **values))
    else:
        p = t.peer.c
        c.execute(update(t.peer).where(p.id == peer_id).values(**values, version=p.version + 1))
    _symbols(c, peer_id, wanted, now)
    return peer_id


def _symbols(c: Connection, peer_id: str, wanted: PeerSettings, now: datetime) -> None:
    s = t.peer_symbol.c
    c.execute(delete(t.peer_symbol).where(s.peer_id == peer_id, s.symbol.not_in(wanted.symbols)))
    for symbol in wanted.symbols:
        there = c.execute(select(s.peer_id).where(s.symbol == symbol)).scalar()
        if there == peer_id:
            continue
        if there is not None:
            raise BadPeer(f"symbols: another peer speaks for {symbol}")
        library_id = _library(c, symbol, wanted, now)
        c.execute(t.peer_symbol.insert().values(symbol=symbol, peer_id=peer_id, library_id=library_id))


def _library(c: Connection, symbol: str, wanted: PeerSettings, now: datetime) -> str:
    try:
        found = libraries.by_symbol(c, symbol)
    except libraries.UnknownLibrary:
        alone = len(wanted.symbols) == 1
        name = (wanted.name or wanted.code) if alone else f"{wanted.name or wanted.code} ({symbol})"
        code = _free_code(c, wanted.code if alone else symbol.partition(":")[2])
        return libraries.add(c, now, code=code, symbol=symbol, name=name, managed=False).id
    if found.managed:
        raise BadPeer(f"symbols: {symbol} is {found.code}, which works here")
    return found.id


def _free_code(c: Connection, wanted: str) -> str:
    plain = "".join(one for one in wanted.upper() if one.isalnum())[:12] or "X"
    taken = set(c.execute(select(library.c.code)).scalars())
    return next(one for one in (plain, *(f"{plain}{n}" for n in range(2, 10_000))) if one not in taken)


def provision(c: Connection, seal: Seal, wanted: Sequence[PeerSettings], now: datetime) -> None:
    """Make the table agree with the file. Raises BadPeer, also for a code that the admin pages use."""
    p = t.peer.c
    there = {row.code: row for row in c.execute(select(p.code, p.id, p.provisioned))}
    for one in wanted:
        row = there.get(one.code)
        if row is not None and not row.provisioned:
            raise BadPeer(f"code {one.code} is also used by a peer added in the admin pages")
        peer_id = keep(c, seal, one, now, peer_id=row.id if row else None, provisioned=True)
        c.execute(update(t.peer).where(p.id == peer_id).values(state="active"))
    gone = [row.id for code, row in there.items() if row.provisioned and code not in {o.code for o in wanted}]
    if gone:
        c.execute(update(t.peer).where(p.id.in_(gone)).values(state="suspended"))
