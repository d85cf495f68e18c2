"""상품 변경은 관리자만: whether order staff may change the products of a store."""

from handlers.blocks import Block, button, context, input_block, modal, option, section
from handlers.common_views.settings_parts import SettingsParts
from handlers.form_values import read_form
from handlers.listing_settings.ids import ListingSettingAction, ListingSettingRef, ListingSettingView
from handlers.payloads import decode, encode
from handlers.request import SlackRequest
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.stores.service import StoreService


async def part(request: SlackRequest, store: Store, page: int | None) -> list[Block]:
    """Draw the part of the settings view."""
    manages = has_permission(request.person, Permission.MANAGE, store)
    return part_blocks(request.t, ListingSettingRef(store=store.id, page=page), store, manages=manages)


async def open_form(request: SlackRequest) -> None:
    """Handle 수정 beside the part."""
    ref = decode(ListingSettingRef, request.value)
    await request.push(setting_form(request.t, ref, await request.store(ref.store, Permission.MANAGE)))


async def save(request: SlackRequest) -> None:
    """Handle the form. The channel is told, as of every setting."""
    ref = decode(ListingSettingRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.MANAGE)
    on = read_form(request.view).get("product_managers_only") == "on"
    settings = request.services[StoreService].settings
    changed = await settings.product_managers_only(request.person, ref.store, on=on)
    await request.ack()
    said = request.t("settings.saved" if changed else "settings.unchanged")
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)


def part_blocks(t: Texts, ref: ListingSettingRef, store: Store, *, manages: bool) -> list[Block]:
    """Whether only managers may; people who manage the store get a button."""
    name = t("listing_settings.managers_only")
    label = t("settings.edit_label", part=name)
    edit = button(t("settings.edit"), ListingSettingAction.EDIT, encode(ref), label=label)
    shown = t("setup.on") if store.product_managers_only else t("setup.off")
    return [section(f"*{name}*\n{shown}", accessory=edit if manages else None)]


def setting_form(t: Texts, ref: ListingSettingRef, store: Store) -> Block:
    """The form."""
    options = [option(t("setup.on"), "on"), option(t("setup.off"), "off")]
    chosen = options[not store.product_managers_only]
    element = {"type": "radio_buttons", "options": options, "initial_option": chosen}
    return modal(
        t("listing_settings.title"),
        [
            context(t.md("settings.about", name=store.name), t("listing_settings.note")),
            input_block("product_managers_only", t("listing_settings.managers_only"), element),
        ],
        callback_id=ListingSettingView.FORM,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )
