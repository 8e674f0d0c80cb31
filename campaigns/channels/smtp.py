"""E-mail by SMTP, with each step told apart so that its failure has one meaning.

Invariant: before the server has been given the body (after its 354) nothing can have been
accepted, so failures are temporary or permanent by the server's code; from the first byte of the
body until the server's answer, a lost connection is uncertain.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import ChannelFault, Fate, Outgoing, Result, same_for_all
from customers.models import Channel

_NO_SUCH_ADDRESS = (550, 551, 553)
# What Python's e-mail package raises for addresses and headers it cannot write.
_UNWRITABLE = (ValueError, TypeError, LookupError, AttributeError, MessageError)
_LOST = (smtplib.SMTPServerDisconnected, OSError)


class Smtp:
    """Sends one e-mail a request through the server of EMAIL_URL, keeping the connection."""

    name = "smtp"
    label = _("SMTP server")
    channel = Channel.EMAIL.value
    is_test = False
    batch_size = 1
    idempotent = False

    def __init__(self) -> None:
        self.timeout = float(settings.EMAIL_TIMEOUT or 30)
        self._server: smtplib.SMTP | None = None

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        """Each message in a transaction of its own."""
        return [self._one(message) for message in messages]

    def close(self) -> None:
        """Take leave of the server."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _one(self, message: Outgoing) -> Result:
        try:
            content = compose(message).as_bytes(policy=WIRE.clone(max_line_length=998))
        except _UNWRITABLE as error:
            # Nothing was said to the server yet; the error's own words may repeat the address.
            return Result(message.key, Fate.PERMANENT, error=f"Not a valid e-mail: {_name(error)}")
        kept = self._server is not None
        try:
            self._connect()
            refusal = self._envelope(message)
        except _LOST as error:
            self._drop()
            if kept:
                # The server closed a connection that had been idle; a new one tells the truth.
                return self._one(message)
            return same_for_all([message], Fate.TEMPORARY, f"No connection: {_name(error)}")[0]
        except ValueError:
            # An address no SMTP command can carry: letters beyond ASCII, a line break.
            return Result(message.key, Fate.PERMANENT, error="Not an address SMTP can carry.")
        if refusal is not None:
            return refusal
        return self._body(message, content)

    def _connect(self) -> None:
        if self._server is not None:
            return
        kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
        server = kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=self.timeout)
        try:
            if settings.EMAIL_USE_TLS:
                server.starttls(context=ssl.create_default_context())
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        except smtplib.SMTPAuthenticationError as error:
            server.close()
            if 400 <= error.smtp_code < 500:
                raise smtplib.SMTPServerDisconnected("sign-in refused for now") from error
            raise ChannelFault("The SMTP server refuses our name or password.") from error
        except smtplib.SMTPNotSupportedError as error:
            server.close()
            raise ChannelFault("The SMTP server lacks what EMAIL_URL asks for.") from error
        self._server = server

    def _envelope(self, message: Outgoing) -> Result | None:
        """Everything before the body; a Result where the server refuses."""
        assert self._server is not None
        server = self._server
        server.ehlo_or_helo_if_needed()
        code, text = server.mail(message.sender)
        if code == 250:
            code, text = server.rcpt(message.recipient)
            bad = code in _NO_SUCH_ADDRESS and b"5.7." not in text
            if code in (250, 251):
                server.putcmd("data")
                code, text = server.getreply()
                bad = False
        else:
            bad = False
        if code == 354:
            return None
        # 421 announces the end of the connection; after any other refusal it is used again.
        self._drop() if code == 421 else server.rset()
        return _refused(message, code, text, bad=bad)

    def _body(self, message: Outgoing, content: bytes) -> Result:
        assert self._server is not None
        try:
            quoted = smtplib._quote_periods(content)  # type: ignore[attr-defined]
            self._server.send(quoted + (b"" if quoted.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, text = self._server.getreply()
        except _LOST as error:
            self._drop()
            return Result(message.key, Fate.UNCERTAIN, error=f"No answer: {_name(error)}")
        if code == 250:
            return Result(message.key, Fate.ACCEPTED, provider_id=_reference(message)[:120])
        return _refused(message, code, text, bad=False)

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def compose(message: Outgoing) -> EmailMessage:
    """The MIME message, text before HTML. Raises ValueError on a line break in a header."""
    mail = EmailMessage()
    name, _at, domain = message.sender.rpartition("@")
    mail["From"] = Address(message.sender_name, name, domain)
    mail["To"] = Address(addr_spec=message.recipient)
    mail["Subject"] = message.subject
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = _reference(message)
    for header, value in message.headers.items():
        mail[header] = value
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail


def _reference(message: Outgoing) -> str:
    domain = message.sender.rpartition("@")[2] or socket.gethostname()
    return f"<tamis-{message.key}@{domain}>"


def _refused(message: Outgoing, code: int, text: bytes, *, bad: bool) -> Result:
    # The server's own words may repeat the address: the code is kept, and the enhanced status.
    first = text.split(maxsplit=1)[:1]
    status = first[0].decode("ascii", "replace") if first and first[0][:1].isdigit() else ""
    error = f"SMTP {code} {status}".strip()[:300]
    temporary = 400 <= code < 500
    fate = Fate.TEMPORARY if temporary else Fate.PERMANENT
    return Result(message.key, fate, error=error, bad_address=bad and not temporary)


def _name(error: BaseException) -> str:
    return type(error).__name__
