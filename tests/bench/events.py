"""A thousand events a second over HTTP, each third one junk that nobody signed, against bare Bolt without junk.

The sender is a process of its own (`python -m tests.bench.events URL SECRET RATE JUNK`). There is no database: this is about
what stands before it.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, TCPConnector, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.manifest import EVENTS
from bot.playground.slack import demo_workspace
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.http_requests import signature
from bot.runtime import freeze_heap
from bot.web import SlackRequests
from tmon.clock import system_clock

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
RATE = 1000
SECONDS = 5
CONNECTIONS = 50
AIM = 1.5


async def main() -> None:
    """Prints medians, 99th percentiles and their ratio."""
    bare, _ = await _measure(guarded=False, junk=0)
    events, refused = await _measure(guarded=True, junk=3)
    ratio = _p99(events) / _p99(bare)
    print(f"(k) events at {RATE}/s: bare {_told(bare)}, behind the guard with junk {_told(events)};", end=" ")
    print(f"p99 ratio {ratio:.2f} (aim {AIM}); junk refused {_told(refused)}")


async def _measure(*, guarded: bool, junk: int) -> tuple[list[float], list[float]]:
    """Return the seconds until events and until junk are answered. `junk`: one of so many is."""
    async with _served(guarded=guarded) as url:
        freeze_heap()
        arguments = (url, SECRET, str(RATE), str(junk))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.events", *arguments, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await child.communicate()
    answers = json.loads(said)
    for status, wanted in (("200", True), ("401", junk > 0)):
        assert (status in answers) is wanted, answers.keys()
    assert answers.keys() <= {"200", "401"}, "some were not answered"
    return answers["200"], answers.get("401", [])


@asynccontextmanager
async def _served(*, guarded: bool) -> AsyncIterator[str]:
    workspace = demo_workspace(system_clock)
    slack = await serve_slack(workspace)
    client = AsyncWebClient(workspace.bot_token, slack.api_url)
    app = AsyncApp(client=client, signing_secret=SECRET, request_verification_enabled=not guarded)

    @app.event("app_home_opened")
    async def nothing(ack: AsyncAck) -> None:
        await ack()

    async def bolt(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.add_routes(SlackRequests(app, SECRET, 512_000, system_clock).routes() if guarded else [web.post(EVENTS, bolt)])
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{EVENTS}"
    finally:
        await runner.cleanup()
        await slack.stop()


async def _send(url: str, secret: str, rate: int, junk: int) -> None:
    """Send for some seconds, and print the seconds that each answer took, by status."""
    answers: dict[int, list[float]] = {}

    async def send(number: int, session: ClientSession) -> None:
        event = {"type": "app_home_opened", "user": "U1", "tab": "home", "event_ts": str(number)}
        whole: dict[str, Any] = {
            "type": "event_callback",
            "team_id": "T1",
            "api_app_id": "A1",
            "event_id": f"Ev{number}",
            "event": event,
            "authorizations": [{"team_id": "T1", "user_id": "U1", "is_bot": True}],
        }
        body, stamp = json.dumps(whole).encode(), str(int(time.time()))
        is_junk = junk and number % junk == 0
        headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp}
        headers["X-Slack-Signature"] = "v0=" + "0" * 64 if is_junk else signature(secret, stamp, body)
        began = time.perf_counter()
        async with session.post(url, data=body, headers=headers) as answer:
            await answer.read()
        answers.setdefault(answer.status, []).append(time.perf_counter() - began)

    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as session:
        await asyncio.gather(*(send(number, session) for number in range(1, 100)))
        answers.clear()
        began = time.perf_counter()
        async with asyncio.TaskGroup() as sending:
            for number in range(100, 100 + rate * SECONDS):
                await asyncio.sleep(max(0.0, began + (number - 100) / rate - time.perf_counter()))
                sending.create_task(send(number, session))
    print(json.dumps(answers))


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98]


def _told(taken: list[float]) -> str:
    return f"median {statistics.median(taken) * 1000:.1f} ms, p99 {_p99(taken) * 1000:.1f} ms"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_send(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        asyncio.run(main())
