"""What the embedded default takes to start: seconds of the commands of the README, and memory, with 1 and with 100 stores."""

import asyncio
import os
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL

from bot.settings import ExplicitSettings
from tests.bench.shop import shop
from tests.bench.soak import resident
from tests.flows.process import START_SECONDS
from tests.flows.world import until

STORES = (1, 100)
TIMES = 5
REST_SECONDS = 20
"""Until what was due at the start is done."""


async def main() -> None:
    """Prints seconds and megabytes."""
    told = []
    for count in STORES:
        async with shop() as made:
            await made.add_stores(count)
            environment = _environment(made.settings)
            seconds = []
            for _ in range(TIMES):
                begin = time.perf_counter()
                child = await _start(environment, "run")
                await until(lambda: made.slack.sockets.connected > 0, START_SECONDS)
                seconds.append(time.perf_counter() - begin)
                if len(seconds) == TIMES:
                    await asyncio.sleep(REST_SECONDS)
                    size = resident(child.pid)
                child.terminate()
                await child.wait()
            told.append(f"with {count} stores connected after {statistics.median(seconds):.2f} s, {size:.0f} MB")
            if count == STORES[0]:
                for command in ("doctor", "--help"):
                    begin = time.perf_counter()
                    for _ in range(TIMES):
                        await (await _start(environment, command)).wait()
                    told.append(f"{command} {(time.perf_counter() - begin) / TIMES:.2f} s")
    print(f"(l) start: {'; '.join(told)}")


async def _start(environment: dict[str, str], command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", command, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )


def _environment(settings: ExplicitSettings) -> dict[str, str]:
    named = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_APP_TOKEN": settings.slack_app_token,
        "TMON_CLIENT_SECRET": settings.tmon_client_secret,
        "TMON_PERSONAL_DATA_KEY": settings.tmon_personal_data_key,
        "ENCRYPTION_KEYS": settings.encryption_keys[0],
    }
    return {
        **os.environ,
        **{name: value.get_secret_value() for name, value in named.items() if value is not None},
        "SLACK_API_URL": settings.slack_api_url,
        "TMON_API_URL": settings.tmon_api_url,
        "TMON_CLIENT_ID": settings.tmon_client_id,
        "DATABASE_URL": settings.database_url,
        "HTTP_PORT": "0",
    }


if __name__ == "__main__":
    asyncio.run(main())
