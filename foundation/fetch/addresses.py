"""Which addresses may be reached, and how a name becomes a connection to a checked one."""

import queue
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from foundation.fetch.errors import AddressRefused, BadUrl, Unreachable

Address = IPv4Address | IPv6Address
Lookup = Callable[..., Sequence[tuple[Any, ...]]]  # as socket.getaddrinfo

WEB_PORTS = frozenset({80, 443, 8080, 8443})

# The tables are ours because ipaddress.is_global of Python 3.11 says yes to ::127.0.0.1, 64:ff9b::/96, 2002::/16
# and multicast. Sources: the IANA special-purpose address registries for IPv4 and IPv6.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, metadata services of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_UNICAST_6 = IPv6Network(
    "2000::/3"
)  # all that is given out; loopback, mapped, NAT64, ULA, link-local lie outside
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",
        "2002::/16",  # 6to4 holds an IPv4 address
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    """Can everybody on the Internet reach this address, so that reaching it from here gives nothing away?"""
    address = _plain(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the configuration opens beyond public addresses at the ports of the web.

    A network with port None is open at every port; a host is opened by name, whatever its addresses are,
    so only hosts whose name service is trusted should be named.
    """

    networks: tuple[tuple[IPv4Network | IPv6Network, int | None], ...] = ()
    hosts: frozenset[tuple[str, int]] = frozenset()
    everything: bool = False

    @classmethod
    def read(cls, entries: Iterable[str], *, everything: bool = False) -> "Allowed":
        """From "10.1.0.0/16", "10.1.2.3:9200", "[fd00::/8]:8000" or "host:8000". Raises ValueError naming the entry."""
        networks: list[tuple[IPv4Network | IPv6Network, int | None]] = []
        hosts: set[tuple[str, int]] = set()
        for entry in entries:
            text = entry.strip().lower()
            name, port = text, None
            if text.count(":") == 1 or text.startswith("["):
                name, _, digits = text.rpartition(":") if not text.endswith("]") else (text, "", "")
                name = name.removeprefix("[").removesuffix("]")
                if digits:
                    if not (digits.isascii() and digits.isdecimal() and 0 < int(digits) < 65536):
                        raise ValueError(f"{entry!r}: {digits!r} is not a port")
                    port = int(digits)
            try:
                networks.append((ip_network(name), port))
            except ValueError:
                if port is None or not name or "/" in name:
                    raise ValueError(f"{entry!r} is not a network, network:port or host:port") from None
                hosts.add((name.removesuffix("."), port))
        return cls(networks=tuple(networks), hosts=frozenset(hosts), everything=everything)

    def permits(self, host: str, address: Address, port: int, ports: frozenset[int] | None) -> bool:
        """May this address of this host be reached at this port? `ports`: those open on public addresses, None all."""
        if self.everything or (host, port) in self.hosts:
            return True
        address = _plain(address)
        for network, only in self.networks:
            if address in network and only in (None, port):
                return True
        return is_public(address) and (ports is None or port in ports)


@dataclass(frozen=True, slots=True)
class Checked:
    """An address that may be reached: what connects goes here and looks nothing up any more."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def text(self) -> str:
        return str(self.sockaddr[0])


def check_addresses(
    host: str,
    port: int,
    *,
    allowed: Allowed,
    seconds: float,
    ports: frozenset[int] | None = WEB_PORTS,
    lookup: Lookup = socket.getaddrinfo,
) -> tuple[Checked, ...]:
    """All addresses of a host, in the order to be tried, if every one of them may be reached.

    Raises AddressRefused when one may not, Unreachable when there is none or the look-up lasts longer than
    `seconds`, BadUrl for what cannot be a name. Spellings such as 0x7f.1 are judged by what they resolve to.
    """
    place = f"{host}:{port}"
    found: dict[Checked, None] = {}
    refused: list[str] = []
    for family, _, _, _, sockaddr in _look_up(lookup, host, port, seconds):
        if family not in (socket.AF_INET, socket.AF_INET6):
            continue
        address = ip_address(str(sockaddr[0]).split("%")[0])
        if not allowed.permits(host, address, port, ports):
            refused.append(str(address))
        found[Checked(family, (sockaddr[0], port, *sockaddr[2:]))] = None
    if refused:
        raise AddressRefused(place, detail=f"{host} is {', '.join(refused)}")
    if not found:
        raise Unreachable(f"{place}: no such host")
    return tuple(found)


def dial(
    addresses: Iterable[Checked], *, place: str, seconds: Callable[[], float]
) -> tuple[socket.socket, Checked]:
    """A connection to the first address that answers; `seconds` tells before each try how long it may last.

    For other protocols too (Z39.50): `dial(check_addresses(..., ports=None), ...)`. Raises Unreachable.
    """
    reason: Exception | None = None
    for checked in addresses:
        sock = socket.socket(checked.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(seconds())
            sock.connect(checked.sockaddr)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            reason = error
            sock.close()
        except BaseException:
            sock.close()
            raise
        else:
            return sock, checked
    what = "did not answer" if isinstance(reason, TimeoutError) else "no connection"
    raise Unreachable(f"{place}: {what}", detail=str(reason))


def _plain(address: Address) -> Address:
    """An IPv4 address that is only written as IPv6 is judged as what it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _look_up(lookup: Lookup, host: str, port: int, seconds: float) -> Sequence[tuple[Any, ...]]:
    """The answer of `lookup`, waited for in a thread: the system's resolver has no deadline of its own."""
    answer: queue.SimpleQueue[Sequence[tuple[Any, ...]] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(lookup(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # handed to the waiting thread
            answer.put(error)

    threading.Thread(target=ask, name="name look-up", daemon=True).start()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        raise Unreachable(f"{host}:{port}: the name service did not answer") from None
    if isinstance(found, OSError):
        raise Unreachable(f"{host}:{port}: no such host", detail=str(found))
    if isinstance(found, ValueError):  # also UnicodeError: a label that is too long
        raise BadUrl(f"{host[:80]} cannot be a host name")
    if isinstance(found, Exception):
        raise found
    return found
