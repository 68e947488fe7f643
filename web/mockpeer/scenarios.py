"""What the mock peer does, by the name of a scenario: tables of what is heard and what is then said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of the supplying side. `due` and `expected` count days from now."""

    status: str
    reason: str = "StatusChange"
    answer: bool | None = None
    unfilled: str = ""
    retry: str = ""
    condition: str = ""
    cost: int | None = None  # whole units of the currency
    due: int | None = None
    expected: int | None = None
    url: str = ""
    note: str = ""


_FIRST = "RequestResponse"
_LOANED = Line(status="Loaned", due=21)
_BACK = Line(status="LoanCompleted")
_WILL = Line(status="WillSupply", reason=_FIRST)

#: Answers that every lending scenario has in common.
_USUAL: Mapping[str, tuple[Line, ...]] = {
    "ShippedReturn": (_BACK,),
    "Renew": (Line(status="Loaned", reason="RenewResponse", answer=True, due=35),),
    "Cancel": (Line(status="Loaned", reason="CancelResponse", answer=False),),
    "Lost": (Line(status="CompletedWithoutReturn"),),
}

#: As a supplier: what is heard ('Request' or an action) to what is said then.
SUPPLYING: Mapping[str, Mapping[str, tuple[Line, ...]]] = {
    "loan": {**_USUAL, "Request": (_WILL, _LOANED)},
    "loan_at_once": {**_USUAL, "Request": (Line(status="Loaned", reason=_FIRST, due=21),)},
    "copy": {
        "Request": (
            _WILL,
            Line(status="CopyCompleted", url="https://scan.example/1.pdf"),
        )
    },
    "conditions": {
        **_USUAL,
        "Request": (Line(status="WillSupply", reason=_FIRST, condition="LibraryUseOnly", cost=15_000),),
        "Notification": (_LOANED,),
        "Cancel": (Line(status="Cancelled", reason="CancelResponse", answer=True),),
    },
    "retry": {"Request": (Line(status="RetryPossible", reason=_FIRST, retry="OnLoan", expected=30),)},
    "unfilled": {"Request": (Line(status="Unfilled", reason=_FIRST, unfilled="NotOnShelf"),)},
    "expect": {
        **_USUAL,
        "Request": (Line(status="ExpectToSupply", reason=_FIRST, expected=5), _LOANED),
    },
    "overdue": {**_USUAL, "Request": (_WILL, _LOANED), "Received": (Line(status="Overdue", due=0),)},
    "recall": {**_USUAL, "Request": (_WILL, _LOANED), "Received": (Line(status="Recalled", due=7),)},
    "renew_refused": {
        **_USUAL,
        "Request": (_WILL, _LOANED),
        "Renew": (Line(status="Loaned", reason="RenewResponse", answer=False, due=21),),
    },
    "cancel_accepted": {
        "Request": (_WILL,),
        "Cancel": (Line(status="Cancelled", reason="CancelResponse", answer=True),),
    },
    "cancel_refused": {
        **_USUAL,
        "Request": (_WILL,),
        "Cancel": (Line(status="WillSupply", reason="CancelResponse", answer=False), _LOANED),
    },
    "lost": {
        **_USUAL,
        "Request": (_WILL, _LOANED),
        "Received": (Line(status="CompletedWithoutReturn", note="Reported lost."),),
    },
}

#: Faults instead of an answer: they are over before anything is understood.
FAULTS: Mapping[str, str] = {
    "error": "every message is confirmed with ERROR",
    "http_404": "HTTP 404",
    "http_500": "HTTP 500",
    "garbage": "HTTP 200 with something that is no confirmation",
    "silent": "the connection is closed without an answer",
    "slow": "a loan, each confirmation after five seconds",
}

#: As a requester: what is heard (a status, or reason and status) to the actions that follow.
REQUESTING: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "loan": {"Loaned": ("Received", "ShippedReturn")},
    "copy": {},
    "conditions": {"WillSupply": ("Notification",), "Loaned": ("Received", "ShippedReturn")},
    "renew": {"Loaned": ("Received", "Renew"), "RenewResponse": ("ShippedReturn",)},
    "cancel": {"start": ("Cancel",), "Loaned": ("Received", "ShippedReturn")},
    "status": {"start": ("StatusRequest",), "Loaned": ("Received", "ShippedReturn")},
    "lost": {"Loaned": ("Received", "Lost")},
    "keep": {"Loaned": ("Received",)},
}

#: An action that only 2021 knows is said as a note to whoever reads 2017.
NOTES: Mapping[str, str] = {"Notification": "Conditions accepted.", "Lost": "The item is lost."}
