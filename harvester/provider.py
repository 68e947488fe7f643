"""What a provider says about itself: Identify, its formats, its sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from harvester.checked import CheckedSickle
from harvester.errors import (
    HarvestFailed,
    NotAllowed,
    NotOai,
    OutOfPatience,
    ProtocolError,
    ServerError,
    Stopped,
)
from harvester.transport import Conversation
from index import crosswalk

#: Sets that are looked through for one that gave nothing.
_MOST_SETS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An Identify answer; '' where it says nothing. `granularity` is day or seconds; `deleted` no, transient, persistent."""

    name: str = ""
    base_url: str = ""
    version: str = ""
    admin_email: str = ""
    earliest: str = ""
    deleted: str = ""
    granularity: str = ""
    date_header: str = ""
    response_date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A metadata format; `reads_as` is our schema for its namespace, '' where no crosswalk reads it."""

    prefix: str
    namespace: str = ""
    schema: str = ""
    reads_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """A set of a provider."""

    spec: str
    name: str = ""


def identify(conversation: Conversation) -> Identity:
    """Raises HarvestFailed."""
    answer = CheckedSickle(conversation).Identify()

    def said(name: str) -> str:
        value = getattr(answer, name, None)
        return value.strip() if isinstance(value, str) else ""

    root = answer.xml.getparent()
    date = root.find("{*}responseDate") if root is not None else None
    return Identity(
        name=said("repositoryName"),
        base_url=said("baseURL"),
        version=said("protocolVersion"),
        admin_email=said("adminEmail"),
        earliest=said("earliestDatestamp"),
        deleted=said("deletedRecord").lower(),
        granularity={10: "day", 20: "seconds"}.get(len(said("granularity")), ""),
        date_header=conversation.last_date,
        response_date="" if date is None else (date.text or "").strip(),
    )


def formats(conversation: Conversation) -> tuple[Format, ...]:
    """The formats offered. Raises HarvestFailed."""
    found = []
    for one in CheckedSickle(conversation).ListMetadataFormats():
        said = _texts(one.xml)
        prefix = said.get("metadataPrefix", "")
        if prefix:
            namespace = said.get("metadataNamespace", "")
            found.append(
                Format(
                    prefix=prefix,
                    namespace=namespace,
                    schema=said.get("schema", ""),
                    reads_as=crosswalk.schema_of(namespace) or "",
                )
            )
    return tuple(found)


def sets(conversation: Conversation, limit: int = 200) -> tuple[Set, ...]:
    """The first sets, () for a provider without any. Raises HarvestFailed."""
    try:
        found = islice(CheckedSickle(conversation).ListSets(), limit)
        return tuple(
            Set(spec=said.get("setSpec", ""), name=said.get("setName", ""))
            for said in (_texts(one.xml) for one in found)
        )
    except ProtocolError as error:
        if error.has("noSetHierarchy"):
            return ()
        raise


def best_prefix(offered: Sequence[Format], *, without: Sequence[str] = ()) -> str:
    """The prefix of the fullest format that we read, chosen by namespace; '' when we read none of them.

    Where the namespace is missing or wrong the name of the prefix has to do. `without` were refused already.
    """
    offered = [one for one in offered if one.prefix not in without]
    for schema in crosswalk.PREFERENCE:
        chosen = [one.prefix for one in offered if one.reads_as == schema]
        if chosen:
            return min(chosen, key=len)
    by_name = {"marc21": "marc21", "marcxml": "marc21", "marc": "marc21", "mods": "mods", "oai_dc": "oai_dc"}
    known = {one.prefix.lower(): one.prefix for one in offered}
    return next((known[name] for name in by_name if name in known), "")


def preferred(offered: Sequence[Format], wanted: Sequence[str]) -> str:
    """The first of `wanted` that is offered, whatever its case; else the best by namespace."""
    known = {one.prefix.lower(): one.prefix for one in offered}
    return next((known[name] for name in wanted if name in known), "") or best_prefix(offered)


def choose_prefix(conversation: Conversation, wanted: Sequence[str] = ()) -> str:
    """The prefix to harvest with: the first of `wanted` that is offered, else the best by namespace; oai_dc (or the
    first wanted) where the provider cannot say what it offers. Raises what is final.
    """
    try:
        offered = formats(conversation)
    except (NotAllowed, OutOfPatience, Stopped):
        raise
    except HarvestFailed as error:
        conversation.tally.odd("list_formats_failed", str(error))
        return wanted[0] if wanted else "oai_dc"
    prefix = preferred(offered, wanted)
    if not prefix:
        conversation.tally.odd("no_readable_format", ", ".join(one.prefix for one in offered)[:200])
    return prefix or "oai_dc"


def identify_if_possible(conversation: Conversation) -> Identity | None:
    """Identify, None where it fails in a way that the lists may survive. Raises what is final."""
    try:
        return identify(conversation)
    except (NotOai, ProtocolError, ServerError) as error:
        if isinstance(error, ProtocolError) and error.has("badVerb") and not conversation.quirks.post:
            return _posted(conversation, error)
        conversation.tally.odd("identify_failed", str(error))
        return None


def _posted(conversation: Conversation, refused: ProtocolError) -> Identity | None:
    """Identify by POST, for a server that does not see the arguments of an address. Raises what is final."""
    conversation.quirks.post = True
    try:
        found = identify(conversation)
    except (NotOai, ProtocolError, ServerError):
        conversation.quirks.post = False
        conversation.tally.odd("identify_failed", str(refused))
        return None
    conversation.tally.odd("post_only", str(refused))
    return found


def lacks_set(conversation: Conversation, spec: str) -> bool:
    """Whether the provider lists its sets, to the end, and this is none of them. Raises what is final."""
    try:
        found = sets(conversation, _MOST_SETS)
    except (NotAllowed, OutOfPatience, Stopped):
        raise
    except HarvestFailed:
        return False
    return len(found) < _MOST_SETS and all(
        one.spec != spec and not one.spec.startswith(spec + ":") for one in found
    )


def _texts(element: Any) -> dict[str, str]:
    return {
        one.tag.rpartition("}")[2]: (one.text or "").strip() for one in element if isinstance(one.tag, str)
    }
