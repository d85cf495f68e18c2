"""Rows of settlement made of what was delivered and what came back (docs/tmon-api.md, ch. 11.6). Codes are invented."""

from datetime import date, datetime, timedelta

from bot.playground.tmon.models import BuyerClaim, OrderedDeal, OrderedOption, Partner, PlacedOrder, SettledRow
from tmon.clock import KST

SALE, TAKEN_BACK, ADJUSTMENT = "SALE", "RETURN", "ADJUST"
"""Values of `settleDealType`; TMON's own are not known."""
_RATES = (88.5, 90.0, 85.25, 92.0)
_PAYDAY = 10


def rate_of(deal_no: int) -> float:
    """The rate of a deal, in percent."""
    return _RATES[deal_no // 100 % len(_RATES)]


def payday_of(day: date) -> date:
    """The day of payment of what is settled on `day`: the 10th of the next month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=_PAYDAY)


def row_of_sale(partner: Partner, order: PlacedOrder, deal: OrderedDeal, option: OrderedOption) -> SettledRow:
    """The row of an option of a delivered deal, listed for the day of its delivery."""
    day = deal.updated_at.astimezone(KST).date()
    sold = option.price * option.qty
    return SettledRow(
        tx_no=f"S{order.order_no}{option.option_no % 10_000:04d}",
        partner_id=partner.partner_id,
        partner_no=partner.partner_no,
        day=day,
        kind=SALE,
        sold_at=order.deposited_at,
        pay_due=payday_of(day),
        sell_amount=sold,
        base_amount=sold - option.discount + option.discount // 2,
        rate=rate_of(deal.deal_no),
        order_no=order.order_no,
        deal_no=deal.deal_no,
        option_no=option.option_no,
        title=deal.title,
        option_title=option.title,
        tmon_amount=option.discount // 2,
        discount=(310077, "티몬 즉시할인") if option.discount else None,
    )


def row_of_return(
    partner: Partner, claim: BuyerClaim, deal: OrderedDeal, option: OrderedOption, at: datetime
) -> SettledRow:
    """The row that takes back what came back of an option, listed for the day on which the return was completed."""
    day = at.astimezone(KST).date()
    taken = option.price * claim.lines[deal.deal_no][option.option_no]
    return SettledRow(
        tx_no=f"R{claim.claim_no}{option.option_no % 10_000:04d}",
        partner_id=partner.partner_id,
        partner_no=partner.partner_no,
        day=day,
        kind=TAKEN_BACK,
        sold_at=claim.order.deposited_at,
        pay_due=payday_of(day),
        sell_amount=-taken,
        base_amount=-taken,
        rate=rate_of(deal.deal_no),
        order_no=claim.order_no,
        deal_no=deal.deal_no,
        option_no=option.option_no,
        title=deal.title,
        option_title=option.title,
    )
