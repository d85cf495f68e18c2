"""The list of claims, one claim, and the looks at personal data."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import JUNHO
from bot.playground.tmon import buyer_claims, withdraw_claim
from handlers.claims.ids import ClaimAction, ClaimView
from tests.flows.cards import action, buttons, press, shows, told
from tests.flows.claims.claiming import add_claim, card, claim_of, claimed, collect
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.claims.retention import RETENTION, destroy_due, destroy_store
from tmon.claims.service import is_picture
from tmon.models.audit import Audit
from tmon.models.claims import ClaimantRecord, ClaimEnd, ClaimKind
from tmon.models.stores import Store
from tmon.orders import retention as of_orders
from tmon.sealing import Place


async def audits(world: World, name: str) -> list[tuple[str, str | None]]:
    """Who did something, and to what."""
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).where(col(Audit.action) == name).order_by(col(Audit.at)))
        return [(row.user_id, row.subject) for row in rows]


async def click(world: World, wanted: str) -> Any:
    """Presses the first button of the open modal that does `wanted`."""
    view = world.modal(world.owner)
    await world.slack.click(world.owner, view_id=view.id, action_id=action(view.blocks, wanted))
    await world.settle()
    return world.modal(world.owner)


async def test_the_pick_up_address_is_seen_by_those_who_work_and_written_down(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    await collect(world)
    shown = await card(world, store, claim)
    assert claim.pickup is not None
    assert claim.pickup.mobile not in shows(shown)
    assert claim.pickup.name not in shows(shown)
    await press(world, world.owner, shown, ClaimAction.PICKUP)
    view = world.modal(world.owner)
    assert view.callback_id == ClaimView.PICKUP
    assert claim.pickup.mobile in str(view.blocks)
    assert await audits(world, "claim.see_pickup") == [(world.owner, str(claim.claim_no))]


async def test_the_pick_up_address_is_not_shown_to_others(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "X")
    await collect(world)
    other = JUNHO
    await press(world, other, await card(world, store, claim), ClaimAction.PICKUP)
    assert told(world, other, world.channel("주문").id)
    assert await audits(world, "claim.see_pickup") == []


async def test_pictures_are_links_and_never_images(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    await collect(world)
    shown = await card(world, store, claim)
    assert "사진 보기" in shows(shown)
    await press(world, world.owner, shown, ClaimAction.PICTURES)
    view = world.modal(world.owner)
    links = [e["url"] for block in view.blocks if block["type"] == "actions" for e in block["elements"]]
    assert links == [one for each in claim.pictures.values() for one in each]
    assert "image_url" not in str(view.blocks)
    assert await audits(world, "claim.see_pictures") == [(world.owner, str(claim.claim_no))]


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("https://image.tmon.co.kr/claim/1.jpg", True),
        ("http://img1.tmon.kr/1.jpg", True),
        ("https://tmon.co.kr.example.com/1.jpg", False),
        ("https://eviltmon.co.kr/1.jpg", False),
        ("https://image.tmon.co.kr@example.com/1.jpg", False),
        ("https://example.com/image.tmon.co.kr", False),
        ("javascript:alert(1)//image.tmon.co.kr", False),
        ("ftp://image.tmon.co.kr/1.jpg", False),
        ("https://image.tmon.co.kr:8443/1.jpg", False),
        ("https://image.tmon.co.kr/1 .jpg", False),
        ("https://example.com\\.tmon.co.kr/1.jpg", False),
        ("http://127.0.0.1/1.jpg", False),
        ("https://[", False),
    ],
)
def test_only_pictures_on_hosts_of_tmon_are_linked(address: str, taken: bool) -> None:
    assert is_picture(address) is taken


async def test_the_list_filters_and_leads_to_a_claim(world: World) -> None:
    store = await world.add_store()
    one, other = await claimed(world, store, "R"), await claimed(world, store, "X")
    await collect(world)
    await world.command(world.owner, "클레임")
    view = world.modal(world.owner)
    assert view.callback_id == ClaimView.LIST
    assert str(one.order_no) in str(view.blocks)
    assert str(other.order_no) in str(view.blocks)
    await world.slack.click(world.owner, view_id=view.id, action_id=f"{ClaimAction.KIND}#0", value="X")
    await world.settle()
    view = world.modal(world.owner)
    assert str(one.order_no) not in str(view.blocks)
    view = await click(world, ClaimAction.SEE)
    assert view.callback_id == ClaimView.CLAIM
    assert f"클레임 `{other.claim_no}`" in str(view.blocks)


async def test_an_empty_list_says_so(world: World) -> None:
    await world.add_store()
    await world.command(world.owner, "claims")
    assert "처리할 클레임이 없습니다" in str(world.modal(world.owner).blocks)


@pytest.mark.parametrize("number", ["order", "claim"])
async def test_a_claim_is_found_by_its_number_and_by_that_of_its_order(world: World, number: str) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "D")
    await collect(world)
    await world.command(world.owner, f"클레임 {claim.order_no if number == 'order' else claim.claim_no}")
    assert world.modal(world.owner).callback_id == ClaimView.CLAIM
    await world.command(world.owner, "클레임 9100999999")
    assert "9100999999" in told(world, world.owner, world.channel("주문").id)[-1]


async def test_claims_of_a_removed_store_are_not_found_by_their_number(world: World) -> None:
    store, gone = await world.add_store(), await world.add_store(partner=1)
    for number, of in ((1, store), (2, store), (3, gone)):
        await add_claim(world, of, ClaimKind.RETURN, number, world.clock(), order_no=9100200301)
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == gone.id).values(removed_at=world.clock()))
    await world.command(world.owner, "클레임 9100200301")
    view = world.modal(world.owner)
    assert view.callback_id == ClaimView.LIST
    assert [str(claim) in text_of(view) for claim in ("클레임 1", "클레임 2", "클레임 3")] == [True, True, False]


async def test_check_again_reads_the_claim_and_the_row_stays_in_its_place(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    await collect(world)
    await world.command(world.owner, "클레임")
    withdraw_claim(world.tmon, claim.claim_no)
    notice = await click(world, ClaimAction.AGAIN)
    assert "철회" in str(notice.blocks)
    (view,) = [one for one in world.slack.open_modal(world.owner) if one.callback_id == ClaimView.LIST]
    assert "철회" in str(view.blocks)
    assert str(claim.order_no) in str(view.blocks)
    assert (await claim_of(world, claim)).end is ClaimEnd.WITHDRAWN


async def test_pages_of_a_long_list(world: World) -> None:
    store = await world.add_store()
    found = [await claimed(world, store, "R") for _ in range(17)]
    await collect(world)
    await world.command(world.owner, "클레임")
    first = str(world.modal(world.owner).blocks)
    view = await click(world, f"{ClaimAction.PAGE}")
    second = str(view.blocks)
    shown = [claim for claim in found if str(claim.claim_no) in first]
    assert len(shown) == 15
    assert all(str(claim.claim_no) in second for claim in found if claim not in shown)


async def test_personal_data_are_sealed_and_destroyed_with_those_of_the_order(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    await collect(world)
    row = await claim_of(world, claim)
    assert row.claimant is not None
    sealer = world.bot.services.core.sealer
    record = sealer.open_as(ClaimantRecord, row.claimant, Place.of(row, "claimant"))
    assert claim.pickup is not None
    assert (record.pickup_mobile, list(record.reasons.values())) == (claim.pickup.mobile, ["한쪽이 깨져 있어요"])
    world.clock.advance(timedelta(days=181))
    await of_orders.destroy_due(world.db, world.clock, 90)
    assert await destroy_due(world.db, world.clock, 90) == 1
    row = await claim_of(world, claim)
    assert (row.claimant, row.claimant_destroyed_at is not None) == (None, True)
    assert await audits(world, "claim.destroy") == [("system", None)]
    await world.settle()
    assert "수거지 보기" not in shows(await card(world, store, claim))


async def test_data_of_a_claim_without_an_order_of_ours_are_destroyed_after_its_end(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.move_to(order.order_no, "D5")
    claim = buyer_claims(world.tmon, "R", order.order_no)
    assert claim is not None
    await collect(world)
    withdraw_claim(world.tmon, claim.claim_no)
    await collect(world)
    world.clock.advance(timedelta(days=89))
    assert await destroy_due(world.db, world.clock, 90) == 0
    world.clock.advance(timedelta(days=2))
    assert await destroy_due(world.db, world.clock, 90, most=0) == 0
    async with world.db.read() as session:
        amount = await RETENTION.amount(session, world.clock(), 90)
    assert (amount.held, amount.due) == (1, 1)
    assert await destroy_due(world.db, world.clock, 90) == 1


async def test_data_are_destroyed_with_the_store(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "X")
    await collect(world)
    async with world.db.write() as session:
        assert await destroy_store(session, store.team_id, store.id, world.clock()) == 1
    assert (await claim_of(world, claim)).claimant is None
    await collect(world, timedelta(hours=2))
    assert (await claim_of(world, claim)).claimant is None, "they are not stored again"


async def test_buttons_of_a_card(world: World) -> None:
    store = await world.add_store()
    claim = await claimed(world, store, "R")
    await collect(world)
    found = buttons((await card(world, store, claim)).blocks)
    wanted = (ClaimAction.PICKUP, ClaimAction.PICTURES, ClaimAction.SEE, ClaimAction.AGAIN, ClaimAction.LIST)
    assert [any(one.startswith(want) for one in found) for want in wanted] == [True] * 5
