"""A mail server on loopback that keeps every message as a file: python -m web.demo.mailbox --folder DIR.

It knows the commands that a sender needs (RFC 5321, section 4.5.1) and delivers nothing to anybody.
"""

from __future__ import annotations

import argparse
import itertools
import json
import signal
import socketserver
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from web.demo.member import stop_when_parent_goes

LARGEST = 10 * 2**20  # bytes of one message
_numbers = itertools.count(1)


class Mailbox(socketserver.ThreadingTCPServer):
    """Listens on loopback; messages go to `folder` as .eml files, in the order of their names."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        super().__init__(("127.0.0.1", port), _Conversation)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def keep(self, message: bytes) -> Path:
        """Write a message to a file that appears whole."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{next(_numbers):04d}.eml"
        part = self.folder / f".{name}"
        part.write_bytes(message)
        return part.replace(self.folder / name)


class _Conversation(socketserver.StreamRequestHandler):
    server: Mailbox
    timeout = 60  # seconds

    def handle(self) -> None:
        """Talk to one sender until QUIT or the end of the line."""
        self._say("220 silang demo")
        sender, receivers = False, 0
        while line := self.rfile.readline(4096):
            match line.strip().upper().split(b" ")[0].split(b":")[0]:
                case b"EHLO" | b"HELO":
                    self._say("250 silang demo")
                case b"MAIL":
                    sender, receivers = True, 0
                    self._say("250 ok")
                case b"RCPT" if sender:
                    receivers += 1
                    self._say("250 ok")
                case b"DATA" if receivers:
                    self._say("354 end with a dot")
                    message = self._message()
                    sender, receivers = False, 0
                    if message is None:
                        self._say("552 too large")
                    else:
                        self.server.keep(message)
                        self._say("250 kept")
                case b"RSET":
                    sender, receivers = False, 0
                    self._say("250 ok")
                case b"NOOP":
                    self._say("250 ok")
                case b"QUIT":
                    self._say("221 bye")
                    return
                case b"MAIL" | b"RCPT" | b"DATA":
                    self._say("503 not now")
                case _:
                    self._say("500 not known")

    def _message(self) -> bytes | None:
        """The message up to the dot, with doubled dots taken back; None when it is too large."""
        lines: list[bytes] = []
        size = 0
        while (line := self.rfile.readline(LARGEST)) not in (b".\r\n", b".\n", b""):
            size += len(line)
            if size <= LARGEST:
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines) if size <= LARGEST else None

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


def main() -> int:
    """Listen until SIGTERM or the end of standard input. The first line on standard output names the port."""
    parser = argparse.ArgumentParser(prog="python -m web.demo.mailbox", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    with Mailbox(options.folder) as server:
        signal.signal(
            signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
        )
        sys.stdout.write(json.dumps({"port": server.port}) + "\n")
        sys.stdout.flush()
        threading.Thread(target=stop_when_parent_goes, args=(server.shutdown,), daemon=True).start()
        server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
