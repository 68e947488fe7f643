"""Which element says what, and in which order: tables of the two editions (their XML schemas 1.2 and 2021-2).

Reading knows the elements of both editions at once; writing follows the order of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broker.iso18626 import values as v

#: Editions we write, and the labels that mean them. A newer label is read as the newest edition.
EDITIONS: Mapping[str, str] = {
    "1.0": "1.2",
    "1.1": "1.2",
    "1.2": "1.2",
    "2021-1": "2021-2",
    "2021-2": "2021-2",
    "2021-3": "2021-2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One element: its name, the attribute of the value, and what is inside.

    `kind` is 'text', 'code', 'time', 'yes' (Y or N), 'boolean', 'integer', 'decimal', a closed list of `codes.CLOSED`
    as 'closed:status', or the class of a nested value. Where a value holds several and the element stands once:
    'joined' texts, 'first_code', 'first_costs'. A 'plain_code' is written without its scheme.
    `needed` elements are written even when empty.
    """

    name: str
    to: str
    kind: Any = "text"
    many: bool = False
    needed: bool = False


def _s(name: str, to: str = "", kind: Any = "text", **more: Any) -> Slot:
    return Slot(name=name, to=to or name, kind=kind, **more)


def _texts(*pairs: tuple[str, str]) -> tuple[Slot, ...]:
    return tuple(_s(name, to) for name, to in pairs)


_AGENCY = (_s("agencyIdType", "type", "code", needed=True), _s("agencyIdValue", "value", needed=True))
_SUPPLIER_ID = _s("supplyingAgencyId", "supplier", v.Agency)
_REQUESTER_ID = _s("requestingAgencyId", "requester", v.Agency)
_CONSORTIUM = _s("consortialId", "consortium", v.Agency)
_SEVERAL = _s("multipleItemRequestId", "several")
_SEVERAL_NEEDED = _s("multipleItemRequestId", "several", needed=True)
_AT = _s("timestamp", "at", "time", needed=True)
_REQUEST_ID = _s("requestingAgencyRequestId", "request_id", needed=True)
_SUPPLIER_REQUEST_ID = _s("supplyingAgencyRequestId", "supplier_request_id")
_SIGN_IN = _s("requestingAgencyAuthentication", "authentication", v.Authentication)

_ADDRESS = _s("address", "address", v.Address)
_ADDRESSES = _s("address", "addresses", v.Address, many=True)
_CONDITIONS = _s("loanCondition", "conditions", "code", many=True)

#: What is the same in both editions.
_SAME: Mapping[Any, tuple[Slot, ...]] = {
    v.Agency: _AGENCY,
    v.Authentication: _texts(("accountId", "account"), ("securityCode", "secret")),
    "record_id": (
        _s("bibliographicRecordIdentifierCode", "code", "code", needed=True),
        _s("bibliographicRecordIdentifier", "value", needed=True),
    ),
    v.Electronic: (
        _s("electronicAddressType", "type", "code", needed=True),
        _s("electronicAddressData", "data", needed=True),
    ),
    v.Address: (
        _s("electronicAddress", "electronic", v.Electronic),
        _s("physicalAddress", "physical", v.Physical),
    ),
    v.Costs: (
        _s("currencyCode", "currency", "code", needed=True),
        _s("monetaryValue", "amount", "decimal", needed=True),
    ),
    v.Supplier: (
        _s("sortOrder", "order", "integer"),
        _s("supplierCode", "agency", v.Agency),
        _s("supplierDescription", "description"),
        _s("bibliographicRecordId", "record_id", "record_id"),
        *_texts(("callNumber", "call_number"), ("summaryHoldings", "holdings"), ("availabilityNote", "note")),
    ),
    v.Asking: (*_texts(("name", "name"), ("contactName", "contact")), _ADDRESSES),
    v.Patron: (
        *_texts(("patronId", "id"), ("surname", "surname"), ("givenName", "given_name")),
        _s("patronType", "types", "first_code"),
        _s("sendToPatron", "send_to_patron", "yes"),
        _ADDRESSES,
    ),
    v.Billing: (
        _s("paymentMethod", "methods", "first_code"),
        _s("maximumCosts", "maximum", v.Costs),
        _s("billingMethod", "method", "code"),
        _s("billingName", "name"),
        _ADDRESS,
    ),
    v.Status: (
        _s("status", "status", "closed:status", needed=True),
        _s("expectedDeliveryDate", "expected", "time"),
        _s("dueDate", "due", "time"),
        _s("lastChange", "changed", "time", needed=True),
    ),
    v.Returning: (
        _s("returnAgencyId", "agency", v.Agency),
        _s("name", "name"),
        _s("physicalAddress", "address", v.Physical),
    ),
    v.Requesting: (
        _s("header", "header", v.Header),
        _s("action", "action", "closed:action", needed=True),
        _s("note", "note"),
    ),
    v.Fault: (_s("errorType", "type", "closed:error_type", needed=True), _s("errorValue", "value")),
}

_ITEM_CODE = _s("bibliographicItemIdentifierCode", "code", "code", needed=True)
_ITEM_VALUE = _s("bibliographicItemIdentifier", "value", needed=True)


def _bibliographic(*, author_id: bool, many_volumes: bool) -> tuple[Slot, ...]:
    return (
        *_texts(("supplierUniqueRecordId", "supplier_record_id"), ("title", "title"), ("author", "author")),
        *(_texts(("authorId", "author_id")) if author_id else ()),
        *_texts(
            ("subtitle", "subtitle"),
            ("seriesTitle", "series"),
            ("edition", "edition"),
            ("titleOfComponent", "component_title"),
            ("authorOfComponent", "component_author"),
        ),
        _s("volume", "volumes", many=True) if many_volumes else _s("volume", "volumes", "joined"),
        *_texts(("issue", "issue"), ("pagesRequested", "pages"), ("estimatedNoPages", "estimated_pages")),
        _s("bibliographicItemId", "item_ids", "item_id", many=True),
        *_texts(("sponsor", "sponsor"), ("informationSource", "source")),
        _s("bibliographicRecordId", "record_ids", "record_id", many=True),
    )


def _physical(region: str) -> tuple[Slot, ...]:
    return (
        *_texts(
            ("line1", "line1"), ("line2", "line2"), ("locality", "locality"), ("postalCode", "postal_code")
        ),
        _s("region", "region", region),
        _s("country", "country", "code"),
    )


def _confirmed(kind: str) -> tuple[Slot, ...]:
    said = {
        "supplyingAgencyMessageConfirmation": (_s("reasonForMessage", "reason", "closed:reason"),),
        "requestingAgencyMessageConfirmation": (_s("action", "action", "closed:action"),),
    }
    return (
        _s("confirmationHeader", "", "confirmationHeader"),
        *said.get(kind, ()),
        _s("errorData", "faults", v.Fault, many=True),
    )


_REQUEST_TYPE = (
    _s("requestType", "request_type", "closed:request_type"),
    _s("requestSubType", "sub_types", "closed:sub_type", many=True),
    _s("requestingAgencyPreviousRequestId", "previous"),
    _s("serviceType", "service_type", "closed:service_type", needed=True),
    _s("serviceLevel", "level", "code"),
)
_WHEN_NEEDED = (
    _s("needBeforeDate", "need_before", "time"),
    _s("copyrightCompliance", "copyright", "code"),
    _s("anyEdition", "any_edition", "yes"),
)
_FROM_TO = (_s("startDate", "start", "time"), _s("endDate", "end", "time"), _s("note", "note"))
_INFO = (
    _s("reasonForMessage", "reason", "closed:reason", needed=True),
    _s("answerYesNo", "answer", "yes"),
    _s("note", "note"),
    _s("reasonUnfilled", "unfilled", "code"),
    _s("reasonRetry", "retry", "code"),
)
_CONFIRMED_HEAD = (_SUPPLIER_ID, _REQUESTER_ID, _AT, _s("requestingAgencyRequestId", "request_id"))
_CONFIRMED_TAIL = (
    _s("timestampReceived", "received", "time", needed=True),
    _s("messageStatus", "status", "closed:message_status", needed=True),
)
_HEADER_1_2 = (
    _SUPPLIER_ID,
    _REQUESTER_ID,
    _SEVERAL_NEEDED,
    _AT,
    _REQUEST_ID,
    _SUPPLIER_REQUEST_ID,
    _SIGN_IN,
)


def _request(service_needed: bool) -> tuple[Slot, ...]:
    return (
        _s("header", "header", v.Header),
        _s("bibliographicInfo", "wanted", v.Bibliographic, needed=True),
        _s("publicationInfo", "publication", v.Publication),
        _s("serviceInfo", "service", v.Service, needed=service_needed),
        _s("supplierInfo", "suppliers", v.Supplier, many=True),
        _s("requestedDeliveryInfo", "wishes", v.Wish, many=True),
        _s("requestingAgencyInfo", "asking", v.Asking),
        _s("patronInfo", "patron", v.Patron),
        _s("billingInfo", "billing", v.Billing),
    )


_CONFIRMATIONS: Mapping[Any, tuple[Slot, ...]] = {
    kind: _confirmed(kind) for kind in v.KINDS if kind.endswith("Confirmation")
}

TABLES: Mapping[str, Mapping[Any, tuple[Slot, ...]]] = {
    "1.2": {
        **_SAME,
        **_CONFIRMATIONS,
        (v.Header, "request"): _HEADER_1_2,
        (v.Header, "supplyingAgencyMessage"): _HEADER_1_2,
        (v.Header, "requestingAgencyMessage"): _HEADER_1_2,
        "confirmationHeader": (*_CONFIRMED_HEAD, _SEVERAL, *_CONFIRMED_TAIL),
        "item_id": (_ITEM_VALUE, _ITEM_CODE),
        v.Bibliographic: _bibliographic(author_id=False, many_volumes=False),
        v.Publication: (
            _s("publisher"),
            _s("publicationType", "type", "code"),
            *_texts(("publicationDate", "date"), ("placeOfPublication", "place")),
        ),
        v.Service: (*_REQUEST_TYPE, _s("preferredFormat", "format", "code"), *_WHEN_NEEDED, *_FROM_TO),
        v.Physical: _physical("code"),
        v.Wish: (_s("sortOrder", "order", "integer"), _ADDRESS),
        v.Request: _request(service_needed=False),
        v.Info: (
            *_INFO,
            _s("offeredCosts", "offered", v.Costs),
            _s("retryAfter", "retry_after", "time"),
            _s("retryBefore", "retry_before", "time"),
        ),
        v.Delivery: (
            _s("dateSent", "sent", "time", needed=True),
            _s("itemId", "item_ids", "joined"),
            _s("sentVia", "method", "code"),
            _s("sentToPatron", "to_patron", "boolean"),
            _s("loanCondition", "conditions", "first_code"),
            _s("deliveredFormat", "format", "code"),
            _s("deliveryCosts", "costs", "first_costs"),
        ),
        v.Supplying: (
            _s("header", "header", v.Header),
            _s("messageInfo", "info", v.Info, needed=True),
            _s("statusInfo", "status", v.Status, needed=True),
            _s("deliveryInfo", "delivery", v.Delivery),
            _s("returnInfo", "returning", v.Returning),
        ),
    },
    "2021-2": {
        **_SAME,
        **_CONFIRMATIONS,
        (v.Header, "request"): (
            _SUPPLIER_ID,
            _REQUESTER_ID,
            _CONSORTIUM,
            _SEVERAL,
            _AT,
            _REQUEST_ID,
            _SIGN_IN,
        ),
        (v.Header, "supplyingAgencyMessage"): (
            _SUPPLIER_ID,
            _REQUESTER_ID,
            _AT,
            _REQUEST_ID,
            _SUPPLIER_REQUEST_ID,
        ),
        (v.Header, "requestingAgencyMessage"): (
            _SUPPLIER_ID,
            _REQUESTER_ID,
            _CONSORTIUM,
            _AT,
            _REQUEST_ID,
            _SUPPLIER_REQUEST_ID,
            _SIGN_IN,
        ),
        "confirmationHeader": (*_CONFIRMED_HEAD, *_CONFIRMED_TAIL),
        "item_id": (_ITEM_CODE, _ITEM_VALUE),
        v.Bibliographic: _bibliographic(author_id=True, many_volumes=True),
        v.Publication: (
            *_texts(("publisher", "publisher"), ("publisherId", "publisher_id")),
            _s("publicationType", "type", "code"),
            *_texts(("publicationDate", "date"), ("placeOfPublication", "place")),
        ),
        v.Service: (
            *_REQUEST_TYPE,
            _s("itemFormat", "format", "code"),
            *_WHEN_NEEDED,
            _s("preferredEdition", "preferred_edition", "closed:preferred_edition"),
            _CONDITIONS,
            *_FROM_TO,
        ),
        v.Physical: _physical("plain_code"),
        v.Wish: (
            _s("sortOrder", "order", "integer"),
            _ADDRESS,
            _s("deliveryMethod", "method", "code"),
            _s("courierName", "courier", "code"),
        ),
        v.Request: _request(service_needed=True),
        v.Info: _INFO,
        v.Retry: (
            _CONDITIONS,
            _s("edition", "editions", many=True),
            _s("itemFormat", "formats", "code", many=True),
            _s("volume", "volumes", many=True),
            _s("serviceType", "service_type", "closed:service_type"),
            _s("serviceLevel", "levels", "code", many=True),
            _s("deliveryMethod", "methods", "code", many=True),
            _s("courierName", "couriers", "code", many=True),
            _s("offeredCosts", "offered", v.Costs, many=True),
            _s("paymentMethod", "payments", "code", many=True),
            _s("retryBefore", "before", "time"),
            _s("retryAfter", "after", "time"),
        ),
        v.Delivery: (
            _s("dateSent", "sent", "time", needed=True),
            _s("itemId", "item_ids", many=True),
            _s("URL", "url"),
            _s("deliveryMethod", "method", "code"),
            _ADDRESS,
            _s("sentToPatron", "to_patron", "boolean"),
            _CONDITIONS,
            _s("itemFormat", "format", "code"),
            _s("serviceType", "service_type", "closed:service_type"),
            _s("deliveryCosts", "costs", v.Costs, many=True),
            _s("paymentMethod", "payment", "code"),
        ),
        v.Shipping: (
            _s("courierName", "courier", "code"),
            _s("trackingId", "tracking", many=True),
            _s("insurance", "insurance", "yes"),
            _s("insuranceThirdParty", "third_party", "yes"),
            _s("thirdPartyName", "third_party_name"),
            _s("insuranceCosts", "costs", v.Costs, many=True),
        ),
        v.Supplying: (
            _s("header", "header", v.Header),
            _s("messageInfo", "info", v.Info, needed=True),
            _s("statusInfo", "status", v.Status, needed=True),
            _s("retryInfo", "retry", v.Retry),
            _s("deliveryInfo", "delivery", v.Delivery),
            _s("shippingInfo", "shipping", v.Shipping),
            _s("returnInfo", "returning", v.Returning),
        ),
    },
}

#: The value that a message of each kind is.
OF_KIND: Mapping[str, Any] = {
    "request": v.Request,
    "supplyingAgencyMessage": v.Supplying,
    "requestingAgencyMessage": v.Requesting,
}


def slots(edition: str, what: Any, kind: str) -> tuple[Slot, ...]:
    """The elements of a value in the order of an edition; `kind` is the message it stands in (headers differ)."""
    table = TABLES[edition]
    return table.get((what, kind)) or table.get(what) or ()


def _known(what: Any, kind: str) -> Mapping[str, Slot]:
    found: dict[str, Slot] = {}
    for edition in ("1.2", "2021-2"):  # the newer one wins: it can say more
        found |= {slot.name: slot for slot in slots(edition, what, kind)}
    return found


_READ: dict[tuple[Any, str], Mapping[str, Slot]] = {}


def readable(what: Any, kind: str) -> Mapping[str, Slot]:
    """Elements that may stand in a value, of both editions, by name."""
    key = (what, kind)
    if key not in _READ:
        _READ[key] = _known(what, kind)
    return _READ[key]
