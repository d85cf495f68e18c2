"""리포트에 매출 표시: whether the reports of a store's channel show its amounts."""

from handlers.blocks import Block
from handlers.common_views.on_off_settings import is_on, on_off_form, on_off_part
from handlers.common_views.settings_parts import SettingsParts
from handlers.payloads import decode, encode
from handlers.reports.ids import ReportAction, ReportView, SettingRef
from handlers.request import SlackRequest
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.stores.service import StoreService

_FIELD = "report_revenue"


async def part(request: SlackRequest, store: Store, page: int | None) -> list[Block]:
    """Draw the part of the settings view."""
    manages = has_permission(request.person, Permission.MANAGE, store)
    return part_blocks(request.t, SettingRef(store=store.id, page=page), store, manages=manages)


async def open_form(request: SlackRequest) -> None:
    """Handle 수정 beside the part."""
    ref = decode(SettingRef, request.value)
    await request.push(setting_form(request.t, ref, await request.store(ref.store, Permission.MANAGE)))


async def save(request: SlackRequest) -> None:
    """Handle the form. The channel is told, as of every setting."""
    ref = decode(SettingRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.MANAGE)
    on = is_on(request.view, _FIELD)
    changed = await request.services[StoreService].settings.show_revenue(request.person, ref.store, on=on)
    await request.ack()
    said = request.t("settings.saved" if changed else "settings.unchanged")
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)


def part_blocks(t: Texts, ref: SettingRef, store: Store, *, manages: bool) -> list[Block]:
    """Whether amounts are shown; people who manage the store get a button."""
    name = t("reports.show_revenue")
    return on_off_part(t, name, ReportAction.SETTING, encode(ref), on=store.report_revenue, manages=manages)


def setting_form(t: Texts, ref: SettingRef, store: Store) -> Block:
    """The form."""
    return on_off_form(
        t,
        store,
        _FIELD,
        title=t("reports.setting"),
        name=t("reports.show_revenue"),
        note=t("reports.setting_note"),
        on=store.report_revenue,
        view=ReportView.SETTING,
        ref=encode(ref),
    )
