"""The `silang` command, ending with whoever started it: python -m web.demo.tethered --config FILE serve."""

from __future__ import annotations

import os
import signal
import threading

from web.demo.member import stop_when_parent_goes


def main() -> None:
    """Run the command line as it is, with the pipe watched beside it."""
    from web.cli import main as silang

    def stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop_when_parent_goes, args=(stop,), daemon=True).start()
    silang(prog_name="silang")


if __name__ == "__main__":
    main()
