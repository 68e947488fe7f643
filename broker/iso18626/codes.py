"""The codes of ISO 18626: the closed lists, and the open ones with the words that we store for their values."""

from __future__ import annotations

from collections.abc import Mapping

from broker.messages import ACTIONS, REASONS, REQUEST_TYPES, STATUSES

NAMESPACE = "http://illtransactions.org/2013/iso18626"

#: The closed lists. A value that differs in case alone is taken for the one meant.
CLOSED: Mapping[str, tuple[str, ...]] = {
    "action": ACTIONS,
    "status": STATUSES,
    "reason": REASONS,
    "request_type": REQUEST_TYPES,
    "sub_type": (
        "BookingRequest",
        "MultipleItemRequest",
        "PatronRequest",
        "TransferRequest",
        "SupplyingLibrarysChoice",
    ),
    "service_type": ("Copy", "Loan", "CopyOrLoan"),
    "preferred_edition": ("MostRecentEdition", "ThisEdition", "AnyEdition"),
    "message_status": ("OK", "ERROR"),
    "error_type": (
        "UnsupportedActionType",
        "UnsupportedReasonForMessageType",
        "UnrecognisedDataElement",
        "UnrecognisedDataValue",
        "BadlyFormedMessage",
    ),
}

#: Where the values of an open list are defined.
SCHEME = "http://illtransactions.org/ISO18626/OpenCodeList/{}-V1.0"

#: The open lists that we store words of our own for: list, to its values in the order of preference for ours.
UNFILLED: Mapping[str, str] = {
    "NotOnShelf": "not_on_shelf",
    "NotHeld": "not_held",
    "NonCirculating": "non_circulating",
    "NotAvailableForILL": "not_available",
    "PolicyProblem": "policy",
    "PoorCondition": "poor_condition",
}

RETRY: Mapping[str, str] = {
    "OnLoan": "on_loan",
    "OnOrder": "on_order",
    "AtBindery": "at_bindery",
    "CostExceedsMaxCost": "cost_exceeds_maximum",
    "NotFoundAsCited": "not_found_as_cited",
    "NotCurrentAvailableForILL": "not_currently_available",
    "ReqDelDateNotPossible": "delivery_date_not_possible",
    "LoanPossible": "loan_possible",
    "MustMeetLoanCondition": "condition",
}

CONDITIONS: Mapping[str, str] = {
    "LibraryUseOnly": "library_use_only",
    "NoReproduction": "no_reproduction",
    "SignatureRequired": "signature_required",
    "SpecCollSupervReq": "special_collection_supervision",
    "WatchLibraryUseOnly": "watch_library_use_only",
}

#: What is met in the wild beside them (CrossLink, ReShare, older lists).
ALSO_RETRY: Mapping[str, str] = {"LoanCondition": "condition"}

#: Our reasons that no code of theirs says: the nearest, and the note says the rest.
UNFILLED_OUT: Mapping[str, str] = {
    **{ours: theirs for theirs, ours in UNFILLED.items()},
    "on_loan": "NotAvailableForILL",
    "no_answer": "NotAvailableForILL",
    "not_acknowledged": "NotAvailableForILL",
}
RETRY_OUT: Mapping[str, str] = {ours: theirs for theirs, ours in RETRY.items()}
CONDITIONS_OUT: Mapping[str, str] = {ours: theirs for theirs, ours in CONDITIONS.items()}

#: Values of the lists that the edition of 2017 alone, or that of 2021 alone, defines; the other gets the next best.
RETRY_ONLY_2021 = frozenset({"MustMeetLoanCondition"})
RETRY_ONLY_2017 = frozenset({"LoanPossible"})


def ours(table: Mapping[str, str], value: str, otherwise: str) -> str:
    """Our word for a value of an open list, found whatever its case and punctuation; `otherwise` for an unknown one."""
    wanted = _plain(value)
    return next((word for theirs, word in table.items() if _plain(theirs) == wanted), otherwise)


def closed(name: str, value: str) -> str | None:
    """The value of a closed list as the standard writes it; None for what is none."""
    folded = value.casefold()
    return next((one for one in CLOSED[name] if one.casefold() == folded), None)


def _plain(value: str) -> str:
    return "".join(character for character in value.casefold() if character.isalnum())
