"""Records sessions with yaz-ztest and Zebra as files for `replay`: `python -m tests.index.z3950.recording`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from foundation.fetch import Allowed
from index.z3950.address import Address
from index.z3950.apdu import Pdu, encode
from index.z3950.asking.session import Plan
from index.z3950.asking.values import Opening
from index.z3950.blocking import BlockingClient
from index.z3950.errors import Z3950Failed
from tests.index.z3950 import sessions
from tests.index.z3950.replay import RECORDED
from tests.peers.live.catalogues import start_iso2709, start_marcxml, start_ztest


class Recorder(BlockingClient):
    """A client that keeps what is sent and what comes, exchange by exchange."""

    def __init__(self, port: int, opening: Opening) -> None:
        super().__init__(Address(host="127.0.0.1", port=port), opening, allowed=Allowed(everything=True))
        self.exchanges: list[tuple[str, str]] = []

    def drive(self, plan: Plan[Any]) -> Any:
        return self._drive(plan, monotonic() + 30)

    def _exchange(self, request: Pdu, deadline: float | None) -> Pdu:
        received: list[bytes] = []
        receive = self._conversation.receive

        def keep(data: bytes) -> Pdu | None:
            received.append(data)
            return receive(data)

        self._conversation.receive = keep  # type: ignore[method-assign]
        try:
            return super()._exchange(request, deadline)
        finally:
            self._conversation.receive = receive  # type: ignore[method-assign]
            self.exchanges.append((encode(request).hex(), b"".join(received).hex()))


def record(name: str, port: int, story: Callable[[Any], object], opening: Opening) -> None:
    """Play a story with a server and keep it."""
    client = Recorder(port, opening)
    client._socket = client._dial(None)
    try:
        story(client)
    except Z3950Failed as error:
        print(f"{name}: {error}")
    finally:
        client.close()
    RECORDED.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(exchange) for exchange in client.exchanges)
    (RECORDED / f"{name}.json").write_text(f"[{lines}]\n")
    print(name, len(client.exchanges), "exchanges")


def main() -> None:
    """Record all stories."""
    with tempfile.TemporaryDirectory() as folder:
        started = {}
        for key, start in (("ztest", start_ztest), ("marcxml", start_marcxml), ("iso2709", start_iso2709)):
            (where := Path(folder) / key).mkdir()
            started[key] = start(where)
        try:
            for name, (server, opening, story) in sessions.STORIES.items():
                record(name, started[server][0].port, story, opening)
        finally:
            for _, running in started.values():
                running.stop()


if __name__ == "__main__":
    main()
