"""Stored orders, settlement rows and readings, for tests of months and matching."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tmon.business_days import confirm_by, ship_by
from tmon.clock import KST
from tmon.database import Database
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.settlement.storing import computed_amount

STORE = "st_1"


def kst(text: str) -> datetime:
    """`2026-03-10 10:00` in Seoul."""
    return datetime.fromisoformat(text).replace(tzinfo=KST)


class Books:
    """Writes rows of one store."""

    def __init__(self, db: Database, team_id: str = "T1", store_id: str = STORE) -> None:
        self.db, self.team_id, self.store_id = db, team_id, store_id
        self.number = 9100200000

    async def order(
        self,
        paid: str,
        delivered: str | None = None,
        *,
        options: Any = ((10_000, 2),),
        state: OrderState = OrderState.CONFIRMED,
        **over: Any,
    ) -> Order:
        """An order with options of (price, quantity) or as whole records."""
        self.number += 1
        paid_at = kst(paid)
        records = [
            {"no": n, "title": "대과", "price": one[0], "quantity": one[1], "amount": one[0] * one[1], "ordered": one[1]}
            if isinstance(one, tuple)
            else {"no": n, "title": "대과", **one}
            for n, one in enumerate(options)
        ]  # fmt: skip
        values: dict[str, Any] = {
            "team_id": self.team_id,
            "store_id": self.store_id,
            "order_no": self.number,
            "state": state,
            "ordered_at": paid_at,
            "paid_at": paid_at,
            "confirm_by": confirm_by(paid_at),
            "ship_by": ship_by(paid_at),
            "amount": 1,
            "delivery_fee": 3000,
            "quantity": 1,
            "title": "귤 5kg",
            "closed_at": None if delivered is None else kst(delivered),
            "first_seen_at": paid_at,
            "updated_at": paid_at,
            **over,
        }
        cancelled = state is OrderState.CANCELLED
        deal = OrderDeal(
            team_id=self.team_id,
            store_id=self.store_id,
            order_no=self.number,
            deal_no=77,
            title="귤 5kg",
            delivery_no="1",
            delivery_status="D5" if delivered else "D2",
            options=records,
            state=DealState.CANCELLED if cancelled else DealState.CONFIRMED,
        )
        order = Order(**values)
        async with self.db.write() as session:
            session.add_all([order, deal])
        return order

    async def row(
        self,
        tx_no: str,
        sell: int,
        *,
        order: Order | int | None = None,
        sold: str = "2026-03-03 10:00",
        due: str | None = "2026-04-10",
        rate: Any = "88.5",
        **over: Any,
    ) -> SettlementRow:
        """A row of settlement."""
        sold_at = kst(sold)
        rate = None if rate is None else Decimal(rate)
        base = over.pop("base_amount", sell)
        values: dict[str, Any] = {
            "team_id": self.team_id,
            "store_id": self.store_id,
            "tx_no": tx_no,
            "day": sold_at.date() + timedelta(days=3),
            "order_no": order.order_no if isinstance(order, Order) else order,
            "deal_no": 77,
            "title": "귤 5kg",
            "kind": "SALE",
            "sold_at": sold_at,
            "sold_on": sold_at.astimezone(KST).date(),
            "pay_due": None if due is None else date.fromisoformat(due),
            "sell_amount": sell,
            "base_amount": base,
            "rate": rate,
            "computed_amount": computed_amount(base, rate),
            "first_seen_at": sold_at,
            "read_at": sold_at,
            **over,
        }
        row = SettlementRow(**values)
        async with self.db.write() as session:
            session.add(row)
        return row

    async def read(self, first: str, last: str, at: str, *, but: str = "") -> None:
        """Readings of the days from `first` to `last`, all at one time; `but`: a day that failed."""
        day = date.fromisoformat(first)
        rows = []
        while day <= date.fromisoformat(last):
            failed = day.isoformat() == but
            rows.append(
                SettlementDay(
                    team_id=self.team_id,
                    store_id=self.store_id,
                    day=day,
                    read_at=None if failed else kst(at),
                    due_at=kst(at) if failed else None,
                )
            )
            day += timedelta(days=1)
        async with self.db.write() as session:
            for row in rows:
                await session.merge(row)
