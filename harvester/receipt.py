"""The receipt of a harvest: what proves that everything came, or says why it did not. Pure.

The rule: every page was read whole, and the list came to a proven end. Proven is a single page without a
token; or a last page with an empty token, and at least as many identifiers as the last completeListSize where
one was given. Any other end (a list that just stops, goes round, breaks off or loses its token) is proven
only by an audit: ListIdentifiers with the same arguments, itself read to its end, names nothing that we lack.
`noRecordsMatch` on the first request is complete with nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from harvester.errors import HarvestFailed, OutOfPatience

State = Literal["complete", "incomplete", "failed", "stopped"]

#: How a list may end.
SINGLE = "single_page"
EMPTY_TOKEN = "empty_token"  # noqa: S105 - no secret
NOTHING = "no_records_match"
STOPS = "stops_without_token"
TAIL = "no_records_match_at_the_end"
ROUND = "goes_round"
EMPTIES = "empty_pages_without_end"
BAD_TOKEN = "token_refused"  # noqa: S105 - no secret
UNREADABLE = "page_unreadable"
WINDOWS = "read_by_windows"
INVENTED = "names_what_nobody_knows"
ENDLESS = "no_end_in_sight"

#: Records that GetRecord cannot give either: up to this share of the list they count as bad records.
_UNREADABLE_SHARE = 0.02
_UNREADABLE_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A record that was delivered and could not be read. `position` is 'page 3, record 17'."""

    identifier: str | None
    reason: str
    position: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Distinct identifiers by what became of them; `nameless` counts rejected records without an identifier,
    `outside` what came although it was not asked for, and was left.
    """

    records: int = 0
    deleted: int = 0
    rejected: int = 0
    nameless: int = 0
    outside: int = 0

    @property
    def all(self) -> int:
        """Everything that was delivered, each record once."""
        return self.records + self.deleted + self.rejected + self.nameless + self.outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What reading it another way said (ListIdentifiers, windows). `whole`: that was read to its end, and is proof.
    `lacking`: named by it, and we still lack it.
    """

    whole: bool
    named: int
    lacking: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What `silang harvest try --json` prints and the admin page shows. The three counts are disjoint.

    `retry_at` is when the provider asked us to come back (ISO, UTC); `remembered` is what the next run begins with.
    """

    state: State
    reason: str
    records: int
    deleted: int
    rejected: tuple[Rejection, ...]
    pages: int
    requests: int
    bytes: int
    seconds: float
    oddities: tuple[dict[str, str], ...]
    prefix: str = ""
    end: str = ""
    expected: int | None = None
    watermark: str | None = None
    swept: int = 0
    rejected_total: int = 0
    outside: int = 0
    retry_at: str | None = None
    remembered: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        """As JSON."""
        out = asdict(self)
        out["rejected"] = [asdict(one) for one in self.rejected]
        out["oddities"] = list(self.oddities)
        out["seconds"] = round(self.seconds, 3)
        return out


def needs_audit(end: str, counts: Counts, expected: int | None) -> bool:
    """Whether the way a list ended leaves open that something is missing."""
    if end == NOTHING:
        return False
    if end in (INVENTED, ENDLESS):
        return False  # nothing could prove it: what else could be asked has no end either
    if end in (SINGLE, EMPTY_TOKEN, TAIL):
        short = expected is not None and counts.all < expected
        return short or (end == TAIL and expected is None)
    return True


def few_of(named: int) -> int:
    """How many records of a list may turn out to be bad before the list itself is."""
    return max(_UNREADABLE_FEW, int(_UNREADABLE_SHARE * named))


def verdict(
    end: str, counts: Counts, expected: int | None, audit: Audit | None, failure: HarvestFailed | None = None
) -> tuple[State, str]:
    """(state, reason in words fit for a log line) of a run."""
    if failure is not None and failure.reason == "stopped":
        return "stopped", "stopped"
    if failure is None and end in (INVENTED, ENDLESS):
        return "incomplete", _WORDS[end]
    if failure is None and end and not needs_audit(end, counts, expected) and not (audit and audit.lacking):
        return "complete", ""
    if failure is None and audit is not None and audit.whole and audit.lacking == 0:
        return "complete", ""
    why = [_WORDS.get(end, "")]
    if expected is not None and counts.all < expected:
        why.append(f"{counts.all} of {expected} announced records came")
    if audit is not None:
        why.append(
            f"ListIdentifiers names {audit.lacking} records that we lack"
            if audit.lacking
            else f"ListIdentifiers proves nothing: {audit.why or 'it does not end'}"
        )
    if failure is not None:
        why.append(str(failure))
        if isinstance(failure, OutOfPatience) and failure.retry_after:
            why.append(f"come back in {failure.retry_after:.0f} s")
    text = "; ".join(word for word in why if word)
    return ("incomplete" if counts.all else "failed"), text


_WORDS = {
    STOPS: "the list stops without an end",
    TAIL: "the list ends in noRecordsMatch",
    ROUND: "the list goes round",
    EMPTIES: "page after page is empty",
    BAD_TOKEN: "the token was refused",
    UNREADABLE: "a page could not be read",
    EMPTY_TOKEN: "the list ended early",
    SINGLE: "the list ended early",
    WINDOWS: "the list was read by windows of time",
    INVENTED: "the list goes on with records that the provider itself does not know",
    ENDLESS: "the list announces no size and no end is in sight",
}
