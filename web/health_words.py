"""A health card in words: each trait as declared and as seen, and the strategy, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harvester.health.card import Advice, Card, Line
from web import formats, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One trait in words; '' where nothing is declared or was seen. `stands` is ok, odd, bad or open."""

    trait: str
    declared: str
    observed: str
    stands: str


def lines(card: Card, language: str) -> list[Said]:
    """Every trait, in the order of the card."""
    return [
        Said(
            trait=texts.say(f"health.trait.{one.trait}", language),
            declared=_value(one, "declared", one.declared, language),
            observed=_value(one, "observed", one.observed, language),
            stands=one.stands,
        )
        for one in card.lines
    ]


def _value(line: Line, side: str, value: str, language: str) -> str:
    if not value:
        return ""
    number = value.lstrip("-")
    key = f"health.{line.trait}.{side}"
    if number.isdecimal() and texts.has(key):
        n = int(value)
        return texts.say(key, language, n=n, count=formats.count(n, language))
    for key in (f"health.{line.trait}.{value}", f"health.answer.{value}"):
        if texts.has(key):
            return texts.say(key, language)
    return value


def advice(one: Advice, language: str) -> str:
    """One piece of the strategy as a sentence."""
    return texts.say(
        f"health.advice.{one.code}",
        language,
        n=one.number,
        count=formats.count(one.number, language),
        text=one.text,
    )


def value(card: Card) -> Mapping[str, Any]:
    """The card as JSON, with its strategy in words of every language."""
    said = card.value()
    for one, entry in zip(card.strategy, said["strategy"], strict=True):
        entry["words"] = {language: advice(one, language) for language in texts.LANGUAGES}
    return said
