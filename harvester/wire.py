"""The parts of a harvest joined: foundation.fetch as its network, index.store as its catalogue."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import index.store
from foundation.clock import Clock
from foundation.db import Database
from foundation.fetch import (
    AddressRefused,
    BadTls,
    BadUrl,
    Fetcher,
    FetchFailed,
    Limits,
    Response,
    TooLarge,
)
from foundation.seal import Seal
from harvester.context import Harvesting
from harvester.decoding import PAGE_LIMIT
from harvester.settings import HarvestSettings
from harvester.sources import Source
from harvester.spool import Spool
from harvester.transport import Answer, WireFailed

#: Longest silence within an answer, seconds; shorter where less time is left.
_SILENCE = 30.0
#: Slower than this is no provider but a trap, bytes a second.
_MIN_RATE = 200.0


class FetchWire:
    """One Fetcher, with the certificate authority of one source."""

    def __init__(self, fetcher: Fetcher, ca_file: Path | None = None) -> None:
        self._fetcher = fetcher
        self._ca_file = ca_file

    @contextmanager
    def open(
        self, url: str, *, headers: Mapping[str, str], form: str | None, deadline: float
    ) -> Iterator[Answer]:
        """As Wire.open."""
        limits = Limits(
            connect=min(10.0, deadline),
            read=min(_SILENCE, max(1.0, deadline / 2)),
            total=deadline,
            bytes=PAGE_LIMIT,
            redirects=5,
            min_rate=_MIN_RATE,
        )
        try:
            with self._fetcher.open(
                url,
                headers=headers,
                limits=limits,
                ca_file=self._ca_file,
                method="GET" if form is None else "POST",
                body=None if form is None else form.encode(),
            ) as response:
                yield _Answer(response)
        except FetchFailed as error:
            raise _failed(error) from None


class _Answer:
    """A Response as an Answer."""

    def __init__(self, response: Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def chunks(self) -> Iterable[bytes]:
        try:
            yield from self._response.iter_bytes()
        except FetchFailed as error:
            raise _failed(error) from None


def _failed(error: FetchFailed) -> WireFailed:
    return WireFailed(
        str(error),
        final=isinstance(error, AddressRefused | BadTls | BadUrl),
        again=not isinstance(error, TooLarge),
    )


def harvesting(
    *,
    db: Database,
    data: Path,
    fetcher: Fetcher,
    clock: Clock,
    seal: Seal,
    settings: HarvestSettings,
    stopping: threading.Event | None = None,
) -> Harvesting:
    """What harvests work with, over a data folder: raw pages in `raw`, authorities of sources in `ca`."""
    return Harvesting(
        db=db,
        spool=Spool(data / "raw"),
        wire_of=lambda source: wire_of(fetcher, data / "ca", source),
        clock=clock,
        seal=seal,
        catalogue=index.store,
        settings=settings,
        stopping=stopping or threading.Event(),
    )


def wire_of(fetcher: Fetcher, folder: Path, source: Source) -> FetchWire:
    """The wire of one source. Its own certificate authority, if it has one, is put into a file in `folder`."""
    if not source.ca_pem:
        return FetchWire(fetcher)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source.id}.{source.version}.pem"
    if not path.exists():
        handle, part = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w") as file:
            file.write(source.ca_pem)
        os.replace(part, path)
    return FetchWire(fetcher, path)
