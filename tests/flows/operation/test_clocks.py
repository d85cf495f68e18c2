"""Machines whose clocks are wrong: what they do is done when it is due, and once, and the doctor says so."""

import re

from tests.flows.cards import runs
from tests.flows.crash_process import Kind
from tests.flows.operation.deployment import Deployment
from tmon.models.collection import ORDERS


async def test_one_clock_is_ahead_and_one_behind(deployment: Deployment) -> None:
    deployment.add(("worker",), {}, kind=Kind(ahead=120))
    deployment.add(("worker",), {}, kind=Kind(ahead=-120))
    deployment.start("web")
    await deployment.ready()
    async with deployment.under_load():
        await deployment.collected(8)
        said = await deployment.doctor()
    await deployment.at_rest()
    assert await deployment.is_doubled() == []

    assert said["processes"].startswith("ok")
    off = re.findall(r"worker \S+ with a clock (\d+) seconds (ahead of|behind) the database's", said["processes"])
    assert sorted(way for _, way in off) == ["ahead of", "behind"]
    assert all(abs(int(seconds) - 120) <= 2 for seconds, _ in off)
    assert [one.name for one in deployment.members if "is corrected" in one.log] == ["0-worker", "1-worker"]
    begun = sorted(run.started_at for run in await runs(deployment) if run.kind == ORDERS)
    assert (begun[-1] - begun[0]).total_seconds() < 120, "they go by one clock"
