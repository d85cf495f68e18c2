"""Mail catcher: an SMTP server that stores incoming mail, for the playground and the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from tmon.clock import Clock, system_clock


@dataclass(frozen=True)
class CaughtMail:
    """A received mail. ``text`` and ``html`` are empty if the mail has no such part."""

    at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str


class MailCatcher:
    """The SMTP server, on the event loop that starts it. ``on_change`` is called after each mail."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self.messages: list[CaughtMail] = []
        self.on_change: Callable[[], None] | None = None
        self.url = ""
        self._clock = clock
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on this address; port 0 picks a free one, see ``url``."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True, loop=loop), host, port)
        self.url = f"smtp://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Free the port; caught mail stays available."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Store a mail."""
        if not isinstance(envelope.content, bytes):  # only with decode_data, which is off
            return "554 no data"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.messages.append(
            CaughtMail(
                self._clock(),
                envelope.mail_from or "",
                tuple(envelope.rcpt_tos),
                str(mail.get("Subject", "")),
                _part(mail, "plain"),
                _part(mail, "html"),
            )
        )
        if self.on_change is not None:
            self.on_change()
        return "250 OK"


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    return "" if body is None else str(body.get_content()).replace("\r\n", "\n")
