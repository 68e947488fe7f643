"""What can go wrong while a source is harvested.

HarvestFailed                    this run cannot go on
├── Unreachable                  the network or the server does not answer, and patience is at an end
│   └── ServerError              it answers, but with an HTTP error
├── NotAllowed                   the server turns us away (401, 403), or the address is not permitted
├── NotOai                       what answers is not an OAI-PMH provider
│   ├── Truncated                it began as one, but the page is cut off
│   └── Malformed                it is one, but the page is not well-formed
├── ProtocolError                OAI-PMH errors: codes and texts
├── OutOfPatience                all the waiting that was allowed is used up
├── Fenced                       somebody else has taken this harvest over
└── Stopped                      a person asked for it
BadSource                        what an admin entered cannot be a source; `field` says where
ReadOnlySource                   it comes from config.yaml
StaleSource                      somebody else changed it in the meantime
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One `<error>` of an answer; `code` is '' when the provider gave none."""

    code: str
    text: str = ""


class HarvestFailed(Exception):
    """This run cannot go on; `reason` is a stored code."""

    reason = "failed"


class Unreachable(HarvestFailed):
    """The network or the server does not answer, and patience is at an end."""

    reason = "unreachable"


class ServerError(Unreachable):
    """The server answers, but with an HTTP error, again and again."""

    reason = "server_error"


class NotAllowed(HarvestFailed):
    """The server turns us away (401, 403), or the address is not permitted."""

    reason = "not_allowed"


class NotOai(HarvestFailed):
    """What answers is not an OAI-PMH provider."""

    reason = "not_oai"


class Truncated(NotOai):
    """The page began as OAI-PMH and is cut off."""

    reason = "truncated"


class Malformed(NotOai):
    """The page is OAI-PMH and not well-formed; harvester.salvage may still read it. `offset` counts bytes."""

    reason = "malformed"

    def __init__(self, text: str, offset: int = 0) -> None:
        super().__init__(text)
        self.offset = offset


class OutOfPatience(HarvestFailed):
    """All the waiting that was allowed is used up; `retry_after` is what the server last asked for (seconds)."""

    reason = "out_of_patience"

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Fenced(HarvestFailed):
    """Somebody else has taken this harvest over; nothing of ours may be written any more."""

    reason = "fenced"


class Stopped(HarvestFailed):
    """A person asked for it."""

    reason = "stopped"


class ProtocolError(HarvestFailed):
    """OAI-PMH errors, all that the answer held."""

    reason = "protocol_error"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.code or 'no code'}: {f.text}".rstrip(": ") for f in faults))

    def has(self, code: str) -> bool:
        """Whether one of the errors carries this code, in whatever case."""
        return any(f.code.strip().lower() == code.lower() for f in self.faults)


class BadSource(Exception):
    """What was entered cannot be a source; `field` names the form field, `reason` is a code."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class ReadOnlySource(Exception):
    """The source comes from config.yaml and is changed there."""


class StaleSource(Exception):
    """Somebody else changed the source in the meantime."""


class UnknownSource(LookupError):
    """No such source, harvest or quarantined record."""
