"""개인정보 기록 of `/tmon admin`: access records and their review, destruction, whose data was held."""

from datetime import date

from handlers.admin import privacy_views as views
from handlers.admin.ids import AdminRef, PrivacyRef
from handlers.blocks import Block
from handlers.files import csv_file
from handlers.payloads import decode
from handlers.request import SlackRequest
from tmon.errors import AppError
from tmon.privacy import chain, decryptions
from tmon.privacy.holdings import Holdings
from tmon.privacy.review import AccessReviews
from tmon.stores.service import StoreService


async def show(request: SlackRequest) -> None:
    """Show the records of a month, also from a message about them.

    By default of this month, or of the last one while that waits for its review.
    """
    await request.require_admin()
    await request.show(await _records(request, decode(PrivacyRef, request.value)))


async def finish(request: SlackRequest) -> None:
    """Handle 점검 완료: record who reviewed the month, and when."""
    await request.require_admin()
    ref = decode(PrivacyRef, request.value)
    await request.services[AccessReviews].finish(request.person, await _month(request, ref))
    await request.show(await _records(request, ref))


async def export(request: SlackRequest) -> None:
    """Handle 접속기록 받기: send the month's access records as a file."""
    await request.require_admin()
    month = await _month(request, decode(PrivacyRef, request.value))
    t = request.t
    rows = await request.services[AccessReviews].export(request.person, month)
    names = await request.services[StoreService].names(request.team_id)
    name = t("admin.access_file", month=f"{month:%Y-%m}")
    text = t("admin.access_sent", month=views.month_name(t, month), n=len(rows))
    await request.send_file(text, name, await csv_file(views.access_rows(t, rows, names)))
    await request.notify(t("admin.file_sent"))


async def destructions(request: SlackRequest) -> None:
    """Show 파기 확인서, what was destroyed when and how, or another page of it."""
    await request.require_admin()
    page = await request.services[Holdings].destructions(request.team_id, decode(AdminRef, request.value).page)
    names = await request.services[StoreService].names(request.team_id)
    await request.show(views.destructions(request.t, page, names))


async def holdings(request: SlackRequest) -> None:
    """Handle a store chosen under 보유 목록: send whose data it held as a file."""
    await request.require_admin()
    store_id = request.value
    names = await request.services[StoreService].names(request.team_id)
    if store_id not in names:
        raise AppError("common.store_gone")
    found = await request.services[Holdings].of_store(request.person, store_id)
    t = request.t
    name = names[store_id]
    text = t.md("admin.holdings_sent", name=name, n=len(found))
    await request.send_file(text, t("admin.holdings_file", name=name), await csv_file(views.holding_rows(t, found)))
    await request.notify(t("admin.file_sent"))


async def _records(request: SlackRequest, ref: PrivacyRef) -> Block:
    month = await _month(request, ref)
    await decryptions.record(request.services.core)
    return views.records(
        request.t,
        await request.services[AccessReviews].month(request.team_id, month),
        await chain.last_check(request.services.core.db, request.team_id),
        await request.services[StoreService].names(request.team_id),
        this_month=_this_month(request),
    )


async def _month(request: SlackRequest, ref: PrivacyRef) -> date:
    chosen = ref.month or await request.services[AccessReviews].awaited(request.team_id) or _this_month(request)
    return chosen.replace(day=1)


def _this_month(request: SlackRequest) -> date:
    return request.services.clock().astimezone(request.services.core.options.zone).date().replace(day=1)
