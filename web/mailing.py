"""Mail: from the outbox to the SMTP server. Addresses and secrets are found when it is sent, never stored."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Protocol

from sqlalchemy import Connection

from foundation import libraries, outbox, people
from foundation.outbox import Leased, NotDelivered
from web import formats, texts
from web.auth import links
from web.settings import MailSettings
from web.wiring import Parts

#: Seconds that the SMTP server gets to answer.
PATIENCE = 20.0

#: Templates: each has texts mail.<template>.subject and mail.<template>.body.
TEMPLATES = (
    "password_reset",
    "ready_for_pickup",
    "unfilled",
    "list",
    "agreement_asks",
    "source_failing",
    "source_recovered",
    "source_held",
    "source_long",
)


class Undeliverable(Exception):
    """This mail can never be sent: nobody to send it to, or a template that does not exist."""


class Wire(Protocol):
    """What carries a message: smtplib's SMTP, or a test's list."""

    def send_message(self, message: EmailMessage) -> Any:
        """Hand the message over. Raises smtplib.SMTPException or OSError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where a mail goes, found at the moment of sending."""

    address: str
    name: str
    language: str
    user_id: str | None = None


def send_waiting(parts: Parts, owner: str, *, wire: Callable[[MailSettings], Any] | None = None) -> int:
    """Send what waits in the outbox; how many were sent. Without a configured server everything waits."""
    settings = parts.settings.mail
    if not settings.host:
        return 0
    opened = wire or connected

    def send(row: Leased) -> None:
        message = compose(parts, row.payload, row.effect_key)
        if message is None:
            return  # whom it was for is gone: nothing to send is not a failure
        try:
            with opened(settings) as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as problem:
            raise Undeliverable("the server does not take the address") from problem
        except (smtplib.SMTPException, OSError) as problem:
            raise NotDelivered(_plain(problem)) from problem

    return outbox.work(parts.db, parts.clock, "mail", owner, send, final=(Undeliverable,))


@contextmanager
def connected(settings: MailSettings) -> Any:
    """A connection to the server, logged in where the configuration says so."""
    context = ssl.create_default_context()
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=PATIENCE, context=context
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=PATIENCE)
    with server:
        if settings.security == "starttls":
            server.starttls(context=context)
        if settings.username:
            server.login(settings.username, settings.password)
        yield server


def send_test(parts: Parts, to: str, language: str) -> None:
    """Send a test mail at once, for the admin pages. Raises NotDelivered, Undeliverable."""
    settings = parts.settings.mail
    if not settings.host:
        raise Undeliverable("mail.host is not set in config.yaml")
    receiver = Receiver(address=to, name="", language=language)
    message = _message(parts, "test", receiver, {}, "test")
    try:
        with connected(settings) as server:
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as problem:
        raise NotDelivered(_plain(problem)) from problem


def compose(parts: Parts, payload: Mapping[str, Any], key: str) -> EmailMessage | None:
    """The message for a row of the outbox; None when whom it was for has no address any more.

    A password link is made here, in a transaction of its own: only its hash is stored.
    """
    template = str(payload.get("template", ""))
    if template not in TEMPLATES:
        raise Undeliverable(f"there is no mail called {template!r}")
    with parts.db.read() as c:
        receiver = _receiver(c, payload)
        values = _values(c, payload.get("data", {}), receiver.language) if receiver else {}
    if receiver is None:
        return None
    if template == "password_reset":
        if receiver.user_id is None:
            return None
        with parts.db.begin() as c:
            values["link"] = root(parts) + links.make(c, parts.clock(), "reset", receiver.user_id)
        values["hours"] = links.HOURS["reset"]
    return _message(parts, template, receiver, values, key)


def root(parts: Parts) -> str:
    """The address that people type, without a slash at its end."""
    web = parts.settings.web
    return (web.public_url or f"http://{web.host}:{web.port}").rstrip("/")


def _receiver(c: Connection, payload: Mapping[str, Any]) -> Receiver | None:
    """The account, patron or library that a payload names, with an address that can be one."""
    found: Receiver | None = None
    try:
        if user_id := payload.get("to_user_id"):
            user = people.get_user(c, user_id)
            if user.state == "active":
                found = Receiver(address=user.email, name=user.name, language=user.language, user_id=user.id)
        elif patron_id := payload.get("to_patron_id"):
            card = people.get_patron(c, patron_id)
            who = people.person(c, patron_id)
            account = people.get_user(c, card.user_id) if card.user_id else None
            if who is not None:
                found = Receiver(
                    address=who.email or (account.email if account else ""),
                    name=who.name,
                    language=account.language if account else "id",
                )
        elif library_id := payload.get("to_library_id"):
            library = libraries.get(c, library_id)
            found = Receiver(address=library.email, name=library.name, language="id")
    except (people.UnknownPerson, libraries.UnknownLibrary):
        return None
    return found if found and _address(found) else None


def _values(c: Connection, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What the texts of requests need: code, title, branch with its library, the last day."""
    values: dict[str, Any] = {
        "code": str(data.get("code", "")),
        "title": str(data.get("title", "")),
        "branch": "",
        "until": "",
    }
    if branch_id := data.get("branch_id"):
        try:
            branch = libraries.branch(c, branch_id)
            values["branch"] = f"{libraries.get(c, branch.library_id).name}, {branch.name}"
        except libraries.UnknownLibrary:
            pass
    if listed := data.get("list"):
        values["list"] = listed
    if until := data.get("until"):
        values["until"] = formats.day(date.fromisoformat(str(until)), language)
    return values


def _message(
    parts: Parts, template: str, receiver: Receiver, values: Mapping[str, Any], key: str
) -> EmailMessage:
    """Plain text; every value in a header is on one line, whatever it held."""
    site = parts.settings.web.name
    said = {
        "name": receiver.name,
        "site": site,
        "root": root(parts),
        **{name: _one_line(str(value)) for name, value in values.items() if name != "list"},
        "list": "\n\n".join(_lines(one) for one in values.get("list", ())),
    }
    message = EmailMessage()
    message["Subject"] = _one_line(texts.say(f"mail.{template}.subject", receiver.language, **said))
    address = _address(receiver)
    if address is None:
        raise Undeliverable("that is no e-mail address")
    message["To"] = address
    user, _, domain = parts.settings.mail.sender.rpartition("@")
    message["From"] = Address(_one_line(site), user, domain)
    message["Date"] = format_datetime(parts.clock())
    # The same row keeps its id: a server that has seen it knows it again.
    message["Message-ID"] = make_msgid(re.sub(r"[^a-z0-9]+", ".", key.lower())[:80], domain)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = receiver.language
    body = texts.say(f"mail.{template}.body", receiver.language, **said)
    message.set_content(f"{body}\n\n-- \n{site}\n{root(parts)}\n")
    return message


def _address(receiver: Receiver) -> Address | None:
    """The address as a header takes it; None for what is no address (and for anything with a line end in it)."""
    user, at, domain = receiver.address.rpartition("@")
    if not at or not user or not domain or re.search(r"[\s\x00-\x1f\x7f<>,;:\"]", receiver.address):
        return None
    try:
        domain.encode("ascii")
        user.encode("ascii")
        return Address(_one_line(receiver.name), user, domain)
    except (ValueError, UnicodeEncodeError):
        return None


def _one_line(text: str) -> str:
    """Without line ends and other controls, and without the start of an encoded word: the mail library would decode
    it, and whatever line end it hides would come out again."""
    text = text.replace("=?", "= ?")
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", text).split())


def _lines(text: Any) -> str:
    """Several lines of a body, each of them one line."""
    return "\n".join(_one_line(line) for line in str(text).split("\n"))


def _plain(problem: Exception) -> str:
    """What went wrong, in words that hold no address."""
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"the mail server said {problem.smtp_code}"
    return f"the mail server could not be reached: {type(problem).__name__}"
