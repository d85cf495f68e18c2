"""TMON and Slack in a process each, with logs of their own: who called when, and what came of it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from bot.playground.tmon import DEMO_VENDOR, CallPhase, LoggedCall, Partner, Sandbox
from bot.playground.tmon import serve as serve_tmon
from tests.drill.plan import DrillStore, Plan

BATCH = (6, 9)
"""How many orders come at once when many do: more than a store has cards for."""


@dataclass
class Call:
    """A call as a far side has seen it. Times are seconds since 1970."""

    what: Any = field(repr=False)
    received: float
    team_id: str = ""
    effective: float = 0.0
    """When the far side began to act on it: in this order calls took effect."""
    answered: float | None = None


class Side:
    """A far side: what happens there goes on until the drill wants to hear no more of it."""

    def __init__(self, rng: Random) -> None:
        self.calls: dict[int, Call] = {}
        self.busy = asyncio.Event()
        """Set while something happens there by itself."""
        self.busy.set()
        self._rng = rng

    async def heard(self, what: Any, *, received: bool, slow: bool, team_id: str = "") -> None:
        """A call was read, or its answer was written. What matters here takes its time until it takes effect, sometimes long."""
        if received:
            call = self.calls[id(what)] = Call(what, time.time(), team_id)
            if slow:
                await asyncio.sleep(self._rng.choices((0.01, 0.2, 1.0), (6, 3, 1))[0])
            call.effective = time.time()
        else:
            self.calls[id(what)].answered = time.time()

    async def serve(self, pipe: Connection, does: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
        """Do what the drill asks for, until it says `end`."""
        while (word := await asyncio.to_thread(pipe.recv)) != "end":
            pipe.send(await does[word]())


def run_tmon(folder: Path, pipe: Connection, plan: Plan) -> None:
    """The process of TMON."""
    asyncio.run(_tmon(folder, pipe, plan))


async def _tmon(folder: Path, pipe: Connection, plan: Plan) -> None:
    sandbox = Sandbox(seed=plan.seed)
    sandbox.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
    for number, store in enumerate(plan.stores):
        sandbox.partners[store.seller_id] = Partner(store.seller_id, store.api_key, store.name, 50_000 + number)
    rng = Random(f"tmon {plan.seed}")
    side = Side(rng)

    async def heard(call: LoggedCall, phase: CallPhase) -> None:
        await side.heard(call, received=phase is CallPhase.RECEIVED, slow=call.name.startswith("orders."))

    async def rest() -> None:
        side.busy.clear()

    async def report() -> None:
        write_report(
            folder / "tmon.json", {"calls": [_tmon_call(call) for call in side.calls.values()], **_orders(sandbox)}
        )

    sandbox.on_call = heard
    server = await serve_tmon(sandbox, "0.0.0.0")
    arriving = asyncio.create_task(_orders_arrive(sandbox, side, rng, plan.stores))
    pipe.send(int(server.url.rpartition(":")[2]))
    await side.serve(pipe, {"rest": rest, "report": report})
    arriving.cancel()
    await server.stop()


async def _orders_arrive(sandbox: Sandbox, side: Side, rng: Random, stores: tuple[DrillStore, ...]) -> None:
    """Orders come, one by one or many at once; now and then a seller confirms one at TMON itself."""
    placed: list[int] = []
    while await side.busy.wait():
        await asyncio.sleep(rng.uniform(0.3, 2))
        if not side.busy.is_set():
            continue
        store = rng.choice(stores)
        count = rng.randint(*BATCH) if rng.random() < 0.04 else 1
        placed += [order.order_no for order in sandbox.new_orders(store.seller_id, count)]
        chosen = sandbox.orders[rng.choice(placed)]
        if rng.random() < 0.08 and all(deal.status == "D1" for deal in chosen.deals):
            sandbox.move_to(chosen.order_no, "D2")


def _tmon_call(call: Call) -> dict[str, Any]:
    what: LoggedCall = call.what
    return {
        "host": what.host.partition(":")[0],
        "name": what.name,
        "partner": what.partner_id,
        "path": what.path,
        "query": what.query,
        "body": what.body if what.name == "orders.confirm" else None,
        "status": what.status,
        "took_effect": what.took_effect,
        "received": call.received,
        "effective": call.effective,
        "answered": call.answered,
    }


def _orders(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "orders": [
            {
                "order_no": order.order_no,
                "partner": order.deals[0].partner_id,
                "deals": {str(deal.deal_no): deal.status for deal in order.deals},
            }
            for order in sandbox.orders.values()
        ]
    }


def write_report(file: Path, document: object) -> None:
    file.write_text(json.dumps(document, ensure_ascii=False))
