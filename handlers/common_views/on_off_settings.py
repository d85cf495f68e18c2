"""A setting of a store that is on or off: its part of the settings view, its form, and how it is saved."""

from handlers.blocks import Block, button, context, input_block, modal, option, section
from handlers.common_views.settings_parts import SettingsParts
from handlers.form_values import read_form
from handlers.request import SlackRequest
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.stores.changes import OnOffSetting
from tmon.stores.service import StoreService


def on_off_part(t: Texts, name: str, action: str, ref: str, *, on: bool, manages: bool) -> list[Block]:
    """Whether a setting is on; people who manage the store get a button. `ref`: the button's value."""
    edit = button(t("settings.edit"), action, ref, label=t("settings.edit_label", part=name))
    return [section(f"*{name}*\n{t('setup.on') if on else t('setup.off')}", accessory=edit if manages else None)]


def on_off_form(
    t: Texts, store: Store, field: OnOffSetting, *, title: str, name: str, note: str, view: str, ref: str
) -> Block:
    """The form of a setting. `field`: the name of its input; `ref`: the form's metadata."""
    options = [option(t("setup.on"), "on"), option(t("setup.off"), "off")]
    element = {"type": "radio_buttons", "options": options, "initial_option": options[not getattr(store, field)]}
    return modal(
        title,
        [context(t.md("settings.about", name=store.name), note), input_block(field, name, element)],
        callback_id=view,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=ref,
    )


async def save_on_off(request: SlackRequest, store_id: str, page: int | None, field: OnOffSetting) -> None:
    """Save what was chosen in the form, and draw the settings view anew. The channel is told, as of every setting."""
    await request.store(store_id, Permission.MANAGE)
    on = read_form(request.view).get(field) == "on"
    changed = await request.services[StoreService].settings.set_on_off(request.person, store_id, field, on=on)
    await request.ack()
    said = request.t("settings.saved" if changed else "settings.unchanged")
    await request.services[SettingsParts].redraw(request, store_id, page, said)
