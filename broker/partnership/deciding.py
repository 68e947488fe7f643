"""Which agreement covers what one library wants of another, and what it says. Pure.

Of several, in this order: the parties are in it and it is in force that day; its terms include the form in this
direction; between two before between many; the narrower before the wider; signed last; the lower fee.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from broker.agreements import REFUSALS, AgreementSettings, Decide, Decision, network_wide
from broker.agreements import closed_to as closed_to_all
from broker.partnership.states import IN_FORCE
from broker.partnership.values import Agreement, Exclusion, FormTerms, Party, Revision
from foundation.libraries import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What runs between two libraries already: open requests, those of this week."""

    open: int = 0
    this_week: int = 0


#: (form, who asks, who gives) to what runs between them.
Used = Callable[[str, str, str], Usage]

#: (library, form) to codes of prerequisites that are missing; nothing for a library that is ready.
Missing = Callable[[str, str], Sequence[str]]


def nothing_used(form: str, asks: str, gives: str) -> Usage:
    """Nothing runs."""
    return Usage()


def nothing_missing(library_id: str, form: str) -> tuple[str, ...]:
    """Everybody is ready."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question."""

    form: str
    action: str
    asks: Library
    gives: Library
    on: date
    category: str | None
    item: Mapping[str, Any]
    quantity: int


def over(
    agreements: Callable[[], Sequence[Agreement]],
    network: AgreementSettings,
    library: Callable[[str], Library],
    *,
    used: Used = nothing_used,
    missing: Missing = nothing_missing,
) -> Decide:
    """A `decide` that answers from these agreements and, after them, from the one of the whole network."""
    everywhere = network_wide(network, library)

    def decide(
        form: str,
        action: str,
        from_library: str,
        to_library: str,
        on: date,
        patron_category: str | None = None,
        item: Mapping[str, Any] | None = None,
        quantity: int = 1,
    ) -> Decision:
        """May `from_library` have this of `to_library` on that day?"""
        asked = Asked(
            form=form,
            action=action,
            asks=library(from_library),
            gives=library(to_library),
            on=on,
            category=patron_category,
            item=item or {},
            quantity=quantity,
        )
        wide = everywhere(form, action, from_library, to_library, on, patron_category, item, quantity)
        shut = [code for code in wide.reasons if code in ("same_library", "library_suspended")]
        if shut:
            return wide
        own = [
            _by(one, asked, used)
            for one in agreements()
            if _has(one, from_library, on) and _has(one, to_library, on)
        ]
        if not network.forms:
            wide = Decision(allowed=False, reasons=("no_agreement",))
        said = _chosen(own, wide)
        lacking = _unready(missing, asked) if said.allowed else ()
        if lacking:
            return Decision(
                allowed=False, agreement=said.agreement, revision=said.revision, reasons=("not_ready",)
            )
        return said

    return decide


def _has(agreement: Agreement, library_id: str, on: date) -> bool:
    party = agreement.party(library_id)
    if party is None or party.role == "observer" or party.is_joining:
        return False
    return _is_in(party, on)


def _is_in(party: Party, on: date) -> bool:
    return (party.joined_on is None or party.joined_on <= on) and (
        party.left_on is None or on < party.left_on
    )


def _by(agreement: Agreement, asked: Asked, used: Used) -> tuple[Agreement | None, Decision]:
    """What one agreement says."""
    revision = agreement.on(asked.on)
    terms = revision.forms.get(asked.form)
    reasons = _reasons(agreement, revision, terms, asked, used)
    if reasons or terms is None:
        return agreement, Decision(
            allowed=False, agreement=agreement.code, revision=revision.number, reasons=reasons
        )
    last = last_day(agreement, revision)
    ends_soon = last is not None and last - asked.on <= timedelta(days=30)
    unknown = asked.item.get("availability") == "unknown"
    return agreement, Decision(
        allowed=True,
        agreement=agreement.code,
        revision=revision.number,
        terms={"form": asked.form, "currency": "IDR", **terms.terms},
        fee=fee_of(terms, asked.quantity),
        due_days=terms.terms.get("loan_days") if asked.form == "f" else None,
        warnings=(*(("ends_soon",) if ends_soon else ()), *(("availability_unknown",) if unknown else ())),
    )


def last_day(agreement: Agreement, revision: Revision) -> date | None:
    """The last day of an agreement, as agreed or as it was terminated; None: without an end."""
    ends = [one for one in (revision.valid_to, agreement.ends_on) if one is not None]
    return min(ends) if ends else None


def fee_of(terms: FormTerms, quantity: int) -> int:
    """Minor units for so many items; what is counted by page, visit or hour is charged when it is known."""
    return sum(fee.minor * quantity for fee in terms.fees if fee.unit == "item" and fee.payer == "requester")


def _reasons(
    agreement: Agreement, revision: Revision, terms: FormTerms | None, asked: Asked, used: Used
) -> tuple[str, ...]:
    last = last_day(agreement, revision)
    first = revision.valid_from
    if agreement.state in ("draft", "proposed", "refused"):
        return ("no_agreement",)
    if agreement.state == "agreed" or (first is not None and asked.on < first):
        return ("not_yet_valid",)
    if last is not None and asked.on > last:
        return ("expired",)
    if agreement.state not in IN_FORCE:
        return ("expired",) if agreement.state in ("ended", "terminated") else ("library_suspended",)
    if terms is None:
        return ("form_not_included",)
    found = (
        ("wrong_direction", bool(terms.givers) and asked.gives.id not in terms.givers),
        ("borrowing_not_permitted", asked.form == "e" and asked.action == "loan"),
        ("not_lending", asked.form == "f" and not asked.gives.lends),
        (
            "category_not_allowed",
            bool(terms.categories) and asked.category is not None and asked.category not in terms.categories,
        ),
        ("item_excluded", _is_excluded(terms, asked)),
        ("limit_reached", _is_over(terms, asked, used)),
    )
    return tuple(code for code, holds in found if holds)


def _is_excluded(terms: FormTerms, asked: Asked) -> bool:
    if asked.form == "f" and asked.item.get("lendable") is False:
        return True
    effects = {one.effect for one in terms.exclusions if excludes(one, asked.item)}
    if "refuse" in effects:
        return True
    return bool(effects) and asked.action == "loan"


def excludes(exclusion: Exclusion, item: Mapping[str, Any]) -> bool:
    """Whether an exclusion names this copy; what is not told of a copy excludes nothing."""
    if exclusion.by == "work":
        return bool(item.get("cluster_id")) and item["cluster_id"] == exclusion.value
    told = str(item.get({"class": "classification"}.get(exclusion.by, exclusion.by)) or "")
    if exclusion.by == "class":
        return bool(told) and _in_range(told, exclusion.value)
    return bool(told) and told.casefold() == exclusion.value.casefold()


def _in_range(told: str, value: str) -> bool:
    """Whether a class number lies in '300-399' or begins with '813'."""
    low, dash, high = (part.strip() for part in value.partition("-"))
    if not dash:
        return told.startswith(low)
    return low <= told[: len(low)] and told[: len(high)] <= high


def _is_over(terms: FormTerms, asked: Asked, used: Used) -> bool:
    most = terms.terms.get("max_open_per_library")
    week = terms.terms.get("weekly_cap")
    if asked.form != "f" or (most is None and week is None):
        return False
    now = used(asked.form, asked.asks.id, asked.gives.id)
    return (most is not None and now.open + asked.quantity > most) or (
        week is not None and now.this_week + asked.quantity > week
    )


def _unready(missing: Missing, asked: Asked) -> tuple[str, ...]:
    return (*missing(asked.asks.id, asked.form), *missing(asked.gives.id, asked.form))


def _chosen(own: Sequence[tuple[Agreement | None, Decision]], wide: Decision) -> Decision:
    """The best yes. Without one, what the agreements of the two say goes before what the network's does."""
    yes = [pair for pair in (*own, (None, wide)) if pair[1].allowed]
    if yes:
        return min(yes, key=_rank)[1]
    no = [pair for pair in own if "no_agreement" not in pair[1].reasons]
    return min(no, key=lambda pair: (_last(pair[1]), _rank(pair)))[1] if no else wide


def _rank(pair: tuple[Agreement | None, Decision]) -> tuple[Any, ...]:
    agreement, decision = pair
    if agreement is None:
        return (2, 0, 0, decision.fee, "")
    signed = max((one.signed_on.toordinal() for one in agreement.parties if one.signed_on), default=0)
    return (
        0 if agreement.is_bilateral else 1,
        len(agreement.parties),
        -signed,
        decision.fee,
        agreement.code,
    )


def _last(decision: Decision) -> int:
    """How far a refusal got: the reason that is nearest to a yes is the one worth telling."""
    order = {code: place for place, code in enumerate(REFUSALS)}
    return -min((order[code] for code in decision.reasons), default=0)


def closed_to(
    agreements: Sequence[Agreement],
    network: AgreementSettings,
    form: str,
    action: str,
    asks: Library,
    on: date,
    patron_category: str | None = None,
) -> tuple[str, ...]:
    """Why this library may ask nobody at all, as codes of REFUSALS; empty when it may ask some."""
    for one in agreements:
        revision = one.on(on)
        first, last = revision.valid_from, last_day(one, revision)
        runs = (first is None or first <= on) and (last is None or on <= last)
        terms = revision.forms.get(form)
        if terms is None or not runs or one.state not in IN_FORCE or not _has(one, asks.id, on):
            continue
        if not terms.categories or patron_category is None or patron_category in terms.categories:
            return () if asks.state == "active" else ("library_suspended",)
    return closed_to_all(network, form, action, asks, on, patron_category)
