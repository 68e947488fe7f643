"""What a probe writes down while it goes on, and what it may spend."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from index.targets.card import Card, Finding
from index.targets.hearing import blotted

#: Seconds that a probe may take altogether, and a short one.
WHOLE_SECONDS, SHORT_SECONDS = 120.0, 20.0

#: A target that wants longer pauses between searches gets this much, seconds: a probe must end.
LONGEST_PAUSE = 2.0

#: Hears the card as it is so far, how many stages are behind, and how many there are. What it raises ends the probe.
Report = Callable[[Card, int, int], None]


class Ended(Exception):
    """The probe cannot go on: `code` is one of LinkFailed's, or no_records."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Notes:
    """Findings in the order in which they are made."""

    report: Report
    stages: tuple[str, ...]
    whole: bool = True
    secrets: tuple[str, ...] = ()  # what must not be seen, even if the server sends it back
    identity: str = ""
    findings: list[Finding] = field(default_factory=list)
    takes: dict[str, Any] = field(default_factory=dict)
    done: int = 0
    began: float = field(default_factory=time.monotonic)

    def stage(self, name: str) -> None:
        """The next stage begins."""
        self.done = self.stages.index(name)
        self._tell()

    def add(
        self,
        trait: str,
        subject: str,
        *,
        asked: str,
        answered: str,
        verdict: str,
        hits: int | None = None,
        seconds: float = 0.0,
    ) -> None:
        """Write one down."""
        self.findings.append(
            Finding(
                trait=trait,
                subject=subject,
                asked=blotted(asked, self.secrets)[:1000],
                answered=blotted(answered, self.secrets)[:1000],
                verdict=verdict,
                hits=hits,
                seconds=round(seconds, 3),
            )
        )
        self._tell()

    def take(self, values: Mapping[str, Any]) -> None:
        """Values of a profile that the findings speak for."""
        self.takes |= values

    def left(self) -> float:
        """Seconds that are left. Raises Ended when there are none."""
        left = (WHOLE_SECONDS if self.whole else SHORT_SECONDS) - (time.monotonic() - self.began)
        if left <= 0:
            raise Ended("timeout")
        return left

    def card(self, failed: str = "") -> Card:
        """What there is so far."""
        return Card(
            findings=tuple(self.findings),
            identity=self.identity,
            takes=dict(self.takes) if not failed else {},
            failed=failed,
            whole=self.whole,
            seconds=round(time.monotonic() - self.began, 3),
        )

    def _tell(self) -> None:
        self.report(self.card(), self.done, len(self.stages))
