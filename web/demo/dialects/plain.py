"""A server that keeps to the protocol, as somebody's own program may."""

from __future__ import annotations

from dataclasses import dataclass

from web.demo.dialects.reply import Places, Question, Reply
from web.demo.provider import Provider

PATH = "/oai"


@dataclass(frozen=True, kw_only=True)
class Plain(Provider):
    """OAI-PMH 2.0 over a shelf, by the book."""

    def places(self) -> Places:
        """Where it answers."""
        return {PATH: self.oai}

    def oai(self, question: Question) -> Reply:
        """All verbs at one address."""
        return Reply(body=self.answer(question.pairs))
