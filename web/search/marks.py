"""Marks the words that were looked for, for the eye; what counts as found is the engine's business alone."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup, escape

from index.analysis import STOP_WORDS, tokens

_WORD = re.compile(r"\w+", re.UNICODE)


def mark(text: str, query: str) -> Markup:
    """The text with <mark> around words of the query, or words that begin like one; everything else escaped."""
    wanted = _wanted(query)
    if not wanted:
        return escape(text)
    pieces: list[Markup] = []
    end = 0
    for found in _WORD.finditer(text):
        folded = "".join(tokens(found[0])) or found[0].casefold()
        if folded in wanted or any(len(w) > 4 and folded.startswith(w) for w in wanted):
            pieces += [escape(text[end : found.start()]), Markup("<mark>%s</mark>") % found[0]]
            end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


@lru_cache(maxsize=500)
def _wanted(query: str) -> frozenset[str]:
    words = re.sub(r'\b\w+:|[()"*]|\b(?:AND|OR|NOT|DAN|ATAU|BUKAN)\b', " ", query[:200])
    return frozenset(t for t in tokens(words) if len(t) > 1 and t not in STOP_WORDS)
