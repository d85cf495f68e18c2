"""Every store at a glance, in few queries."""

from typing import Any

from sqlalchemy import event

from bot.playground.slack.demo import MINJI
from tests.flows.home.tab import opened, press, tab
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.dashboard.service import Dashboard


async def test_fifty_stores_are_read_at_once_and_paged(world: World) -> None:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    async def queries() -> int:
        statements.clear()
        await world.bot.services[Dashboard].home(world.slack.team_id)
        return len(statements)

    await world.add_store()
    event.listen(world.db.engine.sync_engine, "before_cursor_execute", count)
    one = await queries()
    for number in range(49):
        await world.add_store(name=f"가게 {number:02}", name_key=f"가게 {number:02}", seller_id=f"seller{number}")
    assert await queries() == one
    view = await opened(world, MINJI)
    assert len(view.blocks) <= 100
    assert "스토어 50곳" in text_of(view)
    assert "1/3쪽" in text_of(view)
    seen = text_of(view)
    for page in (2, 3):
        await press(world, MINJI, "home.page#after")
        assert f"{page}/3쪽" in text_of(tab(world, MINJI))
        seen += text_of(tab(world, MINJI))
    assert all(f"가게 {number:02}" in seen for number in range(49))
    await world.command(MINJI, "sync off 가게 00")
    assert "3/3쪽" in text_of(tab(world, MINJI))  # an action does not turn the page
