"""What can go wrong in the broker.

BrokerError
├── UnknownRequest   no such request for this library (404)
├── NotNow           the action is not legal in this state, or not for this role (409)
├── Stale            somebody or something was faster: read again (409)
├── Missing          a required field was not filled in (422)
├── NotAllowed       patron or library may not: with codes (403)
└── OnOwnShelf       the home library has it: with its shelves (409)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broker.views import Shelf


class BrokerError(Exception):
    """Anything the broker refuses."""


class UnknownRequest(BrokerError):
    """There is no such request, or it is none of this library's business."""


class NotNow(BrokerError):
    """The action is not legal in this state or for this role."""


class Stale(BrokerError):
    """The request changed since it was read."""


class Missing(BrokerError):
    """Required fields are empty; `fields` names them."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__("missing: " + ", ".join(fields))
        self.fields = tuple(fields)


class NotAllowed(BrokerError):
    """May not; `codes` say why (blocked, membership_expired, not_confirmed, limit_reached, duplicate, or of decide).

    With 'duplicate', `request_id` is the open request of the same patron for the same title.
    """

    def __init__(self, codes: Sequence[str], request_id: str | None = None) -> None:
        super().__init__("not allowed: " + ", ".join(codes))
        self.codes = tuple(codes)
        self.request_id = request_id


class OnOwnShelf(BrokerError):
    """The home library has available copies; `shelves` says where."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        super().__init__("on the own shelf")
        self.shelves = tuple(shelves)
