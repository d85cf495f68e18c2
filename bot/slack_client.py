"""Clients of Slack's Web API, with the network settings of the process."""

from collections.abc import Callable

from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tmon.network import proxy_for, tls_context


def slack_client(
    token: str | None, base_url: str, *retry_handlers: AsyncRetryHandler, timeout: int = 30
) -> AsyncWebClient:
    """Return a client that retries as `retry_handlers` say, and never without one."""
    client = AsyncWebClient(token, base_url, timeout=timeout, ssl=tls_context(), retry_handlers=list(retry_handlers))
    client.proxy = proxy_for(base_url)  # the SDK takes one from the environment whatever `NO_PROXY` says
    return client


class DateListener(AsyncRetryHandler):
    """Passes on the `Date` header of each answer; retries nothing. The SDK shows every answer to its retry handlers."""

    def __init__(self, heard: Callable[[str | None], object]) -> None:
        super().__init__(max_retry_count=0)
        self._heard = heard

    async def can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        """Return False."""
        if response is not None:
            dates = [value for name, value in response.headers.items() if name.lower() == "date"]
            self._heard(dates[0][0] if dates else None)
        return False
