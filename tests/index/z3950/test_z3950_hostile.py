"""Whatever a server does, the client is through at its deadline, and has not worked for it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import ssl
import threading
import time
from pathlib import Path

import pytest

from foundation.fetch import Allowed
from index.rpn.tree import Operand, Rpn
from index.z3950 import blocking
from index.z3950.address import Address, Tls, tls
from index.z3950.apdu import IdPass
from index.z3950.asking.presenting import Wanted
from index.z3950.asking.searching import Search
from index.z3950.asking.session import Session
from index.z3950.asking.values import Opening
from index.z3950.client import connect
from index.z3950.errors import Garbled, Lost, NoWay, TooBig, TooSlow, Z3950Failed
from index.z3950.limits import Limits
from index.z3950.pace import Pace
from tests.foundation.loopback import TLS
from tests.index.z3950 import hostile

ANYWHERE = Allowed(everything=True)
QUERY = Rpn(root=Operand(term=b"x"))

#: What each server does, how the client may end, and after how many seconds at the latest it shall.
CASES: dict[str, tuple[hostile.Deed, tuple[type[Z3950Failed], ...], float]] = {
    "endless": (hostile.endless, (TooBig,), 10),
    "two_gigabytes": (hostile.two_gigabytes, (TooBig,), 10),
    "nested": (hostile.nested, (TooBig,), 10),
    "garbage": (hostile.garbage, (Garbled,), 10),
    "drip": (hostile.drip, (TooSlow,), 0.2),
    "silent": (hostile.silent, (TooSlow,), 0.2),
    "closing": (hostile.closing, (Lost,), 10),
}


async def _over_asyncio(address: Address, seconds: float) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    client = await connect(address, None, deadline, allowed=ANYWHERE)
    try:
        await client.search(QUERY, ("Default",), deadline=deadline)
        await client.present(1, 100, deadline=deadline)
    finally:
        await client.close()
        assert len(asyncio.all_tasks()) == 1


def _over_a_socket(address: Address, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    with blocking.connect(address, None, deadline, allowed=ANYWHERE) as client:
        client.search(Search(query=QUERY, databases=("Default",)), deadline)
        client.present(Wanted(start=1, count=100), deadline)


SHELLS = {
    "asyncio": lambda address, seconds: asyncio.run(_over_asyncio(address, seconds)),
    "socket": _over_a_socket,
}


@pytest.mark.parametrize("polite", [True, False], ids=["after_search", "at_once"])
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", CASES)
def test_a_hostile_server_costs_neither_time_nor_work(name: str, shell: str, polite: bool) -> None:
    deed, ends, seconds = CASES[name]
    with hostile.listening(deed, polite=polite) as port:
        began, worked = time.monotonic(), time.thread_time()
        with pytest.raises(ends):
            SHELLS[shell](Address(host="127.0.0.1", port=port), seconds)
        assert time.thread_time() - worked < 1  # CPU seconds of the client alone
        assert time.monotonic() - began < seconds + 10


@pytest.mark.parametrize("shell", SHELLS)
def test_a_certificate_for_another_name_is_refused(shell: str) -> None:
    context = ssl.create_default_context(cafile=str(TLS / "ca.pem"))
    with hostile.listening(hostile.silent, polite=True, certificate="server.pem") as port:
        address = Address(host="127.0.0.1", port=port, tls=Tls(context=context, name="other.example"))
        with pytest.raises(NoWay) as refused:
            SHELLS[shell](address, 10)
        assert refused.value.code == "tls"


@pytest.mark.parametrize("shell", SHELLS)
def test_an_unknown_authority_is_refused_and_its_own_is_accepted(shell: str) -> None:
    with hostile.listening(hostile.closing, polite=True, certificate="server.pem") as port:
        stranger = Address(host="127.0.0.1", port=port, tls=tls(name="provider.example"))
        with pytest.raises(NoWay, match="certificate is not accepted"):
            SHELLS[shell](stranger, 10)
        known = tls(authorities=str(TLS / "ca.pem"), name="provider.example")
        with pytest.raises(Lost):  # it got as far as Present
            SHELLS[shell](Address(host="127.0.0.1", port=port, tls=known), 10)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_pinned_certificate_is_compared_itself(shell: str) -> None:
    wrong = tls(fingerprint="00" * 32)
    with hostile.listening(hostile.closing, polite=True, certificate="server.pem") as port:
        with pytest.raises(NoWay, match="another certificate"):
            SHELLS[shell](Address(host="127.0.0.1", port=port, tls=wrong), 10)
        text = (TLS / "server.pem").read_text()
        first = (
            text[text.index("-----BEGIN CERT") : text.index("-----END CERT")] + "-----END CERTIFICATE-----\n"
        )
        right = tls(fingerprint=hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest())
        with pytest.raises(Lost):
            SHELLS[shell](Address(host="127.0.0.1", port=port, tls=right), 10)


@pytest.mark.parametrize("shell", SHELLS)
def test_an_address_that_is_not_allowed_is_never_connected_to(shell: str) -> None:
    async def ask() -> None:
        await connect(Address(host="127.0.0.1", port=1), None, None)

    with pytest.raises(NoWay) as refused:
        asyncio.run(ask()) if shell == "asyncio" else blocking.connect(Address(host="127.0.0.1", port=1))
    assert refused.value.code == "forbidden"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_host_may_be_named(shell: str) -> None:
    with hostile.listening(hostile.closing, polite=True) as port, pytest.raises(Lost):
        SHELLS[shell](Address(host="localhost", port=port), 10)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_name_that_leads_nowhere_is_told_apart(shell: str) -> None:
    with pytest.raises(NoWay) as refused:
        SHELLS[shell](Address(host="nowhere.invalid", port=210), 20)
    assert refused.value.code == "unresolved"


def test_passwords_stay_out_of_what_is_printed() -> None:
    for authentication in ("reader/secret", IdPass(user="reader", password="secret")):
        opening = Opening(authentication=authentication)
        assert "secret" not in repr(opening)
        assert "secret" not in repr(Session(opening)._hello())


@pytest.mark.parametrize("shell", SHELLS)
def test_nobody_listening_is_told_apart(shell: str, tmp_path: Path) -> None:
    with hostile.listening(hostile.closing, polite=False) as port:
        pass
    with pytest.raises(NoWay) as refused:
        SHELLS[shell](Address(host="127.0.0.1", port=port), 10)
    assert refused.value.code == "refused"


def test_a_message_that_drips_in_is_given_up_before_the_deadline() -> None:
    pace = Pace(Limits(floor=100, window=5))
    for second in range(5):
        pace.note(10, True, float(second))
    with pytest.raises(TooSlow):
        pace.note(10, True, 5.0)
    pace.note(10, False, 6.0)
    for second in range(7, 100):
        pace.note(1000, True, float(second))


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
def test_neither_thread_nor_socket_is_left_behind(shell: str) -> None:
    with contextlib.ExitStack() as servers:
        ports = [
            servers.enter_context(hostile.listening(deed, polite=polite))
            for deed in (
                hostile.garbage,
                hostile.nested,
                hostile.two_gigabytes,
                hostile.closing,
                hostile.silent,
            )
            for polite in (True, False)
        ]
        strangers = servers.enter_context(
            hostile.listening(hostile.closing, polite=True, certificate="server.pem")
        )
        addresses = [Address(host="127.0.0.1", port=port) for port in ports]
        addresses.append(Address(host="127.0.0.1", port=strangers, tls=tls(name="provider.example")))
        before = _ours()
        for address in addresses * 4:
            with pytest.raises(Z3950Failed):
                SHELLS[shell](address, 0.2)
        # Servers of these tests run in our process too and notice a little later that we have gone.
        end = time.monotonic() + 30
        while any(now > then for now, then in zip(_ours(), before, strict=True)) and time.monotonic() < end:
            time.sleep(0.02)
        assert all(now <= then for now, then in zip(_ours(), before, strict=True))


def _ours() -> tuple[int, int]:
    """Threads and open descriptors of this process."""
    return threading.active_count(), len(os.listdir("/proc/self/fd"))
