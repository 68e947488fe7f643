"""What was asked for: a set and a window of time. Some providers forget both in their tokens. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harvester import datestamps
from harvester.pages import Header


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The arguments of the first request, '' where there were none."""

    set_spec: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str], *, window: bool) -> Bounds:
        """From the arguments of a list. `window` False leaves time out: records too many do no harm there."""
        return cls(
            set_spec=arguments.get("set", ""),
            since=arguments.get("from", "") if window else "",
            until=arguments.get("until", "") if window else "",
        )

    @property
    def has_window(self) -> bool:
        """Whether time is bounded at all."""
        return bool(self.since or self.until)

    def hold(self, header: Header) -> bool:
        """Whether a record lies inside, as far as its header says so."""
        return self._in_set(header) and self._in_window(header)

    def _in_set(self, header: Header) -> bool:
        wanted = self.set_spec
        if not wanted or not header.sets:
            return True
        return any(one == wanted or one.startswith(wanted + ":") for one in header.sets)

    def _in_window(self, header: Header) -> bool:
        at = datestamps.read(header.datestamp)
        if at is None:
            return True
        days = len(header.datestamp.strip()) == 10  # then the bounds can mean days only
        since, until = (text[:10] if days else text for text in (self.since, self.until))
        if since and datestamps.write(at, _granularity(since)) < since:
            return False
        return not (until and datestamps.write(at, _granularity(until)) > until)


def _granularity(text: str) -> str:
    return "day" if len(text) == 10 else "seconds"
