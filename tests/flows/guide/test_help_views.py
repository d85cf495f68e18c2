"""`/tmon help`, and words that nobody knows."""

from bot.playground.slack.demo import DANIEL, JUNHO
from bot.playground.slack.demo import ORDERS as CHANNEL
from handlers.features import FEATURES, complete, subcommands
from tests.flows.stores.registering import text_of
from tests.flows.world import World


async def test_help_lists_what_works_and_near_words(world: World) -> None:
    def help_of(user: str) -> str:
        return text_of([m.blocks for m in world.slack.messages(CHANNEL, user) if m.ephemeral_for == user][-1])

    words = subcommands(complete(FEATURES))
    await world.command(JUNHO, "")
    assert all(f"`/tmon {word.korean[0]}`" in help_of(JUNHO) for word in words)
    await world.command(JUNHO, "stattus")
    assert "`/tmon status`" in help_of(JUNHO)
    await world.command(JUNHO, "<!channel>`x")
    assert "<!channel>" not in help_of(JUNHO)
    await world.command(DANIEL, "help")
    assert "`/tmon setup`" in help_of(DANIEL)
