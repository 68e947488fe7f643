"""What of config.yaml concerns targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from foundation.settings import STRICT
from index.targets import checking, flat
from index.targets.errors import BadTarget
from index.targets.profile import Profile

Attributes = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """A target listed in config.yaml: loaded at start, read-only in the admin pages. None is what is usual.

    Names are those of index.targets.flat; `password` should be an environment variable, `ca_file` is in the data folder.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    code: str
    url: str
    name: str = ""
    name_en: str = ""
    symbol: str = ""
    region: str = ""
    groups: tuple[str, ...] = ()
    link: str = ""
    note: str = ""
    searchers: str = "public"
    requests: bool = False
    enabled: bool = True
    authentication: str = ""
    username: str = ""
    group: str = ""
    password: str = ""
    verify: bool = True
    ca_file: str = ""
    connect_seconds: float | None = None
    search_seconds: float | None = None
    whole_seconds: float | None = None
    idle_seconds: float | None = None
    interval: float | None = None
    most_records: int | None = None
    chunk: int | None = None
    connections: int | None = None
    pdu_bytes: int | None = None
    hours: tuple[str, ...] = ()
    zone: str | None = None
    query: str | None = None
    attribute_set: str | None = None
    attributes: Attributes | None = None
    indexes: Attributes | None = None
    always: str | None = None
    word: str | None = None
    phrase: str | None = None
    prefix: str | None = None
    year: str | None = None
    below: str | None = None
    above: str | None = None
    query_charset: str | None = None
    strip: bool | None = None
    operators: tuple[str, ...] | None = None
    piggyback: bool | None = None
    named_sets: bool | None = None
    negotiate: bool | None = None
    syntax_in_search: bool | None = None
    sru_version: str | None = None
    sru_method: str | None = None
    parameters: Mapping[str, str] | None = None
    table: str | None = None
    syntaxes: tuple[str, ...] | None = None
    elements: tuple[str, ...] | None = None
    schema: str | None = None
    record_charset: str | None = None
    flavour: str | None = None
    holdings: str | None = None

    def profile(self, folder: Path | None = None, *, faults: list[BadTarget] | None = None) -> Profile:
        """The profile that it says; `folder` is where `ca_file` lies (None: it is not read).

        Raises BadTarget, or adds every fault to `faults`.
        """
        said: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        found: list[BadTarget] = []
        said["name"] = self.name or self.code
        if not self.authentication:
            sru = self.url.lower().startswith(("sru+", "http"))
            said["authentication"] = ("basic" if sru else "idpass") if self.username else "none"
        if self.ca_file and folder is not None:
            try:
                said["ca_pem"] = (folder / self.ca_file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                found.append(BadTarget("ca_file", "unreadable", self.ca_file))
        made = flat.read(said, faults=found)
        named = {one.field for one in found}
        found += [one for one in checking.faults(made) if one.field not in named]
        if faults is not None:
            faults += found
        elif found:
            raise found[0]
        return made
