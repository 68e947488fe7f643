"""Files that were sent and wait to be taken in: each upload in a folder of its own, with what was said of it."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from harvester.uploads.load import Plan
from index.crosswalk.text import clean

#: How long an upload that nobody takes in is kept.
KEPT = timedelta(days=3)
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload. `names` are the files as their sender calls them; on disk they are 1, 2, 3 …

    `library_id` None: its rows name their libraries. `codes` maps those names (folded) to ids, '' skips one.
    `rows` is how many rows or records it has, 0 while nobody has counted.
    """

    key: str
    folder: Path
    names: tuple[str, ...]
    library_id: str | None
    library: str
    source: str
    sent_at: str
    sent_by: str
    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    rows: int = 0
    job: str = ""

    @property
    def paths(self) -> list[Path]:
        """Where the files lie, in the order in which they were sent."""
        return [self.folder / str(number) for number in range(1, len(self.names) + 1)]

    def plan(self, asked_by: str | None) -> Plan:
        """How it is to be taken in."""
        return Plan(
            library_id=self.library_id,
            source=self.source,
            kind=self.kind if len(self.names) == 1 else "",
            columns=self.columns,
            codes=self.codes,
            whole=self.whole,
            asked_by=asked_by,
        )

    def in_their_words(self, reason: str) -> str:
        """A reason with the files called as their sender calls them."""
        told = []
        for part in reason.split("; "):
            number, mark, rest = part.partition(": ")
            known = mark and number.isdecimal() and 0 < int(number) <= len(self.names)
            told.append(f"{self.names[int(number) - 1]}: {rest}" if known else part)
        return "; ".join(told)


def open_one(data: Path, *, at: datetime, names: Sequence[str], **said: Any) -> Upload:
    """A folder for files that come in now. Those that nobody took in for KEPT are thrown away."""
    throw_away(data, before=at - KEPT)
    key = secrets.token_hex(16)
    folder = data / "uploads" / key
    folder.mkdir(mode=0o700, parents=True)
    upload = Upload(
        key=key,
        folder=folder,
        names=tuple(clean(name)[-120:] for name in names),
        sent_at=at.isoformat(),
        **said,
    )
    save(upload)
    return upload


def save(upload: Upload) -> None:
    """Remember what was said of an upload."""
    value = asdict(upload)
    del value["folder"]
    part = upload.folder / "about.part"
    part.write_text(json.dumps(value, ensure_ascii=False))
    part.replace(upload.folder / "about.json")


def find(data: Path, key: str) -> Upload | None:
    """An upload by its key; None where there is none (any more)."""
    if not _KEY.fullmatch(key):
        return None
    folder = data / "uploads" / key
    try:
        value = json.loads((folder / "about.json").read_text())
        return Upload(folder=folder, **(value | {"names": tuple(value["names"])}))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def waiting(data: Path) -> list[Upload]:
    """Uploads that nobody has taken in yet, the newest first."""
    return sorted((one for one in _every(data) if not one.job), key=lambda one: one.sent_at, reverse=True)


def _every(data: Path) -> list[Upload]:
    found = [find(data, path.name) for path in (data / "uploads").glob("*") if path.is_dir()]
    return [one for one in found if one is not None]


def remove(upload: Upload) -> None:
    """Throw the files away."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def throw_away(data: Path, *, before: datetime) -> None:
    """Throw away uploads that were sent before then, whatever became of them."""
    for one in _every(data):
        if datetime.fromisoformat(one.sent_at) < before:
            remove(one)
