"""An application behind a real server on loopback, in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server


@contextmanager
def served(app: Flask, threads: int = 4) -> Iterator[str]:
    """Its host and port ('127.0.0.1:1234') while it is served by waitress, as in an installation."""
    made = create_server(app, host="127.0.0.1", port=0, threads=threads)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{made.effective_port}"
    finally:
        # In the loop's own thread: a socket that is closed while the loop waits for it is an error there, now and then.
        made.trigger.pull_trigger(lambda: wasyncore.close_all(made._map, ignore_all=True))
        thread.join(timeout=30)
        made.task_dispatcher.shutdown()
