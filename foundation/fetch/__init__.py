"""The one safe HTTP client: every request to another machine goes through `Fetcher.open`.

An address in a catalogue, a form or a redirect is somebody else's word. So before a connection is made every
address of the host is checked, the connection goes to the checked address itself, each redirect is checked
again, and time, size and redirects of the whole exchange are bounded. Proxies from the environment are not
used: the address could not be checked then.

    with fetcher.open("https://example.org/oai?verb=Identify", limits=Limits(total=60)) as response:
        for piece in response.iter_bytes():
            ...
"""

from foundation.fetch.addresses import Allowed, check_addresses, dial, is_public
from foundation.fetch.client import Fetcher, FetchPolicy, Headers, Response
from foundation.fetch.errors import (
    AddressRefused,
    BadAnswer,
    BadTls,
    BadUrl,
    FetchFailed,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Truncated,
    Unreachable,
)
from foundation.fetch.limits import Limits

__all__ = [
    "AddressRefused",
    "Allowed",
    "BadAnswer",
    "BadTls",
    "BadUrl",
    "FetchFailed",
    "FetchPolicy",
    "Fetcher",
    "Headers",
    "Limits",
    "Response",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "Truncated",
    "Unreachable",
    "check_addresses",
    "dial",
    "is_public",
]
