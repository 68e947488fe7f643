"""A truthful OAI-PMH provider of loopback that can be told to misbehave in one way at a time.

    with FaultServer("truncated") as server: ... server.url ... server.log

Thirty records on three pages unless said otherwise, in two sets and two formats. What it would say without a
fault is always right, in every verb, so a test knows what must arrive. Its parts are in `faulty/`.
"""

from __future__ import annotations

from tests.peers.faulty.faults import KNOWN
from tests.peers.faulty.http import FaultServer
from tests.peers.faulty.values import Entry, Reply, Request

__all__ = ["KNOWN", "Entry", "FaultServer", "Reply", "Request"]
