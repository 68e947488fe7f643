"""The lists of codes name what the code says, no less and no more."""

from __future__ import annotations

import re
from pathlib import Path

from harvester import codes

SOURCES = [
    path for path in (Path(__file__).parents[2] / "harvester").rglob("*.py") if path.name != "codes.py"
]
TEXT = "\n".join(path.read_text() for path in SOURCES)


def test_every_oddity_that_is_noted_is_listed() -> None:
    noted = set(re.findall(r'odd\(\s*"([a-z_0-9]+)"', TEXT))
    noted |= set(re.findall(r'Oddity\(code="([a-z_]+)"', TEXT)) | set(
        re.findall(r'odd\.add\("([a-z_]+)"', TEXT)
    )
    assert noted <= set(codes.ODDITIES)


def test_every_reason_of_a_rejection_is_listed() -> None:
    given = set(re.findall(r'Rejected\(reason="([a-z_]+)"', TEXT)) | set(
        re.findall(r'fault = .*?"([a-z_]+)"', TEXT)
    )
    assert given <= set(codes.REJECTIONS)


def test_nothing_is_listed_that_nobody_says() -> None:
    made = {"token_decoded", "token_verbatim"}  # from the names of the forms
    for code in {*codes.ODDITIES, *codes.REJECTIONS, *codes.HEALTH, *codes.STATES} - made:
        assert f'"{code}"' in TEXT, code
