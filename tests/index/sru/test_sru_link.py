"""A target of SRU as a link of the live search: queries in its CQL, pages, deadlines, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from foundation.fetch import FetchPolicy
from index.live.link import Link, LinkFailed
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.sru import saying
from index.sru.link import Means, endpoint, open_link
from index.sru.memory import Memory
from index.sru.workers import Workers
from index.targets import urls
from index.targets.profile import Authentication, Dialect, Profile, Retrieval
from tests.index.sru.scripted import Said, Script, Seen, Server, diagnostic, marc, record, response, serving

T = TypeVar("T")
PLAIN = Dialect(query="cql", sru_version="1.2")


def profile(url: str, dialect: Dialect = PLAIN, **changes: Any) -> Profile:
    return Profile(code="t", address=urls.read(url), dialect=dialect, **changes)


def run(
    where: Profile, use: Callable[[Link], Awaitable[T]], *, memory: Memory | None = None, secret: str = ""
) -> T:
    """What `use` makes of a link to the target."""

    async def whole() -> T:
        means = Means(
            policy=FetchPolicy(any_address=True, user_agent="Silang tests"),
            workers=Workers(),
            memory=memory or Memory(),
        )
        link: Link = await open_link(where, secret, means, soon())
        try:
            return await use(link)
        finally:
            await link.close()

    return asyncio.run(whole())


def soon(seconds: float = 30) -> float:
    return asyncio.get_running_loop().time() + seconds


# --- queries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Term(text="batik"), "batik"),
        (Term(text="batik", field="title"), "dc.title = batik"),
        (Phrase(text="batik pesisir", field="title"), 'dc.title = "batik pesisir"'),
        (Phrase(text="batik pesisir"), '"batik pesisir"'),
        (Prefix(text="bat", field="title"), "dc.title = bat*"),
        (Term(text='what*? "a" ^b \\', field="title"), 'dc.title = "what\\*\\? \\"a\\" \\^b \\\\"'),
        (Term(text="and"), '"and"'),
        (Range(low=1990, high=2000), "dc.date >= 1990 and dc.date <= 2000"),
        (Range(low=1990), "dc.date >= 1990"),
        (Range(low=1990, high=1990), "dc.date = 1990"),
        (All(), "cql.allRecords = 1"),
        (Not(part=Term(text="a")), "cql.allRecords = 1 not a"),
        (And(parts=(Term(text="a"), Term(text="b"))), "a and b"),
        (And(parts=(Not(part=Term(text="a")), Term(text="b"))), "b not a"),
        (And(parts=(Not(part=Term(text="a")), Not(part=Term(text="b")))), "cql.allRecords = 1 not a not b"),
        (And(parts=(Term(text="a"), Or(parts=(Term(text="b"), Term(text="c"))))), "a and (b or c)"),
    ],
)
def test_queries_are_said_in_cql(query: Query, expected: str) -> None:
    assert saying.cql(query, PLAIN, {}) == expected


def test_diacritics_are_left_out_where_the_target_wants_it() -> None:
    assert saying.cql(Term(text="Ḥāfiẓ Kuchař"), replace(PLAIN, strip=True), {}) == '"Hafiz Kuchar"'


@pytest.mark.parametrize(
    ("query", "dialect", "words"),
    [
        (Term(text="a", field="library"), PLAIN, "no index for library"),
        (
            And(parts=(Term(text="a"), Not(part=Term(text="b")))),
            replace(PLAIN, operators=("and", "or")),
            "not cannot",
        ),
    ],
)
def test_what_cannot_be_said_is_named(query: Query, dialect: Dialect, words: str) -> None:
    with pytest.raises(LinkFailed, match=words) as caught:
        saying.cql(query, dialect, {})
    assert caught.value.code == "unsupported"


# --- searching and fetching ----------------------------------------------------------------------


def shelf(total: int, page: int) -> Script:
    """A server with so many records that gives at most `page` at a time."""

    def script(seen: Seen) -> str:
        start, count = int(seen.values["startRecord"]), int(seen.values["maximumRecords"])
        if start > total:
            return response(hits=total, more=diagnostic(61))
        numbers = range(start, min(total + 1, start + min(count, page)))
        return response(*[record(marc(f"Judul {n}", n)) for n in numbers], hits=total)

    return script


def test_a_search_brings_the_first_records_and_pages_follow_however_small_they_are() -> None:
    async def use(link: Link) -> list[int]:
        found = await link.search(Term(text="judul"), deadline=soon(), first=20)
        assert (found.hits, found.exact, found.diagnostics) == (25, True, ())
        got = list(found.records)
        while page := await link.fetch(len(got) + 1, 20, deadline=soon()):
            got += page
        assert [one.position for one in got] == list(range(1, 26))
        assert [b"Judul %d<" % n in one.payload for n, one in enumerate(got, 1)] == [True] * 25
        return [len(found.records), len(page)]

    with serving(shelf(25, 10)) as server:
        assert run(profile(server.url), use) == [10, 0]


def test_a_search_for_the_count_alone_asks_for_one_record_and_gives_none() -> None:
    async def use(link: Link) -> tuple[Any, ...]:
        found = await link.search(Term(text="judul"), deadline=soon())
        return found.hits, found.records

    with serving(shelf(25, 10)) as server:
        assert run(profile(server.url), use) == (25, ())
        assert server.seen[0].values["maximumRecords"] == "1"


def test_a_server_that_always_begins_at_the_start_is_not_believed() -> None:
    async def use(link: Link) -> int:
        await link.search(Term(text="judul"), deadline=soon(), first=5)
        return len(await link.fetch(6, 5, deadline=soon()))

    with serving(lambda seen: response(*[record(marc(number=n)) for n in range(5)], hits=50)) as server:
        assert run(profile(server.url), use) == 0


def test_a_limit_of_positions_is_told_and_the_link_goes_on() -> None:
    def script(seen: Seen) -> str:
        if int(seen.values["startRecord"]) > 5:
            return response(hits=50, more=diagnostic(61, "at most 5"))
        return shelf(50, 5)(seen)

    async def use(link: Link) -> int:
        await link.search(Term(text="judul"), deadline=soon(), first=5)
        with pytest.raises(LinkFailed, match="at most 5") as caught:
            await link.fetch(6, 5, deadline=soon())
        assert caught.value.code == "diagnostic"
        return len(await link.fetch(1, 5, deadline=soon()))

    with serving(script) as server:
        assert run(profile(server.url), use) == 5


@pytest.mark.parametrize(("number", "code"), [(16, "diagnostic"), (3, "rejected"), (2, "diagnostic")])
def test_refused_searches_say_why(number: int, code: str) -> None:
    async def use(link: Link) -> LinkFailed:
        with pytest.raises(LinkFailed) as caught:
            await link.search(Term(text="a", field="publisher"), deadline=soon())
        return caught.value

    with serving(lambda seen: response(hits=0, more=diagnostic(number, "so there"))) as server:
        failed = run(profile(server.url), use)
    assert (failed.code, failed.diagnostics[0].code) == (code, str(number))
    assert "so there" in failed.detail


def test_an_index_that_is_not_known_is_replaced_by_the_next_and_told_and_remembered() -> None:
    def script(seen: Seen) -> str:
        if "dc.creator" in seen.values["query"]:
            return response(more=diagnostic(16, "dc.creator"))
        return response(record(marc()), hits=1)

    async def use(link: Link) -> list[Any]:
        query = And(parts=(Term(text="a", field="title"), Term(text="b", field="author")))
        found = await link.search(query, deadline=soon(), first=1)
        return [(one.code, one.detail, one.fatal) for one in found.diagnostics]

    memory = Memory()
    with serving(script) as server:
        for _ in range(2):
            assert run(profile(server.url), use, memory=memory) == [("index_replaced", "dc.author", False)]
    queries = [one.values["query"] for one in server.seen]
    assert queries == [
        "dc.title = a and dc.creator = b",
        "dc.title = a and dc.author = b",
        "dc.title = a and dc.author = b",
    ]


@pytest.mark.parametrize(
    ("sort", "said"),
    [
        ("title", "dc.title/sort.ascending"),
        ("year", "dc.date/sort.descending"),
        ("year_up", "dc.date/sort.ascending"),
        ("author", "dc.creator/sort.ascending"),
    ],
)
def test_orders_are_said(sort: str, said: str) -> None:
    async def use(link: Link) -> None:
        await link.search(Term(text="a"), deadline=soon(), sort=sort)
        await link.fetch(11, 10, deadline=soon())

    with serving(shelf(100, 100)) as server:
        run(profile(server.url), use)
        assert [one.values["query"] for one in server.seen] == [f"a sortby {said}"] * 2


def test_an_order_that_a_target_has_no_index_for_is_told() -> None:
    async def use(link: Link) -> list[str]:
        found = await link.search(Term(text="a"), deadline=soon(), sort="added")
        return [one.code for one in found.diagnostics]

    with serving(shelf(100, 100)) as server:
        assert run(profile(server.url), use) == ["sort_dropped"]
        assert server.seen[0].values["query"] == "a"


def test_the_profile_says_schema_login_and_further_parameters() -> None:
    async def use(link: Link) -> None:
        await link.search(Term(text="a"), deadline=soon())

    with serving(shelf(3, 3)) as server:
        where = profile(
            server.url,
            replace(PLAIN, parameters={"apikey": "x-{secret}"}, sru_method="post"),
            authentication=Authentication(kind="basic", user="u"),
            retrieval=Retrieval(schema="marcxml"),
        )
        run(where, use, secret="rahasia")
        seen = server.seen[0]
    assert (seen.method, seen.values["recordSchema"], seen.values["apikey"]) == (
        "POST",
        "marcxml",
        "x-rahasia",
    )
    assert seen.headers["authorization"] == "Basic dTpyYWhhc2lh"


def test_terms_of_a_list_are_read() -> None:
    terms = "".join(
        f"<term><value>w{n}</value><numberOfRecords>{n}</numberOfRecords></term>" for n in range(9)
    )

    async def use(link: Link) -> list[Any]:
        scanned = await link.scan("title", "w", 3, deadline=soon())
        return [(one.term, one.count) for one in scanned.entries]

    with serving(lambda seen: f"<scanResponse><terms>{terms}</terms></scanResponse>") as server:
        assert run(profile(server.url), use) == [("w0", 0), ("w1", 1), ("w2", 2)]
        assert server.seen[0].values["scanClause"] == "dc.title = w"


def test_other_protocols_and_missing_pqf_are_unsupported() -> None:
    async def other(link: Link) -> None:
        raise AssertionError("no link")

    async def pqf(link: Link) -> None:
        await link.search(Term(text="a"), deadline=soon())

    for where, use in (
        (profile("z3950://127.0.0.1:1/x"), other),
        (profile("sru+http://127.0.0.1:1/x", replace(PLAIN, query="pqf")), pqf),
    ):
        with pytest.raises(LinkFailed) as caught:
            run(where, use)
        assert caught.value.code == "unsupported"


def test_an_own_authority_is_handed_on_as_a_file() -> None:
    where = replace(urls.read("sru+https://a.example/sru"), ca_pem="-----BEGIN CERTIFICATE-----\n")
    made = endpoint(Profile(code="t", address=where, dialect=PLAIN))
    assert made.ca_file is not None
    with open(made.ca_file) as file:
        assert file.read() == where.ca_pem
    assert endpoint(Profile(code="t", address=where, dialect=PLAIN)).ca_file == made.ca_file
    assert made.url == "https://a.example:443/sru"


# --- deadlines, threads, sockets -----------------------------------------------------------------


def sru_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "sru"]


def wait_until(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def silent() -> Iterator[Server]:
    """A server that takes a request and says nothing until the test is over."""
    over = threading.Event()

    def script(seen: Seen) -> Said:
        over.wait(30)
        return Said(response(hits=0))

    with serving(script) as server:
        server.let_go = over.set
        yield server
        over.set()


def test_a_silent_target_ends_at_its_deadline_and_leaves_no_thread(silent: Server) -> None:
    async def use(link: Link) -> float:
        before = asyncio.get_running_loop().time()
        with pytest.raises(LinkFailed) as caught:
            await link.search(Term(text="a"), deadline=soon(0.3))
        assert caught.value.code == "timeout"
        return asyncio.get_running_loop().time() - before

    assert run(profile(silent.url), use) < 10
    assert wait_until(lambda: not sru_threads())


def test_a_search_lets_itself_be_cancelled_at_once(silent: Server) -> None:
    async def use(link: Link) -> float:
        task = asyncio.ensure_future(link.search(Term(text="a"), deadline=soon(5)))
        while not silent.seen:
            await asyncio.sleep(0.01)
        before = asyncio.get_running_loop().time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time() - before

    assert run(profile(silent.url), use) < 3


def test_no_more_work_is_done_at_once_than_there_are_places() -> None:
    lock, inside, most = threading.Lock(), 0, 0

    def work(given_up: Callable[[], bool]) -> int:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.002)  # so that others could come in
        with lock:
            inside -= 1
        return 1

    async def whole() -> list[int]:
        workers = Workers(4)
        return await asyncio.gather(*(workers.run(work, soon()) for _ in range(20)))

    assert asyncio.run(whole()) == [1] * 20
    assert 1 <= most <= 4
    assert wait_until(lambda: not sru_threads())


def test_who_gets_no_place_by_the_deadline_is_told() -> None:
    over = threading.Event()

    async def whole() -> str:
        workers = Workers(1)
        first = asyncio.ensure_future(workers.run(lambda given_up: over.wait(30), soon()))
        await asyncio.sleep(0)
        with pytest.raises(LinkFailed) as caught:
            await workers.run(lambda given_up: None, soon(0.05))
        over.set()
        assert await first
        return caught.value.code

    assert asyncio.run(whole()) == "busy"


def test_work_is_told_when_nobody_waits_for_it_any_more() -> None:
    told = threading.Event()

    def work(given_up: Callable[[], bool]) -> None:
        if wait_until(given_up):
            told.set()

    async def whole() -> None:
        with pytest.raises(LinkFailed):
            await Workers().run(work, soon(0.05))

    asyncio.run(whole())
    assert told.wait(30)


def test_errors_of_the_work_reach_whoever_waits() -> None:
    async def whole() -> None:
        await Workers().run(lambda given_up: 1 // 0, soon())

    with pytest.raises(ZeroDivisionError):
        asyncio.run(whole())


def test_a_server_without_a_choice_of_its_own_is_asked_for_title_author_and_subject() -> None:
    def script(seen: Seen) -> str:
        query = seen.values["query"]
        if "dc.title" not in query or "dc.subject" in query:
            return response(more=diagnostic(16))
        return response(record(marc()), hits=1)

    async def use(link: Link) -> list[Any]:
        found = await link.search(Term(text="a"), deadline=soon(), first=1)
        return [(one.code, one.detail) for one in found.diagnostics]

    with serving(script) as server:
        assert run(profile(server.url), use) == [("index_replaced", "dc.title")]
    assert [one.values["query"] for one in server.seen] == [
        "a",
        "cql.anywhere = a",
        "dc.title = a or dc.creator = a or dc.subject = a",
        "dc.title = a",
    ]


def test_a_server_without_cql_is_asked_in_pqf_from_then_on() -> None:
    def script(seen: Seen) -> str:
        return (
            response(record(marc()), hits=1) if "x-pquery" in seen.values else response(more=diagnostic(11))
        )

    async def whole() -> None:
        means = Means(
            policy=FetchPolicy(any_address=True, user_agent="Silang tests"),
            workers=Workers(),
            memory=Memory(),
            pqf=lambda query, where: "@attr 1=4 a",
        )
        for _ in range(2):
            link = await open_link(profile(server.url), "", means, soon())
            found = await link.search(Term(text="a"), deadline=soon(), first=1)
            assert (found.hits, found.diagnostics) == (1, ())
            assert len(await link.fetch(1, 1, deadline=soon())) == 1
            await link.close()

    with serving(script) as server:
        asyncio.run(whole())
    assert [one.values.get("x-pquery", one.values.get("query")) for one in server.seen] == [
        "a",
        *["@attr 1=4 a"] * 4,
    ]


def sockets() -> int:
    """Connections of this process that the kernel knows."""
    found = 0
    for handle in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            found += os.readlink(f"/proc/self/fd/{handle}").startswith("socket:")
    return found


def test_thirty_silent_targets_cost_the_live_ones_nothing_and_leave_no_thread_and_no_socket(
    silent: Server,
) -> None:
    async def one(url: str, seconds: float, means: Means) -> str:
        link = await open_link(profile(url), "", means, soon())
        try:
            found = await link.search(Term(text="a"), deadline=soon(seconds), first=1)
            return f"{found.hits} hits"
        except LinkFailed as failed:
            return failed.code
        finally:
            await link.close()

    async def whole(live: str) -> list[str]:
        means = Means(
            policy=FetchPolicy(any_address=True, user_agent="Silang tests"),
            workers=Workers(),
            memory=Memory(),
        )
        dead = [one(silent.url, 0.5, means) for _ in range(30)]
        return await asyncio.gather(*dead, *(one(live, 30, means) for _ in range(10)))

    before = sockets()
    with serving(shelf(3, 3)) as server:
        assert asyncio.run(whole(server.url)) == ["timeout"] * 30 + ["3 hits"] * 10
    assert wait_until(lambda: not sru_threads())
    silent.let_go()
    assert wait_until(lambda: sockets() <= before)
