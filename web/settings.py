"""config.yaml: joined from each package's part, checked whole, every fault named with its place."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import yaml
from pydantic import TypeAdapter, ValidationError

from broker.agreements import AgreementSettings
from broker.peers.settings import PeerSettings
from foundation.fetch import Allowed
from foundation.hours import BadHours, hours_of
from foundation.settings import STRICT, DatabaseSettings, FetchSettings, LibrarySettings
from harvester.profiles import PROFILES
from harvester.settings import HarvestSettings, SourceSettings
from index.live.settings import LiveSettings
from index.settings import IndexSettings
from index.targets.errors import BadTarget
from index.targets.settings import TargetSettings


class BadConfig(Exception):
    """config.yaml cannot be used; `faults` names every one with its place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where pages are served and how they are reached from outside.

    `public_url` is the address people type ('' is http://host:port). `secure` demands HTTPS cookies
    ('auto' looks at public_url). `proxies` counts the proxies in front that may be believed.
    `covers` is a folder of images in the data folder, named by ISBN.
    `metrics_token` protects /metrics; without one it answers loopback only.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    host: str = "127.0.0.1"
    port: int = 8080
    threads: int = 8
    public_url: str = ""
    secure: Literal["auto", "yes", "no"] = "auto"
    proxies: int = 0
    name: str = "Silang"
    metrics_token: str = ""
    covers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The SMTP server that carries notices; without a host they wait in the outbox."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    host: str = ""
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    username: str = ""
    password: str = ""
    sender: str = "silang@localhost.localdomain"


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiSettings:
    """How harvesters of our own catalogue are answered.

    `domain` stands in every identifier and must never change ('' is the host of public_url); `email` is whom a
    harvester can write to ('' is fetch.sender, then mail.sender); `page_size` counts records in one answer.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    domain: str = ""
    email: str = ""
    page_size: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestSettings:
    """How much guests may ask for, so that robots leave room for people; `guard: false` lets everybody.

    Numbers count points a minute: a record costs one, a search two and one more for each filter. `per_minute` is for
    one address, `network_per_minute` for its /24 or /56, `all_per_minute` for all guests of one process; 0 is no bound.
    Guests who ask for more than `filters` filters or a page behind `pages` press a button first.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    guard: bool = True
    per_minute: float = 600.0
    network_per_minute: float = 1800.0
    all_per_minute: float = 6000.0
    filters: int = 4
    pages: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SruSettings:
    """How other systems search ours. `profile` is a file in the data folder: the table of CQL, '' for the shipped one."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Iso18626Settings:
    """How peers ask us. `subject_header` is the header in which the proxy in front tells the subject of a verified
    client certificate; '' believes none."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    subject_header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Z3950User:
    """A login of the Z39.50 target."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    name: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Z3950Settings:
    """The union catalogue as a Z39.50 target; `port` 0 is none. `in_worker: false` leaves it to `silang z3950`.

    `database` is the name to ask for (Default is always known). With `users` a login is demanded; with `addresses`
    (networks) others are sent away. `charset` is that of USMARC where nothing is negotiated, `copies` the field in
    which copies stand there.
    Numbers of one address: connections, searches and records a minute (0: no bound). `idle_seconds` of silence end
    a session; a request has at most `request_kib`, an answer `answer_kib`, written records are kept in `keep_mib`.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    host: str = "127.0.0.1"
    port: int = 0
    in_worker: bool = True
    database: str = "silang"
    users: tuple[Z3950User, ...] = ()
    addresses: tuple[str, ...] = ()
    charset: Literal["utf-8", "marc-8"] = "utf-8"
    copies: Literal["852", "952", "none"] = "852"
    connections: int = 200
    connections_each: int = 10
    searches_per_minute: int = 300
    records_per_minute: int = 6000
    idle_seconds: int = 600
    request_kib: int = 256
    answer_kib: int = 4096
    keep_mib: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """How loud the log is, and whether it is JSON (one object a line) or plain text."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole of config.yaml; every key may be left out. `data` is taken relative to the file."""

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    data: str = "var"
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    web: WebSettings = field(default_factory=WebSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    log: LogSettings = field(default_factory=LogSettings)
    oai: OaiSettings = field(default_factory=OaiSettings)
    sru: SruSettings = field(default_factory=SruSettings)
    z3950: Z3950Settings = field(default_factory=Z3950Settings)
    iso18626: Iso18626Settings = field(default_factory=Iso18626Settings)
    guests: GuestSettings = field(default_factory=GuestSettings)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    harvest: HarvestSettings = field(default_factory=HarvestSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    live: LiveSettings = field(default_factory=LiveSettings)
    agreement: AgreementSettings = field(default_factory=AgreementSettings)
    libraries: tuple[LibrarySettings, ...] = ()
    sources: tuple[SourceSettings, ...] = ()
    targets: tuple[TargetSettings, ...] = ()
    peers: tuple[PeerSettings, ...] = ()


_ADAPTER = TypeAdapter(Settings)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def load(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the file. Raises BadConfig with every fault and the line it stands on."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig([f"{path}: cannot be read: {error}"]) from error
    return parse(text, str(path), os.environ if environment is None else environment)


def parse(text: str, name: str, environment: Mapping[str, str]) -> Settings:
    """Check a configuration given as text; `name` is how faults call it."""
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):  # they can nest without end
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise BadConfig([f"{name}:{line}: an alias (*{event.anchor}) is not allowed"])
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        raise BadConfig([f"{place}: not YAML: {getattr(error, 'problem', error)}"]) from error
    if value is None:
        return Settings()
    if not isinstance(value, dict):
        raise BadConfig([f"{name}:1: a mapping of sections is expected"])
    lines = _lines(tree)
    faults: list[str] = []
    value = _expand(value, (), environment, faults, name, lines)
    try:
        settings = _ADAPTER.validate_python(value)
    except ValidationError as error:
        faults += [
            _fault(e["loc"], e["type"], e["msg"], name, lines) for e in error.errors(include_url=False)
        ]
        raise BadConfig(faults) from error
    faults += _double_codes(settings, name) + _bad_hours(settings, name, lines)
    faults += _bad_addresses(settings, name, lines)
    faults += _unknown_profiles(settings, name, lines) + _bad_targets(settings, name, lines)
    faults += _bad_networks(settings, name, lines)
    if faults:
        raise BadConfig(faults)
    return settings


def _fault(
    place: tuple[Any, ...], kind: str, text: str, name: str, lines: Mapping[tuple[Any, ...], int]
) -> str:
    dotted = ".".join(str(p) for p in place)
    near = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), 1)
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        text = "no such option"
    elif kind in ("missing", "missing_keyword_only_argument"):
        text = "is required"
    return f"{name}:{near}: {dotted}: {text}"


def _lines(tree: Any, place: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], int]:
    found: dict[tuple[Any, ...], int] = {}
    if isinstance(tree, yaml.MappingNode):
        for key, value in tree.value:
            here = (*place, key.value)
            found[here] = key.start_mark.line + 1
            found |= _lines(value, here)
    elif isinstance(tree, yaml.SequenceNode):
        for number, value in enumerate(tree.value):
            here = (*place, number)
            found[here] = value.start_mark.line + 1
            found |= _lines(value, here)
    return found


def _expand(
    value: Any,
    place: tuple[Any, ...],
    environment: Mapping[str, str],
    faults: list[str],
    name: str,
    lines: Mapping[tuple[Any, ...], int],
) -> Any:
    """Put environment variables in the place of ${NAME}; one that is not set is a fault."""
    if isinstance(value, dict):
        return {k: _expand(v, (*place, k), environment, faults, name, lines) for k, v in value.items()}
    if isinstance(value, list):
        return [_expand(v, (*place, n), environment, faults, name, lines) for n, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        if match[1] not in environment:
            faults.append(_fault(place, "", f"environment variable {match[1]} is not set", name, lines))
        return environment.get(match[1], "")

    return _VARIABLE.sub(put, value)


def _double_codes(settings: Settings, name: str) -> list[str]:
    faults = []
    for what, codes in (
        ("libraries", [library.code for library in settings.libraries]),
        ("sources", [source.code for source in settings.sources]),
        ("targets", [target.code for target in settings.targets]),
    ):
        faults += [
            f"{name}: {what}: code {c} stands twice" for c in sorted({c for c in codes if codes.count(c) > 1})
        ]
    known = {library.code for library in settings.libraries}
    faults += [
        f"{name}: sources: {source.code}: library {source.library} is not listed under libraries"
        for source in settings.sources
        if source.library not in known
    ]
    return faults


def _bad_hours(settings: Settings, name: str, lines: Mapping[tuple[Any, ...], int]) -> list[str]:
    faults = []
    for i, member in enumerate(settings.libraries):
        for j, place in enumerate(member.branches):
            for k, text in enumerate(place.hours):
                try:
                    hours_of(text)
                except BadHours as error:
                    here = ("libraries", i, "branches", j, "hours", k)
                    faults.append(_fault(here, "", str(error), name, lines))
    return faults


def _unknown_profiles(settings: Settings, name: str, lines: Mapping[tuple[Any, ...], int]) -> list[str]:
    known = ", ".join(PROFILES)
    return [
        _fault(("sources", i, "profile"), "", f"{one.profile} is none of {known}", name, lines)
        for i, one in enumerate(settings.sources)
        if one.profile not in PROFILES
    ]


def _bad_targets(settings: Settings, name: str, lines: Mapping[tuple[Any, ...], int]) -> list[str]:
    faults = []
    for number, one in enumerate(settings.targets):
        found: list[BadTarget] = []
        one.profile(faults=found)
        for bad in found:
            text = f"{bad.reason}: {bad.detail}" if bad.detail else bad.reason
            faults.append(_fault(("targets", number, bad.field), "", text, name, lines))
    return faults


def _bad_addresses(settings: Settings, name: str, lines: Mapping[tuple[Any, ...], int]) -> list[str]:
    faults = []
    for number, entry in enumerate(settings.fetch.allow):
        try:
            Allowed.read([entry])
        except ValueError as error:
            faults.append(_fault(("fetch", "allow", number), "", str(error), name, lines))
    return faults


def _bad_networks(settings: Settings, name: str, lines: Mapping[tuple[Any, ...], int]) -> list[str]:
    faults = []
    for number, entry in enumerate(settings.z3950.addresses):
        try:
            ipaddress.ip_network(entry, strict=False)
        except ValueError as error:
            faults.append(_fault(("z3950", "addresses", number), "", str(error), name, lines))
    if not 0 <= settings.z3950.port <= 65535:
        faults.append(_fault(("z3950", "port"), "", "is 0 (none) to 65535", name, lines))
    return faults
