"""The network of a look at an endpoint: that of every harvest, with the certificate authority that was typed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harvester.transport import Wire
from harvester.wire import FetchWire
from web.wiring import Parts


@contextmanager
def wire_for(parts: Parts, ca_pem: str) -> Iterator[Wire]:
    """A wire that trusts this authority beside the usual ones; '' is none. Its file goes afterwards."""
    if not ca_pem:
        yield FetchWire(parts.fetcher)
        return
    handle, name = tempfile.mkstemp(suffix=".pem", dir=parts.data)
    path = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(ca_pem)
        yield FetchWire(parts.fetcher, path)
    finally:
        path.unlink(missing_ok=True)
