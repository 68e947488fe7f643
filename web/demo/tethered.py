"""The `silang` command, ending with whoever started it: python -m web.demo.tethered --config FILE serve."""

from __future__ import annotations

import os
import signal
import sys
import threading


def _stop_when_parent_goes() -> None:
    """Standard input is a pipe from the parent; it closes however the parent dies."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the command line as it is, with the pipe watched beside it."""
    from web.cli import main as silang

    threading.Thread(target=_stop_when_parent_goes, daemon=True).start()
    silang(prog_name="silang")


if __name__ == "__main__":
    main()
