"""Asking for one page of a list, in whatever form its provider understands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from harvester.address import TOKEN_FORMS
from harvester.errors import HarvestFailed, NotAllowed, NotOai, OutOfPatience, ProtocolError, Stopped
from harvester.oai import ListReader, items
from harvester.pages import Item, Summary
from harvester.patience import TRIES
from harvester.transport import Conversation

T = TypeVar("T")

#: Errors with which providers answer a token that they would understand in another form.
_TOKEN_ERRORS = ("badResumptionToken", "badArgument", "badVerb", "cannotDisseminateFormat")
#: How often an answer to another question is taken for a mix-up in a cache.
_MIX_UPS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A token to go on with, and as it was written."""

    text: str
    raw_text: str = ""


def first(
    conversation: Conversation,
    verb: str,
    arguments: Mapping[str, str],
    take: Callable[[Iterable[bytes]], T],
    *,
    tries: int = TRIES,
) -> T:
    """The first page of a list. Raises HarvestFailed."""
    return conversation.ask({"verb": verb, **arguments}, take, tries=tries)


def following(
    conversation: Conversation,
    verb: str,
    token: Next,
    arguments: Mapping[str, str],
    take: Callable[[Iterable[bytes]], T],
) -> T:
    """The page of a token. Raises HarvestFailed.

    The token goes out trimmed and encoded once, or in the form that worked the last time. Where that is refused
    before any token was accepted in this conversation, the other forms are tried once each, and the one that works
    is remembered in the quirks.
    """
    quirks = conversation.quirks
    try:
        answer = conversation.ask(
            _asked(verb, token, arguments, quirks.token_untrimmed, quirks.token_needs_prefix), take
        )
    except (NotAllowed, OutOfPatience, Stopped):
        raise
    except HarvestFailed as refused:
        if conversation.token_proven or not _about_the_token(refused):
            raise
        return _otherwise(conversation, verb, token, arguments, take, refused)
    conversation.token_proven = True
    return answer


def _about_the_token(refused: HarvestFailed) -> bool:
    if isinstance(refused, ProtocolError):
        return any(refused.has(code) for code in _TOKEN_ERRORS)
    return not isinstance(refused, NotOai)


def _otherwise(
    conversation: Conversation,
    verb: str,
    token: Next,
    arguments: Mapping[str, str],
    take: Callable[[Iterable[bytes]], T],
    refused: HarvestFailed,
) -> T:
    quirks = conversation.quirks
    before = (quirks.token_form, quirks.token_untrimmed, quirks.token_needs_prefix)
    for form, untrimmed, prefix in _forms(token, (before[0] or "once", *before[1:])):
        quirks.token_form = form
        try:
            answer = conversation.ask(_asked(verb, token, arguments, untrimmed, prefix), take, tries=1)
        except (NotAllowed, OutOfPatience, Stopped):
            quirks.token_form = before[0]
            raise
        except HarvestFailed:
            continue
        quirks.token_untrimmed, quirks.token_needs_prefix = untrimmed, prefix
        conversation.token_proven = True
        if (form, untrimmed, prefix) == (before[0] or "once", *before[1:]):
            conversation.tally.odd("token_refused", str(refused))
        else:
            conversation.tally.odd(
                "token_needs_prefix" if prefix else "token_untrimmed" if untrimmed else f"token_{form}", ""
            )
        return answer
    quirks.token_form = before[0]
    raise refused


def _forms(token: Next, tried: tuple[str, bool, bool]) -> list[tuple[str, bool, bool]]:
    """(encoding, untrimmed, with the prefix): `tried` once more, since a refusal may pass, then those that look
    different from the plain one and from it.
    """
    out = [tried, ("once", False, False), ("once", False, True)]
    if token.raw_text and token.raw_text != token.text:
        out.append(("once", True, False))
    plain = TOKEN_FORMS["once"](token.text)
    out += [(name, False, False) for name, write in TOKEN_FORMS.items() if write(token.text) != plain]
    return [form for number, form in enumerate(out) if number == 0 or form != tried]


def _asked(
    verb: str, token: Next, arguments: Mapping[str, str], untrimmed: bool, prefix: bool
) -> dict[str, str]:
    asked = {"verb": verb, "resumptionToken": token.raw_text if untrimmed and token.raw_text else token.text}
    if prefix:
        asked["metadataPrefix"] = arguments["metadataPrefix"]
    return asked


class Check:
    """Whether a page answers what was asked. One object a page: it remembers mix-ups between the tries."""

    def __init__(self, verb: str, arguments: Mapping[str, str], odd: Callable[[str, str], None]) -> None:
        self._verb = verb
        self._prefix = arguments.get("metadataPrefix", "")
        self._odd = odd
        self._mix_ups = 0

    def __call__(self, summary: Summary) -> None:
        """Raises ProtocolError for errors, NotOai for another list than the one that was asked for."""
        for one in summary.oddities:
            self._odd(one.code, one.text)
        if summary.verb == self._verb:
            if summary.errors and summary.items == 0:
                raise ProtocolError(summary.errors)
            if summary.errors:
                self._odd("errors_beside_records", summary.errors[0].code)
            self._same_prefix(summary)
            return
        if summary.errors:
            raise ProtocolError(summary.errors)
        raise NotOai(f"asked for {self._verb}, answered {summary.verb or 'nothing'}")

    def _same_prefix(self, summary: Summary) -> None:
        said = summary.asked_prefix
        if not said or said.lower() == self._prefix.lower():
            return
        self._mix_ups += 1
        self._odd("another_prefix", said[:60])
        if self._mix_ups <= _MIX_UPS:
            raise NotOai(f"asked for {self._prefix}, answered {said[:60]}")


def read_page(chunks: Iterable[bytes], check: Check) -> tuple[Summary, list[Item]]:
    """A short page in memory (ListIdentifiers, GetRecord), read strictly, checked; raises NotOai, ProtocolError."""
    from harvester import salvage
    from harvester.errors import Malformed

    data = b"".join(chunks)
    reader = ListReader()
    try:
        found: list[Item] = list(items([data], reader))
        summary = reader.close()
    except Malformed:
        page: Any = salvage.page(data)
        found, summary = page.items, page.summary
    check(summary)
    return summary, found
