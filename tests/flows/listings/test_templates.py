"""The delivery template that a product of a list names, and the address that it is sent from."""

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from tests.flows.listings.uploading import (
    close_all,
    goods_shop,
    listed,
    options,
    press,
    product,
    send,
    shown,
    template_of,
    upload,
)
from tests.flows.products.deals import read
from tests.flows.world import World
from tests.tmon.listings import sheets
from tmon.listings.fields import F
from tmon.models.products import Deal


async def test_an_imported_template_and_its_address_are_used_by_a_product(world: World) -> None:
    store = await goods_shop(world)
    template = await template_of(world.db, store)
    assert template.policy is not None
    named = f"{template.name} ({template.no})"
    preview = await upload(
        world, sheets.book([await product(world, store, "A-1", **{F.TEMPLATE: named})], options("A-1"))
    )
    assert "출고지 한빛리빙 출고지" in shown(preview)
    assert str(template.no) in shown(preview)
    await send(world)
    deal = listed(world, store, "A-1")
    assert deal.template_no is not None
    assert deal.template_no == template.no
    at_tmon = world.tmon.templates[deal.template_no]
    address = world.tmon.addresses[int(str(at_tmon.policy["partnerDeliveryAddressNo"]))]
    assert address.no == template.policy["partner_delivery_address_no"]
    await close_all(world)
    await read(world)
    async with world.db.read() as session:
        row = (await session.scalars(select(Deal).where(Deal.deal_no == deal.deal_no))).one()  # type: ignore[arg-type]
    assert row.template_no == template.no
    await world.command(MINJI, "templates")
    await press(world, "templates.list")
    texts = [block["text"]["text"] for block in world.modal(MINJI).blocks if block["type"] == "section"]
    used = next(text for text in texts if f"번호 {template.no}" in text)
    assert "이 템플릿을 쓰는 상품" in used
    assert "데일리 티셔츠" in used


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_template_of_another_type_of_goods_is_refused_at_its_cell(world: World) -> None:
    store = await goods_shop(world)
    content = sheets.book([await product(world, store, "A-1", **{F.TYPE: "주문제작"})], options("A-1"))
    preview = await upload(world, content)
    assert "배송 템플릿: 템플릿은 일반상품 상품용인데 상품유형은 주문제작입니다" in shown(preview)
    assert preview.submit is None
