"""A Slack in a process of its own, where somebody presses: `python -m tests.bench.far_slack`.

It prints where it is, and answers each line of its input with one line: `use URL` sends to that URL from then on, `press N`
types a command so many times, and tells how many seconds each took until it was acknowledged.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from bot.playground.slack import Workspace, demo_workspace, serve
from bot.playground.slack.demo import MINJI, ORDERS
from tests.bench.shop import FarSlack, NoLimits
from tmon.clock import system_clock

_PAUSE_SECONDS = 0.01
_LONGEST_LINE = 1 << 20


@dataclass
class PressingSlack(FarSlack):
    """A Slack that can be told to press."""

    process: Process

    async def press(self, times: int) -> list[float]:
        """Return how many seconds each acknowledgement took."""
        taken: list[float] = await self._ask(f"press {times}")
        return taken

    async def use(self, url: str) -> None:
        """Let Slack send to `url`, over HTTP."""
        await self._ask(f"use {url}")

    async def _ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n".encode())
        return json.loads(await self.process.stdout.readline())


@asynccontextmanager
async def far_slack() -> AsyncIterator[PressingSlack]:
    """A Slack for as long as the block lasts."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.far_slack", stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
    )
    assert child.stdout is not None
    try:
        yield PressingSlack(**json.loads(await child.stdout.readline()), process=child)
    finally:
        child.kill()
        await child.wait()


async def _serve() -> None:
    workspace = demo_workspace()
    workspace.rates = NoLimits(system_clock)
    server = await serve(workspace)
    told = FarSlack(
        server.api_url.rstrip("/"),
        workspace.bot_token,
        workspace.app_token,
        workspace.http.signing_secret,
        workspace.team_id,
    )
    print(json.dumps(asdict(told)), flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := (await lines.readline()).decode().split():
        match line:
            case ["use", url]:
                await workspace.http.use(url)
                print("null", flush=True)
            case ["press", times]:
                print(json.dumps(await _press(workspace, int(times))), flush=True)


async def _press(slack: Workspace, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        acted = await slack.slash(MINJI, ORDERS, "/tmon", "help")
        assert acted.ok, acted
        taken.append(acted.elapsed)
        await asyncio.sleep(_PAUSE_SECONDS)
    return taken


if __name__ == "__main__":
    asyncio.run(_serve())
