"""The home tab and the lists behind its stages with 100,000 orders in the database, against the bare SQL; and their memory."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, text

from handlers.samples.fixtures import deal, order
from tests.bench.measuring import measured
from tests.bench.shop import Shop, shop
from tmon.business_days import confirm_by, ship_by
from tmon.claims.claim_list import ClaimLists
from tmon.claims.claim_list import Scope as ClaimScope
from tmon.clock import system_clock
from tmon.counters.service import LateCases
from tmon.dashboard.service import Dashboard
from tmon.inquiries.service import InquiryService
from tmon.models.claims import Claim, ClaimKind
from tmon.models.inquiries import Inquiry, Source
from tmon.models.orders import Order, OrderDeal, OrderState
from tmon.orders.order_list import OrderLists, Scope, Shown

ORDERS = 100_000
WAITING, TO_SHIP = 2_000, 3_000
CLAIMS, OPEN_CLAIMS = 10_000, 1_000
INQUIRIES, UNANSWERED = 10_000, 500
STORES = 20
DAYS = 100
AIM_SECONDS = 1.0
FLOOR = (
    "SELECT store_id, count(*), min(confirm_by) FROM orders WHERE team_id = :team AND state = 'new' GROUP BY store_id",
    "SELECT store_id, count(*) FROM orders WHERE team_id = :team AND state = 'confirmed' AND shipped_at IS NULL"
    " AND closed_at IS NULL GROUP BY store_id",
    "SELECT store_id, count(*), min(deadline) FROM claim WHERE team_id = :team AND ended_at IS NULL GROUP BY store_id",
    "SELECT store_id, count(*), min(asked_at) FROM inquiry WHERE team_id = :team AND answered_at IS NULL GROUP BY store_id",
)
"""The numbers of the stages, as one would type them."""


async def main() -> None:
    """Prints seconds, the ratio to the bare SQL, and memory."""
    async with shop() as made:
        stores = await made.add_stores(STORES)
        await _fill(made, [store.id for store in stores])
        team_id, services = made.slack.team_id, made.bot.services
        ids = tuple(store.id for store in stores)
        floor = await _floor(made)
        shown: dict[str, Callable[[], Awaitable[object]]] = {
            "home tab": lambda: services[Dashboard].home(team_id),
            "발주 대기": lambda: services[OrderLists].page(Scope(team_id, ids), 0),
            "발송 대기": lambda: services[OrderLists].page(Scope(team_id, ids, Shown.TO_SHIP), 0),
            "취소/반품/교환": lambda: services[ClaimLists].page(ClaimScope(team_id, ids), 0),
            "미답변": lambda: services[InquiryService].waiting(team_id, stores),
            "지연": lambda: services[LateCases].overdue(team_id, 0),
        }
        for name, run in shown.items():
            taken, peak = await measured(run)
            ratio = f", bare SQL {floor:.2f} s, ratio {taken / floor:.1f}" if name == "home tab" else ""
            print(f"(t) {name}: {taken:.2f} s (aim {AIM_SECONDS}){ratio}, peak {peak / 1024:,.0f} kB")
        facts = await services[Dashboard].home(team_id)
        counts = ", ".join(f"{stage.value} {count:,}" for stage, count in facts.stages.items())
        print(f"    {STORES} stores, {ORDERS:,} orders; {counts}")


async def _fill(made: Shop, stores: Sequence[str]) -> None:
    now, team_id = system_clock(), made.slack.team_id
    orders: list[dict[str, Any]] = []
    deals: list[dict[str, Any]] = []
    for number in range(ORDERS):
        paid_at = now - timedelta(minutes=number * DAYS * 24 * 60 / ORDERS)
        state = OrderState.NEW if number < WAITING else OrderState.CONFIRMED
        confirmed_at = None if number < WAITING else paid_at + timedelta(hours=2)
        shipped_at = None if number < WAITING + TO_SHIP else paid_at + timedelta(hours=20)
        one = order(
            state,
            number=9_100_000_000 + number,
            team_id=team_id,
            store_id=stores[number % len(stores)],
            ordered_at=paid_at,
            paid_at=paid_at,
            # some of what waits has waited too long
            confirm_by=confirm_by(paid_at) - timedelta(days=5 * (number % 4 == 0)),
            ship_by=ship_by(paid_at) - timedelta(days=9 * (number % 4 == 0)),
            confirmed_at=confirmed_at,
            shipped_at=shipped_at,
            closed_at=None if shipped_at is None else paid_at + timedelta(days=3),
            first_seen_at=paid_at,
        )
        orders.append(one.model_dump())
        status = "D1" if confirmed_at is None else "D2" if shipped_at is None else "D5"
        part = deal(
            team_id=team_id,
            store_id=one.store_id,
            order_no=one.order_no,
            delivery_no=str(number),
            delivery_status=status,
            shipped_at=shipped_at,
        )
        part.options = [{"no": 1, "title": "대과", "quantity": 2, "ordered": 2, "price": 1, "amount": 2}]
        deals.append(part.model_dump())
    claims: list[dict[str, Any]] = [
        {
            "team_id": team_id,
            "store_id": stores[number % len(stores)],
            "kind": ClaimKind.RETURN,
            "claim_no": number,
            "order_no": 9_100_000_000 + number,
            "status": "C1" if number < OPEN_CLAIMS else "C3",
            "requested_at": now - timedelta(minutes=10 * number),
            "deadline": now - timedelta(minutes=10 * number) + timedelta(days=5),
            "ended_at": None if number < OPEN_CLAIMS else now,
            "goods": [],
            "holding": False,
            "has_pictures": False,
            "claimant_unreadable": False,
            "act_unknown": False,
            "not_offered": False,
            "has_card": True,
            "first_seen_at": now,
            "read_at": now,
            "updated_at": now,
        }
        for number in range(CLAIMS)
    ]
    inquiries = [
        Inquiry(
            team_id=team_id,
            store_id=stores[number % len(stores)],
            source=Source.QUESTION,
            number=number,
            asked_at=now - timedelta(minutes=number),
            answered_at=None if number < UNANSWERED else now,
            listed_from=now.date(),
            first_seen_at=now,
        ).model_dump()
        for number in range(INQUIRIES)
    ]
    async with made.db.write() as session:
        for table, rows in ((Order, orders), (OrderDeal, deals), (Claim, claims), (Inquiry, inquiries)):
            await session.execute(insert(table), rows)


async def _floor(made: Shop) -> float:
    """Seconds for the numbers of the stages alone."""
    async with made.db.read() as session:
        for _ in range(2):
            begin = time.perf_counter()
            for query in FLOOR:
                (await session.execute(text(query), {"team": made.slack.team_id})).all()
    return time.perf_counter() - begin


if __name__ == "__main__":
    asyncio.run(main())
