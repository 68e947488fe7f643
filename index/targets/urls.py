"""Addresses of targets as people type them: z3950://host:210/db, z3950s://…, sru+https://host/path, host:port/db."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from index.targets.profile import Address

_PORTS = {"z3950": 210, "z3950s": 210, "sru+http": 80, "sru+https": 443}
_DATABASE = re.compile(r"[^\s/+\x00-\x1f]{1,200}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})|[0-9A-Fa-f:.]{2,45}")


class BadAddress(ValueError):
    """Not the address of a target; `reason` is a code."""

    def __init__(self, text: str, reason: str = "bad_url") -> None:
        super().__init__(text)
        self.reason = reason


def read(text: str) -> Address:
    """The address. Other spellings of the field are read too: tcp: and ssl: (YAZ), http(s): for SRU, none at all.

    Several databases stand between '+' or commas. Raises BadAddress; names and passwords do not belong in an address.
    """
    given = text.strip()
    given = re.sub(r"^(tcp|@?z39\.?50[rs]?):(?!//)", "z3950://", given, flags=re.I)
    given = re.sub(r"^ssl:(?!//)", "z3950s://", given, flags=re.I)
    given = re.sub(r"^(z39\.50[rs]?|tcp)://", "z3950://", given, flags=re.I)
    given = re.sub(r"^ssl://", "z3950s://", given, flags=re.I)
    given = re.sub(r"^(https?://)", r"sru+\1", given, flags=re.I)
    if "://" not in given:
        given = f"z3950://{given}"
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise BadAddress(text) from error
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    if scheme not in _PORTS or not _HOST.fullmatch(host) or port == 0:
        raise BadAddress(text)
    if parts.username is not None or parts.password is not None:
        raise BadAddress(text, "credentials_in_url")
    port = port or _PORTS[scheme]
    if scheme.startswith("sru"):
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return Address(
            protocol="sru", host=host, port=port, databases=(), path=path, tls=scheme.endswith("s")
        )
    # yaz-ztest takes parameters behind the name of a database: they belong to it
    name = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    named = tuple(unquote(one) for one in re.split(r"[+,]", name) if one)
    if not all(_DATABASE.fullmatch(one) for one in named):
        raise BadAddress(text, "bad_database")
    return Address(host=host, port=port, databases=named or ("Default",), tls=scheme == "z3950s")
