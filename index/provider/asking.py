"""Requests of OAI-PMH 2.0: which arguments each verb has, what is wrong with those that were sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from index.provider.sets import SPEC

#: Verb → (arguments it must have, arguments it may have), section 4 of the protocol. A token stands alone.
VERBS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
}
LISTS = frozenset({"ListSets", "ListIdentifiers", "ListRecords"})

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_PREFIX = re.compile(r"[A-Za-z0-9\-_.!~*'()]+")

#: Characters that no XML document can hold, so no answer could repeat them.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: No argument is longer.
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of the protocol, with a text for whoever reads the log of the harvester."""

    code: str
    text: str


class Refused(Exception):
    """The request gets errors for an answer; `arguments` are those that the answer repeats."""

    def __init__(self, faults: Sequence[Fault], arguments: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(f"{fault.code}: {fault.text}" for fault in faults))
        self.faults = tuple(faults)
        self.arguments = dict(arguments or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request whose arguments are all legal. '' and None: not given. `start` and `end` are inclusive."""

    verb: str
    arguments: Mapping[str, str]
    identifier: str = ""
    prefix: str = ""
    spec: str = ""
    token: str = ""
    start: datetime | None = None
    end: datetime | None = None


def read(pairs: Sequence[tuple[str, str]]) -> Asked:
    """The request of the arguments as they were sent, in any order; raises Refused with every fault there is."""
    verbs = [value for name, value in pairs if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in VERBS:
        text = {0: "the verb is missing", 1: "there is no such verb"}.get(len(verbs), "the verb is repeated")
        raise Refused([Fault("badVerb", text)])
    verb = verbs[0]
    names = [name for name, _ in pairs]
    values = dict(pairs)
    faults = [
        Fault("badArgument", f"{shown(name)} is repeated")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    given = set(values) - {"verb"}
    alone = verb in LISTS and "resumptionToken" in given
    must, may = VERBS[verb]
    if alone and len(given) > 1:
        faults.append(Fault("badArgument", "a resumptionToken stands alone"))
    elif not alone:
        faults += [Fault("badArgument", f"{name} is missing") for name in sorted(must - given)]
        for name in sorted(given - must - may):
            faults.append(Fault("badArgument", f"{verb} has no argument {shown(name)}"))
    for name in sorted(given & (must | may | {"resumptionToken"})):
        faults += _value(name, values[name])
    start, end = _instant(values.get("from", "")), _instant(values.get("until", ""), end=True)
    if start and end:
        if len(values["from"]) != len(values["until"]):
            faults.append(Fault("badArgument", "from and until must have the same granularity"))
        elif start > end:
            faults.append(Fault("badArgument", "from is later than until"))
    if faults:
        raise Refused(faults)
    return Asked(
        verb=verb,
        arguments=values,
        identifier=values.get("identifier", ""),
        prefix=values.get("metadataPrefix", ""),
        spec=values.get("set", ""),
        token=values.get("resumptionToken", ""),
        start=start,
        end=end,
    )


def _value(name: str, value: str) -> list[Fault]:
    """What is wrong with a value by itself."""
    if value == "":
        return [Fault("badArgument", f"{name} is empty")]
    if len(value) > LONGEST or _NOT_XML.search(value):
        return [Fault("badArgument", f"{name} is too long or holds characters that XML has not")]
    if name in ("from", "until") and _instant(value) is None:
        return [Fault("badArgument", f"{name} is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, a day that there is")]
    if name == "set" and not SPEC.fullmatch(value):
        return [Fault("badArgument", "this is no setSpec")]
    if name == "metadataPrefix" and not _PREFIX.fullmatch(value):
        return [Fault("badArgument", "this is no metadataPrefix")]
    return []


def _instant(text: str, *, end: bool = False) -> datetime | None:
    """The instant; a day is its midnight, as an end its last second. None for anything else."""
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).date()
            return datetime.combine(day, time(23, 59, 59) if end else time(), UTC)
        if _SECOND.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    return None


def shown(text: str) -> str:
    """A text of the request as an error may repeat it: short, and fit for XML."""
    return _NOT_XML.sub("?", text[:60])
