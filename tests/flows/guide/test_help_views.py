"""`/tmon help`, and words that nobody knows."""

import pytest

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from bot.playground.slack.demo import ORDERS as CHANNEL
from bot.playground.slack.model import Message
from handlers.common_views.ids import CommandAction
from handlers.features import FEATURES, complete, subcommands
from tests.flows.stores.registering import text_of
from tests.flows.world import World


def answer(world: World, user: str) -> Message:
    """What `user` alone was told last."""
    return [m for m in world.slack.messages(CHANNEL, user) if m.ephemeral_for == user][-1]


def buttons(message: Message) -> list[tuple[str, str]]:
    return [
        (e["text"]["text"], e["value"]) for block in message.blocks for e in block.get("elements", ()) if "value" in e
    ]


async def press(world: World, user: str, message: Message, word: str) -> None:
    acted = await world.slack.click(user, channel=CHANNEL, ts=message.ts, action_id=f"{CommandAction.RUN}#{word}")
    assert acted.ok
    await world.settle()


async def test_help_lists_what_works_and_near_words(world: World) -> None:
    def help_of(user: str) -> str:
        return text_of(answer(world, user).blocks)

    words = subcommands(complete(FEATURES))
    await world.command(JUNHO, "")
    assert all(f"`/tmon {word.korean[0]}`" in help_of(JUNHO) for word in words)
    await world.command(JUNHO, "stattus")
    assert "`/tmon status`" in help_of(JUNHO)
    await world.command(JUNHO, "<!channel>`x")
    assert "<!channel>" not in help_of(JUNHO)
    await world.command(DANIEL, "help")
    assert "`/tmon setup`" in help_of(DANIEL)


async def test_the_help_has_three_groups_and_buttons_that_open_the_usual(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "도움말")
    shown = answer(world, MINJI)
    headings = [block["text"]["text"].partition("\n")[0] for block in shown.blocks if block["type"] == "section"]
    assert headings[1:] == ["*매일*", "*설정*", "*관리*"]
    assert [line for _, line in buttons(shown)] == ["orders", "cs", "status"]
    for word, opens in (("orders", "order.list_view"), ("cs", "inquiry.list_view"), ("status", "stores.status")):
        await press(world, MINJI, shown, word)
        assert world.modal(MINJI).callback_id == opens
        await world.slack.close(MINJI, world.modal(MINJI).id)


@pytest.mark.parametrize("word", ["오더", "발주", "확인", "발주확인", "ORDER"])
async def test_other_words_for_orders_open_them(world: World, word: str) -> None:
    await world.add_store()
    await world.command(MINJI, word)
    assert world.modal(MINJI).callback_id == "order.list_view"


@pytest.mark.parametrize(
    ("typed", "line", "view"),
    [
        ("stattus", "status", "stores.status"),
        ("주믄", "주문", "order.list_view"),
        ("상테", "상태", "stores.status"),
        ("템플", "템플릿", "templates.overview_view"),
        ("제고 한빛", "재고 한빛", "stock.list"),
        ("ordres 한빛", "orders 한빛", "order.list_view"),
    ],
)
async def test_a_slip_gets_a_button_that_runs_what_was_meant(world: World, typed: str, line: str, view: str) -> None:
    await world.add_store(registered_by=MINJI)
    await world.command(MINJI, typed)
    shown = answer(world, MINJI)
    assert buttons(shown)[0] == (f"/tmon {line}", line)
    assert len(shown.blocks) == 2  # no help below
    await press(world, MINJI, shown, line.partition(" ")[0])
    assert world.modal(MINJI).callback_id == view


async def test_a_word_like_no_other_leads_to_the_help(world: World) -> None:
    await world.command(JUNHO, "떡볶이")
    shown = answer(world, JUNHO)
    assert buttons(shown) == [("도움말", "help")]
    assert "'떡볶이'는 모르는 명령입니다." in shown.text
    await press(world, JUNHO, shown, "help")
    assert "*매일*" in text_of(answer(world, JUNHO).blocks)
