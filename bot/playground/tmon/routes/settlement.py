"""Settlement of one day (정산, docs/tmon-api.md, ch. 11.6)."""

from bot.playground.tmon.models import SettledRow
from bot.playground.tmon.routes.queries import day as day_in
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import moment, without_absent


def settlement(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /settlement`: all rows of one day."""
    day = day_in(request, "searchDate")
    rows = [row for row in sandbox.settle(request.partner.partner_id) if row.day == day]
    rows.sort(key=lambda row: row.tx_no)
    return {"settlementData": [_row(row) for row in rows], "extraData": []}


def _row(row: SettledRow) -> dict[str, object]:
    """Members of the two objects are null where they do not apply; other fields are left out."""
    return without_absent(
        txSeqNo=row.tx_no,
        orderNo={
            "tmonOrderNo": row.order_no,
            "tmonOrderSubNo": None if row.order_no is None else 1,
            "individualOrderNo": None,
        },
        dealNo={
            "tmonDealNo": row.deal_no,
            "tmonDealOptionNo": row.option_no,
            "managedTitle": row.title,
            "dealOptionTitle": row.option_title,
        },
        partnerNo=row.partner_no,
        settleDealType=row.kind,
        settleDealDetailType=row.detail_kind,
        salesDateTime=moment(row.sold_at),
        payDueDate=row.pay_due.isoformat(),
        sellAmount=row.sell_amount,
        payBaseAmount=row.base_amount,
        payRate=row.rate,
        vendorAmount=row.vendor_amount,
        tmonAmount=row.tmon_amount,
        adjustCode=row.adjust_code,
        discountPolicyNo=None if row.discount is None else row.discount[0],
        discountPolicyName=None if row.discount is None else row.discount[1],
    )


ROUTES = (Route("settlement.day", "GET", "/settlement", settlement),)
