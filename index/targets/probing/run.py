"""Probes a target, whichever protocol it speaks; what it found is a card, whatever went wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from foundation.fetch import Allowed, Fetcher, FetchPolicy
from index.live.link import LinkFailed
from index.targets.card import Card
from index.targets.hearing import spellings
from index.targets.probing import sru, z3950
from index.targets.probing.notes import Ended, Notes, Report
from index.targets.profile import Profile


class Stopped(Exception):
    """The report said that the probe is to end; `card` is what there was until then."""

    def __init__(self, card: Card) -> None:
        super().__init__("stopped")
        self.card = card


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What may be reached."""

    policy: FetchPolicy

    @property
    def allowed(self) -> Allowed:
        """For protocols other than HTTP."""
        return Allowed.read(self.policy.allow, everything=self.policy.any_address)


def probe(
    profile: Profile,
    password: str,
    network: Network,
    *,
    whole: bool = True,
    report: Report = lambda card, done, total: None,
    stop: type[BaseException] | None = None,
) -> Card:
    """Try the target out and say what was found; never raises for what the target does.

    `report` hears each finding. Where it raises `stop`, the probe ends with Stopped, which has the card so far.
    """
    is_sru = profile.address.protocol == "sru"
    stages = (sru if is_sru else z3950).STAGES if whole else (sru if is_sru else z3950).SHORT
    notes = Notes(report=report, stages=stages, whole=whole, secrets=spellings(password))
    try:
        if is_sru:
            fetcher = Fetcher(network.policy)
            try:
                sru.probe(profile, password, fetcher, notes)
            finally:
                fetcher.close()
        else:
            asyncio.run(z3950.probe(profile, password, network.allowed, notes))
    except Ended as ended:
        return notes.card(ended.code)
    except LinkFailed as failed:
        return notes.card(failed.code)
    except TimeoutError:
        return notes.card("timeout")
    except BaseException as raised:
        if stop is not None and isinstance(raised, stop):
            raise Stopped(notes.card("stopped")) from raised
        raise
    return notes.card()
