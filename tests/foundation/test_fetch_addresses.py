"""No URL, name, redirect or spelling leads to an address that is not allowed."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.fetch import (
    AddressRefused,
    Allowed,
    BadUrl,
    Fetcher,
    FetchFailed,
    FetchPolicy,
    Limits,
    Unreachable,
    check_addresses,
    dial,
    is_public,
)
from foundation.fetch.target import read_url
from tests.foundation.loopback import QUICK, Served, answer, serve


def names(table: dict[str, list[str]]) -> Any:
    """A resolver that knows these names; numbers are read as the system reads them."""

    def lookup(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for text in table.get(host, [host]):
            flags = socket.AI_NUMERICHOST
            found += socket.getaddrinfo(text, port, type=socket.SOCK_STREAM, flags=flags)
        return found

    return lookup


def fetcher(*allow: str, resolver: Any = socket.getaddrinfo, any_address: bool = False) -> Fetcher:
    policy = FetchPolicy(allow=allow, any_address=any_address, user_agent="Silang/test")
    return Fetcher(policy, resolver=resolver)


@pytest.fixture
def canary() -> Iterator[Served]:
    """Listens on loopback; whoever connects has got through."""
    with serve(answer(b"reached")) as served:
        yield served


HOSTS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "0177.0.0.1", "0.0.0.0",
    "0", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fd00::1]", "[fec0::1]",
    "[ff02::1]", "[2001:db8::1]", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1", "100.64.0.1",
    "100.127.255.255", "169.254.169.254", "192.0.0.1", "198.18.0.1", "198.19.255.255", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "localhost", "localhost.", "LOCALHOST", "①②⑦.0.0.1", "127。0。0。1",
    "１２７.0.0.1", "127.0.0.1.",
]  # fmt: skip
SHAPES = [
    "http://a@127.0.0.1:{port}/", "http://a:b@127.0.0.1:{port}/", "http://a@127.0.0.1:{port}#@b/",
    "http://b\\@127.0.0.1:{port}", "http://127.0.0.1:{port}\\@b/", "//127.0.0.1:{port}/",
    "127.0.0.1:{port}", "http:127.0.0.1:{port}", "http:///127.0.0.1:{port}/", "file:///etc/hostname",
    "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_x", "dict://127.0.0.1:{port}/d",
    "ldap://127.0.0.1:{port}/", "jar:http://127.0.0.1:{port}!/", "data:text/xml,<a/>",
    "http://[fe80::1%25lo]:{port}/", "http://[::1%25lo]:{port}/", "http://[::1/",
    "http://127.0.0.1:{port}0000/", "http://127.0.0.1:-1/", "http://127.0.0.1:0/",
    "http://%31%32%37.0.0.1:{port}/", "http://?@127.0.0.1:{port}/", "http://.:{port}/", "http://:{port}/",
    "HTTP://", "javascript:0",
]  # fmt: skip
SPACED = ["http://127.0.0.1:{port}/ x", " http://127.0.0.1:{port}/", "http://127.\n0.0.1:{port}/", "ht\ttp://127.0.0.1:{port}/",
          "http://127.0.0.1\x00:{port}/", "http://exam\rple.org@127.0.0.1:{port}/", ""]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_of_an_inner_address_is_reached(host: str, canary: Served) -> None:
    client = fetcher(resolver=names({"localhost": ["127.0.0.1"]}))
    for url in (
        f"http://{host}:{canary.port}/",
        f"https://{host}:{canary.port}/",
        f"http://{host}/",
        f"http://{host}:8080/",
    ):
        with pytest.raises(AddressRefused, match=r"this address is not allowed$"):
            client.open(url, limits=QUICK)
    assert canary.connections == 0


@pytest.mark.parametrize("shape", SHAPES + SPACED)
def test_no_trick_in_a_url_reaches_an_inner_address(shape: str, canary: Served) -> None:
    with pytest.raises((BadUrl, AddressRefused)):
        fetcher().open(shape.format(port=canary.port), limits=QUICK)
    assert canary.connections == 0


def test_a_password_in_a_url_is_refused_and_not_repeated(canary: Served) -> None:
    with pytest.raises(BadUrl) as caught:
        fetcher(any_address=True).open(f"http://reader:geheim@127.0.0.1:{canary.port}/", limits=QUICK)
    assert "geheim" not in str(caught.value)
    assert canary.connections == 0


@pytest.mark.parametrize("name", ["localhost", "foo.localhost"])
def test_names_of_this_machine_are_refused_by_the_system_s_own_resolver(name: str, canary: Served) -> None:
    with pytest.raises((AddressRefused, Unreachable)):
        fetcher().open(f"http://{name}:{canary.port}/", limits=QUICK)
    assert canary.connections == 0


def test_one_inner_address_among_public_ones_refuses_the_host(canary: Served) -> None:
    resolver = names({"mixed.example": ["93.184.216.34", "127.0.0.1"]})
    with pytest.raises(AddressRefused):
        fetcher(resolver=resolver).open("http://mixed.example:8080/", limits=QUICK)
    assert canary.connections == 0


def test_a_name_that_changes_its_mind_is_asked_once_and_its_checked_address_is_used(canary: Served) -> None:
    answers = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]]
    asked = []

    def rebinding(host: str, port: int, **kind: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return socket.getaddrinfo(answers[len(asked) - 1][0], port, **kind)

    client = fetcher("127.0.0.2", resolver=rebinding)
    # Nothing listens on 127.0.0.2: had the client asked again, it would have been led to the canary.
    with pytest.raises(Unreachable):
        client.open(f"http://rebind.example:{canary.port}/", limits=QUICK)
    assert asked == ["rebind.example"]
    with pytest.raises(AddressRefused):
        client.open(f"http://rebind.example:{canary.port}/", limits=QUICK)
    assert canary.connections == 0


def test_the_name_is_checked_again_although_a_connection_is_kept(canary: Served) -> None:
    table = {"moving.example": ["127.0.0.1"]}
    client = fetcher(f"127.0.0.1:{canary.port}", resolver=names(table))
    url = f"http://moving.example:{canary.port}/"
    client.open(url, limits=QUICK).read()
    table["moving.example"] = ["10.0.0.1"]
    with pytest.raises(AddressRefused):
        client.open(url, limits=QUICK)
    assert len(canary.requests) == 1


LOCATIONS = [
    "http://localhost:{port}/", "//localhost:{port}/x", "http://0x7f.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://inner.example:{port}/", "file:///etc/hostname", "http://a@localhost:{port}/", "gopher://localhost:{port}/",
    "http:\\\\localhost:{port}\\", "http://localhost:{port}\\@x/", "http://169.254.169.254/latest/",
]  # fmt: skip


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_no_redirect_leads_to_an_inner_address(location: str, status: str, canary: Served) -> None:
    redirect = answer(b"", "Location: " + location.format(port=canary.port), status=status)
    resolver = names(
        {"outer.example": ["127.0.0.1"], "inner.example": ["127.0.0.1"], "localhost": ["127.0.0.1"]}
    )
    with serve(redirect) as outer:
        client = fetcher(f"outer.example:{outer.port}", resolver=resolver)
        with pytest.raises((AddressRefused, BadUrl)):
            client.open(f"http://outer.example:{outer.port}/", limits=QUICK)
        assert len(outer.requests) == 1
    assert canary.connections == 0


def test_what_is_refused_sounds_the_same_whether_something_listens_or_not(canary: Served) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    free_port = closed.getsockname()[1]
    closed.close()
    texts, times = set(), []
    for port in (canary.port, free_port):
        start = time.perf_counter()
        with pytest.raises(AddressRefused) as caught:
            fetcher().open(f"http://127.0.0.1:{port}/")
        times.append(time.perf_counter() - start)
        texts.add(str(caught.value).replace(str(port), "PORT"))
    assert len(texts) == 1
    assert max(times) < 1
    assert canary.connections == 0


def test_a_public_host_is_reached_only_at_the_ports_of_the_web() -> None:
    resolver = names({"library.example": ["93.184.216.34"]})
    for port in (22, 25, 5432, 6379, 9200, 8000):
        with pytest.raises(AddressRefused):
            fetcher(resolver=resolver).open(f"http://library.example:{port}/", limits=QUICK)


def test_the_address_of_an_inner_host_stays_out_of_the_message() -> None:
    resolver = names({"inner.example": ["10.9.8.7"]})
    with pytest.raises(AddressRefused) as caught:
        fetcher(resolver=resolver).open("http://inner.example/secret?key=1", limits=QUICK)
    assert "10.9.8.7" not in str(caught.value)
    assert "key" not in str(caught.value)
    assert "10.9.8.7" in caught.value.detail


@pytest.mark.parametrize(
    "entry", ["127.0.0.1", "127.0.0.0/8", "127.0.0.1:{port}", "127.0.0.0/8:{port}", "served.example:{port}"]
)
def test_the_configuration_opens_addresses(entry: str, canary: Served) -> None:
    client = fetcher(entry.format(port=canary.port), resolver=names({"served.example": ["127.0.0.1"]}))
    with client.open(f"http://served.example:{canary.port}/", limits=QUICK) as response:
        assert response.read() == b"reached"
    assert response.address == "127.0.0.1"


@pytest.mark.parametrize("entry", ["127.0.0.1:1", "10.0.0.0/8", "other.example:{port}", "served.example:1"])
def test_what_is_opened_is_no_more_than_what_was_said(entry: str, canary: Served) -> None:
    client = fetcher(entry.format(port=canary.port), resolver=names({"served.example": ["127.0.0.1"]}))
    with pytest.raises(AddressRefused):
        client.open(f"http://served.example:{canary.port}/", limits=QUICK)
    assert canary.connections == 0


def test_the_command_line_may_go_anywhere(canary: Served) -> None:
    assert fetcher(any_address=True).open(canary.url, limits=QUICK).read() == b"reached"


@pytest.mark.parametrize(
    "entry",
    ["", "host", "10.0.0.0/33", "10.0.0.1:0", "10.0.0.1:99999", "10.0.0.1:x", "10.1/8:80", ":80", "host:"],
)
def test_an_entry_that_says_nothing_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        Allowed.read([entry])


def test_entries_for_ipv6_are_read() -> None:
    allowed = Allowed.read(["[fd00::/8]:8000", "fd12::1", "[fd13::1]"])
    assert allowed.permits("x", ip_address("fd00::5"), 8000, None)
    assert not allowed.permits("x", ip_address("fd00::5"), 8001, None)
    assert allowed.permits("x", ip_address("fd12::1"), 9, None)
    assert allowed.permits("x", ip_address("fd13::1"), 9, None)


@given(st.ip_addresses())
def test_public_is_never_wider_than_what_python_knows(address: Any) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "103.28.12.1", "2606:4700::1111", "2001:200::1", "2a00:1450::1", "::ffff:8.8.8.8"],
)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_read_as_a_url_or_refused(text: str) -> None:
    for url in (text, "http://" + text, "http://h/" + text):
        with contextlib.suppress(BadUrl):
            target = read_url(url)
            assert target.path.isascii()
            assert " " not in target.url
            assert read_url(target.url) == target


def test_the_path_is_encoded_exactly_once() -> None:
    assert read_url("http://h/a%20b/é?q=%2Fx+y&t=ü|a").path == "/a%20b/%C3%A9?q=%2Fx+y&t=%C3%BC|a"
    assert read_url("http://h/a?x#y").url == "http://h/a?x"
    assert read_url("http://BÜCHER.example:80").url == "http://xn--bcher-kva.example/"


def test_a_name_service_that_hangs_holds_nobody_up() -> None:
    release = threading.Event()

    def hanging(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        release.wait(10)
        return []

    start = time.monotonic()
    with pytest.raises(Unreachable, match="name service"):
        fetcher(resolver=hanging).open("http://slow.example/", limits=Limits(connect=0.2))
    assert time.monotonic() - start < 8
    release.set()


def test_unknown_names_are_unreachable() -> None:
    def unknown(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Unreachable, match="no such host"):
        fetcher(resolver=unknown).open("http://nowhere.example/")
    with pytest.raises(Unreachable, match="no such host"):
        fetcher(resolver=lambda *_, **__: []).open("http://nowhere.example/")
    with pytest.raises(FetchFailed):
        fetcher().open("http://" + "a" * 64 + ".example/")


def test_the_next_address_is_tried_when_the_first_does_not_answer(canary: Served) -> None:
    resolver = names({"two.example": ["127.0.0.9", "127.0.0.1"]})
    client = fetcher("127.0.0.0/8", resolver=resolver)
    assert client.open(f"http://two.example:{canary.port}/", limits=QUICK).address == "127.0.0.1"


def test_other_protocols_dial_under_the_same_rule(canary: Served) -> None:
    with pytest.raises(AddressRefused):
        check_addresses("127.0.0.1", canary.port, allowed=Allowed(), seconds=2, ports=None)
    allowed = Allowed.read([f"127.0.0.1:{canary.port}"])
    addresses = check_addresses("127.0.0.1", canary.port, allowed=allowed, seconds=2, ports=None)
    sock, checked = dial(addresses, place="here", seconds=lambda: 2)
    with sock:
        assert checked.text == "127.0.0.1"
    assert check_addresses("93.184.216.34", 210, allowed=Allowed(), seconds=2, ports=None)
