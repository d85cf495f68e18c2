"""All benches but the soak, which takes ten minutes, one after the other."""

import asyncio

from bot.logs import configure
from tests.bench import acks, memory, orders, upload

configure("ERROR", "console")
for bench in (acks, orders, memory, upload):
    asyncio.run(bench.main())
