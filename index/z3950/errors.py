"""What can go wrong with a session as a whole.

Z3950Failed
├── NoWay         no connection came about: `code` is unresolved, refused, unreachable, forbidden or tls
├── Rejected      the server refused the session; `diagnostics` and the text say why
├── Lost *        the connection ended in the middle; `reason` is that of the server's Close, if it sent one
├── Garbled       what came is not the protocol
├── TooBig        a message over the limits
├── TooSlow *     the deadline passed, or bytes only dripped in
└── Unsupported   the server, or the version agreed on, cannot do what was asked; nothing was sent

What a server answers to one operation (diagnostics) is no error: it stands in the answer. Those with a star may
well succeed the next time.
"""

from __future__ import annotations

from typing import ClassVar

from index.z3950.diagnostics import Diagnostic


class Z3950Failed(Exception):
    """Base of the tree. The text is fit for an admin page; `code` is one word of the list above."""

    code: str = "protocol"
    passing: ClassVar[bool] = False


class NoWay(Z3950Failed):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Rejected(Z3950Failed):
    code = "rejected"

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


class Lost(Z3950Failed):
    code = "lost"
    passing = True

    def __init__(self, message: str, reason: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class Garbled(Z3950Failed):
    code = "protocol"


class TooBig(Z3950Failed):
    code = "too_big"


class TooSlow(Z3950Failed):
    code = "timeout"
    passing = True


class Unsupported(Z3950Failed):
    code = "unsupported"
