"""`/tmon setup` through real sockets: the three steps, drafts, what TMON says, what the channel says, who may."""

import sqlite3

import pytest
from sqlalchemy import make_url

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, ORDERS, OUTSIDER
from bot.playground.slack.model import View
from tests.flows.stores.registering import (
    CONTACT,
    LIVING,
    MARKET,
    api,
    click,
    labels,
    private,
    set_up,
    stores,
    submit,
    text_of,
)
from tests.flows.world import World
from tmon.models.stores import StoreState

SECRETS = (LIVING.token, "박담당", "contact@example.com", "010-9876-5432", "02-1234-5678", "김포 창고")


def buttons(view: View) -> list[str]:
    """Action ids of the buttons."""
    found = []
    for block in view.blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        found += [element["action_id"] for element in elements if element["type"] == "button"]
    return found


async def test_a_store_is_registered_in_three_steps(world: World) -> None:
    await world.command(MINJI, "설정")
    view = world.modal(MINJI)
    assert labels(view) == [*("판매자 ID", "스토어명", "API 인증 Key", "대표카테고리", "메모")]
    assert "임시 저장" in text_of(view)
    assert "월정산" in text_of(view)
    await submit(world, MINJI, api())
    view = world.modal(MINJI)
    assert labels(view) == [
        *("담당자명", "직급/직책/부서", "담당자 이메일", "담당자 연락처", "담당자 휴대폰번호", "담당자 Slack 계정")
    ]
    assert "목적: 연동 알림 · 보유: 담당자를 바꾸거나 스토어를 삭제할 때까지" in text_of(view)
    await submit(world, MINJI, CONTACT)
    view = world.modal(MINJI)
    assert labels(view) == [
        *("알림 채널", "연동설정", "자동 발주확인"),
        *("상품 API", "주문 API", "CS API", "진열/판매상태/재고연동 API"),
        *("판매기간 자동연장", "발주확인 담당자", "CS 담당자"),
    ]
    await submit(world, MINJI, {"channel": ORDERS, "workers": [JUNHO]})
    assert len(world.slack.open_modal(MINJI)) == 1
    assert "승인 완료" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert (store.state, store.channel_ok, store.worker_ids) == (StoreState.APPROVED, True, [JUNHO])
    assert any("한빛리빙" in message.text for message in world.posts(ORDERS))
    assert any("승인 완료" in text for text in private(world, MINJI))
    await world.collect()
    everything = repr([vars(call) for call in world.slack.calls if call.method != "apps.connections.open"])
    for secret in (*SECRETS, "9876"):
        # the contact is shown in the form to those who manage, and nowhere else
        assert secret not in "".join(private(world, MINJI)) + text_of([m.blocks for m in world.posts(ORDERS)])
    assert LIVING.token not in everything


async def test_every_wrong_field_is_told_at_its_place(world: World) -> None:
    await world.command(MINJI, "setup")
    await click(world, MINJI, "setup.more")
    acted = await submit(world, MINJI, api(seller_id="한빛", api_key="a b", vendor_code="V"))
    assert set(acted.errors) == {"seller_id", "api_key", "access_key"}  # the rule of the four is told once
    await submit(world, MINJI, api(vendor_code=""))
    acted = await submit(world, MINJI, {**CONTACT, "contact_email": "a@", "contact_mobile": "02-1234-5678"})
    assert set(acted.errors) == {"contact_email", "contact_mobile"}
    assert "010-1234-5678" in acted.errors["contact_mobile"]
    assert labels(world.modal(MINJI))[0] == "담당자명"


async def test_several_stores_and_the_form_of_one(world: World) -> None:
    await set_up(world)
    await set_up(world, seller_id=MARKET.partner_id, api_key=MARKET.token, store_name="<소담> & 마켓 :tada:")
    assert len(await stores(world)) == 2
    await world.command(MINJI, "setup")
    assert "&lt;소담&gt; &amp; 마켓" in text_of(world.modal(MINJI))
    await world.command(MINJI, "setup 한빛리빙")
    assert labels(world.modal(MINJI))[0] == "판매자 ID"
    await world.command(JUNHO, "setup 한빛리빙")
    assert world.slack.open_modal(JUNHO) == []
    assert f"<@{MINJI}>" in private(world, JUNHO)[-1]


@pytest.mark.parametrize("user", [HANEUL, OUTSIDER])
async def test_guests_and_outsiders_have_no_rights(world: World, user: str) -> None:
    for word in ("setup", "stores", "status", "sync off", "guide"):
        await world.command(user, word)
    assert world.slack.open_modal(user) == []
    assert await stores(world) == []
    # the command of somebody elsewhere comes from a workspace that has no app to answer with
    assert [text for text in private(world, user) if "게스트나 외부" not in text] == []
    assert len(private(world, user)) == (5 if user == HANEUL else 0)


async def test_the_form_in_english(world: World) -> None:
    await world.command(DANIEL, "setup")
    assert labels(world.modal(DANIEL))[:3] == ["Seller ID", "Store name", "API key"]
    acted = await submit(world, DANIEL, api(api_key="a b"))
    assert "copy and paste" in acted.errors["api_key"]


async def test_the_guide_beside_the_form_keeps_what_was_typed(world: World) -> None:
    await world.command(MINJI, "setup")
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id="guide.open")
    await world.settle()
    assert "사업자 인증" in text_of(world.modal(MINJI))
    await click(world, MINJI, "guide.topic#documents")
    assert "인감증명서" in text_of(world.modal(MINJI))
    assert len(world.slack.open_modal(MINJI)) == 2
    await world.slack.close(MINJI, world.modal(MINJI).id)
    assert labels(world.modal(MINJI))[0] == "판매자 ID"


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_locked_database_leaves_the_form_with_what_was_typed(world: World) -> None:
    await world.command(MINJI, "setup")
    view = world.modal(MINJI)
    file = make_url(world.settings.database_url).database
    assert file is not None
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        acted = await world.slack.submit(MINJI, view.id, api())
    finally:
        connection.rollback()
        connection.close()
    assert "처리량이 많아" in acted.errors["seller_id"]
    assert acted.elapsed < 3
    assert world.modal(MINJI).state["seller_id"]["value"]["value"] == LIVING.partner_id
    assert (await submit(world, MINJI, {})).errors == {}
