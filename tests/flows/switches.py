"""A switch of a store in both positions, proved at TMON's own call log."""

from collections.abc import Awaitable, Callable

from tests.flows.world import World
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.stores.service import StoreService


async def turn(world: World, store: Store, group: ApiGroup | None, *, on: bool) -> None:
    """Turns a switch in the owner's name (None: the master switch)."""
    person = Person(store.team_id, world.owner, is_admin=True)
    await world.bot.services[StoreService].settings.turn(person, store.id, group, on=on)
    await world.settle()


async def prove(
    world: World, store: Store, group: ApiGroup | None, act: Callable[[], Awaitable[object]], *, calls: set[str]
) -> None:
    """While the switch is off `act` makes no call at all, and after it was turned on again it makes each of `calls`.

    `act` is anything that makes calls of the group: a job's run, a command, a press; it has to settle the world itself.
    """
    await turn(world, store, group, on=False)
    world.tmon.calls.clear()
    await act()
    assert [call.name for call in world.tmon.calls] == []
    await turn(world, store, group, on=True)
    await act()
    assert calls <= {call.name for call in world.tmon.calls}
