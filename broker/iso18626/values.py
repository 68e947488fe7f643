"""The messages of ISO 18626 as values: everything that the editions of 2017 (1.2) and 2021 (2021-2) can say.

Where the editions put the same fact in different places, it has one place here (see `schema`). Empty text and None
mean that nothing was said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

#: Every message and every answer, by the name of its element.
KINDS = (
    "request",
    "requestConfirmation",
    "supplyingAgencyMessage",
    "supplyingAgencyMessageConfirmation",
    "requestingAgencyMessage",
    "requestingAgencyMessageConfirmation",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A value of an open list; `scheme` says whose list, '' when the sender does not."""

    value: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Who: the type of the symbol ('ISIL') and the symbol."""

    type: Code = Code()
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """The account under which the requesting side signs in, and its secret."""

    account: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Between whom, when, and under which numbers of each side."""

    supplier: Agency | None = None
    requester: Agency | None = None
    consortium: Agency | None = None  # 2021
    several: str = ""  # multipleItemRequestId
    at: datetime | None = None
    request_id: str = ""
    supplier_request_id: str = ""
    authentication: Authentication | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of an item (ISBN, ISSN, ISMN) or of a record (OCLC, LCCN …)."""

    code: Code = Code()
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bibliographic:
    """What is wanted."""

    supplier_record_id: str = ""
    title: str = ""
    author: str = ""
    author_id: str = ""  # 2021
    subtitle: str = ""
    series: str = ""
    edition: str = ""
    component_title: str = ""
    component_author: str = ""
    volumes: tuple[str, ...] = ()
    issue: str = ""
    pages: str = ""
    estimated_pages: str = ""
    item_ids: tuple[Number, ...] = ()
    sponsor: str = ""
    source: str = ""
    record_ids: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Where and when it was published."""

    publisher: str = ""
    publisher_id: str = ""  # 2021
    type: Code | None = None
    date: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Which service, how fast and under which conditions."""

    request_type: str = ""
    sub_types: tuple[str, ...] = ()
    previous: str = ""
    service_type: str = ""
    level: Code | None = None
    format: Code | None = None
    need_before: datetime | None = None
    copyright: Code | None = None
    any_edition: bool | None = None
    preferred_edition: str = ""  # 2021
    conditions: tuple[Code, ...] = ()  # 2021
    start: datetime | None = None
    end: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Electronic:
    """An address that is no place: mail, FTP …"""

    type: Code = Code()
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Physical:
    """A postal address. The region is a code in 1.2 and plain text in 2021."""

    line1: str = ""
    line2: str = ""
    locality: str = ""
    postal_code: str = ""
    region: Code | None = None
    country: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One of the two."""

    electronic: Electronic | None = None
    physical: Physical | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """An amount in a currency (ISO 4217)."""

    currency: Code = Code()
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A library that may have it, as the requesting side knows."""

    order: int | None = None
    agency: Agency | None = None
    description: str = ""
    record_id: Number | None = None
    call_number: str = ""
    holdings: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Where and how it should be delivered, by order of preference."""

    order: int | None = None
    address: Address | None = None
    method: Code | None = None  # 2021
    courier: Code | None = None  # 2021


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The requesting library: its name, who to talk to, its addresses."""

    name: str = ""
    contact: str = ""
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patron:
    """Whose wish it is. We send none of it; others do."""

    id: str = field(default="", repr=False)
    surname: str = field(default="", repr=False)
    given_name: str = field(default="", repr=False)
    types: tuple[Code, ...] = ()
    send_to_patron: bool | None = None
    addresses: tuple[Address, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """Who pays, how, and how much at most."""

    methods: tuple[Code, ...] = ()
    maximum: Costs | None = None
    method: Code | None = None
    name: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """'Please supply' (request)."""

    header: Header
    wanted: Bibliographic = Bibliographic()
    publication: Publication | None = None
    service: Service | None = None
    suppliers: tuple[Supplier, ...] = ()
    wishes: tuple[Wish, ...] = ()
    asking: Asking | None = None
    patron: Patron | None = None
    billing: Billing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """Why the supplying side writes. The last three stand here in 1.2 only; see `Retry`."""

    reason: str = ""
    answer: bool | None = None
    note: str = ""
    unfilled: Code | None = None
    retry: Code | None = None
    offered: Costs | None = None
    retry_after: datetime | None = None
    retry_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How things stand at the supplying side."""

    status: str = ""
    expected: datetime | None = None
    due: datetime | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Under which conditions it could be tried again (retryInfo of 2021; the costs and dates of messageInfo in 1.2)."""

    conditions: tuple[Code, ...] = ()
    editions: tuple[str, ...] = ()
    formats: tuple[Code, ...] = ()
    volumes: tuple[str, ...] = ()
    service_type: str = ""
    levels: tuple[Code, ...] = ()
    methods: tuple[Code, ...] = ()
    couriers: tuple[Code, ...] = ()
    offered: tuple[Costs, ...] = ()
    payments: tuple[Code, ...] = ()
    before: datetime | None = None
    after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What was sent, when and how."""

    sent: datetime | None = None
    item_ids: tuple[str, ...] = ()
    url: str = ""  # 2021
    method: Code | None = None  # sentVia in 1.2
    address: Address | None = None  # 2021
    to_patron: bool | None = None
    conditions: tuple[Code, ...] = ()
    format: Code | None = None
    service_type: str = ""  # 2021
    costs: tuple[Costs, ...] = ()
    payment: Code | None = None  # 2021


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """Courier, tracking and insurance (2021)."""

    courier: Code | None = None
    tracking: tuple[str, ...] = ()
    insurance: bool | None = None
    third_party: bool | None = None
    third_party_name: str = ""
    costs: tuple[Costs, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """Where the item is to be sent back to."""

    agency: Agency | None = None
    name: str = ""
    address: Physical | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplying:
    """What the supplying side says (supplyingAgencyMessage)."""

    header: Header
    info: Info
    status: Status
    retry: Retry | None = None
    delivery: Delivery | None = None
    shipping: Shipping | None = None
    returning: Returning | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requesting:
    """What the requesting side says (requestingAgencyMessage)."""

    header: Header
    action: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a message is refused: a type of the closed list, and which element or value."""

    type: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The answer to a message: received and understood, or not. Never a yes or no to what it asks.

    `of` is the kind of the message. A confirmation to a supplier's message repeats its reason, one to a requester's
    its action.
    """

    of: str
    supplier: Agency | None = None
    requester: Agency | None = None
    at: datetime | None = None
    request_id: str = ""
    several: str = ""
    received: datetime | None = None
    status: str = "OK"
    reason: str = ""
    action: str = ""
    faults: tuple[Fault, ...] = ()


Message = Request | Supplying | Requesting
Document = Message | Confirmation
