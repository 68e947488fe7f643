"""Where a server is, and the way to it: every address is checked as the safe fetch checks them, names resolved once."""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address

from foundation.fetch import Allowed, check_addresses
from foundation.fetch.addresses import Checked
from foundation.fetch.errors import AddressRefused, FetchFailed
from index.z3950.errors import NoWay, Z3950Failed

#: The registered port of Z39.50.
PORT = 210


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a server proves who it is: by a certificate of a trusted authority for its name, or by the certificate itself.

    `context` must verify unless `fingerprint` (SHA-256 of the certificate, hexadecimal, colons allowed) is given.
    """

    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    name: str | None = None
    fingerprint: str | None = None


def tls(*, authorities: str | None = None, fingerprint: str | None = None, name: str | None = None) -> Tls:
    """TLS with the system's authorities, those of a PEM file alone, or one certificate pinned by its fingerprint."""
    context = ssl.create_default_context(cafile=authorities)
    if fingerprint is not None:
        # The certificate itself is compared: authorities and names say nothing more then.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return Tls(context=context, fingerprint=fingerprint, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A host and its port; with `tls` the connection is encrypted and the server must prove who it is."""

    host: str
    port: int = PORT
    tls: Tls | None = None

    @property
    def place(self) -> str:
        """For messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def numeric(address: Address, allowed: Allowed) -> tuple[Checked, ...] | None:
    """The address when the host is written in numbers, so that nothing needs to be looked up; else None.

    Raises NoWay when it may not be reached.
    """
    try:
        number = ip_address(address.host)
    except ValueError:
        return None
    if not allowed.permits(address.host, number, address.port, None):
        raise NoWay("forbidden", f"{address.place}: this address is not allowed")
    if number.version == 4:
        return (Checked(socket.AF_INET, (address.host, address.port)),)
    return (Checked(socket.AF_INET6, (address.host, address.port, 0, 0)),)


def resolve(address: Address, allowed: Allowed, seconds: float) -> tuple[Checked, ...]:
    """The addresses of a host, checked. Blocks for at most `seconds`. Raises NoWay."""
    try:
        return check_addresses(
            address.host.lower(), address.port, allowed=allowed, seconds=max(seconds, 0.001), ports=None
        )
    except AddressRefused as error:
        raise NoWay("forbidden", str(error)) from error
    except FetchFailed as error:
        raise NoWay("unresolved", str(error)) from error


def no_way(address: Address, error: BaseException) -> Z3950Failed:
    """The error for a connection that did not come about."""
    if isinstance(error, Z3950Failed):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return NoWay("tls", f"{address.place}: its certificate is not accepted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return NoWay("tls", f"{address.place}: no encrypted connection: {error.reason or error}")
    if isinstance(error, ConnectionRefusedError):
        return NoWay("refused", f"{address.place}: nobody listens there")
    return NoWay("unreachable", f"{address.place}: no connection: {error}")


def check_pin(address: Address, certificate: bytes | None) -> None:
    """Raises NoWay when the server's certificate (DER) is not the one that is pinned."""
    pin = address.tls.fingerprint if address.tls is not None else None
    if pin is None:
        return
    wanted = pin.replace(":", "").strip().lower()
    if not hmac.compare_digest(hashlib.sha256(certificate or b"").hexdigest(), wanted):
        raise NoWay("tls", f"{address.place}: shows another certificate than the one that is pinned")
