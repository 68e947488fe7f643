"""The catalogue of texts: every word people read, by key, in Indonesian and English.

One YAML file per area in web/translations/: key -> {id: …, en: …}; a text with a number has
{one: …, other: …} in place of a string. `{name}` stands for a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from markupsafe import Markup, escape

LANGUAGES = ("id", "en")
FOLDER = Path(__file__).parent / "translations"

Entry = Mapping[str, str | Mapping[str, str]]


class NoText(KeyError):
    """A key that the catalogue does not have, or a value that its text needs and did not get."""


@cache
def catalogue() -> dict[str, Entry]:
    """All texts by key. Raises ValueError when two files give the same key."""
    texts: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        part: dict[str, Entry] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        double = texts.keys() & part.keys()
        if double:
            raise ValueError(f"{path.name}: texts given twice: {', '.join(sorted(double))}")
        texts |= part
    return texts


@cache
def _plural(language: str) -> Any:
    return Locale.parse(language).plural_form


def _template(key: str, language: str, values: Mapping[str, Any]) -> str:
    try:
        text = catalogue()[key][language]
    except KeyError:
        raise NoText(key) from None
    if isinstance(text, str):
        return text
    return text.get(_plural(language)(values.get("n", 0))) or text["other"]


def say(key: str, language: str, **values: Any) -> str:
    """The text of a key as plain text. Raises NoText."""
    template = _template(key, language, values)
    if "{" not in template:
        return template
    try:
        return template.format_map(values)
    except KeyError as error:
        raise NoText(f"{key}: needs {error}") from None


def say_html(key: str, language: str, **values: Any) -> Markup:
    """The text of a key whose values are markup or get escaped; the text itself is ours and may hold tags."""
    template = _template(key, language, values)
    # The catalogue is part of the program, never input.
    return Markup(template.format_map({k: escape(v) for k, v in values.items()}))  # noqa: S704


def has(key: str) -> bool:
    """Whether the catalogue knows the key (for codes that may come from elsewhere)."""
    return key in catalogue()
