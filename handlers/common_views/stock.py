"""What would change at TMON: before the stock sync is turned on, or a list of SKUs is applied."""

from handlers.blocks import Block, clip, context, input_block, option, section
from handlers.texts import Texts
from tmon.stock.push_preview import OptionChange, PushPreview

UNSEEN = "unseen"
"""Name of the tick box that asks once more, where TMON's stock is not known."""
_SHOWN = 20
_TITLE = 40


def push_blocks(t: Texts, preview: PushPreview) -> list[Block]:
    """The differences, how many options sell out, and the question where they are not known."""
    if not preview.pushes:
        return [context(t("push.off"))]
    blocks: list[Block] = []
    if preview.sold_out:
        blocks.append(section(t("push.sold_out", n=preview.sold_out)))
    if preview.changes:
        shown = preview.changes[:_SHOWN]
        lines = [t("push.heading", n=len(preview.changes)), *(_line(t, change) for change in shown)]
        if len(preview.changes) > len(shown):
            lines.append(t("push.more", n=len(preview.changes) - len(shown)))
        blocks.append(section("\n".join(lines)))
    elif preview.not_compared is None:
        blocks.append(section(t("push.none")))
    if preview.not_compared is not None:
        choice = option(t("push.unseen_yes"), "yes")
        blocks += [
            section(t.of("push.why", preview.not_compared)),
            input_block(UNSEEN, t("push.unseen"), {"type": "checkboxes", "options": [choice]}),
        ]
    return blocks


def progress_text(t: Texts, done: int, total: int) -> str:
    """What a person sees while TMON's stock is read."""
    return t("push.reading") if not total else t("push.reading_n", done=done, n=total)


def _line(t: Texts, change: OptionChange) -> str:
    key = "push.change"
    if change.hidden:
        key = "push.change_hidden"
    elif change.sells_out:
        key = "push.change_out"
    elif change.later:
        key = "push.change_later"
    return t.md(
        key, deal=clip(change.deal, _TITLE), option=clip(change.option, _TITLE), now=change.now, target=change.target
    )
