"""A day that has passed is said on the request's page, with one button to close it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.conftest import TestClock
from tests.web.conftest import Client, World
from tests.web.desk_world import Forms, state_of
from tests.web.test_desk_new import wish

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("language", "words"), [("id", "Tutup karena terlambat"), ("en", "Close as too late")]
)
def test_one_button_closes_what_came_too_late(
    world: World, visit: Callable[..., Client], clock: TestClock, language: str, words: str
) -> None:
    lala = visit("lala", language)
    request = lala.send("/desk/MLT/new", **wish(world, need_by=date(2026, 11, 28).isoformat())).location
    assert words not in lala.page(request)
    clock.go(days=5)
    world.parts.broker.run_timers("test")
    lala = visit("lala", language)
    assert words in lala.page(request)
    (form,) = (one for one in Forms(lala.page(request)).forms if one["values"].get("reason") == "too_late")
    assert lala.post(form["action"], data={**form["values"], "action": "cancel"}).status_code == 302
    assert state_of(world, request)[0] == "cancelled"
    assert words not in lala.page(request)
