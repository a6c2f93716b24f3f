"""Messages: what they say in the receiver's language, and the channels by which they leave.

The table and its states are `portal.network.message_services`. The features say what their messages say (`templates`) and where a receiver
is to be reached (`addresses`); `app.py` fills both. Nothing here knows the database.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from portal.config import is_loopback
from portal.i18n import _p, speaking

TIMEOUT = 15  # seconds for each answer of a mail server or gateway
BUSY = frozenset({408, 425, 429})  # the gateway asks to come again


class Channel(StrEnum):
    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Words:
    """A message in one language. `href` is an address on this site; `lines` stand each on its own."""

    subject: str
    lines: tuple[str, ...] = ()
    href: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """How an account wants its messages: a mail address or none, and a language or none."""

    email: str | None
    language: str | None


# template → what it says, from the facts that were kept with it, in the language of the moment; `app.py` fills it
templates: dict[str, Callable[[Mapping[str, Any]], Words]] = {}
# templates that are copied by mail to whoever gave an address
mailed: set[str] = set()
# how accounts want their messages, by user name (county, names); `app.py` fills it
contacts: list[Callable[[int, Collection[str]], Mapping[str, Contact]]] = []
# kind of a receiver → its address (county, id, wall time), None where there is none or the message is of no use any more; `app.py` fills it
addresses: dict[str, Callable[[int, str, datetime], str | None]] = {}


def words(template: str, facts: Mapping[str, Any]) -> Words:
    """What a message says, in the language of the page."""
    told = templates.get(template)
    return told(facts) if told is not None else Words(_p("message", "A message"))


def compose(template: str, facts: Mapping[str, Any], language: str) -> Words:
    """What a message says in a language."""
    with speaking(language):
        return words(template, facts)


# --- sending --------------------------------------------------------------------------------------------------------------------


class Fault(StrEnum):
    """What a failed attempt says about the next."""

    REFUSED = "refused"
    """Never: this message is not wanted there."""
    LATER = "later"
    """This one failed and did not go."""
    DOWN = "down"
    """Nobody answers there: the others need not try in this run."""
    UNKNOWN = "unknown"
    """It may have gone: the line broke after it was handed over."""


class NotSent(Exception):
    """An attempt failed; `code` is a few characters for the operator, without any address."""

    def __init__(self, fault: Fault, code: str) -> None:
        super().__init__(code)
        self.fault, self.code = fault, code[:60]


@dataclass(frozen=True, slots=True)
class Channels:
    """Where messages leave: what the configuration says. A demonstration speaks to nobody outside its own machine."""

    smtp_url: str | None
    sms_webhook: str | None
    public_url: str
    is_demo: bool = False

    def has(self, channel: Channel) -> bool:
        """Whether a channel is set up."""
        url = {Channel.EMAIL: self.smtp_url, Channel.SMS: self.sms_webhook}.get(channel)
        return url is not None and not (self.is_demo and not is_loopback(urlsplit(url).hostname or ""))

    def send(self, channel: Channel, address: str, said: Words, *, key: str, language: str, at: datetime) -> None:
        """Hand a message over, once; `NotSent` says what is known when it fails. `key` names the message alike in each attempt."""
        if channel is Channel.SMS:
            self._text(address, said, key, language)
        else:
            self._mail(address, said, key, at)

    # --- mail

    def _mail(self, address: str, said: Words, key: str, at: datetime) -> None:
        assert self.smtp_url is not None
        url = urlsplit(self.smtp_url)
        own = urlsplit(self.public_url).hostname or "localhost"
        sender = parse_qs(url.query).get("from", [f"tongban@{own}"])[0]
        letter = EmailMessage(policy=SMTP)
        letter["From"], letter["To"], letter["Subject"] = sender, address, said.subject
        letter["Date"] = format_datetime(at)
        letter["Message-ID"] = f"<{'.'.join(key.split(':'))}@{own}>"
        letter["Auto-Submitted"] = "auto-generated"
        link = (f"{self.public_url}{said.href}",) if said.href else ()
        letter.set_content("\n".join((said.subject, "", *said.lines, *link)) + "\n", charset="utf-8", cte="base64")
        try:
            server = _connected(url)
            try:
                _hand_over(server, sender, address, letter.as_bytes())
            finally:
                with suppress(smtplib.SMTPException, OSError):  # what was taken is taken, however the line ends
                    server.quit()
                server.close()
        except NotSent:
            raise
        except smtplib.SMTPResponseException as error:
            raise NotSent(Fault.REFUSED if error.smtp_code >= 500 else Fault.LATER, f"smtp {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise NotSent(Fault.DOWN, f"smtp {type(error).__name__}") from error

    # --- the gateway of text messages

    def _text(self, address: str, said: Words, key: str, language: str) -> None:
        assert self.sms_webhook is not None
        text = " ".join((said.subject, *said.lines))
        body = json.dumps({"to": address, "text": text, "language": language, "key": key}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key, "User-Agent": "Tongban"}
        request = urllib.request.Request(self.sms_webhook, data=body, headers=headers, method="POST")  # noqa: S310 the operator's address
        try:
            with _NO_REDIRECTS.open(request, timeout=TIMEOUT) as answer:
                answer.read(1024)
        except urllib.error.HTTPError as error:
            with error:
                busy = error.code >= 500 or error.code in BUSY
            raise NotSent(Fault.LATER if busy else Fault.REFUSED, f"http {error.code}") from error
        except urllib.error.URLError as error:
            raise NotSent(Fault.DOWN, f"http {type(error.reason).__name__}") from error
        except (OSError, HTTPException, ValueError) as error:  # handed over, and no answer
            raise NotSent(Fault.UNKNOWN, f"http {type(error).__name__}") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A gateway that sends us elsewhere is a fault of its address: what is about a person goes nowhere that nobody named."""

    def redirect_request(self, *_args: Any) -> None:
        return None


_NO_REDIRECTS = urllib.request.build_opener(_NoRedirects)


def _connected(url: Any) -> smtplib.SMTP:
    """A mail server, over TLS where it can; a password goes over nothing else, but for a server on this machine."""
    host, is_tls = url.hostname or "", url.scheme == "smtps"
    context = ssl.create_default_context()
    server: smtplib.SMTP = (
        smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT, context=context)
        if is_tls
        else smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT)
    )
    try:
        server.ehlo()
        if not is_tls and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            is_tls = True
        if url.username:
            if not (is_tls or is_loopback(host)):
                raise NotSent(Fault.DOWN, "smtp no TLS for the password")
            server.login(unquote(url.username), unquote(url.password or ""))
    except smtplib.SMTPResponseException as error:
        server.close()
        raise NotSent(Fault.DOWN, f"smtp sign-in {error.smtp_code}") from error
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, sender: str, address: str, letter: bytes) -> None:
    server.ehlo_or_helo_if_needed()
    for code, _said in (server.mail(sender), server.rcpt(address)):
        if code not in (250, 251):
            raise NotSent(Fault.REFUSED if code >= 500 else Fault.LATER, f"smtp {code}")
    try:
        code, _said = server.data(letter)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise NotSent(Fault.UNKNOWN, f"smtp {type(error).__name__}") from error
    if code != 250:
        raise NotSent(Fault.REFUSED if code >= 500 else Fault.LATER, f"smtp {code}")
