"""Targets: what is searched live, from where, and what is known about each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from foundation.ids import uuid7
from foundation.seal import BadSeal, Seal
from index.targets import checking, flat
from index.targets.errors import BadTarget, ReadOnlyTarget, StaleTarget, UnknownTarget
from index.targets.profile import Profile
from index.targets.tables import target


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target as it is stored. `health` is new, ok, changed or failing; `secret` is the password, sealed."""

    id: str
    code: str
    profile: Profile
    secret: bytes | None
    enabled: bool
    health: str
    health_reason: str
    probed_at: datetime | None
    provisioned: bool
    created_at: datetime
    deleted_at: datetime | None
    version: int

    @property
    def name(self) -> str:
        """What it is called; its code where it has no name."""
        return self.profile.presentation.name or self.code

    def password(self, seal: Seal) -> str:
        """The password in the clear, '' when there is none. Raises BadSeal. It goes nowhere but into the connection."""
        return seal.open(self.secret) if self.secret is not None else ""


def _target(row: Row[Any]) -> Target:
    values = dict(row._mapping)
    profile = flat.read(
        values.pop("profile"), faults=[]
    )  # one that an older version stored is read as far as it goes
    policy = replace(profile.policy, enabled=values["enabled"])
    return Target(profile=replace(profile, code=values["code"], policy=policy), **values)


def listed(c: Connection, *, enabled_only: bool = False) -> tuple[Target, ...]:
    """All targets that are not deleted, by code."""
    wanted = select(target).where(target.c.deleted_at.is_(None)).order_by(target.c.code)
    if enabled_only:
        wanted = wanted.where(target.c.enabled)
    return tuple(_target(row) for row in c.execute(wanted))


def get(c: Connection, target_id: str) -> Target:
    """One target, deleted ones too. Raises UnknownTarget."""
    row = c.execute(select(target).where(target.c.id == target_id)).first()
    if row is None:
        raise UnknownTarget(target_id)
    return _target(row)


def by_code(c: Connection, code: str) -> Target:
    """One target by its code. Raises UnknownTarget."""
    row = c.execute(select(target).where(target.c.code == code, target.c.deleted_at.is_(None))).first()
    if row is None:
        raise UnknownTarget(code)
    return _target(row)


def add(
    c: Connection,
    profile: Profile,
    *,
    password: str | None,
    seal: Seal,
    at: datetime,
    provisioned: bool = False,
) -> Target:
    """A new target. Raises BadTarget, also when the code is taken."""
    checking.check(profile)
    if c.execute(select(target.c.id).where(target.c.code == profile.code)).first() is not None:
        raise BadTarget("code", "taken")
    made = uuid7()
    c.execute(
        target.insert().values(
            id=made,
            created_at=at,
            provisioned=provisioned,
            secret=seal.close(password) if password else None,
            **_values(profile),
        )
    )
    return get(c, made)


def change(
    c: Connection, target_id: str, profile: Profile, *, password: str | None, version: int, seal: Seal
) -> Target:
    """The target as changed; a password of None keeps the stored one, '' takes it away.

    Raises BadTarget, StaleTarget, ReadOnlyTarget, UnknownTarget. Another address makes it as good as new: what was
    found out concerned the old one.
    """
    checking.check(profile)
    before = get(c, target_id)
    if before.provisioned:
        raise ReadOnlyTarget(before.code)
    return _change(c, before, profile, password=password, version=version, seal=seal)


def _change(
    c: Connection, before: Target, profile: Profile, *, password: str | None, version: int, seal: Seal
) -> Target:
    same_code = select(target.c.id).where(target.c.code == profile.code, target.c.id != before.id)
    if c.execute(same_code).first() is not None:
        raise BadTarget("code", "taken")
    values: dict[str, Any] = _values(profile) | {"version": version + 1}
    if password is not None:
        values["secret"] = seal.close(password) if password else None
    if before.profile.address.url != profile.address.url:
        values |= {"health": "new", "health_reason": "", "probed_at": None}
    done = c.execute(
        target.update().where(target.c.id == before.id, target.c.version == version).values(**values)
    )
    if done.rowcount != 1:
        raise StaleTarget(before.code)
    return get(c, before.id)


def set_enabled(c: Connection, target_id: str, enabled: bool) -> None:
    """Whether it is searched. Raises ReadOnlyTarget, UnknownTarget."""
    before = get(c, target_id)
    if before.provisioned:
        raise ReadOnlyTarget(before.code)
    c.execute(
        target.update().where(target.c.id == target_id).values(enabled=enabled, version=target.c.version + 1)
    )


def mark_deleted(c: Connection, target_id: str, *, at: datetime) -> None:
    """It is gone from the lists at once, and its password with it. Raises ReadOnlyTarget, UnknownTarget."""
    before = get(c, target_id)
    if before.provisioned:
        raise ReadOnlyTarget(before.code)
    c.execute(
        target.update()
        .where(target.c.id == target_id)
        .values(deleted_at=at, enabled=False, secret=None, code=f"{before.code[:30]}~{target_id[-8:]}")
    )


def provision(
    c: Connection, listed_in_file: Iterable[tuple[Profile, str]], *, seal: Seal, at: datetime
) -> None:
    """Load what config.yaml lists, with passwords. A target that is gone from the file is disabled.

    Raises BadTarget('code', 'taken') when an admin has added the same code by hand.
    """
    names = set()
    for profile, password in listed_in_file:
        checking.check(profile)
        names.add(profile.code)
        row = c.execute(select(target).where(target.c.code == profile.code)).first()
        if row is None:
            add(c, profile, password=password, seal=seal, at=at, provisioned=True)
            continue
        before = _target(row)
        if not before.provisioned:
            raise BadTarget("code", "taken", profile.code)
        if before.profile != profile or _opened(before, seal) != password:
            _change(c, before, profile, password=password, version=before.version, seal=seal)
    gone = target.c.provisioned & target.c.code.not_in(names)
    c.execute(target.update().where(gone).values(enabled=False))


def free_code(c: Connection, wanted: str) -> str:
    """This code, or the first free one of its family: 'mlt', 'mlt-2', 'mlt-3' …"""
    taken = set(c.execute(select(target.c.code)).scalars())
    number = 1
    while (code := wanted if number == 1 else f"{wanted[:36]}-{number}") in taken:
        number += 1
    return code


def _opened(one: Target, seal: Seal) -> str | None:
    """Its password; None when it cannot be opened any more."""
    try:
        return one.password(seal)
    except BadSeal:
        return None


def _values(profile: Profile) -> dict[str, Any]:
    return {"code": profile.code, "profile": flat.write(profile), "enabled": profile.policy.enabled}
