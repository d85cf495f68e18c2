"""The mail catcher, over SMTP."""

from email.message import EmailMessage
from urllib.parse import urlsplit

import aiosmtplib
import pytest

from bot.playground.mail import CaughtMail, MailCatcher
from tests.clock import MovableClock


def mail(subject: str = "[티몬] 주문 수집이 멈췄습니다") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "bot@example.com", "minji@example.com", subject
    made.set_content("04:21부터 주문을 수집하지 못했습니다.")
    made.add_alternative("<p>04:21부터 <b>주문</b>을 수집하지 못했습니다.</p>", subtype="html")
    return made


async def send(catcher: MailCatcher, message: EmailMessage, recipients: list[str] | None = None) -> None:
    address = urlsplit(catcher.url)
    await aiosmtplib.send(message, hostname=address.hostname, port=address.port, recipients=recipients)


async def test_a_mail_is_kept_with_both_of_its_bodies(clock: MovableClock) -> None:
    catcher = MailCatcher(clock)
    rings: list[int] = []
    catcher.on_change = lambda: rings.append(len(catcher.messages))
    await catcher.start()
    await send(catcher, mail(), ["minji@example.com", "junho@example.com"])
    await catcher.stop()
    assert catcher.messages == [
        CaughtMail(
            clock.now,
            "bot@example.com",
            ("minji@example.com", "junho@example.com"),
            "[티몬] 주문 수집이 멈췄습니다",
            "04:21부터 주문을 수집하지 못했습니다.\n",
            "<p>04:21부터 <b>주문</b>을 수집하지 못했습니다.</p>\n",
        )
    ]
    assert rings == [1]


async def test_a_mail_of_plain_text_has_no_html() -> None:
    catcher = MailCatcher()
    await catcher.start()
    message = EmailMessage()
    message["From"], message["To"] = "bot@example.com", "minji@example.com"
    message.set_content("text")
    await send(catcher, message)
    await catcher.stop()
    assert (catcher.messages[0].subject, catcher.messages[0].text, catcher.messages[0].html) == ("", "text\n", "")


async def test_after_its_stop_nobody_listens() -> None:
    catcher = MailCatcher()
    await catcher.start()
    await catcher.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(catcher, mail())
    assert catcher.messages == []
