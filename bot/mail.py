"""Mail through the operator's SMTP server."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

import aiosmtplib
import structlog
from yarl import URL

log = structlog.stdlib.get_logger(__name__)

TIMEOUT_SECONDS = 20.0


class MailRefused(Exception):
    """The server rejects this mail for good (5xx): a retry is useless. `code` is the server's."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the mail server refused with {code}")
        self.code = code


class MailUnavailable(Exception):
    """The server did not answer, deferred the mail (4xx), or rejects all our mail at the moment: retry later."""


class Mailer:
    """Sends mails in plain text and HTML, one connection each."""

    def __init__(self, smtp_url: str, mail_from: str) -> None:
        """`smtp_url`: `smtp://user:password@host:port`, encrypted if the server offers it, or `smtps://…`."""
        url = URL(smtp_url)
        tls = url.scheme == "smtps"
        self._host = url.host or ""
        self._port = url.explicit_port or (465 if tls else 587)
        self._tls = tls
        self._user = url.user
        self._password = url.password
        self._from = mail_from

    def __repr__(self) -> str:
        return f"Mailer({self._host}:{self._port})"

    async def send(self, to: Sequence[str], subject: str, text: str, html: str) -> None:
        """Send one mail to all of `to`. Raises MailRefused if nobody can ever get it, else MailUnavailable."""
        message = self._message(to, subject, text, html)
        try:
            async with self._connection() as smtp:
                refused, _ = await smtp.send_message(message, sender=parseaddr(self._from)[1], recipients=list(to))
        except aiosmtplib.SMTPRecipientsRefused as error:
            # the responses contain the addresses: only their codes may be passed on
            codes = sorted(refusal.code for refusal in error.recipients)
            if codes[0] >= 500:
                raise MailRefused(codes[0]) from None
            raise MailUnavailable(f"the mail server put us off with {codes[0]}") from None
        except aiosmtplib.SMTPDataError as error:
            if error.code >= 500:
                raise MailRefused(error.code) from None
            raise MailUnavailable(f"the mail server put us off with {error.code}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _unavailable(error) from None
        if refused:
            log.warning("a mail reached some of its recipients only", codes=[code for code, _ in refused.values()])

    async def check(self) -> None:
        """Connect, greet and log in, without sending anything. Raises MailUnavailable."""
        try:
            async with self._connection() as smtp:
                await smtp.noop()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _unavailable(error) from None

    def _connection(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._tls,
            start_tls=False if self._tls else None,
            username=self._user,
            password=self._password,
            timeout=TIMEOUT_SECONDS,
        )

    def _message(self, to: Sequence[str], subject: str, text: str, html: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._from
        message["To"] = ", ".join(to)
        message["Subject"] = subject
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=parseaddr(self._from)[1].partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic replies
        message.set_content(text, cte="base64")
        message.add_alternative(html, subtype="html", cte="base64")
        return message


def _unavailable(error: aiosmtplib.SMTPException | OSError) -> MailUnavailable:
    """Return an error with the kind of failure only, since the text of `error` may contain addresses."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return MailUnavailable(f"the mail server refused our login with {error.code}")
        case aiosmtplib.SMTPSenderRefused():
            return MailUnavailable(f"the mail server refused the address in MAIL_FROM with {error.code}")
        case aiosmtplib.SMTPResponseException():
            return MailUnavailable(f"the mail server answered {error.code}")
        case _:
            return MailUnavailable(f"the mail server does not answer ({type(error).__name__})")
