"""Where a URL leads: one strict reading of it, from which everything sent is built."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from foundation.fetch.errors import BadUrl

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_LONGEST = 65536  # resumption tokens of several kilobytes exist
_SAFE = "%/:?@!$&'()*+,;=~[]|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Scheme, host (lower case, ASCII, IPv6 without brackets), port, and path with query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them: the default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def place(self) -> str:
        """The URL for messages, without the query: tokens and keys stand there."""
        return self.url.split("?", 1)[0]

    def keeps_secrets_of(self, other: "Target") -> bool:
        """May what was meant for `other` be sent here: the same host and port, or http made https there?"""
        if self.host != other.host:
            return False
        upgraded = (other.scheme, other.port, self.scheme, self.port) == ("http", 80, "https", 443)
        return upgraded or (self.scheme, self.port) == (other.scheme, other.port)

    def follow(self, location: str) -> "Target":
        """The target of a Location header, which may be relative and hold raw UTF-8 (RFC 9110 10.2.2)."""
        # http.client decodes headers as Latin-1. Backslashes stay, so that they are refused.
        raw = location.strip().encode("latin-1", "replace")
        try:
            return read_url(urljoin(self.url, quote(raw, safe=_SAFE + "#\\")))
        except (BadUrl, ValueError) as error:
            raise BadUrl(f"{self.place}: leads to what cannot be followed: {error}") from None


def read_url(url: str) -> Target:
    """The target of an absolute http or https URL. Raises BadUrl.

    What two readers could understand differently is refused: white space, control characters, backslashes,
    user names, zones of IPv6 addresses.
    """
    if len(url) > _LONGEST:
        raise BadUrl(f"this URL is longer than {_LONGEST:,} characters")
    if any(char <= " " or char in "\x7f\\" for char in url):
        raise BadUrl("white space, control characters and backslashes do not belong into a URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadUrl(f"this is not a URL: {error}") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadUrl("a URL must start with http:// or https://")
    if "@" in parts.netloc:
        raise BadUrl("a URL must not hold a user name or password; give them separately")
    if port is None:
        port = _DEFAULT_PORTS[parts.scheme]
    if port == 0:
        raise BadUrl("there is no port 0")
    path = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        path += "?" + quote(parts.query, safe=_SAFE)
    return Target(scheme=parts.scheme, host=_host(parts.hostname or ""), port=port, path=path)


def _host(name: str) -> str:
    if ":" in name:
        try:
            if "%" not in name:
                return str(IPv6Address(name))
        except AddressValueError:
            pass
        raise BadUrl("this IPv6 address is not valid in a URL")
    try:
        # Also turns full-width and circled digits into plain ones, as any other reader would.
        host = name.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise BadUrl("the host name of this URL is not valid") from None
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise BadUrl("the host name of this URL is not valid")
    return host
