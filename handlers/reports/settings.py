"""리포트에 매출 표시: whether the reports of a store's channel show its amounts."""

from handlers.blocks import Block, button, context, input_block, modal, option, section
from handlers.common_views.settings_parts import SettingsParts
from handlers.form_values import read_form
from handlers.payloads import decode, encode
from handlers.reports.ids import ReportAction, ReportView, SettingRef
from handlers.request import SlackRequest
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.stores.service import StoreService


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
    on = read_form(request.view).get("report_revenue") == "on"
    changed = await request.services[StoreService].settings.show_revenue(request.person, ref.store, on=on)
    await request.ack()
    said = request.t("settings.saved" if changed else "settings.unchanged")
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)


def part_blocks(t: Texts, ref: SettingRef, store: Store, *, manages: bool) -> list[Block]:
    """Whether amounts are shown; people who manage the store get a button."""
    name = t("reports.show_revenue")
    edit = button(t("settings.edit"), ReportAction.SETTING, encode(ref), label=t("settings.edit_label", part=name))
    shown = t("setup.on") if store.report_revenue else t("setup.off")
    return [section(f"*{name}*\n{shown}", accessory=edit if manages else None)]


def setting_form(t: Texts, ref: SettingRef, store: Store) -> Block:
    """The form."""
    options = [option(t("setup.on"), "on"), option(t("setup.off"), "off")]
    element = {"type": "radio_buttons", "options": options, "initial_option": options[not store.report_revenue]}
    return modal(
        t("reports.setting"),
        [
            context(t.md("settings.about", name=store.name), t("reports.setting_note")),
            input_block("report_revenue", t("reports.show_revenue"), element),
        ],
        callback_id=ReportView.SETTING,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )
