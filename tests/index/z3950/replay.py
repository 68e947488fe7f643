"""Drives plans without a network: against a function that answers, and against what real servers once sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from index.z3950.apdu import Pdu, decode, encode
from index.z3950.asking.conversation import Conversation
from index.z3950.asking.session import Plan

#: What a server says to a request: PDUs, or bytes as they are.
Answerer = Callable[[Pdu], Sequence[Pdu | bytes]]

RECORDED = Path(__file__).parents[2] / "data" / "z3950"


class Scripted:
    """A server that is a function; keeps what it was asked, and what it was told in between."""

    def __init__(self, answer: Answerer, **terms: Any) -> None:
        self.conversation = Conversation(**terms)
        self.asked: list[Pdu] = []
        self.told: list[Pdu] = []
        self._answer = answer

    def drive(self, plan: Plan[Any]) -> Any:
        """What the plan returns. Raises what it raises."""
        try:
            request = next(plan)
            while True:
                request = plan.send(self.exchange(request))
        except StopIteration as end:
            return end.value

    def exchange(self, request: Pdu) -> Pdu:
        data = self.conversation.ask(request)
        self.asked.append(decode(data))
        answer: Pdu | None = None
        try:
            for said in self._answer(self.asked[-1]):
                came = self.conversation.receive(said if isinstance(said, bytes) else encode(said))
                answer = answer or came
        finally:
            told = self.conversation.take()
            if told:
                self.told.append(decode(told))
        if answer is None:
            raise self.conversation.ended()
        return answer


def replayed(name: str, piece: int = 0) -> Answerer:
    """The answers of a recorded session, in their order; in pieces of so many bytes when that is given.

    A request must be the very bytes that were sent then: whoever changes what we send records anew.
    """
    exchanges = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    left = iter(exchanges)

    def answer(request: Pdu) -> Sequence[bytes]:
        sent, came = (bytes.fromhex(part) for part in next(left))
        assert decode(sent) == request
        return [came[at : at + piece] for at in range(0, len(came), piece)] if piece else [came]

    return answer
