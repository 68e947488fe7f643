"""The broker's world as a fixture, on both databases."""

from __future__ import annotations

import pytest

from foundation.db import Database
from tests.broker.world import World, build
from tests.conftest import TestClock


@pytest.fixture
def world(db: Database, clock: TestClock) -> World:
    """Three libraries with people and books."""
    return build(db, clock)
