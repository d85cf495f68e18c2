"""kill -9 around each write of an address and a delivery template: never two at TMON, and the local copy comes true."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.process import Moment, Outside
from tests.flows.stores.test_setup import buttons
from tests.flows.templates.steps import ADDRESS, CONDITION
from tests.flows.world import until
from tmon.models.templates import OPEN_WRITES, AddressChange, DeliveryTemplate, PartnerAddress, WriteState

pytestmark = pytest.mark.timeout(600)

REGISTRATION = (
    Moment("templates.list", 1, "received"),
    Moment("templates.list", 1, "answered"),
    Moment("templates.create", 1, "received"),
    Moment("templates.create", 1, "answered"),
    Moment("views.update", 1, "received"),
)
ON_POSTGRES = REGISTRATION[2:4]
"""What a crash means at a call is the same on every database: the rows are committed by then."""
LATER = timedelta(minutes=6)
"""Long enough for a thing that TMON does not show to be known as not made."""

STARTED_SECONDS = 60
"""Real seconds in which a bot that was started on a busy machine has settled what it left."""


def on_screen(outside: Outside, name: str) -> str | None:
    """The id of the button, menu or field of the owner's modal whose id without its suffix is `name`."""
    for view in outside.slack.open_modal(outside.owner)[-1:]:
        ids = [*buttons(view), *(block["block_id"] for block in view.blocks if block["type"] == "input")]
        ids += [block["element"]["action_id"] for block in view.blocks if block["type"] == "input"]
        return next(
            (one for one in ids if one == name or one.partition("#")[0] == name or one.partition("~")[0] == name), None
        )
    return None


async def press(outside: Outside, action: str, value: str | None = None) -> None:
    """Presses a button, or chooses `value`, once it is there."""
    await until(lambda: on_screen(outside, action), STARTED_SECONDS)
    view, found = outside.modal(outside.owner), on_screen(outside, action)
    assert found is not None
    await outside.slack.click(outside.owner, view_id=view.id, action_id=found, value=value)
    await outside.rest()


async def send(outside: Outside, values: dict[str, Any]) -> None:
    """Types by field name, once the fields are there, and sends the form; a bot that dies of it acknowledges nothing."""
    await until(lambda: all(on_screen(outside, field) for field in values), STARTED_SECONDS)
    typed = {str(on_screen(outside, field)): value for field, value in values.items()}
    await outside.slack.submit(outside.owner, outside.modal(outside.owner).id, typed)
    await outside.rest()


async def open_overview(outside: Outside) -> None:
    """`/tmon templates`, with addresses."""
    for view in reversed(outside.slack.open_modal(outside.owner)):
        await outside.slack.close(outside.owner, view.id)
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", "templates")
    await outside.rest()


async def type_template(outside: Outside, policy: dict[str, str]) -> None:
    """A policy, up to the preview."""
    await open_overview(outside)
    await press(outside, "templates.new")
    for field, value in (("fee_policy", "CONDITION"), ("islands", "yes")):
        await press(outside, f"templates.changed#{field}", value)
    await send(outside, policy)


async def start(outside: Outside) -> None:
    """A store with addresses, and a bot."""
    open_shop(outside.tmon, outside.tmon.partners[DEMO_PARTNERS[0].partner_id])
    await outside.add_store()
    outside.child = await outside.start()
    await open_overview(outside)
    await press(outside, "templates.import_addresses")
    await until(lambda: on_screen(outside, "templates.new"), STARTED_SECONDS)


async def in_doubt(outside: Outside) -> bool:
    """Whether something was sent of which the bot does not know yet what became of it."""
    async with outside.db.read() as session:
        rows = [*await session.scalars(select(DeliveryTemplate)), *await session.scalars(select(AddressChange))]
        return any(row.state in OPEN_WRITES for row in rows)


async def crash(outside: Outside, fatal: Moment, values: dict[str, Any]) -> None:
    """Sends the form, dies at `fatal`, and starts again a while later."""
    outside.watch(fatal)
    await send(outside, values)
    assert outside.child is not None
    assert outside.child.returncode == -9, "it was not hit"
    outside.watch()
    await outside.restart(LATER)
    async with asyncio.timeout(STARTED_SECONDS):
        while await in_doubt(outside):  # noqa: ASYNC110 - another process settles it
            await asyncio.sleep(0.1)
    await outside.rest()


async def test_a_template_is_never_made_twice(outside: Outside, on_postgres: bool, subtests: pytest.Subtests) -> None:
    await start(outside)
    for number, fatal in enumerate(ON_POSTGRES if on_postgres else REGISTRATION):
        with subtests.test(fatal=str(fatal)):
            policy = {**CONDITION, "name": f"조건 {number}", "fee": str(3000 + number)}
            await type_template(outside, policy)
            await crash(outside, fatal, {"sure": ["yes"]})
            there = [one.no for one in outside.tmon.templates.values() if one.name == policy["name"]]
            async with outside.db.read() as session:
                rows = [row for row in await session.scalars(select(DeliveryTemplate)) if row.name == policy["name"]]
            assert [row.no for row in rows if row.state is WriteState.DONE] == there
            if not there:
                await type_template(outside, policy)
                await send(outside, {"sure": ["yes"]})
            assert [one.name for one in outside.tmon.templates.values()].count(policy["name"]) == 1


async def test_an_address_comes_true(outside: Outside, on_postgres: bool, subtests: pytest.Subtests) -> None:
    await start(outside)
    calls = ["addresses.create"] if on_postgres else ["addresses.create", "addresses.update"]
    for number, (call, phase) in enumerate(itertools.product(calls, ("received", "answered"))):
        with subtests.test(call=call, phase=phase):
            await open_overview(outside)
            if call == "addresses.update":
                await press(outside, "templates.addresses")
                await press(outside, "templates.edit_address")
            else:
                await press(outside, "templates.new_address")
            sent = len(outside.tmon.calls_of(call))
            await crash(outside, Moment(call, 1, phase), {**ADDRESS, "name": f"창고 {number}"})
            async with outside.db.read() as session:
                kept = {row.no: row.name for row in await session.scalars(select(PartnerAddress))}
            assert kept == {one.no: one.name for one in outside.tmon.addresses.values()}
            assert len(outside.tmon.calls_of(call)) == sent + 1
