"""From a profile to a session: where a Z39.50 target is, how much it may send, which OIDs its syntaxes have."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

from index.live.link import LinkFailed
from index.targets.profile import Profile
from index.z3950 import oids
from index.z3950.address import Address, Tls
from index.z3950.limits import Limits


def address(profile: Profile) -> Address:
    """Where a Z39.50 target is. Raises LinkFailed 'tls' when its authority cannot be used, 'unsupported' for SRU."""
    at = profile.address
    if at.protocol != "z3950":
        raise LinkFailed("unsupported", f"{at.protocol} is not Z39.50")
    return Address(host=at.host, port=at.port, tls=_tls(profile) if at.tls else None)


def _tls(profile: Profile) -> Tls:
    try:
        context = ssl.create_default_context(cadata=profile.address.ca_pem or None)
    except ssl.SSLError as error:
        raise LinkFailed("tls", f"the certificate authority cannot be used: {error}") from error
    if not profile.address.verify:
        context.check_hostname = False  # said in the profile, and shown as a fault on its page
        context.verify_mode = ssl.CERT_NONE
    return Tls(context=context)


def limits(profile: Profile) -> Limits:
    """How much a server may send at a time."""
    return Limits(pdu=profile.limits.pdu_bytes)


#: Our names of syntaxes where the register of OIDs writes them otherwise.
_NAMES = {"grs1": "grs-1"}


def syntaxes(names: Iterable[str]) -> tuple[str, ...]:
    """The OIDs of record syntaxes."""
    return tuple(oids.SYNTAXES.get(_NAMES.get(name, name), name) for name in names)
