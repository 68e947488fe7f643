"""The demo's mail server keeps what it gets, and nothing else."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from web.demo.mailbox import Mailbox


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with Mailbox(tmp_path / "mail") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=10)


def test_a_message_is_kept_as_it_was_sent(mailbox: Mailbox) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "a@silang.example",
        "b@silang.example",
        "Siap diambil",
    )
    message.set_content(".titik di awal\nbaris kedua\n")
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as smtp:
        smtp.send_message(message)
        smtp.send_message(message)
    files = sorted(mailbox.folder.glob("*.eml"))
    assert len(files) == 2
    kept = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert kept["Subject"] == "Siap diambil"
    assert kept.get_content().splitlines() == [".titik di awal", "baris kedua"]


def test_commands_out_of_order_are_refused(mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as smtp:
        smtp.ehlo()
        assert smtp.docmd("DATA")[0] == 503
        assert smtp.docmd("RCPT", "TO:<b@silang.example>")[0] == 503
        assert smtp.docmd("TURN")[0] == 500
    assert not list(mailbox.folder.iterdir())
