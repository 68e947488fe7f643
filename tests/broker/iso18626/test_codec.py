"""Messages of ISO 18626: what is written is read again, in the order of each edition; what others write is borne."""

from __future__ import annotations

import random
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest
from lxml import etree

from broker.iso18626 import values as v
from broker.iso18626.codes import CLOSED, NAMESPACE
from broker.iso18626.reading import BadMessage, moment, read, symbol
from broker.iso18626.schema import TABLES, slots
from broker.iso18626.writing import kind_of, write

AT = datetime(2026, 11, 25, 3, 4, 5, tzinfo=UTC)
ISIL = v.Code(value="ISIL")
HEADER = v.Header(
    supplier=v.Agency(type=ISIL, value="ID-KNG"),
    requester=v.Agency(type=ISIL, value="ID-MLT"),
    at=AT,
    request_id="SL-2026-000123-K.1",
)

FOREIGN = """<?xml version="1.0"?>
<x:ISO18626Message xmlns:x="{namespace}" {version}>
  <x:request>
    <x:serviceInfo><x:note>tolong</x:note><x:serviceType>loan</x:serviceType><x:somethingNew>1</x:somethingNew>
      <x:needBeforeDate>2026-12-01T10:00:00.250+07:00</x:needBeforeDate><x:anyEdition>y</x:anyEdition></x:serviceInfo>
    <x:bibliographicInfo><x:title>  Laskar  Pelangi </x:title>
      <x:bibliographicItemId><x:bibliographicItemIdentifierCode x:scheme="http://s">ISBN</x:bibliographicItemIdentifierCode>
        <x:bibliographicItemIdentifier>9789793062792</x:bibliographicItemIdentifier></x:bibliographicItemId>
      <x:volume>1</x:volume><x:volume>2</x:volume></x:bibliographicInfo>
    <x:header><x:requestingAgencyRequestId>77</x:requestingAgencyRequestId>
      <x:requestingAgencyId><x:agencyIdValue>ID-XYZ</x:agencyIdValue></x:requestingAgencyId></x:header>
  </x:request>
</x:ISO18626Message>"""


def foreign(namespace: str = NAMESPACE, version: str = 'x:version="2021-2"') -> bytes:
    return FOREIGN.format(namespace=namespace, version=version).encode()


@pytest.mark.parametrize("namespace", [NAMESPACE, "urn:example:other"])
@pytest.mark.parametrize("version", ['x:version="2021-2"', 'version="2021-2"', ""])
def test_foreign_order_case_and_namespace_are_borne(namespace: str, version: str) -> None:
    got = read(foreign(namespace, version))
    assert isinstance(got.document, v.Request)
    assert got.edition == ("2021-2" if version else "")
    assert got.unknown == ("somethingNew",)
    service = got.document.service
    assert service
    assert (service.service_type, service.note, service.any_edition) == ("Loan", "tolong", True)
    assert service.need_before == datetime(2026, 12, 1, 3, 0, 0, 250_000, tzinfo=UTC)
    assert got.document.wanted.title == "Laskar  Pelangi"
    assert got.document.wanted.volumes == ("1", "2")
    assert got.document.wanted.item_ids[0] == v.Number(
        code=v.Code(value="ISBN", scheme="http://s"), value="9789793062792"
    )
    assert symbol(got.document.header.requester) == "ISIL:ID-XYZ"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-25T03:04:05Z", 0),
        ("2026-11-25T10:04:05+07:00", 0),
        ("2026-11-25T10:04:05+0700", 0),
        ("2026-11-25T03:04:05.9999999Z", 0.999999),
        ("2026-11-25T03:04:05", 0),
        ("2026-11-25 03:04:05", 0),
    ],
)
def test_instants_of_any_spelling(text: str, seconds: float) -> None:
    assert (moment(text) - AT).total_seconds() == seconds


def test_a_bare_date_is_its_last_second() -> None:
    assert moment("2026-11-25") == datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC)


REFUSED = [
    (b"", "BadlyFormedMessage"),
    (b"not xml", "BadlyFormedMessage"),
    (b"<ISO18626Message><request>", "BadlyFormedMessage"),
    (b"<!DOCTYPE a [<!ENTITY b 'c'>]><ISO18626Message><request/></ISO18626Message>", "BadlyFormedMessage"),
    (b"<other/>", "BadlyFormedMessage"),
    (b"<ISO18626Message/>", "BadlyFormedMessage"),
    (b"<ISO18626Message><wish/></ISO18626Message>", "UnrecognisedDataElement"),
    (b"<ISO18626Message><request/></ISO18626Message>", "UnrecognisedDataElement"),
    (foreign().replace(b">loan<", b">Gift<"), "UnrecognisedDataValue"),
    (foreign().replace(b"2026-12-01T", b"next week"), "UnrecognisedDataValue"),
    (write(v.Requesting(header=HEADER, action="Jump")), "UnsupportedActionType"),
    (
        write(v.Supplying(header=HEADER, info=v.Info(reason="Mood"), status=v.Status(status="Loaned"))),
        "UnsupportedReasonForMessageType",
    ),
    (
        write(v.Supplying(header=HEADER, info=v.Info(reason="StatusChange"), status=v.Status(status="Lent"))),
        "UnrecognisedDataValue",
    ),
]


@pytest.mark.parametrize(("body", "fault"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused_says_why(body: bytes, fault: str) -> None:
    with pytest.raises(BadMessage) as caught:
        read(body)
    assert caught.value.faults[0].type == fault
    assert caught.value.faults[0].type in CLOSED["error_type"]


def test_a_refusal_still_knows_which_request_it_is_about() -> None:
    with pytest.raises(BadMessage) as caught:
        read(write(v.Requesting(header=HEADER, action="Jump")))
    assert caught.value.kind == "requestingAgencyMessage"
    assert caught.value.header == HEADER


# --- what we write is what we read, for random messages in both editions -------------------------


def invented(kind: Any, chance: random.Random, name: str = "") -> Any:
    """A random value of a type hint; every attribute is there about half of the time."""
    inside = [one for one in get_args(kind) if one is not type(None)]
    if type(None) in get_args(kind):
        return invented(inside[0], chance, name) if chance.random() < 0.5 else None
    if str(kind).startswith("tuple"):
        return tuple(invented(inside[0], chance, name) for _ in range(chance.choice((0, 0, 1, 2))))
    if is_dataclass(kind) and isinstance(kind, type):
        return made(kind, chance)
    simple = {
        bool: chance.random() < 0.5,
        int: chance.randrange(100),
        datetime: AT.replace(minute=chance.randrange(60)),
        Decimal: Decimal(chance.randrange(10**6)) / 100,
    }
    if kind in simple:
        return simple[kind]
    if name in NAMES:
        return chance.choice(CLOSED[NAMES[name]])
    return chance.choice(("", "abc", "Dī & <é>", "x" * 50))


NAMES = {
    "request_type": "request_type",
    "sub_types": "sub_type",
    "service_type": "service_type",
    "preferred_edition": "preferred_edition",
    "action": "action",
    "reason": "reason",
}


def made(cls: Any, chance: random.Random) -> Any:
    hints = get_type_hints(cls)
    given = {one.name: invented(hints[one.name], chance, one.name) for one in fields(cls)}
    if cls is v.Code:
        given["value"] = given["value"] or "Other"
    if cls is v.Status:
        given |= {"status": chance.choice(CLOSED["status"]), "changed": AT}
    if cls is v.Fault:
        given["type"] = chance.choice(CLOSED["error_type"])
    if cls is v.Info:
        given |= {"offered": None, "retry_after": None, "retry_before": None}
    if cls is v.Header:
        given |= {"request_id": "77.1", "requester": v.Agency(type=ISIL, value="ID-MLT"), "at": AT}
    if cls is v.Service:
        given["service_type"] = given["service_type"] or "Loan"
    if cls is v.Address:
        given = (
            {"electronic": made(v.Electronic, chance), "physical": None}
            if chance.random() < 0.5
            else ({"electronic": None, "physical": made(v.Physical, chance)})
        )
    if cls is v.Physical and given["region"]:
        given["region"] = v.Code(value="ID-JK")  # plain text in 2021
    if cls is v.Delivery:
        given["sent"] = AT
    return cls(**given)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("cls", [v.Request, v.Supplying, v.Requesting])
def test_written_and_read_again_in_the_newer_edition(cls: Any, seed: int) -> None:
    document = made(cls, random.Random(seed))
    once = read(write(document, "2021-2"))
    assert once.unknown == ()
    again = read(write(once.document, "2021-2"))
    assert again.document == once.document
    lost = differing(document, once.document)
    assert lost <= NOT_IN_2021, lost


#: What 2021 has no element for, or where an empty value and none look the same when written.
NOT_IN_2021 = {
    "Header.several",
    "Header.supplier_request_id",
    "Header.authentication",
    "Header.consortium",
    "Billing.methods",
    "Patron.types",
    "Physical.region",
}


def differing(mine: Any, theirs: Any, path: str = "") -> set[str]:
    """Attributes in which two values differ, as 'Class.attribute'; a value in which nothing is said equals none."""
    if is_dataclass(mine) and type(mine) is type(theirs):
        return {
            found
            for one in fields(mine)
            for found in differing(
                getattr(mine, one.name), getattr(theirs, one.name), f"{type(mine).__name__}.{one.name}"
            )
        }
    if isinstance(mine, tuple) and isinstance(theirs, tuple):
        mine, theirs = tuple(filter(says, mine)), tuple(filter(says, theirs))
        if len(mine) == len(theirs):
            return {one for a, b in zip(mine, theirs, strict=True) for one in differing(a, b, path)}
    return set() if mine == theirs or not (says(mine) or says(theirs)) else {path}


def says(value: Any) -> bool:
    """Whether anything is said at all."""
    if is_dataclass(value):
        return any(says(getattr(value, one.name)) for one in fields(value))
    return value not in (None, "", ())


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("cls", [v.Request, v.Supplying, v.Requesting])
def test_the_older_edition_is_stable_and_in_order(cls: Any, seed: int) -> None:
    once = read(write(made(cls, random.Random(seed)), "1.2"))
    assert once.unknown == ()
    assert read(write(once.document, "1.2")).document == once.document


@pytest.mark.parametrize("version", ["1.2", "2021-2"])
@pytest.mark.parametrize("seed", range(20))
def test_elements_stand_in_the_order_of_the_edition(version: str, seed: int) -> None:
    chance = random.Random(seed)
    document = made(chance.choice((v.Request, v.Supplying, v.Requesting)), chance)
    root = etree.fromstring(write(document, version))
    assert root.get(f"{{{NAMESPACE}}}version") == version
    kind = kind_of(document)
    ordered = [slot.name for slot in slots(version, type(document), kind)]
    names = [etree.QName(one).localname for one in root[0]]
    assert names == sorted(names, key=ordered.index)
    for one in root[0]:
        slot = next(s for s in slots(version, type(document), kind) if s.name == etree.QName(one).localname)
        inner = [s.name for s in slots(version, slot.kind, kind)]
        found = [etree.QName(child).localname for child in one]
        assert found == sorted(found, key=inner.index)


def test_both_editions_know_every_message() -> None:
    for table in TABLES.values():
        assert {v.Request, v.Supplying, v.Requesting} <= set(table)


def test_confirmations_come_back() -> None:
    for version in ("1.2", "2021-2"):
        for of, more in (
            ("request", {}),
            ("supplyingAgencyMessage", {"reason": "StatusChange"}),
            ("requestingAgencyMessage", {"action": "Cancel"}),
        ):
            said = v.Confirmation(
                of=of,
                supplier=HEADER.supplier,
                requester=HEADER.requester,
                at=AT,
                request_id="77",
                received=AT,
                status="ERROR",
                faults=(v.Fault(type="UnrecognisedDataValue", value="status: Lent"),),
                **more,
            )
            got = read(write(said, version))
            assert got.document == said
            assert got.kind == f"{of}Confirmation"


def test_an_answer_that_is_half_readable_counts_as_refused() -> None:
    body = b"<ISO18626Message><requestConfirmation><what/></requestConfirmation></ISO18626Message>"
    got = read(body).document
    assert isinstance(got, v.Confirmation)
    assert got.status == "ERROR"


def test_the_retry_of_2017_stands_where_2021_has_it() -> None:
    costs = v.Costs(currency=v.Code(value="IDR"), amount=Decimal("15000"))
    said = v.Supplying(
        header=HEADER,
        info=v.Info(reason="RequestResponse", retry=v.Code(value="OnLoan")),
        status=v.Status(status="RetryPossible", changed=AT),
        retry=v.Retry(offered=(costs,), after=AT),
    )
    for version in ("1.2", "2021-2"):
        got = read(write(said, version)).document
        assert isinstance(got, v.Supplying)
        assert got.retry == v.Retry(offered=(costs,), after=AT)
        assert got.info.offered is None


def mutated(chance: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data))
        how = chance.randrange(4)
        if how == 0:
            data[at] = chance.randrange(256)
        elif how == 1:
            del data[at : at + chance.randrange(1, 30)]
        elif how == 2:
            data[at:at] = data[max(0, at - chance.randrange(40)) : at]
        else:
            data[at:at] = bytes(chance.randrange(256) for _ in range(3))
    return bytes(data)


def _mutations(count: int) -> None:
    chance = random.Random(18626)
    bodies = [
        write(made(cls, chance), version)
        for cls in (v.Request, v.Supplying, v.Requesting)
        for version in TABLES
    ]
    understood, refused = 0, []
    for _ in range(count):
        try:
            understood += bool(read(mutated(chance, chance.choice(bodies))))
        except BadMessage as why:
            refused.append(why.faults)
    assert all(refused)
    assert understood
    assert understood + len(refused) == count


def test_broken_messages_end_in_a_named_fault() -> None:
    _mutations(60)


@pytest.mark.slow
def test_ten_thousand_broken_messages_end_in_a_named_fault() -> None:
    _mutations(10_000)


def test_secrets_and_patrons_are_not_in_a_log_line() -> None:
    header = v.Header(authentication=v.Authentication(account="mlt", secret="geheim"))
    patron = v.Patron(id="123", surname="Rani")
    assert "geheim" not in repr(header)
    assert "Rani" not in repr(patron)
