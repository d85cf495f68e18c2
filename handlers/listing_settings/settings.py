"""상품 변경은 관리자만: whether order staff may change the products of a store."""

from handlers.blocks import Block
from handlers.common_views.on_off_settings import on_off_form, on_off_part, save_on_off
from handlers.listing_settings.ids import ListingSettingAction, ListingSettingRef, ListingSettingView
from handlers.payloads import decode, encode
from handlers.request import SlackRequest
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission


async def part(request: SlackRequest, store: Store, page: int | None) -> list[Block]:
    """Draw the part of the settings view."""
    manages = has_permission(request.person, Permission.MANAGE, store)
    return part_blocks(request.t, ListingSettingRef(store=store.id, page=page), store, manages=manages)


async def open_form(request: SlackRequest) -> None:
    """Handle 수정 beside the part."""
    ref = decode(ListingSettingRef, request.value)
    await request.push(setting_form(request.t, ref, await request.store(ref.store, Permission.MANAGE)))


async def save(request: SlackRequest) -> None:
    """Handle the form."""
    ref = decode(ListingSettingRef, request.view.get("private_metadata"))
    await save_on_off(request, ref.store, ref.page, "product_managers_only")


def part_blocks(t: Texts, ref: ListingSettingRef, store: Store, *, manages: bool) -> list[Block]:
    """Whether only managers may; people who manage the store get a button."""
    name = t("listing_settings.managers_only")
    return on_off_part(t, name, ListingSettingAction.EDIT, encode(ref), on=store.product_managers_only, manages=manages)


def setting_form(t: Texts, ref: ListingSettingRef, store: Store) -> Block:
    """The form."""
    return on_off_form(
        t,
        store,
        "product_managers_only",
        title=t("listing_settings.title"),
        name=t("listing_settings.managers_only"),
        note=t("listing_settings.note"),
        view=ListingSettingView.FORM,
        ref=encode(ref),
    )
