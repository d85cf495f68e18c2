"""What `/tmon` understands."""

from collections.abc import Sequence

from handlers.ids import COMMAND
from handlers.texts import Texts
from handlers.views.blocks import Block, clip, context, section

LINES = {
    "setup": ("설정", "help.setup"),
    "stores": ("스토어", "help.stores"),
    "status": ("상태", "help.status"),
    "orders": ("주문", "help.orders"),
    "cs": ("문의", "help.cs"),
    "collect": ("수집", "help.collect"),
    "sync": ("연동", "help.sync"),
    "templates": ("템플릿", "help.templates"),
    "products": ("상품", "help.products"),
    "stock": ("재고", "help.stock"),
    "incidents": ("장애", "help.incidents"),
    "admin": ("관리", "help.admin"),
    "guide": ("가이드", "help.guide"),
    "help": ("도움말", "help.help"),
}
"""Every word that works: English, Korean, and what it does."""


def help_lines(t: Texts) -> list[Block]:
    """Each word with what it does."""
    lines = []
    for english, (korean, key) in LINES.items():
        first, second = (korean, english) if t.language == "ko" else (english, korean)
        lines.append(t("help.line", command=COMMAND, word=first, other=second, does=t(key)))
    return [section(t("help.title")), section("\n".join(lines)), context(t("help.note"))]


def unknown_word(t: Texts, word: str, near: Sequence[str]) -> list[Block]:
    """What may have been meant, then the help."""
    said = t.md("help.unknown", word=clip(word, 50).replace("`", "'"))
    if near:
        names = ", ".join(f"`{COMMAND} {name}`" for name in near)
        said = "\n".join([said, t("help.near", names=names)])
    return [section(said), *help_lines(t)]
