"""리포트에 매출 표시: whether the reports of a store's channel show its amounts."""

from handlers.blocks import Block
from handlers.common_views.on_off_settings import on_off_form, on_off_part, save_on_off
from handlers.payloads import decode, encode
from handlers.reports.ids import ReportAction, ReportView, SettingRef
from handlers.request import SlackRequest
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission


async def part(request: SlackRequest, store: Store, page: int | None) -> list[Block]:
    """Draw the part of the settings view."""
    manages = has_permission(request.person, Permission.MANAGE, store)
    return part_blocks(request.t, SettingRef(store=store.id, page=page), store, manages=manages)


async def open_form(request: SlackRequest) -> None:
    """Handle 수정 beside the part."""
    ref = decode(SettingRef, request.value)
    await request.push(setting_form(request.t, ref, await request.store(ref.store, Permission.MANAGE)))


async def save(request: SlackRequest) -> None:
    """Handle the form."""
    ref = decode(SettingRef, request.view.get("private_metadata"))
    await save_on_off(request, ref.store, ref.page, "report_revenue")


def part_blocks(t: Texts, ref: SettingRef, store: Store, *, manages: bool) -> list[Block]:
    """Whether amounts are shown; people who manage the store get a button."""
    name = t("reports.show_revenue")
    return on_off_part(t, name, ReportAction.SETTING, encode(ref), on=store.report_revenue, manages=manages)


def setting_form(t: Texts, ref: SettingRef, store: Store) -> Block:
    """The form."""
    return on_off_form(
        t,
        store,
        "report_revenue",
        title=t("reports.setting"),
        name=t("reports.show_revenue"),
        note=t("reports.setting_note"),
        view=ReportView.SETTING,
        ref=encode(ref),
    )
