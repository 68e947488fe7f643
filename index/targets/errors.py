"""What can be wrong with a target that somebody enters.

BadTarget        it cannot be; `field` says where, `reason` is a code
ReadOnlyTarget   it comes from config.yaml
StaleTarget      somebody else changed it in the meantime
UnknownTarget    there is none of this id or code
"""

from __future__ import annotations


class BadTarget(Exception):
    """What was entered cannot be a target. `field` is a name of flat.FIELDS, `reason` a code, `detail` the part."""

    def __init__(self, field: str, reason: str, detail: str = "") -> None:
        super().__init__(f"{field}: {reason}" + (f": {detail}" if detail else ""))
        self.field = field
        self.reason = reason
        self.detail = detail


class ReadOnlyTarget(Exception):
    """The target comes from config.yaml and is changed there."""


class StaleTarget(Exception):
    """Somebody else changed the target since it was read."""


class UnknownTarget(LookupError):
    """No target of this id or code."""
