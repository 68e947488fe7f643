"""Places where a test may kill the process, to prove that nothing is lost or done twice there.

Unset, which is always outside the tests, a failpoint costs one look-up. With `SILANG_FAILPOINT=name:n` in
the environment of a process, it kills itself with SIGKILL when it passes `name` for the n-th time: no handler
runs, no buffer is written, as in a power cut.
"""

import os
import signal
import threading

NAMES: tuple[str, ...] = (
    "inbox.claimed",
    "inbox.answered",
    "outbox.leased",
    "outbox.sent",
    "outbox.done",
    "broker.state_written",
    "broker.event_written",
    "broker.effects_written",
    "broker.request_inserted",
    "broker.supply_written",
    "broker.supply_event_written",
    "broker.supply_effects_written",
    "broker.before_commit",
    "broker.after_commit",
    "broker.rota_written",
    "broker.message_applied",
    "broker.message_committed",
    "broker.timers_leased",
    "broker.timer_done",
    "peers.message_kept",
    "peers.message_sent",
    "peers.answer_applied",
    "peers.message_applied",
    "peers.message_committed",
    "harvest.page_written",
    "harvest.page_renamed",
    "harvest.page_committed",
    "harvest.batch_read",
    "harvest.batch_written",
    "harvest.page_processed",
    "harvest.list_ended",
    "harvest.before_end",
    "push.written_down",
    "push.before_commit",
    "index.segment_written",
    "index.commit_noted",
    "index.committed",
    "index.swapped",
)
"""Every failpoint there is, a place of its own in the code; a test finds each of them in the source."""

VARIABLE = "SILANG_FAILPOINT"

_known = frozenset(NAMES)
_lock = threading.Lock()


class _Armed:
    """The failpoint of this process and how many passes are left; one for the process, read at its start."""

    __slots__ = ("left", "name")

    def __init__(self, text: str) -> None:
        name, _, number = text.partition(":")
        if name not in _known or not number.isdecimal() or int(number) < 1:
            raise ValueError(f"{VARIABLE}={text}: not NAME:N with a registered name and N from 1")
        self.name, self.left = name, int(number)


def failpoint(name: str) -> None:
    """Pass the place called `name`. Raises LookupError when the name is not in NAMES."""
    if name not in _known:
        raise LookupError(f"no failpoint is called {name!r}; add it to foundation/failpoints.py")
    if _armed is not None and _armed.name == name:
        with _lock:
            _armed.left -= 1
            if _armed.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


_armed = _Armed(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None
