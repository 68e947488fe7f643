"""Where a demo keeps its things, and the configuration it runs with."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from web.demo.libraries import BY_CODE, LIBRARIES, SERVERS, DemoBranch, DemoLibrary

HEAD = """\
# The demo's configuration. It is written anew at every start: changes made here are lost.
"""


class DemoRuns(Exception):
    """Another demo already runs in this folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one demo at a time. Raises DemoRuns."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoRuns(str(folder)) from error
        yield


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of loopback."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def web_port(wanted: int | None) -> int:
    """The wanted port; without a wish the first free one from 8080 to 8099. OSError when there is none."""
    for port in range(8080, 8100) if wanted is None else (wanted,):
        if is_free(port):
            return port
    raise OSError(f"port {wanted or '8080 to 8099'} is taken")


#: The library whose own catalogue is searched live, and the name that its server calls it.
LIVE, DATABASE = "AGR", "katalog"


def z3950_port() -> int:
    """The first free port from 2100 on for the Z39.50 target; 0, which is none, when there is no free one near."""
    return next((port for port in range(2100, 2120) if is_free(port)), 0)


def live_port() -> int:
    """A free port for the catalogue that is searched live; 0, which is none, when there is no free one near."""
    return next((port for port in range(2120, 2160) if is_free(port)), 0)


def remembered_ports(folder: Path) -> dict[str, int]:
    """Ports that the members had last time: a source keeps its address, and its harvests go on."""
    try:
        found = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
        return {str(code): int(port) for code, port in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def remember_ports(folder: Path, urls: Mapping[str, str]) -> None:
    """Keep the members' ports for the next start."""
    ports = {code: urlsplit(url).port for code, url in urls.items()}
    (folder / "ports.json").write_text(json.dumps(ports), encoding="utf-8")


def write_config(
    folder: Path, port: int, urls: Mapping[str, str], mail_port: int, z3950_port: int, live_port: int = 0
) -> Path:
    """The demo's config.yaml: five libraries, a source for each server at `urls` by library code, mail, loopback only;
    with `live_port`, the catalogue of LIVE as a target of live search."""
    tree: dict[str, Any] = {
        "data": "data",
        "web": {"host": "127.0.0.1", "port": port},
        "mail": {"host": "127.0.0.1", "port": mail_port, "sender": "silang@silang.example"},
        "log": {"level": "info", "format": "json"},
        "z3950": {"port": z3950_port},
        "oai": {"domain": "silang.example", "email": "katalog@localhost.localdomain"},
        # Each member is a process of ours: there is nobody to be polite to.
        "harvest": {"host_delay_ms": 0},
        "fetch": {"allow": [urlsplit(url).netloc for url in urls.values()]},
        "libraries": [_library(library) for library in LIBRARIES],
        "sources": [_source(library, urls[library.code]) for library in SERVERS],
    }
    if live_port:
        tree["fetch"]["allow"].append(f"127.0.0.1:{live_port}")
        tree["targets"] = [_target(BY_CODE[LIVE], live_port)]
    path = folder / "config.yaml"
    path.write_text(HEAD + yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _target(library: DemoLibrary, port: int) -> dict[str, Any]:
    return {
        "code": f"{library.code.lower()}-langsung",
        "name": f"{library.short} (langsung)",
        "name_en": f"{library.short} (live)",
        "url": f"z3950://127.0.0.1:{port}/{DATABASE}",
        "symbol": ":".join(library.symbol),
        "syntaxes": ["opac", "usmarc"],
        "requests": True,
    }


def _library(library: DemoLibrary) -> dict[str, Any]:
    return {
        "code": library.code,
        "name": library.name,
        "symbol": ":".join(library.symbol),
        "kind": library.kind,
        "institution": library.institution,
        "address": library.branches[0].address,
        "zone": library.zone,
        "email": library.email,
        "branches": [_branch(library, branch) for branch in library.branches],
    }


def _branch(library: DemoLibrary, branch: DemoBranch) -> dict[str, Any]:
    return {
        "code": branch.code,
        "name": branch.name,
        "address": branch.address,
        "aliases": list(branch.aliases),
        "hours": list(branch.hours),
    }


def _source(library: DemoLibrary, url: str) -> dict[str, Any]:
    return {
        "code": f"{library.code.lower()}-katalog",
        "library": library.code,
        "name": f"Katalog {library.short}",
        "url": url,
        "profile": library.profile,
        "delay_ms": 0,
        "schedule": "30 2 * * *",
        "zone": library.zone,
    }
