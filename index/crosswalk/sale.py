"""Whether a publication can be bought: what records say of it, in the words of members' catalogues."""

from __future__ import annotations

import re

#: A whole statement, not a sentence about selling: 'Not for Sale' is also the name of a novel.
_NEVER = re.compile(
    r"^[\s(\[*.\-]*(?:buku (?:ini )?|terbitan (?:ini )?|publikasi (?:ini )?)?"
    r"(?:tidak|bukan)\s+(?:untuk\s+)?(?:di\s?)?(?:per\s?)?(?:jual|dagang)(?:\s?belikan|kan)?(?:\s+untuk umum)?"
    r"[\s)\].!*]*$"
    r"|^[\s(\[*.\-]*not\s+for\s+(?:re)?sale(?:\s+to the public)?[\s)\].!*]*$"
    r"|^[\s(\[*.\-]*(?:hors|non mis en)\s+(?:commerce|vente)[\s)\].!*]*$"
    r"|^[\s(\[*.\-]*(?:nicht im (?:buch)?handel|fuori commercio|no venal)[\s)\].!*]*$",
    re.IGNORECASE,
)
_PRICE = re.compile(r"(?:rp|idr|usd?\$?|us\$|\$|£|€|eur|rm|s\$|gbp)\.?\s*\d", re.IGNORECASE)
_LONGEST = 80


def never_sold(text: str) -> bool:
    """Whether a text is the statement that something is not sold, in Indonesian, English or as 'hors commerce'."""
    # The commonest texts, numbers and long notes, are told apart without the expression.
    return len(text) <= _LONGEST and not text[:1].isdigit() and _NEVER.match(text) is not None


def sold_as(terms: list[str], notes: list[str] | tuple[str, ...] = ()) -> bool | None:
    """True for 'not for sale', False for a price, None where the record does not say.

    `terms` come from fields for terms of availability (020 $c, 037 $c and $f, 365), where a price counts too;
    of `notes` only one that is the statement and nothing else does.
    """
    if any(never_sold(text) for text in terms) or any(never_sold(text) for text in notes):
        return True
    return False if any(_PRICE.search(text[:_LONGEST]) for text in terms) else None
