"""The home tab in front of a person."""

from bot.playground.slack.model import View
from tests.flows.world import World


async def opened(world: World, user: str) -> View:
    """Opens the tab, and returns it once it is drawn."""
    assert (await world.slack.open_home(user)).ok
    await world.settle()
    return tab(world, user)


def tab(world: World, user: str) -> View:
    """The tab as it stands."""
    view = world.slack.home(user)
    assert view is not None
    return view


async def press(world: World, user: str, action_id: str) -> None:
    """Presses a button of the tab."""
    acted = await world.slack.click(user, view_id=tab(world, user).id, action_id=action_id)
    assert acted.ok
    await world.settle()
