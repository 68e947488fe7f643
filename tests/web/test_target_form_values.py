"""A profile in the fields of a form: what comes back unchanged says the same."""

from __future__ import annotations

from typing import Any

import pytest

from index.targets import flat
from index.targets.samples import SAMPLES
from web.admin.targets import typed

ODD: dict[str, Any] = {
    "code": "x",
    "name": "X",
    "url": "z3950s://h:2100/a+b",
    "attributes": {"title": ["1=4 4=1", "1=33"], "subject": [], "any": ["1=any"]},
    "indexes": {"title": ["dc.title"]},
    "always": "",
    "prefix": "",
    "elements": [],
    "operators": ["and"],
    "hours": ["mon-fri 08:00-16:00", "sat 08:00-12:00"],
    "groups": ["a b", "c"],
    "parameters": {"x-key": "a=b"},
    "search_seconds": 2.5,
    "piggyback": False,
    "verify": False,
    "enabled": False,
    "table": "access.series = 1=5\nquery.diacritics = strip",
}


@pytest.mark.parametrize("name", [*SAMPLES, "odd", "sru"])
def test_a_form_that_nobody_touched_changes_nothing(name: str) -> None:
    given = {"odd": ODD, "sru": ODD | {"url": "https://h/sru", "query": "pqf"}}.get(name) or dict(
        SAMPLES[name]
    )
    profile = flat.read({"code": "x"} | given)
    again = flat.read(typed.said(typed.shown(flat.write(profile))))
    assert again == profile


def test_what_is_left_empty_is_as_usual() -> None:
    assert (
        flat.read(typed.said({"code": "x", "url": "z3950://h"})).limits
        == flat.read({"url": "z3950://h"}).limits
    )
