"""Every feature: its listeners, its words of the slash command, and what paints its messages."""

from collections.abc import Mapping

from handlers import guide, incidents, orders, setup, status, stores, sync
from handlers import help as helping
from handlers.command import Dispatcher, Word
from handlers.guard import Guard
from handlers.ids import COMMAND
from handlers.painting import Painter

WORDS = (
    Word("setup", ("설정",), setup.command),
    Word("stores", ("스토어",), stores.command),
    Word("status", ("상태",), status.command),
    Word("sync", ("연동",), sync.command),
    Word("collect", ("수집",), orders.collect),
    Word("orders", ("주문",), orders.list_waiting),
    Word("incidents", ("장애", "오류"), incidents.command),
    Word("guide", ("가이드",), guide.command),
    Word("help", ("도움말",), helping.command),
)

PAINTERS: Mapping[str, Painter] = {**stores.PAINTERS, **orders.PAINTERS, **incidents.PAINTERS}


def register(guard: Guard) -> None:
    """Registers everything with Bolt."""
    for feature in (setup, stores, status, guide, orders, incidents):
        feature.register(guard)
    guard.command(COMMAND, Dispatcher(WORDS, helping.unknown_word))
