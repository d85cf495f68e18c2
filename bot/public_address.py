"""What the doctor finds out about PUBLIC_URL: whether Slack's requests and browsers get through to this deployment."""

import json
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.signature import SignatureVerifier

from bot.manifest import EVENTS
from bot.oauth import INSTALL
from bot.settings import BotSettings

_TIMEOUT = ClientTimeout(total=10)


class Unreachable(Exception):
    """Nothing answers at the address."""


class WrongAnswer(Exception):
    """Something else answers than a process with these settings; the message says what."""


async def examine(settings: BotSettings, clock: Callable[[], float] = time.time) -> str:
    """Ask what Slack and browsers ask, signed with SLACK_SIGNING_SECRET. Raises Unreachable or WrongAnswer."""
    found = []
    try:
        async with ClientSession(timeout=_TIMEOUT) as session:
            if settings.slack_signing_secret is not None:
                await _events(session, settings, settings.slack_signing_secret.get_secret_value(), clock())
                found.append("takes signed requests")
            if settings.slack_client_id is not None:
                await _install(session, settings)
                found.append("leads to Slack for an installation")
    except (ClientError, TimeoutError, OSError) as error:
        raise Unreachable(type(error).__name__) from None
    return " and ".join(found)


async def _events(session: ClientSession, settings: BotSettings, secret: str, now: float) -> None:
    challenge = secrets.token_hex(8)
    body = json.dumps({"type": "url_verification", "challenge": challenge})
    timestamp = str(int(now))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature or "",
    }
    url = f"{settings.public_url}{EVENTS}"
    async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise WrongAnswer(f"{EVENTS} refuses the signature: the process there has another SLACK_SIGNING_SECRET")
        if answer.status != HTTPStatus.OK or challenge not in await answer.text():
            raise WrongAnswer(f"{EVENTS} answers {answer.status}: it has to lead to tmon-bot web, unchanged")


async def _install(session: ClientSession, settings: BotSettings) -> None:
    async with session.get(f"{settings.public_url}{INSTALL}", allow_redirects=False) as answer:
        location = answer.headers.get("Location", "")
        if answer.status != HTTPStatus.FOUND or f"client_id={settings.slack_client_id}" not in location:
            raise WrongAnswer(f"{INSTALL} answers {answer.status}: it has to lead to tmon-bot web with these settings")
