"""The far sides of the playground, sent what no client sends: they refuse it, and do not break."""

from __future__ import annotations

import json

import httpx
import pytest

from bot.playground.slack import demo_workspace
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.web_api.dispatch import METHODS
from bot.playground.tmon import DEMO_PARTNERS, demo_sandbox
from bot.playground.tmon import serve as serve_tmon
from bot.playground.tmon.routes.request import Route
from bot.playground.tmon.server import ROUTES
from tests.playground.tmon.caller import Caller

BODIES = (
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b"[" * 100_000,
    b"7",
    b"{}",
    json.dumps([{"dealNo": {}, "options": 1}]).encode(),
    json.dumps(
        {
            "channel": [],
            "text": {},
            "blocks": 7,
            "view": [],
            "user": {},
            "users": 1,
            "trigger_id": [],
            "view_id": {},
            "ts": 0,
            "file": [],
            "metadata": "x",
        }
    ).encode(),
    json.dumps({"type": [], "address": 1, "dealOptions": {}, "stock": "x", "deliveryNo": None}).encode(),
)


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_slack_answers_malformed_arguments_with_an_error(method: str) -> None:
    workspace = demo_workspace()
    slack = await serve_slack(workspace)
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with httpx.AsyncClient(base_url=slack.api_url, headers=headers, trust_env=False) as http:
        for body in BODIES:
            for kind in ("application/json; charset=utf-8", "application/x-www-form-urlencoded"):
                answer = await http.post(method, content=body, headers={"Content-Type": kind})
                assert answer.status_code == 200, (method, body[:40], kind)
                assert answer.json().keys() >= {"ok"}, (method, body[:40], kind)
    await slack.stop()


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=lambda route: route.name)
async def test_tmon_refuses_malformed_bodies(route: Route) -> None:
    sandbox = demo_sandbox()
    tmon = await serve_tmon(sandbox)
    async with httpx.AsyncClient(base_url=tmon.url, trust_env=False) as http:
        caller = Caller(sandbox, http)
        await caller.fetch_token()
        partner = DEMO_PARTNERS[0]
        path = f"/api/SAMPLEVENDOR{route.path}"
        for name in (
            "dealNo",
            "no",
            "orderNo",
            "deliveryNo",
            "claimNo",
            "addressNo",
            "templateNo",
            "inquiryNo",
            "articleNo",
        ):
            path = path.replace("{" + name + "}", "7700112200")
        for body in BODIES:
            answer = await http.request(
                route.method,
                path,
                content=body,
                headers={
                    "Authorization": f"Bearer {caller.token}",
                    "X-Partner-Id": partner.partner_id,
                    "X-Partner-Token": partner.token,
                    "Content-Type": "application/json",
                },
            )
            assert answer.status_code < 500 or answer.headers["content-type"].startswith("application/json"), body[:40]
    await tmon.stop()
