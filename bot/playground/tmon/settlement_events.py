"""Settlement that comes late or is corrected, and that of past months: events outside of the API."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from bot.playground.tmon.models import Partner, SettledRow
from bot.playground.tmon.settlement_factory import ADJUSTMENT, SALE, payday_of, rate_of
from bot.playground.tmon.state import Sandbox
from tmon.clock import KST

_DAY = timedelta(days=1)
_LATE = timedelta(days=3)
_KNOWN_ORDERS = timedelta(days=8)
"""Orders that are younger stand in lists; of older ones only the settlement is made up."""
_FIRST_ORDER = 9099000000


def arrive_late(sandbox: Sandbox, partner_id: str) -> SettledRow:
    """Let rows arrive for a day that was read already: those of the orders whose settlement is late, or else a new one."""
    sandbox.settle(partner_id)
    late = [order.order_no for order in sandbox.partners[partner_id].orders if order.order_no in sandbox.unsettled]
    before = set(sandbox.settlement)
    sandbox.unsettled.difference_update(late)
    arrived = [row for row in sandbox.settle(partner_id) if row.tx_no not in before]
    if arrived:
        return arrived[-1]
    rng = Random(f"late {partner_id} {len(sandbox.settlement)}")
    return _add(sandbox, sandbox.partners[partner_id], _today(sandbox) - _LATE, rng)


def correct(sandbox: Sandbox, partner_id: str) -> SettledRow | None:
    """Lower the amounts of the newest row of a sale by a tenth, as TMON does after a complaint; None if there is none.

    It keeps its `txSeqNo` and its day. The next time another row is corrected.
    """
    today = _today(sandbox)
    rows = [
        row
        for row in sandbox.settle(partner_id)
        if row.kind == SALE and row.adjust_code is None and row.day < today and row.sell_amount >= 10
    ]
    if not rows:
        return None
    row = max(rows, key=lambda one: (one.order_no in sandbox.orders, one.day, one.tx_no))
    corrected = replace(
        row, sell_amount=row.sell_amount * 9 // 10, base_amount=row.base_amount * 9 // 10, adjust_code=1
    )
    sandbox.settlement[row.tx_no] = corrected
    return corrected


def seed_settlement(sandbox: Sandbox, partner_ids: Sequence[str]) -> None:
    """Add the demo's settlement of last month and this one to these partners, up to the days whose orders stand in lists.

    A week has one row without an order. The first delivered order of each partner is settled late.
    """
    today = _today(sandbox)
    first = (today.replace(day=1) - _DAY).replace(day=1)
    last = (sandbox.clock() - _KNOWN_ORDERS).astimezone(KST).date()
    for partner_id in partner_ids:
        partner = sandbox.partners[partner_id]
        for n in range((last - first).days + 1):
            day = first + n * _DAY
            rng = Random(f"settlement {partner_id} {day}")
            for _ in range(rng.randint(1, 4)):
                _add(sandbox, partner, day, rng)
            if day.weekday() == 0:
                _add_adjustment(sandbox, partner, day, rng)
        delivered = [
            order.order_no for order in partner.orders if any(d.status == "D5" for d in order.deals_of(partner_id))
        ]
        sandbox.unsettled.update(delivered[:1])


def _add(sandbox: Sandbox, partner: Partner, day: date, rng: Random) -> SettledRow:
    """Add the row of an order that was delivered on `day`, and that is too old to stand in lists."""
    goods = rng.choice(partner.goods)
    option = rng.choice(goods.options)
    sold = option.price * rng.choices((1, 2, 3), (7, 2, 1))[0]
    number = len(sandbox.settlement)
    row = SettledRow(
        tx_no=f"S{_FIRST_ORDER + number}{option.option_no % 10_000:04d}",
        partner_id=partner.partner_id,
        partner_no=partner.partner_no,
        day=day,
        kind=SALE,
        sold_at=_at(day - rng.randint(3, 5) * _DAY, rng),
        pay_due=payday_of(day),
        sell_amount=sold,
        base_amount=sold,
        rate=rate_of(goods.deal_no),
        order_no=_FIRST_ORDER + number,
        deal_no=goods.deal_no,
        option_no=option.option_no,
        title=goods.title,
        option_title=option.title,
    )
    sandbox.settlement[row.tx_no] = row
    return row


def _add_adjustment(sandbox: Sandbox, partner: Partner, day: date, rng: Random) -> None:
    """Add a row that belongs to no order: the partner's part of an advertisement."""
    row = SettledRow(
        tx_no=f"A{day:%Y%m%d}{partner.partner_no}",
        partner_id=partner.partner_id,
        partner_no=partner.partner_no,
        day=day,
        kind=ADJUSTMENT,
        detail_kind="AD",
        sold_at=_at(day, rng),
        pay_due=payday_of(day),
        sell_amount=0,
        base_amount=-100 * rng.randint(50, 200),
        rate=100.0,
        adjust_code=9,
    )
    sandbox.settlement[row.tx_no] = row


def _at(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(rng.randint(8, 22), rng.randint(0, 59)), KST)


def _today(sandbox: Sandbox) -> date:
    return sandbox.clock().astimezone(KST).date()
