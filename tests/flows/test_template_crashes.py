"""kill -9 around each write of an address and a delivery template: never two at TMON, and the local copy comes true."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.flows.process import Moment, Outside, outside_on
from tests.flows.test_setup import buttons
from tests.flows.test_templates import ADDRESS, CONDITION
from tmon.sandbox.demo import DEMO_PARTNERS
from tmon.sandbox.opening import open_shop
from tmon.templates.tables import OPEN_WRITES, DeliveryTemplate, PartnerAddress, WriteState

pytestmark = pytest.mark.timeout(600)

LATER = timedelta(minutes=6)
"""Long enough for a thing that TMON does not show to be known as not made."""


@pytest.fixture
async def outside(database_url: str, tmp_path: Path, encryption_key: str) -> AsyncIterator[Outside]:
    """The far sides, on both databases."""
    async with outside_on(database_url, encryption_key, tmp_path) as made:
        yield made


async def press(outside: Outside, action: str) -> None:
    """Presses a button of the modal in front of the owner."""
    view = outside.modal(outside.owner)
    found = next(name for name in buttons(view) if name.partition("#")[0] == action)
    await outside.slack.click(outside.owner, view_id=view.id, action_id=found)
    await outside.rest()


async def send(outside: Outside, values: dict[str, Any]) -> None:
    """Types by field name and sends the form; a bot that dies of it acknowledges nothing."""
    view = outside.modal(outside.owner)
    names = {block["block_id"].partition("~")[0]: block["block_id"] for block in view.blocks}
    await outside.slack.submit(outside.owner, view.id, {names[field]: value for field, value in values.items()})
    await outside.rest()


async def open_overview(outside: Outside) -> None:
    """`/tmon templates`, with addresses."""
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", "templates")
    await outside.rest()


async def type_template(outside: Outside) -> None:
    """A policy, up to the preview."""
    await open_overview(outside)
    await press(outside, "templates.new")
    for field, value in (("fee_policy", "CONDITION"), ("islands", "yes")):
        view = outside.modal(outside.owner)
        await outside.slack.click(outside.owner, view_id=view.id, action_id=f"templates.changed#{field}", value=value)
        await outside.rest()
    await send(outside, CONDITION)


async def start(outside: Outside) -> None:
    """A store with addresses, and a bot."""
    open_shop(outside.tmon, outside.tmon.partners[DEMO_PARTNERS[0].partner_id])
    await outside.add_store()
    outside.child = await outside.start()
    await open_overview(outside)
    await press(outside, "templates.import_addresses")


async def crash(outside: Outside, fatal: Moment, values: dict[str, Any]) -> None:
    """Sends the form, dies at `fatal`, and starts again a while later."""
    outside.watch(fatal)
    await send(outside, values)
    assert outside.child is not None
    assert outside.child.returncode == -9, "it was not hit"
    outside.watch()
    await outside.restart(LATER)
    await outside.rest()


def told(outside: Outside) -> str:
    """The last direct message to the owner."""
    (direct,) = [channel.id for channel in outside.slack.channels.values() if channel.is_im and channel.members]
    return outside.posts(direct)[-1].text


@pytest.mark.parametrize(
    "fatal",
    [
        Moment("templates.list", 1, "received"),
        Moment("templates.list", 1, "answered"),
        Moment("templates.create", 1, "received"),
        Moment("templates.create", 1, "answered"),
        Moment("views.update", 1, "received"),
    ],
    ids=str,
)
async def test_a_template_is_never_made_twice(outside: Outside, fatal: Moment) -> None:
    await start(outside)
    await type_template(outside)
    await crash(outside, fatal, {"sure": ["yes"]})
    there = [one.no for one in outside.tmon.templates.values() if one.name == CONDITION["name"]]
    async with outside.db.read() as session:
        rows = [row for row in await session.scalars(select(DeliveryTemplate)) if row.name == CONDITION["name"]]
    assert [row.no for row in rows if row.state is WriteState.DONE] == there
    assert [row for row in rows if row.state in OPEN_WRITES] == []
    if not there:
        await type_template(outside)
        await send(outside, {"sure": ["yes"]})
    assert len([one for one in outside.tmon.templates.values() if one.name == CONDITION["name"]]) == 1


@pytest.mark.parametrize("phase", ["received", "answered"])
@pytest.mark.parametrize("edited", [False, True])
async def test_an_address_comes_true(outside: Outside, phase: str, edited: bool) -> None:
    await start(outside)
    if edited:
        await press(outside, "templates.addresses")
        await press(outside, "templates.edit_address")
    else:
        await press(outside, "templates.new_address")
    await crash(outside, Moment("addresses.update" if edited else "addresses.create", 1, phase), ADDRESS)
    at_tmon = {one.no: one.name for one in outside.tmon.addresses.values()}
    async with outside.db.read() as session:
        kept = {row.no: row.name for row in await session.scalars(select(PartnerAddress))}
    assert kept == at_tmon
    assert (ADDRESS["name"] in kept.values()) == (phase == "answered")
