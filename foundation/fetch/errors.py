"""What can go wrong on the way to another machine.

FetchFailed
├── BadUrl             the URL, or a header to be sent, is not one; nothing was sent
├── AddressRefused     this address or port may not be reached; nothing was sent to it
├── Unreachable *      no such host, nobody listens, or the connection broke before an answer
├── BadTls             the certificate is not trusted, or https led to http
├── TooSlow *          the whole exchange, one silence, or the rate was over its limit
├── TooLarge           more bytes than allowed, before or after decompression
├── TooManyRedirects
├── BadAnswer          what came is not HTTP, or not compressed as it claims
└── Truncated *        the answer ended before its end

Those with a star may well succeed the next time: they have `passing` set.
"""

from typing import ClassVar


class FetchFailed(Exception):
    """Base of the tree. The text is fit for an admin page: it says what and where, without query and credentials.

    `detail` is for the log alone: it may name addresses inside our own network.
    """

    passing: ClassVar[bool] = False

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class BadUrl(FetchFailed):
    pass


class AddressRefused(FetchFailed):
    """One text for every reason, so that nobody learns from it which inner hosts and ports exist."""

    def __init__(self, place: str, *, detail: str = "") -> None:
        super().__init__(f"{place}: this address is not allowed", detail=detail)


class Unreachable(FetchFailed):
    passing = True


class BadTls(FetchFailed):
    pass


class TooSlow(FetchFailed):
    passing = True


class TooLarge(FetchFailed):
    pass


class TooManyRedirects(FetchFailed):
    pass


class BadAnswer(FetchFailed):
    pass


class Truncated(FetchFailed):
    passing = True
