"""Mail over real SMTP."""

import asyncio
import datetime
import email
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.mail import Mailer, MailRefused, MailUnavailable

SENDER = "TMON 알림 <tmon@shop.example.com>"
PEOPLE = ["kim@example.com", "lee@example.com"]


@dataclass
class Inbox:
    """What a mail server does with what it is sent."""

    answers: dict[str, str] = field(default_factory=dict)
    """By recipient, or `DATA`."""
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: bool = False

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" not in self.answers:
            assert isinstance(envelope.content, bytes)
            self.mails.append(email.message_from_bytes(envelope.content, policy=default))
            self.recipients += envelope.rcpt_tos
            self.encrypted = session.ssl is not None
        return self.answers.get("DATA", "250 OK")


@asynccontextmanager
async def served(
    inbox: Inbox, *, tls: ssl.SSLContext | None = None, from_the_start: bool = False, password: bytes | None = None
) -> AsyncIterator[int]:
    """A mail server on a port of its own."""

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == password, handled=False)

    make: Callable[[], SMTP] = lambda: SMTP(  # noqa: E731
        inbox,
        hostname="mail.example.com",
        tls_context=None if from_the_start else tls,
        authenticator=authenticate if password else None,
        auth_required=password is not None,
        auth_require_tls=False,
    )
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=tls if from_the_start else None)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


async def send(port: int, *, scheme: str = "smtp", login: str = "") -> None:
    mailer = Mailer(f"{scheme}://{login}127.0.0.1:{port}", SENDER)
    await mailer.send(PEOPLE, "[티몬] 주문을 가져오지 못하고 있습니다", "긴급\n확인해 주세요.", "<p>확인해 주세요.</p>")


async def test_a_mail_arrives_in_both_forms() -> None:
    inbox = Inbox()
    async with served(inbox) as port:
        await send(port)
    (mail,) = inbox.mails
    assert inbox.recipients == PEOPLE
    assert mail["Subject"] == "[티몬] 주문을 가져오지 못하고 있습니다"
    assert mail["From"] == SENDER
    assert mail["To"] == ", ".join(PEOPLE)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@shop.example.com>")
    assert mail["Date"]
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().split() == ["긴급", "확인해", "주세요."]
    assert html.get_content().strip() == "<p>확인해 주세요.</p>"
    assert {part.get_content_charset() for part in (plain, html)} == {"utf-8"}


async def test_the_line_is_encrypted_where_the_server_offers_it(tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with served(inbox, tls=tls) as port:
        await send(port)
    assert inbox.encrypted


async def test_tls_from_the_start(tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with served(inbox, tls=tls, from_the_start=True) as port:
        await send(port, scheme="smtps")
    assert len(inbox.mails) == 1


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    inbox = Inbox()
    async with served(inbox, tls=tls) as port:
        with pytest.raises(MailUnavailable):
            await send(port)
    assert inbox.mails == []


async def test_login() -> None:
    inbox = Inbox()
    async with served(inbox, password=b"pass:word") as port:
        await send(port, login="bot%40example.com:pass%3Aword@")
        assert len(inbox.mails) == 1
        with pytest.raises(MailUnavailable, match="login with 535"):
            await send(port, login="bot:hush@")
        with pytest.raises(MailUnavailable, match="login with 535") as refused:
            await Mailer(f"smtp://bot:hush@127.0.0.1:{port}", SENDER).check()
        assert "hush" not in str(refused.value)
        await Mailer(f"smtp://bot:pass%3Aword@127.0.0.1:{port}", SENDER).check()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({PEOPLE[0]: "550 no such user kim", PEOPLE[1]: "550 no such user lee"}, MailRefused),
        ({PEOPLE[0]: "550 no such user kim", PEOPLE[1]: "451 later"}, MailUnavailable),
        ({"DATA": "554 spam of kim"}, MailRefused),
        ({"DATA": "452 full"}, MailUnavailable),
    ],
)
async def test_refused_for_good_or_for_now(answers: dict[str, str], error: type[Exception]) -> None:
    async with served(Inbox(answers)) as port:
        with pytest.raises(error) as refused:
            await send(port)
    assert "kim" not in str(refused.value)


async def test_one_dead_address_does_not_keep_the_mail_from_the_other() -> None:
    inbox = Inbox({PEOPLE[0]: "550 no such user"})
    async with served(inbox) as port:
        await send(port)
    assert inbox.recipients == [PEOPLE[1]]


async def test_nobody_answers() -> None:
    async with served(Inbox()) as port:
        pass
    with pytest.raises(MailUnavailable):
        await send(port)
