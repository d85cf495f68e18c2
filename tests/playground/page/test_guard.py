"""What keeps other sites out of the playground's page, asked over real HTTP."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from tests.playground.page.visits import say


@pytest.mark.parametrize("host", ["playground.evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"])
async def test_a_name_that_was_rebound_is_refused(http: ClientSession, url: str, host: str) -> None:
    assert (await http.get(url, headers={"Host": host})).status == 403


async def test_localhost_is_a_good_name(http: ClientSession, url: str) -> None:
    assert (await http.get(url.replace("127.0.0.1", "localhost"))).status == 200


@pytest.mark.parametrize(
    ("header", "value"),
    [("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", None), ("X-Playground", None)],
)
async def test_another_site_cannot_act(http: ClientSession, url: str, header: str, value: str | None) -> None:
    request = say(url)
    if value is None:
        del request["headers"][header]
    else:
        request["headers"][header] = value
    assert (await http.post(f"{url}/act/say", **request)).status == 403  # type: ignore[arg-type]
    assert (await http.post(f"{url}/act/say", **say(url))).status == 200  # type: ignore[arg-type]
