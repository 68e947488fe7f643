"""What harvesters are told of the union catalogue as it changes: nothing is passed over, nothing is forgotten."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lxml import etree
from sqlalchemy import select

from foundation.ids import uuid7
from harvester.tables import source as source_table
from index import store
from index.clusters import settle_all
from index.crosswalk import read as read_record
from index.provider import publish
from index.record import Availability, Format, Holding, Name, Record
from index.tables import cluster_alias, cluster_decision, record
from tests.conftest import TestClock
from tests.web import samples
from tests.web.conftest import Client, World
from tests.web.oai_world import (
    NS,
    all_of,
    ask,
    both,
    identifier,
    pages,
    publish_all,
    take,
    title,
    withdraw,
)
from web.settings import OaiSettings, WebSettings

pytestmark = pytest.mark.slow

MARC = {"m": "http://www.loc.gov/MARC21/slim"}


def small_pages(world: World, size: int = 3) -> None:
    settings = world.parts.settings
    world.parts.settings = replace(settings, oai=replace(settings.oai, page_size=size))


# --- paging while the catalogue changes --------------------------------------------------------------


def test_a_record_that_changes_while_a_list_is_read_is_never_passed_over(
    world: World, client: Client, clock: TestClock
) -> None:
    small_pages(world)
    take(world, "MLT", **{f"m{n}": title(n) for n in range(12)})
    names = {identifier(world, "MLT", f"m{n}"): f"m{n}" for n in range(12)}
    found: list[str] = []
    walk = pages(client, "ListRecords")
    for number, got in enumerate(walk):
        found += got.identifiers
        clock.go(seconds=1)
        if number < 3:  # of those read already, those on the next page, and those far off
            waiting = [one for one in names if one not in found]
            for one in {found[0], waiting[0], waiting[-1]}:
                take(world, "MLT", **{names[one]: title(int(names[one][1:]), author=f"Baru, {number}")})
            withdraw(world, "MLT", names[waiting[1]])
    assert set(found) == set(names)
    last = got.token
    assert last is not None
    assert int(last.get("cursor", "0")) + len(got.identifiers) == int(last.get("completeListSize", "0")) == 12


def test_many_records_with_one_datestamp_are_paged_through_like_all_others(
    world: World, client: Client
) -> None:
    small_pages(world, 2)
    take(world, "MLT", **{f"m{n}": title(n) for n in range(5)})
    first = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
    take(world, "MLT", **{f"m{n}": title(n) for n in range(5, 9)})  # in the same second
    found = list(first.identifiers)
    assert first.token is not None
    token = first.token.text
    while token:
        got = ask(client, verb="ListIdentifiers", resumptionToken=token)
        found += got.identifiers
        assert got.token is not None
        token = got.token.text
    assert len(found) == len(set(found)) == 9


def test_sizes_and_cursors_never_claim_an_end_that_is_none(
    world: World, client: Client, clock: TestClock
) -> None:
    small_pages(world)
    take(world, "MLT", **{f"m{n}": title(n) for n in range(7)})
    for number, got in enumerate(pages(client)):
        assert got.token is not None
        until = int(got.token.get("cursor", "0")) + len(got.identifiers)
        size = int(got.token.get("completeListSize", "0"))
        assert (until < size) if got.token.text else (until == size)
        clock.go(seconds=1)
        if number < 3:
            take(world, "MLT", **{f"x{number}{n}": title(100 + 10 * number + n) for n in range(3)})


def test_a_window_that_is_over_does_not_grow(world: World, client: Client, clock: TestClock) -> None:
    take(world, "MLT", **{f"m{n}": title(n) for n in range(4)})
    clock.go(minutes=1)
    until = f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    before = all_of(client, until=until)
    take(world, "MLT", m9=title(9))
    assert all_of(client, until=until) == before
    clock.go(minutes=1)
    assert all_of(client, start=until) == [identifier(world, "MLT", "m9")]


def test_a_page_that_would_be_too_large_is_cut(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.oai.answering.LARGEST", 2500)
    take(world, "MLT", **{f"m{n}": title(n) for n in range(9)})
    walked = list(pages(client, "ListRecords", metadataPrefix="marcxml"))
    assert len(walked) > 3
    found = [one for got in walked for one in got.identifiers]
    assert len(found) == len(set(found)) == 9


# --- datestamps --------------------------------------------------------------------------------------


def test_no_list_that_was_given_out_lacks_a_record_with_its_own_date(
    world: World, client: Client, clock: TestClock
) -> None:
    """Whoever asks from the responseDate of an answer hears of everything that this answer lacked."""
    take(world, "MLT", m1=title(1))
    clock.go(seconds=30)
    for number in range(2, 6):
        answer = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
        (date,) = answer.texts("o:responseDate")
        take(world, "MLT", **{f"m{number}": title(number)})
        assert identifier(world, "MLT", f"m{number}") in all_of(client, start=date)
        clock.go(seconds=0.7)


def test_what_takes_too_long_is_not_published_with_a_date_that_has_passed(
    world: World, clock: TestClock
) -> None:
    with world.parts.db.begin() as c:
        arrivals = [samples.Arrival(identifier="m1", record=title(1))]
        store.take(c, samples.origin(world, "MLT"), arrivals, clock())
    calls = iter([0, 0, 5])

    def slow() -> object:
        clock.go(seconds=next(calls, 0))
        return clock()

    with pytest.raises(publish.TooSlow):
        publish.publish(world.parts.db, slow)  # type: ignore[arg-type]  # a clock that loses time
    with world.parts.db.read() as c:
        assert publish.state(c) is None
        assert publish.behind(c) == 1
    assert publish.publish(world.parts.db, clock) == 1


def test_a_copy_that_changes_changes_the_record(world: World, client: Client, clock: TestClock) -> None:
    take(world, "MLT", m1=title(1), m2=title(2))
    one, other = identifier(world, "MLT", "m1"), identifier(world, "MLT", "m2")
    before = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
    clock.go(hours=1)
    more = (*title(1).holdings, Holding(branch="Pusat", call_number="N 1 c.2", barcode="B2"))
    arrival = samples.Arrival(
        identifier="m1", record=replace(title(1), holdings=more), datestamp="2026-11-24"
    )
    with world.parts.db.begin() as c:
        store.take(
            c,
            samples.origin(world, "MLT"),
            [replace(arrival, record=replace(arrival.record, notes=("x",)))],
            clock(),
        )
    publish_all(world)
    after = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
    assert after.stamp(one) > before.stamp(one)
    assert after.stamp(other) == before.stamp(other)


def test_what_is_seen_again_unchanged_keeps_its_datestamp(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", m1=title(1))
    before = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
    clock.go(days=1)
    take(world, "MLT", m1=title(1))
    after = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
    assert after.texts("//o:datestamp") == before.texts("//o:datestamp")


def test_another_way_of_writing_changes_everything(world: World, client: Client, clock: TestClock) -> None:
    small_pages(world, 2)
    take(world, "MLT", **{f"m{n}": title(n) for n in range(5)})
    withdraw(world, "MLT", "m0")
    clock.go(hours=1)
    while publish.publish(world.parts.db, clock, limit=2, version="another"):
        pass
    listed = all_of(client, start=f"{clock():%Y-%m-%dT%H:%M:%SZ}")
    assert len(listed) == len(set(listed)) == 5
    assert publish.publish(world.parts.db, clock, version="another") == 0


def test_a_clock_that_goes_back_does_not_take_datestamps_back(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", m1=title(1))
    clock.go(hours=-1)
    take(world, "MLT", m2=title(2))
    stamps = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc").texts("//o:datestamp")
    assert stamps == sorted(stamps)


# --- tombstones --------------------------------------------------------------------------------------


def test_what_no_library_has_any_longer_is_a_tombstone_for_good(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", m1=title(1, dewey="297"), m2=title(2))
    one = identifier(world, "MLT", "m1")
    clock.go(hours=1)
    since = f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    withdraw(world, "MLT", "m1")
    clock.go(days=4000)
    for prefix in ("oai_dc", "marcxml"):
        got = ask(client, verb="ListRecords", metadataPrefix=prefix, start=since)
        assert got.identifiers == got.deleted == [one]
        assert got.specs(one) == ["class:200", "library:MLT"]
        alone = ask(client, verb="GetRecord", metadataPrefix=prefix, identifier=one)
        assert alone.deleted == [one]
        assert alone.stamp(one) == got.stamp(one)
    for spec in ("library:MLT", "class:200", "class", "library"):
        assert one in ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc", of_set=spec).deleted


def test_what_comes_back_lives_again_under_its_identifier(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", m1=title(1))
    one = identifier(world, "MLT", "m1")
    withdraw(world, "MLT", "m1")
    clock.go(hours=1)
    take(world, "MLT", m1=title(1))
    got = ask(client, verb="ListRecords", metadataPrefix="oai_dc")
    again = identifier(world, "MLT", "m1")
    assert again in got.identifiers
    assert again not in got.deleted
    assert one in got.identifiers


def test_a_cluster_that_is_merged_away_is_a_tombstone_in_all_its_sets(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", m1=title(1))
    clock.go(minutes=1)
    take(world, "KNG", k2=title(2))
    kept, lost = identifier(world, "MLT", "m1"), identifier(world, "KNG", "k2")
    clock.go(hours=1)
    since = f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    decide(world, "same", ("MLT", "m1"), ("KNG", "k2"), clock)
    with world.parts.db.read() as c:
        assert c.execute(select(cluster_alias.c.new_id)).scalar_one() == kept.rpartition(":")[2]
    got = ask(client, verb="ListRecords", metadataPrefix="oai_dc", start=since)
    assert sorted(got.identifiers) == sorted([kept, lost])
    assert got.deleted == [lost]
    assert got.specs(kept) == ["library:KNG", "library:MLT"]
    in_set = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc", of_set="library:KNG", start=since)
    assert sorted(in_set.identifiers) == sorted([kept, lost])
    assert in_set.deleted == [lost]


def test_a_cluster_that_is_split_gives_a_new_record_and_changes_the_old_one(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", b=both(1))
    take(world, "KNG", b=both(1))
    old = identifier(world, "MLT", "b")
    assert identifier(world, "KNG", "b") == old
    clock.go(hours=1)
    since = f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    decide(world, "not_same", ("MLT", "b"), ("KNG", "b"), clock)
    new = identifier(world, "KNG", "b")
    got = ask(client, verb="ListRecords", metadataPrefix="oai_dc", start=since)
    assert sorted(got.identifiers) == sorted([old, new])
    assert got.deleted == []
    assert (got.specs(old), got.specs(new)) == (["library:MLT"], ["library:KNG"])


def decide(world: World, verdict: str, a: tuple[str, str], b: tuple[str, str], clock: TestClock) -> None:
    """What a librarian decides of two records."""
    with world.parts.db.begin() as c:
        c.execute(
            cluster_decision.insert().values(
                id=uuid7(),
                a_source_id=f"source-{a[0]}",
                a_identifier=a[1],
                b_source_id=f"source-{b[0]}",
                b_identifier=b[1],
                verdict=verdict,
                at=clock(),
            )
        )
        ids = c.execute(select(record.c.id).where(record.c.identifier.in_((a[1], b[1])))).scalars().all()
        settle_all(c, ids, clock())
    publish_all(world)


# --- sets --------------------------------------------------------------------------------------------


def test_sets_hold_what_each_library_has_and_nothing_else(world: World, client: Client) -> None:
    take(world, "MLT", m1=title(1, dewey="297.3"), b=both(1))
    take(world, "KNG", k1=title(2, dewey="813"), b=both(1))
    mlt, kng, shared = (identifier(world, *one) for one in (("MLT", "m1"), ("KNG", "k1"), ("MLT", "b")))
    assert set(all_of(client, of_set="library:MLT")) == {mlt, shared}
    assert set(all_of(client, of_set="library:KNG")) == {kng, shared}
    assert set(all_of(client, of_set="library")) == set(all_of(client)) == {mlt, kng, shared}
    assert all_of(client, of_set="class:200") == [mlt]
    assert set(all_of(client, of_set="class")) == {mlt, kng}
    assert all_of(client, of_set="class:900") == []


def test_what_a_library_gives_up_leaves_its_set_and_lives_on(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", b=both(1))
    take(world, "KNG", b=both(1))
    one = identifier(world, "MLT", "b")
    clock.go(hours=1)
    since = f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    withdraw(world, "KNG", "b")
    left = ask(client, verb="ListRecords", metadataPrefix="oai_dc", of_set="library:KNG", start=since)
    assert left.deleted == [one]
    assert left.specs(one) == ["library:KNG"]
    for got in (
        ask(client, verb="ListRecords", metadataPrefix="oai_dc", start=since),
        ask(client, verb="ListRecords", metadataPrefix="oai_dc", of_set="library:MLT", start=since),
        ask(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=one),
    ):
        assert (got.identifiers, got.deleted, got.specs(one)) == ([one], [], ["library:MLT"])
    clock.go(hours=1)
    later = f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    take(world, "MLT", b=replace(both(1), notes=("Sampul lepas",)))
    assert all_of(client, of_set="library:MLT", start=later) == [one]
    assert all_of(client, of_set="library:KNG", start=later) == []  # that it left was told


def test_a_record_that_returns_to_a_set_is_there_again(
    world: World, client: Client, clock: TestClock
) -> None:
    take(world, "MLT", b=both(1))
    take(world, "KNG", b=both(1))
    withdraw(world, "KNG", "b")
    clock.go(hours=1)
    take(world, "KNG", b=both(1))
    got = ask(client, verb="ListRecords", metadataPrefix="oai_dc", of_set="library:KNG")
    assert (len(got.identifiers), got.deleted) == (1, [])


# --- what a record holds -----------------------------------------------------------------------------


def test_marcxml_names_every_copy_of_every_library(world: World, client: Client) -> None:
    mine = replace(
        both(1),
        holdings=(
            Holding(branch="Pusat", location="Lantai 2", call_number="746 A", barcode="M1", lendable=False),
            Holding(branch="Cabang", call_number="746 B", copies=3, availability=Availability.ON_LOAN,
                    due="2026-12-03", coverage="1990-1999", note="Sampul lepas"),
        ),
    )  # fmt: skip
    take(world, "MLT", b=mine)
    take(world, "KNG", b=replace(both(1), holdings=()))
    got = ask(client, verb="ListRecords", metadataPrefix="marcxml")
    fields = got.root.findall(".//m:datafield[@tag='852']", MARC)
    told = [[(part.get("code"), part.text) for part in field] for field in fields]
    assert sorted(told) == sorted(
        [
            [("a", "ID-KNG")],
            [("a", "ID-MLT"), ("b", "Pusat"), ("c", "Lantai 2"), ("h", "746 A"), ("p", "M1"),
             ("z", "Not for loan")],
            [("a", "ID-MLT"), ("b", "Cabang"), ("h", "746 B"), ("z", "Sampul lepas"), ("z", "3 copies"),
             ("3", "1990-1999")],
        ]
    )  # fmt: skip
    assert got.root.findtext(".//m:controlfield[@tag='001']", namespaces=MARC) == samples.cluster(
        world, "MLT", "b"
    )
    text = etree.tostring(got.root, encoding="unicode")
    assert "2026-12-03" not in text
    assert "on_loan" not in text


def test_mods_names_every_copy_of_every_library_as_readers_of_mods_look_for_them(
    world: World, client: Client
) -> None:
    mine = Holding(branch="Pusat", location="Lantai 2", call_number="746 A", barcode="M1", lendable=False)
    take(world, "MLT", b=replace(both(1), holdings=(mine, replace(mine, barcode="M2", copies=2))))
    take(world, "KNG", b=replace(both(1), holdings=()))
    got = ask(client, verb="ListRecords", metadataPrefix="mods")
    mods = got.root.find(".//o:metadata", NS)[0]  # type: ignore[index]
    told = [
        [element.text for element in place.findall("{*}physicalLocation")]
        for place in mods.findall("{*}location")
    ]
    assert sorted(filter(None, told)) == [
        ["Perpustakaan Kota Kenanga", "ID-KNG"],
        ["Perpustakaan Universitas Melati", "ID-MLT"],
    ]
    order = ["subLocation", "shelfLocator", "note", "enumerationAndChronology", "itemIdentifier"]
    copies = mods.findall(".//{*}copyInformation")
    assert len(copies) == 2
    for copy in copies:
        names = [etree.QName(child).localname for child in copy]
        assert names == sorted(names, key=order.index)
    back = read_record("mods", mods)
    assert {one.call_number for one in back.holdings if one.call_number} == {"746 A"}
    assert {one.branch for one in back.holdings} == {told[-1][0], told[-2][0]}


def test_each_format_leads_to_the_page_and_reads_back_as_the_record(world: World, client: Client) -> None:
    take(world, "MLT", m1=replace(samples.BATIK, holdings=()))
    one = samples.cluster(world, "MLT", "m1")
    offered = ask(client, verb="ListMetadataFormats").texts("//o:metadataPrefix")
    assert {"oai_dc", "marcxml"} <= set(offered)
    for prefix in offered:
        got = ask(client, verb="ListRecords", metadataPrefix=prefix)
        payload = got.root.find(".//o:metadata", NS)[0]  # type: ignore[index]
        assert f"http://localhost/record/{one}" in etree.tostring(payload, encoding="unicode")
        schema = {"marcxml": "marc21"}.get(prefix, prefix)
        back = read_record(schema, payload)
        assert back.title.startswith("Batik Pesisir")
        assert back.authors[0].text == "Tirtaningrum, Laras"
        assert back.year == 2019
        assert back.values("isbn") == ("9786239999902",)


def test_characters_that_xml_has_not_cost_nothing(world: World, client: Client) -> None:
    odd = Record(
        title="Bel\x07 dan \x1aakhir\ufffe",
        authors=(Name(text="Kontrol\x00, A"),),
        format=Format.BOOK,
        holdings=(Holding(call_number="1\x02", note="]]> & <"),),
    )
    take(world, "MLT", odd=odd, fine=title(1))
    for prefix in ask(client, verb="ListMetadataFormats").texts("//o:metadataPrefix"):
        got = ask(client, verb="ListRecords", metadataPrefix=prefix)
        assert len(got.identifiers) == 2
        assert "Bel dan akhir" in etree.tostring(got.root, encoding="unicode")


def test_markup_in_records_stays_text(world: World, client: Client) -> None:
    take(world, "KNG", evil=samples.EVIL)
    for prefix in ask(client, verb="ListMetadataFormats").texts("//o:metadataPrefix"):
        got = ask(client, verb="ListRecords", metadataPrefix=prefix)
        assert not got.root.findall(".//{*}script")
        assert not got.root.findall(".//{*}img")


def test_provenance_names_every_provider_without_its_secrets(world: World, client: Client) -> None:
    with world.parts.db.begin() as c:
        for code, url in (
            ("MLT", "https://user:geheim@mlt.example/oai"),
            ("KNG", "http://kng.example/oai2.php?apikey=geheim"),
            ("P2P", "http://kng.example/index.php"),
        ):
            c.execute(
                source_table.insert().values(
                    id=f"source-{code}",
                    code=code.lower(),
                    library_id=world.library.get(code, world.library["KNG"]),
                    name=code,
                    url=url,
                    profile="slims_p2p" if code == "P2P" else "generic",
                    headers=json.loads("{}"),
                    quirks={},
                    created_at=world.parts.clock(),
                )
            )
    take(world, "MLT", b=both(1))
    take(world, "KNG", b=both(1))
    with world.parts.db.begin() as c:  # asked in another way than OAI-PMH, and so without a provenance
        store.take(
            c,
            samples.Origin(id="source-P2P", library_id=world.library["KNG"]),
            [samples.Arrival(identifier="p", record=both(1))],
            world.parts.clock(),
        )
    publish_all(world)
    got = ask(client, verb="ListRecords", metadataPrefix="marcxml")
    origins = got.root.findall(".//{*}originDescription")
    assert [one.findtext("{*}baseURL") for one in origins] == [
        "https://mlt.example/oai",
        "http://kng.example/oai2.php",
    ]
    assert [one.findtext("{*}identifier") for one in origins] == ["b", "b"]
    assert {one.findtext("{*}datestamp") for one in origins} == {"2026-11-23T23:10:00Z"}
    assert {one.findtext("{*}metadataNamespace") for one in origins} == {MARC["m"]}
    assert "geheim" not in etree.tostring(got.root, encoding="unicode")


def test_the_configured_address_domain_and_mailbox_are_what_identify_says(
    world: World, client: Client
) -> None:
    world.parts.settings = replace(
        world.parts.settings,
        web=WebSettings(public_url="https://katalog.silang.example/", name="Katalog Induk & Kawan"),
        oai=OaiSettings(email="katalog@silang.example"),
    )
    take(world, "MLT", m1=title(1))
    got = ask(client, verb="Identify")
    assert got.texts("o:Identify/o:baseURL") == ["https://katalog.silang.example/oai"]
    assert got.texts("o:Identify/o:repositoryName") == ["Katalog Induk & Kawan"]
    assert got.texts("o:Identify/o:adminEmail") == ["katalog@silang.example"]
    assert all_of(client)[0].startswith("oai:katalog.silang.example:")


def test_a_database_that_is_busy_asks_for_patience(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def busy(*_: object) -> bytes:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr("web.oai.answering.answer", busy)
    answer = client.get("/oai?verb=Identify")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_a_page_costs_as_many_queries_as_any_other(world: World, client: Client) -> None:
    """Not one for each record, and none that counts the catalogue while nothing changes."""
    from sqlalchemy import event

    take(world, "MLT", **{f"m{n}": title(n) for n in range(60)})
    asked: list[str] = []
    event.listen(world.parts.db.engine, "before_cursor_execute", lambda *a: asked.append(str(a[2])))
    costs = {}
    for size in (5, 50):
        small_pages(world, size)
        token = ask(client, verb="ListRecords", metadataPrefix="marcxml").token
        assert token is not None
        asked.clear()
        ask(client, verb="ListRecords", resumptionToken=token.text or "")
        costs[size] = len(asked)
        assert not [one for one in asked if "count(" in one.lower()]
    assert costs[5] == costs[50] < 12
