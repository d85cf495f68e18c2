"""How the rows of an uploaded list of waybills ended: by the results of sending them, and by our own waybills."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import Order
from tmon.models.waybills import Waybill, WaybillState
from tmon.orders.transitions import Deals
from tmon.waybills.results import DealResult, Result, Shipment
from tmon.waybills.service import deals_of
from tmon.waybills.upload_rows import RowKind, UploadRow
from tmon.waybills.writes import parcel_of

INTERRUPTED = "bulk.row_interrupted"
"""Note of a row that was not sent because its process was gone."""
_AT_ONCE = 500
"""Rows in one query."""


async def take_states(session: AsyncSession, team_id: str, rows: list[UploadRow]) -> None:
    """Give rows of which nobody has said yet how they ended the result that our own waybills tell, if there is one."""
    asked = [index for index, row in enumerate(rows) if row.kind is RowKind.READY and _is_undecided(row)]
    for start in range(0, len(asked), _AT_ONCE):
        here = asked[start : start + _AT_ONCE]
        found = await session.scalars(
            select(Waybill).where(
                col(Waybill.team_id) == team_id,
                tuple_(
                    col(Waybill.store_id), col(Waybill.order_no), col(Waybill.delivery_no), col(Waybill.deal_no)
                ).in_([rows[index].place for index in here]),
            )
        )
        waybills = {(one.store_id, one.order_no, one.delivery_no, one.deal_no): one for one in found}
        for index in here:
            waybill = waybills.get(rows[index].place)
            if waybill is not None and parcel_of(waybill) == rows[index].parcel:
                rows[index] = rows[index].model_copy(update=_state_of(waybill))


def _is_undecided(row: UploadRow) -> bool:
    return row.result in (None, Result.UNKNOWN) or row.note == INTERRUPTED


def mark_interrupted(rows: list[UploadRow]) -> None:
    """Write down that rows without a result were not sent: whoever was to send them is gone."""
    for index, row in enumerate(rows):
        if row.kind is RowKind.READY and row.result is None:
            rows[index] = row.model_copy(update={"result": Result.FAILED, "note": INTERRUPTED})


def typed_rows(
    store_id: str, shipments: Sequence[Shipment], orders: Mapping[int, tuple[Order, Deals]]
) -> list[UploadRow]:
    """Return what was typed into a form as the rows of a list, one for each deal."""
    rows: list[UploadRow] = []
    for one in shipments:
        deals = orders[one.order_no][1] if one.order_no in orders else {}
        for deal in deals_of(deals, one.delivery_no):
            parcel = one.parcel
            cells = {
                "order_no": str(one.order_no),
                "delivery_no": one.delivery_no,
                "deal_no": str(deal.deal_no),
                "carrier": parcel.carrier,
                "number": ", ".join(filter(None, (parcel.number, *parcel.more_numbers))),
                "scheduled_on": "" if parcel.scheduled_on is None else parcel.scheduled_on.isoformat(),
            }
            rows.append(
                UploadRow(
                    line=len(rows) + 1,
                    cells=cells,
                    store_id=store_id,
                    order_no=one.order_no,
                    delivery_no=one.delivery_no,
                    deal_no=deal.deal_no,
                    carrier=parcel.carrier,
                    number=parcel.number,
                    more_numbers=parcel.more_numbers,
                    scheduled_on=parcel.scheduled_on,
                )
            )
    return rows


def shipment(row: UploadRow) -> Shipment:
    """Return what a row wants to be sent."""
    return Shipment(row.order_no, row.delivery_no, row.parcel, row.deal_no, row.line)


def failed(row: UploadRow, note: str, **values: object) -> DealResult:
    """Return the result of a row that was not sent, or refused."""
    return DealResult(
        row.order_no, row.delivery_no, row.deal_no, Result.FAILED, note, values=dict(values), row=row.line
    )


def take_results(rows: list[UploadRow], indices: Sequence[int], results: Sequence[DealResult]) -> None:
    """Write down how the rows ended; each is one deal, and has one result."""
    by_line = {result.row: result for result in results}
    for index in indices:
        result = by_line.get(rows[index].line)
        if result is None:
            continue
        changed: dict[str, object] = {
            "result": result.result,
            "note": "" if result.result is Result.SUCCESS else result.note or "",
            "values": _plain(result.values),
            "detail": result.detail,
        }
        if result.result is Result.HELD_BACK:
            changed |= {"kind": RowKind.HELD, "result": None}
        rows[index] = rows[index].model_copy(update=changed)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return what is kept as JSON of the values of a sentence."""
    return {name: value if isinstance(value, str | int | None) else str(value) for name, value in values.items()}


def _state_of(waybill: Waybill) -> dict[str, object]:
    """Return how a row ended whose waybill stands like this."""
    match waybill.state:
        case WaybillState.REGISTERED:
            return {"result": Result.SUCCESS, "note": ""}
        case WaybillState.FAILED:
            return {"result": Result.FAILED, "note": waybill.note or "", "detail": waybill.note_detail}
    return {"result": Result.UNKNOWN, "note": "waybills.note_in_doubt"}
