"""Which search engine is in use, how many titles it holds, and which one suits so many: for `check` and the admin page."""

from __future__ import annotations

from dataclasses import dataclass

from index.engines.switching import SwitchingEngine
from index.search import SearchFailed
from web import texts
from web.wiring import Parts

#: From so many titles on tantivy is recommended (docs/how-to/choose-engine.md has the figures).
THRESHOLD = 200_000

#: How the engines are called where people read of them.
NAMES = {"whoosh": "Whoosh", "tantivy": "tantivy", "memory": "memory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The engine in use and the one that suits; `titles` is None when the engine cannot be asked."""

    engine: str
    titles: int | None
    suits: str

    @property
    def fits(self) -> bool:
        """Whether nothing has to be done: tantivy suits a small catalogue too."""
        return self.engine != "whoosh" or self.suits == "whoosh"


def suiting(titles: int) -> str:
    """The engine for so many titles."""
    return "tantivy" if titles >= THRESHOLD else "whoosh"


def choice(parts: Parts) -> Choice:
    """What is in use now."""
    engine = parts.engine
    try:
        name = engine.name if isinstance(engine, SwitchingEngine) else "memory"
        titles: int | None = engine.count()
    except SearchFailed:
        name, titles = parts.settings.index.engine, None
    return Choice(engine=name, titles=titles, suits=suiting(titles or 0))


def words(made: Choice, language: str, count: str) -> list[str]:
    """Sentences for people; `count` is the number of titles as they write it."""
    name = NAMES[made.engine]
    if made.titles is None:
        return [texts.say("engine.silent", language, name=name)]
    said = [texts.say("engine.used", language, n=made.titles, name=name, count=count)]
    if made.engine == "memory":
        return [*said, texts.say("engine.memory", language)]
    said.append(texts.say("engine.fits" if made.fits else "engine.change", language))
    return [*said, texts.say("engine.figures", language)]
