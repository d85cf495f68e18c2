"""Every feature: its listeners, its words of the slash command, and what paints its messages."""

from collections.abc import Mapping

from handlers import (
    admin,
    checks,
    collect,
    guide,
    home,
    incidents,
    inquiries,
    orders,
    outbox,
    products,
    settings,
    setup,
    status,
    stock,
    stores,
    sync,
    templates,
)
from handlers import help as helping
from handlers.command import Dispatcher, Word
from handlers.guard import Guard
from handlers.ids import COMMAND, HomeAction
from handlers.painting import Painter

WORDS = (
    Word("setup", ("설정",), setup.command),
    Word("stores", ("스토어",), stores.command),
    Word("status", ("상태",), status.command),
    Word("sync", ("연동",), sync.command),
    Word("collect", ("수집",), collect.command),
    Word("orders", ("주문",), orders.list_waiting),
    Word("cs", ("문의",), inquiries.command),
    Word("templates", ("템플릿",), templates.command),
    Word("products", ("상품",), products.command),
    Word("stock", ("재고",), stock.command),
    Word("incidents", ("장애", "오류"), incidents.command),
    Word("admin", ("관리",), admin.command),
    Word("guide", ("가이드",), guide.command),
    Word("help", ("도움말",), helping.command),
)

PAINTERS: Mapping[str, Painter] = {
    **stores.PAINTERS,
    **settings.PAINTERS,
    **checks.PAINTERS,
    **orders.PAINTERS,
    **inquiries.PAINTERS,
    **products.PAINTERS,
    **stock.PAINTERS,
    **incidents.PAINTERS,
    **templates.PAINTERS,
    **outbox.PAINTERS,
}


def register(guard: Guard) -> None:
    """Registers everything with Bolt."""
    for feature in (
        admin,
        home,
        setup,
        stores,
        settings,
        checks,
        status,
        guide,
        orders,
        inquiries,
        products,
        stock,
        incidents,
        templates,
    ):
        feature.register(guard)
    dispatcher = Dispatcher(WORDS, helping.unknown_word)
    guard.command(COMMAND, dispatcher)
    guard.action(HomeAction.GO, dispatcher.pressed)
