"""Redirects and TLS: secrets and exceptions stay with the host they were meant for."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from foundation.fetch import (
    BadTls,
    Limits,
    TooManyRedirects,
    TooSlow,
    Unreachable,
)
from tests.foundation.loopback import QUICK, TLS, answer, fetcher, serve


def redirecting(places: dict[str, str], status: str = "302 Found") -> Callable[[socket.socket, str], None]:
    def reply(conn: socket.socket, path: str) -> None:
        if path in places:
            conn.sendall(answer(b"moved", f"Location: {places[path]}", status=status))
        else:
            conn.sendall(answer(path.encode()))

    return reply


def test_redirects_are_followed_and_the_last_url_is_told() -> None:
    with serve(redirecting({"/": "/b?c=1", "/b?c=1": "d"})) as served:
        response = fetcher().open(served.url, limits=QUICK)
        assert response.read() == b"/d"
        assert response.url == served.url + "d"


def test_a_location_may_hold_raw_utf_8_and_spaces() -> None:
    with serve(redirecting({"/": "/café x?y=%20z"})) as served:
        assert fetcher().open(served.url, limits=QUICK).read() == b"/caf%C3%A9%20x?y=%20z"


def test_a_loop_ends() -> None:
    with serve(redirecting({"/": "/a", "/a": "/"})) as served:
        with pytest.raises(TooManyRedirects, match="3 redirects"):
            fetcher().open(served.url, limits=QUICK)
        assert len(served.requests) == 4
        with pytest.raises(TooManyRedirects):
            fetcher().open(served.url, limits=Limits(redirects=0))


def test_a_post_is_not_sent_elsewhere() -> None:
    with serve(redirecting({"/": "/b"}, "307 Temporary Redirect")) as served:
        assert fetcher().open(served.url, method="POST", body=b"x", limits=QUICK).status == 307
        assert len(served.requests) == 1


def test_secrets_go_with_a_redirect_on_the_same_host_only() -> None:
    secrets: dict[str, Any] = {
        "auth": ("u", "p"),
        "headers": {"X-Key": "s", "Accept": "text/xml"},
        "limits": QUICK,
    }
    with serve(redirecting({})) as other:
        places = {
            "/": "/same",
            "/away": f"http://b.example:{other.port}/",
            "/port": f"http://a.example:{other.port}/",
        }
        with serve(redirecting(places)) as served:
            client = fetcher()
            base = f"http://a.example:{served.port}"
            client.open(base + "/", **secrets).read()
            assert all("X-Key" in head and "Authorization" in head for head in served.requests)
            client.open(base + "/away", **secrets).read()
            client.open(base + "/port", **secrets).read()
    assert len(other.requests) == 2
    for head in other.requests:
        assert "X-Key" not in head
        assert "Authorization" not in head
        assert "Accept: text/xml" in head
        assert "From: " in head


def test_secrets_do_not_come_back_when_a_redirect_returns() -> None:
    def reply(conn: socket.socket, path: str) -> None:
        conn.sendall(redirect if path == "/" else answer(b"x"))

    with serve(lambda conn, _: conn.sendall(back)) as other, serve(reply) as served:
        back = answer(b"", f"Location: http://a.example:{served.port}/end", status="302 Found")
        redirect = answer(b"", f"Location: http://b.example:{other.port}/", status="302 Found")
        fetcher().open(f"http://a.example:{served.port}/", auth=("u", "p"), limits=QUICK).read()
        assert "Authorization" in served.requests[0]
        assert "Authorization" not in served.requests[1]


def test_a_private_authority_is_trusted_for_the_call_that_names_it() -> None:
    with serve(answer(b"safe"), certificate="server.pem") as served:
        client = fetcher()
        url = f"https://provider.example:{served.port}/"
        for _ in range(2):
            assert client.open(url, ca_file=TLS / "ca.pem", limits=QUICK).read() == b"safe"
        assert served.connections == 1
        # The kept connection belongs to that trust alone.
        with pytest.raises(BadTls, match="certificate refused"):
            client.open(url, limits=QUICK)
        assert client.open(url, verify=False, limits=QUICK).read() == b"safe"
        with pytest.raises(BadTls, match="certificate refused"):
            client.open(url, limits=QUICK)


def test_a_certificate_for_another_name_is_refused() -> None:
    with (
        serve(answer(b"safe"), certificate="server.pem") as served,
        pytest.raises(BadTls, match="certificate refused"),
    ):
        fetcher().open(f"https://other.example:{served.port}/", ca_file=TLS / "ca.pem", limits=QUICK)


def test_an_expired_certificate_is_refused() -> None:
    with serve(answer(b"safe"), certificate="expired.pem") as served, pytest.raises(BadTls, match="expired"):
        fetcher().open(f"https://provider.example:{served.port}/", ca_file=TLS / "ca.pem", limits=QUICK)


def test_a_server_without_tls_and_a_missing_file_of_certificates() -> None:
    with serve(b"hello\r\n\r\n") as served:
        with pytest.raises((BadTls, Unreachable, TooSlow)):
            fetcher().open(f"https://127.0.0.1:{served.port}/", limits=Limits(connect=0.3))
        with pytest.raises(BadTls, match=r"nowhere\.pem"):
            fetcher().open(f"https://127.0.0.1:{served.port}/", ca_file="/nowhere.pem", limits=QUICK)


def test_https_never_leads_to_http() -> None:
    with serve(answer(b"plain")) as plain:
        reply = redirecting({"/": f"http://provider.example:{plain.port}/"})
        with (
            serve(reply, certificate="server.pem") as served,
            pytest.raises(BadTls, match="from https to http"),
        ):
            fetcher().open(f"https://provider.example:{served.port}/", ca_file=TLS / "ca.pem", limits=QUICK)
        assert plain.connections == 0


def test_an_exception_made_for_one_host_ends_where_a_redirect_leaves_it() -> None:
    with serve(answer(b"x"), certificate="server.pem") as other:
        reply = redirecting({"/": f"https://localhost:{other.port}/"})
        with serve(reply, certificate="server.pem") as served:
            for kind in ({"verify": False}, {"ca_file": TLS / "ca.pem"}):
                with pytest.raises(BadTls, match="certificate refused"):
                    fetcher().open(f"https://provider.example:{served.port}/", limits=QUICK, **kind)
        assert other.requests == []


def test_a_handshake_that_never_ends_is_given_up() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, pytest.raises((Unreachable, TooSlow)):
        fetcher().open(f"https://127.0.0.1:{listener.getsockname()[1]}/", limits=Limits(connect=0.2, total=5))
