"""Memory of a real process that collects one order a second for ten minutes: its resident set, minute by minute.

`python -m tests.bench.soak [minutes]`; the playground's servers run in this process, by the machine's clock.
"""

import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet

from bot.db import migrate
from tests.clock import MovableClock
from tests.flows.process import Outside
from tests.flows.world import scene_on
from tmon.clock import system_clock

SECOND = timedelta(seconds=1)


class RealClock(MovableClock):
    """The machine's clock."""

    def __call__(self) -> datetime:
        return system_clock()


async def main(minutes: int = 10) -> None:
    """Prints the resident set of the process after each minute."""
    with _folder() as folder:
        url = f"sqlite+aiosqlite:///{folder / 'soak.db'}"
        await migrate(url)
        async with scene_on(url, Fernet.generate_key().decode(), RealClock()) as scene:
            scene.settings = scene.settings.model_copy(update={"http_port": 0, "collect_orders_seconds": 5})
            outside = Outside(**vars(scene), folder=folder)
            store = await outside.add_store()
            outside.child = await outside.start("-m", "bot.cli", "run")
            try:
                await _sell(outside, store.seller_id, minutes)
            finally:
                await outside.kill()


async def _sell(outside: Outside, seller_id: str, minutes: int) -> None:
    assert isinstance(outside.child, Process)
    sizes = [resident(outside.child.pid)]
    print(f"(e) soak, one order a second: start {sizes[0]:.0f} MB", end="", flush=True)
    end = time.monotonic()
    for minute in range(1, minutes + 1):
        for _ in range(60):
            outside.tmon.new_order(seller_id, ordered_at=system_clock() - timedelta(minutes=31))
            end += 1
            await asyncio.sleep(max(0.0, end - time.monotonic()))
        sizes.append(resident(outside.child.pid))
        print(f", {minute} min {sizes[-1]:.0f}", end="", flush=True)
    print(
        f" MB; {len(await outside.orders())} orders stored; grown by {sizes[-1] - sizes[1]:.0f} MB since the first minute"
    )


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


if __name__ == "__main__":
    asyncio.run(main(*(int(argument) for argument in sys.argv[1:])))
