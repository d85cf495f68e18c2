"""Bodies that no page sends: they are answered with 400, and never break the server."""

from __future__ import annotations

import json

import pytest
from aiohttp import ClientSession

from bot.playground.slack.demo import MINJI, ORDERS

PATHS = ("/act/say", "/act/click", "/act/submit", "/act/close", "/act/reload", "/act/open", "/desk")
BODIES = (
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"[" * 100_000,
    b"7",
    b"{}",
    json.dumps(
        {"as": [], "channel": {}, "text": 1, "view_id": [], "values": 1, "tab": 0, "act": None, "partner": {}}
    ).encode(),
    json.dumps({"as": 1, "action_id": {}, "block_id": 1, "values": {"a": {"b": 1}}}).encode(),
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_a_malformed_body_is_a_bad_request(http: ClientSession, url: str, path: str, body: bytes) -> None:
    headers = {"Origin": url, "X-Playground": "1", "Content-Type": "application/json"}
    assert (await http.post(f"{url}{path}", data=body, headers=headers)).status == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/act/say", {"as": "U0NOBODY", "channel": ORDERS, "text": "x"}),
        ("/act/say", {"as": MINJI, "channel": "C0NOWHERE", "text": "/tmon"}),
        ("/act/click", {"as": MINJI, "channel": ORDERS, "ts": "1", "block_id": "b", "action_id": "a"}),
        ("/act/click", {"as": MINJI, "view_id": "V0", "block_id": "b", "action_id": "a", "value": ["x"]}),
        ("/act/submit", {"as": MINJI, "view_id": "V0", "values": {}}),
        ("/act/close", {"as": "", "view_id": ""}),
        ("/desk", {"as": MINJI, "act": "new_order", "partner": "nobody"}),
    ],
)
async def test_what_is_not_there_is_a_sentence(
    http: ClientSession, url: str, path: str, body: dict[str, object]
) -> None:
    answer = await http.post(f"{url}{path}", json=body, headers={"Origin": url, "X-Playground": "1"})
    assert answer.status == 200
    assert (await answer.json())["error"]


@pytest.mark.parametrize("query", ["", f"?as={MINJI}", f"?as={MINJI}&view_id=V0&block_id=b"])
async def test_an_upload_that_does_not_say_where_to_is_a_bad_request(http: ClientSession, url: str, query: str) -> None:
    answer = await http.post(f"{url}/act/upload{query}", data=b"x", headers={"Origin": url, "X-Playground": "1"})
    assert answer.status == 400


async def test_an_upload_to_a_view_that_is_not_there_is_a_sentence(http: ClientSession, url: str) -> None:
    where = f"?as={MINJI}&view_id=V0&block_id=b&name=x"
    answer = await http.post(f"{url}/act/upload{where}", data=b"x", headers={"Origin": url, "X-Playground": "1"})
    told = await answer.json()
    assert (answer.status, told["ok"]) == (200, False)
    assert told["error"]
