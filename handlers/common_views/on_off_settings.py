"""A setting of a store that is on or off: its part of the settings view, its form, and what was chosen there."""

from collections.abc import Mapping
from typing import Any

from handlers.blocks import Block, button, context, input_block, modal, option, section
from handlers.form_values import read_form
from handlers.texts import Texts
from tmon.models.stores import Store


def on_off_part(t: Texts, name: str, action: str, ref: str, *, on: bool, manages: bool) -> list[Block]:
    """Whether a setting is on; people who manage the store get a button. `ref`: the button's value."""
    edit = button(t("settings.edit"), action, ref, label=t("settings.edit_label", part=name))
    return [section(f"*{name}*\n{t('setup.on') if on else t('setup.off')}", accessory=edit if manages else None)]


def on_off_form(
    t: Texts, store: Store, field: str, *, title: str, name: str, note: str, on: bool, view: str, ref: str
) -> Block:
    """The form of a setting. `field`: the name of its input; `ref`: the form's metadata."""
    options = [option(t("setup.on"), "on"), option(t("setup.off"), "off")]
    element = {"type": "radio_buttons", "options": options, "initial_option": options[not on]}
    return modal(
        title,
        [context(t.md("settings.about", name=store.name), note), input_block(field, name, element)],
        callback_id=view,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=ref,
    )


def is_on(view: Mapping[str, Any], field: str) -> bool:
    """Return whether `on` was chosen in a form."""
    return read_form(view).get(field) == "on"
