"""What every part of the provider of faults can ask: its records, its page size, which faults it has."""

from __future__ import annotations

from tests.peers.faulty.values import Entry, Reply


class Base:
    """State shared by the parts."""

    faults: set[str]
    entries: list[Entry]
    page: int
    prefix: str
    url: str
    spoilt: int
    times: dict[str, int]

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def once(self, fault: str, key: str = "", times: int = 1) -> bool:
        """Whether a fault that happens only so many times happens now."""
        if fault not in self.faults:
            return False
        self.times[fault + key] = self.times.get(fault + key, 0) + 1
        return self.times[fault + key] <= times

    def error(self, code: str, text: str = "no") -> str:
        return f'<error code="{code}">{text}</error>'

    def finish(self, content: str, arguments: dict[str, str], page: int = 0) -> Reply:
        raise NotImplementedError

    def refuse(self, code: str, arguments: dict[str, str], text: str = "no") -> Reply:
        return self.finish(self.error(code, text), arguments)
