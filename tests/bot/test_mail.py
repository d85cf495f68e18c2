"""Mail over real SMTP."""

import asyncio
import datetime
import email
import ipaddress
import socket
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

from bot.mail import Mailer, MailMisconfigured, MailRefused, MailUnavailable

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
    passwords: list[bytes] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" not in self.answers:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

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
    inbox: Inbox,
    *,
    tls: ssl.SSLContext | None = None,
    from_the_start: bool = False,
    password: bytes | None = None,
    host: str = "127.0.0.1",
    utf8: bool = False,
) -> AsyncIterator[int]:
    """A mail server on a port of its own."""

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        inbox.passwords.append(data.password)
        return AuthResult(success=data.password == password, handled=False)

    make: Callable[[], SMTP] = lambda: SMTP(  # noqa: E731
        inbox,
        hostname="mail.example.com",
        tls_context=None if from_the_start else tls,
        authenticator=authenticate if password else None,
        auth_required=password is not None,
        auth_require_tls=False,
        enable_SMTPUTF8=utf8,
    )
    server = await asyncio.get_running_loop().create_server(make, host, 0, ssl=tls if from_the_start else None)
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


def this_machines_name() -> str:
    """A name of this machine that is not known to be loopback."""
    return socket.gethostname()


async def send_beyond(port: int, scheme: str = "smtp") -> None:
    mailer = Mailer(f"{scheme}://bot:hush@{this_machines_name()}:{port}", SENDER)
    await mailer.send(PEOPLE, "제목", "본문", "<p>본문</p>")


async def test_beyond_this_machine_nothing_leaves_without_tls() -> None:
    inbox = Inbox()
    async with served(inbox, password=b"hush", host="0.0.0.0") as port:
        with pytest.raises(MailMisconfigured, match="TLS") as refused:
            await send_beyond(port)
        assert inbox.passwords == [], "the password did not leave"
        await send_beyond(port, "smtp+insecure")
    assert refused.value.reason == "mail_tls"
    assert len(inbox.mails) == 1


async def test_a_certificate_that_is_not_trusted_is_ours_to_mend(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    for scheme, from_the_start in (("smtp", False), ("smtps", True)):
        async with served(Inbox(), tls=tls, from_the_start=from_the_start) as port:
            with pytest.raises(MailMisconfigured) as refused:
                await send(port, scheme=scheme)
        assert refused.value.reason == "mail_tls"


async def test_a_refused_login_or_sender_is_ours_to_mend_and_a_busy_server_passes() -> None:
    async with served(Inbox(), password=b"other") as port:
        with pytest.raises(MailMisconfigured) as refused:
            await send(port, login="bot:hush@")
    assert refused.value.reason == "mail_login_535"
    async with served(Inbox({"MAIL": "553 not yours kim@example.com"})) as port:
        with pytest.raises(MailMisconfigured) as refused:
            await send(port)
    assert (refused.value.reason, "kim" in str(refused.value)) == ("mail_sender_553", False)
    async with served(Inbox({"MAIL": "451 busy"})) as port:
        with pytest.raises(MailUnavailable) as passing:
            await send(port)
    assert not isinstance(passing.value, MailMisconfigured)


async def test_addresses_are_sent_as_the_server_can_carry_them() -> None:
    inbox = Inbox()
    async with served(inbox) as port:
        mailer = Mailer(f"smtp://127.0.0.1:{port}", "알림 <bot@한글.kr>")
        await mailer.send(["kim@소담.한국"], "제목", "본문", "<p>본문</p>")
        with pytest.raises(MailRefused) as refused:
            await mailer.send(["홍길동@example.com"], "제목", "본문", "<p>본문</p>")
    assert inbox.recipients == ["kim@xn--jk1bt0z.xn--3e0b707e"]
    assert refused.value.reason == "mail_address"
    inbox = Inbox()
    async with served(inbox, utf8=True) as port:
        await Mailer(f"smtp://127.0.0.1:{port}", SENDER).send(["홍길동@example.com"], "제목", "본문", "<p>본문</p>")
    assert inbox.recipients == ["홍길동@example.com"]


async def test_a_subject_stays_on_one_line() -> None:
    inbox = Inbox()
    async with served(inbox) as port:
        mailer = Mailer(f"smtp://127.0.0.1:{port}", SENDER)
        await mailer.send(PEOPLE, "소담\r\nBcc: x@example.com", "본문", "<p>본문</p>")
    assert inbox.mails[0]["Subject"] == "소담 Bcc: x@example.com"
    assert inbox.mails[0]["Bcc"] is None
