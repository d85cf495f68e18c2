"""Mail through the operator's SMTP server."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid, parseaddr

import aiosmtplib
import structlog
from email_validator import EmailNotValidError, validate_email
from yarl import URL

from tmon.network import is_this_machine, tls_context

log = structlog.stdlib.get_logger(__name__)

TIMEOUT_SECONDS = 20.0
INSECURE = "smtp+insecure"
"""Scheme of `SMTP_URL` that sends without TLS where the server does not offer it."""
ERRORS = (aiosmtplib.SMTPException, OSError, ValueError)
"""What aiosmtplib raises; ValueError for addresses that cannot be sent."""


class MailRefused(Exception):
    """The server rejects this mail for good (5xx): a retry is useless. `code` is the server's; 0: it never got it."""

    def __init__(self, code: int, reason: str = "mail_refused") -> None:
        super().__init__(f"the mail server refused with {code}" if code else "the mail server takes no such address")
        self.code = code
        self.reason = reason


class MailUnavailable(Exception):
    """The server did not answer, or deferred the mail (4xx): retry later. `reason` is stored with the message."""

    def __init__(self, text: str, reason: str = "mail_unreachable") -> None:
        super().__init__(text)
        self.reason = reason


class MailMisconfigured(MailUnavailable):
    """The server takes none of our mail until the operator mends TLS, login or sender."""


class Mailer:
    """Sends mails in plain text and HTML, one connection each."""

    def __init__(self, smtp_url: str, mail_from: str) -> None:
        """`smtp_url`: `smtp://user:password@host:port` or `smtps://…`, always encrypted beyond this machine.

        `smtp+insecure://…`: encrypted only if the server offers it.
        """
        url = URL(smtp_url)
        self._host = url.host or ""
        self._tls = url.scheme == "smtps"
        self._port = url.explicit_port or (465 if self._tls else 587)
        self._start_tls = (
            False if self._tls else None if url.scheme == INSECURE or is_this_machine(self._host) else True
        )
        self._user = url.user
        self._password = url.password
        name, address = parseaddr(mail_from)
        self._sender = wire_address(address)
        self._from = formataddr((name, self._sender)) if name else self._sender

    def __repr__(self) -> str:
        return f"Mailer({self._host}:{self._port})"

    async def send(self, to: Sequence[str], subject: str, text: str, html: str) -> None:
        """Send one mail to all of `to`.

        Raises MailRefused if nobody can ever get it, MailMisconfigured if the server takes none of our mail, else
        MailUnavailable.
        """
        recipients = [wire_address(address) for address in to]
        message = self._message(recipients, subject, text, html)
        async with self._connected() as smtp:
            try:
                refused, _ = await smtp.send_message(message, sender=self._sender, recipients=recipients)
            except ERRORS as error:
                raise _not_sent(error) from None
        if refused:
            log.warning("a mail reached some of its recipients only", codes=[code for code, _ in refused.values()])

    async def check(self) -> None:
        """Connect, greet and log in, without sending anything. Raises MailUnavailable."""
        async with self._connected() as smtp:
            try:
                await smtp.noop()
            except ERRORS as error:
                raise _not_sent(error) from None

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        smtp = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._tls,
            start_tls=self._start_tls,
            username=self._user,
            password=self._password,
            timeout=TIMEOUT_SECONDS,
            tls_context=tls_context(),
        )
        try:
            await smtp.connect()
        except ERRORS as error:
            raise _not_connected(error) from None
        async with smtp:
            yield smtp

    def _message(self, to: Sequence[str], subject: str, text: str, html: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._from
        message["To"] = ", ".join(to)
        message["Subject"] = " ".join(subject.split())
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=self._sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic replies
        message.set_content(text, cte="base64")
        message.add_alternative(html, subtype="html", cte="base64")
        return message


def wire_address(address: str) -> str:
    """Return `address` as every server can carry it: a domain of other letters in Punycode."""
    try:
        parts = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return address
    return f"{parts.local_part}@{parts.ascii_domain}"


def _not_connected(error: Exception) -> MailUnavailable:
    """Return why no connection came about, with its kind only: the text of `error` may contain names and addresses."""
    if _is_about_tls(error):
        return MailMisconfigured("the mail server offers no TLS that can be trusted", "mail_tls")
    match error:
        case aiosmtplib.SMTPAuthenticationError() if error.code >= 500:
            return MailMisconfigured(f"the mail server refused our login with {error.code}", f"mail_login_{error.code}")
        case aiosmtplib.SMTPNotSupported():
            return MailMisconfigured("the mail server offers no login", "mail_login")
        case aiosmtplib.SMTPResponseException() if error.code >= 500:
            return MailMisconfigured(f"the mail server answered {error.code}", f"mail_server_{error.code}")
        case aiosmtplib.SMTPResponseException():
            return MailUnavailable(f"the mail server answered {error.code}", f"mail_busy_{error.code}")
        case aiosmtplib.SMTPException() if "auth" in str(error).lower():
            return MailMisconfigured("the mail server offers no login that we know", "mail_login")
        case _:
            return MailUnavailable(f"the mail server does not answer ({type(error).__name__})")


def _is_about_tls(error: BaseException | None) -> bool:
    if type(error) is aiosmtplib.SMTPException and "STARTTLS" in str(error):
        return True
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _not_sent(error: Exception) -> Exception:
    """Return why a mail was not taken, with codes only: responses contain addresses."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            code = min(refusal.code for refusal in error.recipients)
            if code >= 500:
                return MailRefused(code)
            return MailUnavailable(f"the mail server put us off with {code}", f"mail_deferred_{code}")
        case aiosmtplib.SMTPSenderRefused() if error.code >= 500:
            return MailMisconfigured(
                f"the mail server refused the address in MAIL_FROM with {error.code}", f"mail_sender_{error.code}"
            )
        case aiosmtplib.SMTPDataError() if error.code >= 500:
            return MailRefused(error.code)
        case aiosmtplib.SMTPDataError():
            return MailUnavailable(f"the mail server put us off with {error.code}", f"mail_deferred_{error.code}")
        case aiosmtplib.SMTPResponseException():
            return MailUnavailable(f"the mail server put us off with {error.code}", f"mail_busy_{error.code}")
        case aiosmtplib.SMTPNotSupported() | ValueError():
            return MailRefused(0, "mail_address")
        case _:
            return MailUnavailable(f"the mail server does not answer ({type(error).__name__})")
