"""The config.yaml of the repository: an empty installation whose comments tell the truth."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from web.settings import Settings, load, parse

SAMPLE = Path(__file__).parents[2] / "config.yaml"
OPTION = re.compile(r"# {0,12}(?:- )?[a-z0-9_]+:(?: |$)")


def uncommented() -> str:
    """The sample with every commented option switched on, and the remarks left alone."""
    lines = []
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        lines.append(line[2:] if OPTION.match(line) else "")
    return "\n".join(lines)


def test_the_sample_is_an_empty_installation() -> None:
    assert load(SAMPLE, {}) == Settings()


def test_every_commented_option_exists_and_shows_its_default() -> None:
    settings = parse(uncommented(), "config.yaml", {})
    blank = Settings()
    for part in ("database", "web", "mail", "log", "oai", "fetch", "harvest", "index", "agreement"):
        assert getattr(settings, part) == getattr(blank, part), part
    assert settings.data == blank.data
    assert [library.code for library in settings.libraries] == ["MLT"]
    assert settings.sources[0].library == "MLT"


def test_every_section_is_shown() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    for name in (field.name for field in dataclasses.fields(Settings)):
        assert re.search(rf"^# {name}:", text, re.MULTILINE), name
