"""All benches but the soak, which takes ten minutes, one after the other."""

import asyncio

from bot.logs import configure
from tests.bench import acks, claims, memory, orders, reports, upload, waybills

configure("ERROR", "console")
for bench in (acks, orders, claims, memory, upload, waybills, reports):
    asyncio.run(bench.main())
