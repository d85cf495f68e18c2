"""All benches but the soak, the fleet, the history and the fairness, which start processes or take many minutes, one after the other."""

import asyncio

from bot.logs import configure
from tests.bench import (
    acks,
    claims,
    events,
    home,
    memory,
    orders,
    outbox,
    products,
    reports,
    runs,
    settlement,
    upload,
    waybills,
)

configure("ERROR", "console")
for bench in (
    acks,
    events,
    orders,
    claims,
    home,
    memory,
    outbox,
    runs,
    upload,
    waybills,
    products,
    reports,
    settlement,
):
    asyncio.run(bench.main())
