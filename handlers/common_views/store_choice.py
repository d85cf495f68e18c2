"""The choice of a store: one button per store, which runs the command again for it."""

from collections.abc import Mapping, Sequence

from handlers.blocks import Block, actions, button, modal, section
from handlers.common_views.ids import CommandAction, NoticeView
from handlers.texts import Texts
from tmon.models.stores import Store

_ROW = 5
"""Buttons in one row."""
_MOST = 400
"""Stores with a button: a modal has 100 blocks."""


def store_choice(t: Texts, said: str, line: str, stores: Sequence[Store]) -> Block:
    """`said`, a sentence as markup, and a button for each of `stores`. `line`: what was asked for, without a store."""
    return modal(
        t("common.store_choice"),
        [section(said), *store_buttons(line, {store.id: store.name for store in stores[:_MOST]})],
        callback_id=NoticeView.STORES,
        close=t("common.close"),
    )


def store_buttons(line: str, stores: Mapping[str, str]) -> list[Block]:
    """Rows of buttons that run `/tmon line` for a store. `stores`: what stands on the button, by the store's id."""
    buttons = [button(text, f"{CommandAction.RUN}#{key}", f"{line} {key}") for key, text in stores.items()]
    return [actions(*buttons[start : start + _ROW]) for start in range(0, len(buttons), _ROW)]
