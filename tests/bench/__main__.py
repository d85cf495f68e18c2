"""All benches, one after the other."""

import asyncio

import structlog

from tests.bench import acks, memory, orders

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
for bench in (acks, orders, memory):
    asyncio.run(bench.main())
