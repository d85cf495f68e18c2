"""Answers by the address that came with a command or a press: they need no token."""

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tmon.network import proxy_for, tls_context

_SECONDS = 10


async def answer(url: str, text: str) -> None:
    """Tell whoever acted `text`; nobody else sees it. Raises one of SLACK_ERRORS."""
    client = AsyncWebhookClient(url, timeout=_SECONDS, ssl=tls_context(), retry_handlers=[])
    client.proxy = proxy_for(url)  # the SDK takes one from the environment whatever `NO_PROXY` says
    answered = await client.send(text=text, response_type="ephemeral", replace_original=False)
    if answered.status_code != 200:
        raise SlackClientError(f"answered with {answered.status_code}")
