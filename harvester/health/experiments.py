"""Small experiments with a provider: does it keep to from, until, set and its own tokens? A few requests, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from harvester import datestamps, lists
from harvester.errors import HarvestFailed, NotAllowed, OutOfPatience, ProtocolError, Stopped
from harvester.pages import Header, Item, Summary
from harvester.transport import Conversation

#: What an experiment says: it does, it does not, it refuses to answer, or nothing can be said.
YES, NO, REFUSED, UNKNOWN = "yes", "no", "refused", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen. Answers are yes, no, refused or unknown; `day_wanted` is whether seconds were refused.

    `tokens` is none where one page was all. `token_seconds` is how long a token lives by its own word, None where it
    does not say. `skew` is how far the provider's clock is off its own server's or ours, in seconds. `stamps` is the
    form of the datestamps on the first page: day, seconds, mixed, or '' for none that can be read.
    """

    page: int = 0
    seconds: float = 0.0
    stamps: str = ""
    tombstones: int = 0
    tokens: str = UNKNOWN
    token_form: str = ""
    token_seconds: float | None = None
    since: str = UNKNOWN
    until: str = UNKNOWN
    day_wanted: bool = False
    sets: str = UNKNOWN
    single: str = UNKNOWN  # GetRecord
    skew: float | None = None


def observe(
    conversation: Conversation,
    prefix: str,
    summary: Summary,
    items: list[Item],
    *,
    seconds: float,
    skew: float | None,
    set_specs: Iterable[str] = (),
    report: Callable[[str], None] = lambda _: None,
) -> Observed:
    """Try things out behind the first page. Raises nothing for what the provider does; stops early out of patience."""
    found: dict[str, Any] = {
        "page": len(items),
        "seconds": seconds,
        "stamps": stamps_of(item.header for item in items),
        "tombstones": sum(item.header.deleted for item in items),
        "skew": skew,
    }
    steps: tuple[tuple[str, Callable[[], dict[str, Any]]], ...] = (
        ("tokens", lambda: _tokens(conversation, prefix, summary)),
        ("from", lambda: _window(conversation, prefix, items, "from")),
        ("until", lambda: _window(conversation, prefix, items, "until")),
        ("set", lambda: _set(conversation, prefix, items, tuple(set_specs))),
        ("record", lambda: _single(conversation, prefix, items)),
    )
    for name, step in steps:
        report(name)
        try:
            found |= step()
        except (OutOfPatience, Stopped, NotAllowed):
            break
        except HarvestFailed:
            continue
    return Observed(**found)


def stamps_of(headers: Iterable[Header]) -> str:
    """The form of datestamps: day, seconds, mixed or ''."""
    forms = set()
    for one in headers:
        if datestamps.read(one.datestamp) is not None:
            forms.add("day" if len(one.datestamp.strip()) == 10 else "seconds")
    return "" if not forms else forms.pop() if len(forms) == 1 else "mixed"


def lives(response_date: str, expires: str) -> float | None:
    """Seconds that a token lives by its expirationDate; None where either date makes no sense."""
    said, ends = datestamps.read(response_date), datestamps.read(expires)
    if said is None or ends is None:
        return None
    return (ends - said).total_seconds()


def kept_to(headers: Iterable[Header], *, since: str = "", until: str = "") -> str:
    """Whether a list kept to its window: yes, no, or unknown where it holds nothing with a date. Pure."""
    seen = False
    for one in headers:
        at = datestamps.read(one.datestamp)
        if at is None:
            continue
        seen = True
        bound = since or until
        text = datestamps.write(at, "day" if len(bound) == 10 else "seconds")
        if (since and text < since) or (until and text > until):
            return NO
    return YES if seen else UNKNOWN


def _tokens(conversation: Conversation, prefix: str, summary: Summary) -> dict[str, Any]:
    token = summary.token
    if token is None or not token.text:
        return {"tokens": "none"}
    found: dict[str, Any] = {"token_seconds": lives(summary.response_date, token.expires)}
    arguments = {"metadataPrefix": prefix}
    check = lists.Check("ListRecords", arguments, conversation.tally.odd)
    following = lists.Next(text=token.text, raw_text=token.raw_text)
    try:
        lists.following(
            conversation, "ListRecords", following, arguments, lambda chunks: lists.read_page(chunks, check)
        )
    except ProtocolError:
        return found | {"tokens": NO}
    return found | {"tokens": YES, "token_form": conversation.quirks.token_form}


def _window(conversation: Conversation, prefix: str, items: list[Item], name: str) -> dict[str, Any]:
    """Ask for what is at least as new as the newest of the page, or as old as its oldest."""
    key = "since" if name == "from" else "until"
    dated = [at for item in items if (at := datestamps.read(item.header.datestamp)) is not None]
    if len(set(dated)) < 2:
        return {}
    bound = max(dated) if name == "from" else min(dated)
    form = stamps_of(item.header for item in items)
    refused: dict[str, Any] = {}
    for granularity in ("day",) if form == "day" else ("seconds", "day"):
        text = datestamps.write(bound, granularity)
        try:
            headers = _headers(conversation, {"metadataPrefix": prefix, name: text})
        except ProtocolError as error:
            if error.has("badArgument"):
                refused = {key: REFUSED, "day_wanted": granularity == "seconds"}
                continue
            if error.has("noRecordsMatch"):
                return {key: NO}  # the record that gave the date is inside
            raise
        answer = kept_to(headers, **{key: text})
        return {key: answer, "day_wanted": bool(refused.get("day_wanted"))} if refused else {key: answer}
    return refused


def _set(
    conversation: Conversation, prefix: str, items: list[Item], specs: tuple[str, ...]
) -> dict[str, Any]:
    """Ask for a set that some record of the page is not in."""
    for spec in specs[:50]:
        outside = [item for item in items if not _in(item.header, spec)]
        if not outside:
            continue
        try:
            headers = _headers(conversation, {"metadataPrefix": prefix, "set": spec})
        except ProtocolError as error:
            return {"sets": UNKNOWN if error.has("noRecordsMatch") else REFUSED}
        named = [one for one in headers if one.sets]
        if named:
            return {"sets": YES if all(_in(one, spec) for one in named) else NO}
        strangers = {item.header.identifier for item in outside if item.header.sets}
        return {"sets": NO if strangers & {one.identifier for one in headers} else UNKNOWN}
    return {}


def _in(header: Header, spec: str) -> bool:
    return any(one == spec or one.startswith(spec + ":") for one in header.sets)


def _single(conversation: Conversation, prefix: str, items: list[Item]) -> dict[str, Any]:
    name = next((item.header.identifier for item in items if not item.header.deleted), "")
    if not name:
        return {}
    arguments = {"metadataPrefix": prefix, "identifier": name}
    check = lists.Check("GetRecord", arguments, conversation.tally.odd)
    try:
        _, got = conversation.ask(
            {"verb": "GetRecord", **arguments}, lambda chunks: lists.read_page(chunks, check), tries=2
        )
    except (OutOfPatience, Stopped, NotAllowed):
        raise
    except HarvestFailed:
        return {"single": NO}
    return {"single": YES if any(one.header.identifier == name for one in got) else NO}


def _headers(conversation: Conversation, arguments: dict[str, str]) -> list[Header]:
    check = lists.Check("ListIdentifiers", arguments, conversation.tally.odd)
    _, found = lists.first(
        conversation, "ListIdentifiers", arguments, lambda chunks: lists.read_page(chunks, check)
    )
    return [one.header for one in found]
