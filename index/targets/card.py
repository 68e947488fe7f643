"""What a probe found out about a target: each thing asked, what came, and what follows for the profile. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from index.targets import flat
from index.targets.profile import Profile

#: Works; accepted, and found nothing of what must be there; accepted without meaning anything; answered, and something
#: about it wants watching; refused; could not be asked.
WORKS, NOTHING, IGNORED, ODD, REFUSED, FAILED = "works", "nothing", "ignored", "odd", "refused", "failed"
VERDICTS = (WORKS, NOTHING, IGNORED, ODD, REFUSED, FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was tried. `trait` is a code with a text; `subject` what of it ('title', 'usmarc', '1=4').

    `asked` is what was sent, as PQF, CQL or in a few words; `answered` what came, as the target says it, in English.
    `hits` is None where nothing is counted.
    """

    trait: str
    subject: str
    asked: str
    answered: str
    verdict: str
    hits: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All findings in the order in which they were made. `identity` is how the target introduces itself.

    `takes` are values of index.targets.flat that the findings speak for. `failed` is the code of what ended the probe
    ('' when it came to its end; 'stopped' when somebody stopped it).
    """

    findings: tuple[Finding, ...] = ()
    identity: str = ""
    takes: Mapping[str, Any] = field(default_factory=dict)
    failed: str = ""
    whole: bool = True
    seconds: float = 0.0

    def value(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Card:
        """From what value() gave."""
        said = dict(stored)
        said["findings"] = tuple(Finding(**one) for one in said.get("findings", ()))
        return cls(**said)

    def by(self) -> dict[tuple[str, str], Finding]:
        """Findings by trait and subject; of several the last."""
        return {(one.trait, one.subject): one for one in self.findings}

    def works(self, trait: str) -> tuple[str, ...]:
        """The subjects of a trait that work, in the order in which they were tried."""
        return tuple(one.subject for one in self.findings if one.trait == trait and one.verdict == WORKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What another probe found otherwise. `before` and `after` are verdicts."""

    trait: str
    subject: str
    before: str
    after: str

    @property
    def worse(self) -> bool:
        """Whether something is lost by it. A term of another record may find nothing for a good reason."""
        return self.before == WORKS and self.after in (REFUSED, ODD)


def drift(before: Card, after: Card) -> tuple[Change, ...]:
    """What both probes tried and found different, the losses first.

    A probe that broke off proves nothing about what it did not come to; a failed connection is health, not drift.
    """
    old, found = before.by(), []
    for key, one in after.by().items():
        earlier = old.get(key)
        if earlier is None or FAILED in (earlier.verdict, one.verdict) or earlier.verdict == one.verdict:
            continue
        found.append(Change(trait=key[0], subject=key[1], before=earlier.verdict, after=one.verdict))
    return tuple(sorted(found, key=lambda change: not change.worse))


def health(card: Card, changes: Iterable[Change]) -> tuple[str, str]:
    """(ok, changed or failing; why): the state that a target is in after this probe."""
    if card.failed and card.failed != "stopped":
        return "failing", card.failed
    lost = [change for change in changes if change.worse]
    if lost:
        return "changed", ", ".join(f"{change.trait} {change.subject}".strip() for change in lost)
    return "ok", ""


def taken(profile: Profile, card: Card) -> Profile:
    """The profile with what the probe speaks for."""
    said = flat.write(profile) | dict(card.takes)
    made = flat.read(said)
    return replace(made, code=profile.code)


def differences(profile: Profile, card: Card) -> tuple[tuple[str, str, str], ...]:
    """(name of the value, as it is, as the probe speaks for), for what would change."""
    now, then = flat.write(profile), flat.write(taken(profile, card))
    return tuple(
        (name, shown(now[name]), shown(then[name])) for name in card.takes if now[name] != then[name]
    )


def shown(value: Any) -> str:
    """A value of a profile in one line."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {shown(one) or '–'}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)
