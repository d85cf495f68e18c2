"""The choice of what to collect."""

from collections.abc import Sequence

from handlers.blocks import Block, actions, button, section
from handlers.common_views.ids import CommandAction
from handlers.common_views.notice import notice
from handlers.feature import CollectWord
from handlers.texts import Texts


def kinds(t: Texts, words: Sequence[CollectWord], store: str) -> Block:
    """One button per kind, which runs the command for it. `store`: what was typed after the command, if anything."""
    buttons = [
        button(
            t.of("collect.what", word.kind),
            f"{CommandAction.RUN}#{word.kind}",
            f"collect {word.words[0]} {store}".strip(),
        )
        for word in words
    ]
    return notice(t, [section(t("collect.ask")), actions(*buttons)])
