"""상품 등록 양식 받기 and 상품 목록 받기: files of a store's products, sent to the person's direct messages."""

import asyncio

import structlog

from handlers.listing_files.ids import ListingFileRef
from handlers.listing_files.words import form_words
from handlers.payloads import decode
from handlers.request import SlackRequest
from tmon.api import AuthError, Rejected, Throttled, TmonError, UnexpectedResponse
from tmon.codes.categories import CategoryTrees
from tmon.errors import AppError
from tmon.listings.sheet.form import form_file
from tmon.listings.sheet.service import ListingSheets, ProductExport
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Permission
from tmon.products.catalog import CatalogService

_READ_FIRST = 20
"""Deals that are read at TMON before an export, of those of which nothing was read yet."""

log = structlog.get_logger(__name__)


async def send_form(request: SlackRequest) -> None:
    """Handle 상품 등록 양식 받기: send the form with what the store can choose from."""
    store = await request.store(decode(ListingFileRef, request.value).store, Permission.VIEW)
    t = request.t

    async def work() -> None:
        await request.services[CategoryTrees].refresh(store)
        facts = await request.services[ListingSheets].facts(request.team_id, store.id)
        content = await asyncio.to_thread(form_file, facts, form_words(t, facts))
        name = t("listing_sheet.form_name", store=store.name, day=_day(request))
        await request.send_file(t.md("listing_sheet.form_text", store=store.name), name, content)

    await request.with_progress(work(), lambda: request.notify(t("listing_sheet.under_way")))
    await request.notify(t("listing_sheet.form_sent"))


async def send_export(request: SlackRequest) -> None:
    """Handle 상품 목록 받기: send all known products as a sheet that can be uploaded again."""
    store = await request.store(decode(ListingFileRef, request.value).store, Permission.VIEW)
    t = request.t

    async def work() -> ProductExport:
        await _read_unread(request, store)
        export = await request.services[ListingSheets].export(request.team_id, store.id)
        if not export.products:
            raise AppError("listing_sheet.unread_only" if export.unread else "listing_sheet.nothing_to_export")
        lines = [t.md("listing_sheet.export_text", store=store.name, n=export.products)]
        if export.unread:
            lines.append(t("listing_sheet.export_unread", n=export.unread))
        name = t("listing_sheet.export_name", store=store.name, day=_day(request))
        await request.send_export("\n".join(lines), name, *export.sheets)
        return export

    export = await request.with_progress(work(), lambda: request.notify(t("listing_sheet.under_way")))
    await request.notify(t("listing_sheet.export_sent", n=export.products))


async def _read_unread(request: SlackRequest, store: Store) -> None:
    """Read some of the deals of which nothing was read yet. What cannot be read is left out, and said."""
    if not store.group_on(ApiGroup.PRODUCT):
        return
    unread = await request.services[ListingSheets].unread(request.team_id, store.id, _READ_FIRST)
    for deal_no in unread:
        try:
            await request.services[CatalogService].refresh(request.team_id, store.id, deal_no)
        except (AuthError, Throttled, AppError):
            return
        except (Rejected, UnexpectedResponse):
            continue
        except TmonError as error:
            log.info("deals not read before an export", store=store.id, error=type(error).__name__)
            return


def _day(request: SlackRequest) -> str:
    return request.t.stamp(request.services.clock())[:10]
