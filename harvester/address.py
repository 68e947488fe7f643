"""The address of an OAI-PMH request: every value encoded exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

#: Ways to put a token into an address, the right one first: (code, function).
TOKEN_FORMS: dict[str, Callable[[str], str]] = {
    "once": lambda token: quote(token, safe=""),
    # some servers compare the raw query and want the token as they printed it
    "verbatim": lambda token: quote(token, safe="%!$'()*,/:;=?@[]~+|"),
    # some print it encoded already and decode what they get once
    "decoded": lambda token: quote(unquote(token), safe=""),
}


def query(arguments: Mapping[str, str], *, form: str = "once") -> str:
    """The query string; `verb` goes first, a resumptionToken is written in the form that its server understands."""
    ordered = sorted(arguments.items(), key=lambda pair: pair[0] != "verb")
    return "&".join(
        f"{name}={TOKEN_FORMS[form](value) if name == 'resumptionToken' else quote(value, safe='')}"
        for name, value in ordered
    )


def address(base: str, arguments: Mapping[str, str], *, form: str = "once") -> str:
    """The whole address. A base that has a query of its own (`csw?mode=oaipmh`) keeps it."""
    base = base.partition("#")[0]
    joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return base + joint + query(arguments, form=form)
