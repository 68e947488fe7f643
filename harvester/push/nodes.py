"""Nodes: systems of libraries that may send us their catalogue, each with a key that we made and keep only as a hash."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, func, select

from foundation import libraries
from foundation.seal import Seal
from harvester import sources
from harvester.errors import BadSource, UnknownSource
from harvester.sources import Source, SourceDraft
from harvester.tables import push_node, push_post, source

#: Compared with where no node has the name, so that both ways take as long.
_NOBODY = sha256(secrets.token_bytes(20)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node with the source that its titles belong to; `received` counts titles ever taken in, `waiting` posts."""

    source_id: str
    node: str
    code: str
    library_id: str
    enabled: bool
    told_name: str
    last_at: datetime | None
    last_status: str
    refused_at: datetime | None
    created_at: datetime
    waiting: int = 0


def add(c: Connection, *, library_id: str, node: str, seal: Seal, at: datetime) -> tuple[Node, str]:
    """A new node with its source; the key is told here and never again. Raises BadSource."""
    if not node or len(node) > 60 or not all(ch.isalnum() or ch in "-_." for ch in node):
        raise BadSource("node", "bad_code")
    if c.execute(select(push_node.c.node).where(push_node.c.node == node)).first() is not None:
        raise BadSource("node", "taken")
    own = libraries.get(c, library_id)
    code, number = f"{own.code.lower()[:30]}-push", 1
    while c.execute(select(source.c.id).where(source.c.code == code)).first() is not None:
        number += 1
        code = f"{own.code.lower()[:30]}-push-{number}"
    draft = SourceDraft(
        code=code, library_id=library_id, name=f"SLiMS, {node}", kind="push", profile="generic"
    )
    made = sources.add(c, draft, seal=seal, at=at)
    key = secrets.token_hex(20)
    c.execute(push_node.insert().values(source_id=made.id, node=node, key_hash=_hash(key), created_at=at))
    return get(c, made.id), key


def new_key(c: Connection, source_id: str) -> str:
    """Another key; the one before opens nothing any more. Raises UnknownSource."""
    key = secrets.token_hex(20)
    changed = c.execute(
        push_node.update()
        .where(push_node.c.source_id == source_id)
        .values(key_hash=_hash(key), refused_at=None)
    )
    if not changed.rowcount:
        raise UnknownSource(source_id)
    return key


def let_in(c: Connection, node: str, key: str) -> Source | None:
    """The source of a node that shows its key and is switched on; None otherwise, without a word why."""
    row = c.execute(
        select(push_node.c.source_id, push_node.c.key_hash).where(push_node.c.node == node[:60])
    ).first()
    same = hmac.compare_digest(row.key_hash if row else _NOBODY, _hash(key))
    if row is None or not same:
        return None
    found = sources.get(c, row.source_id)
    return found if found.enabled and found.deleted_at is None else None


def refused(c: Connection, node: str, at: datetime) -> None:
    """Remember that somebody came with the name of a node and another key."""
    c.execute(push_node.update().where(push_node.c.node == node[:60]).values(refused_at=at))


def heard(c: Connection, source_id: str, *, name: str, status: str, at: datetime) -> None:
    """Remember what a node called itself and what it was told."""
    c.execute(
        push_node.update()
        .where(push_node.c.source_id == source_id)
        .values(told_name=name[:200], last_at=at, last_status=status[:24])
    )


def get(c: Connection, source_id: str) -> Node:
    """One node by its source. Raises UnknownSource."""
    row = c.execute(_wanted().where(push_node.c.source_id == source_id)).first()
    if row is None:
        raise UnknownSource(source_id)
    return _node(row, {})


def listed(c: Connection) -> list[Node]:
    """The nodes whose source is not deleted, by name."""
    waiting = (
        select(push_post.c.source_id, func.count())
        .where(push_post.c.processed_at.is_(None))
        .group_by(push_post.c.source_id)
    )
    counts = {source_id: int(number) for source_id, number in c.execute(waiting)}
    rows = c.execute(_wanted().where(source.c.deleted_at.is_(None)).order_by(push_node.c.node))
    return [_node(row, counts) for row in rows]


def _wanted() -> Any:
    own = [column for column in push_node.c if column.name != "key_hash"]
    return select(*own, source.c.code, source.c.library_id, source.c.enabled).join(
        source, source.c.id == push_node.c.source_id
    )


def _node(row: Row[Any], counts: Mapping[str, int]) -> Node:
    return Node(**row._mapping, waiting=counts.get(row.source_id, 0))


def _hash(key: str) -> bytes:
    return sha256(key.encode()).digest()
