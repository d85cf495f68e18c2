"""What changes at TMON is shown before it is done: for files, pasted rows, and the switch."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import MINJI
from handlers.common_views.ids import SwitchAction
from handlers.stock.ids import StockAction, StockView
from handlers.stores.ids import StoreAction
from tests.flows.stock.lists import apply, press, upload
from tests.flows.stock.selling import options
from tests.flows.stock.shop import Shop, change
from tests.flows.stores.editing import edit, look
from tests.flows.stores.registering import private, submit, text_of
from tests.flows.world import until
from tmon.models.stores import Store
from tmon.products.repository import insert_seen
from tmon.stores.service import StoreService


def listed(shop: Shop, *stock: int) -> bytes:
    """A CSV that counts the first options of the towels."""
    rows = [f"{option.vendor_option_no},{n}" for option, n in zip(options(shop.towels), stock, strict=False)]
    return "\n".join(["SKU코드,재고", *rows]).encode()


async def skus(shop: Shop) -> list[int]:
    """What our list says is left of the first options that it knows."""
    return [await shop.left(option) for option in options(shop.towels)[:2]]


async def test_a_file_is_applied_only_after_its_differences_were_seen(read_shop: Shop) -> None:
    first, second = options(read_shop.towels)[:2]
    first.stock, second.stock = 310, 20
    shown = await upload(read_shop, "sku.csv", listed(read_shop, 0, 15))
    assert shown.callback_id == StockView.PREVIEW
    text = text_of(shown)
    assert "품절되는 옵션 1개" in text
    assert f"{first.title}  310 → 0 품절" in text
    assert f"{second.title}  20 → 15" in text
    assert text.index("310 → 0") < text.index("20 → 15")
    assert "읽은 곳: 1행의 열 A 'SKU코드', B '재고'" in text
    assert (first.stock, second.stock, read_shop.sent()) == (310, 20, [])
    assert "새 SKU 2개" in text_of(await apply(read_shop))
    await read_shop.sync()
    assert (first.stock, second.stock) == (0, 15)


async def test_what_is_raised_later_says_so(read_shop: Shop) -> None:
    read_shop.towel.stock = 20
    text = text_of(await upload(read_shop, "sku.csv", listed(read_shop, 50)))
    assert "20 → 50 (주문을 모두 수집한 약 40분 뒤)" in text
    assert "품절되는" not in text


@pytest.mark.parametrize("why", ["off", "no answer"])
async def test_without_a_comparison_it_is_asked_once_more(read_shop: Shop, why: str) -> None:
    if why == "off":
        await change(read_shop, product_on=False)
    else:
        read_shop.world.tmon.faults.mode = "error_500_json"
        read_shop.world.tmon.faults.only = {"deals.get"}
    shown = await upload(read_shop, "sku.csv", listed(read_shop, 0))
    assert "비교할 수 없습니다" in text_of(shown)
    refused = await submit(read_shop.world, MINJI, {})
    assert refused.errors.keys() == {"unseen"}
    assert "새 SKU 1개" in text_of(await apply(read_shop, unseen=["yes"]))
    assert await read_shop.left() == 0


async def test_a_preview_that_is_no_longer_true_is_shown_anew(read_shop: Shop) -> None:
    first, second = options(read_shop.towels)[:2]
    first.stock = second.stock = 310
    await upload(read_shop, "sku.csv", listed(read_shop, 300, 310))
    second.stock = 500
    again = await apply(read_shop)
    assert again.callback_id == StockView.PREVIEW
    assert "그사이 달라져" in text_of(again)
    assert "500 → 310" in text_of(again)
    assert "새 SKU 2개" in text_of(await apply(read_shop))
    assert await skus(read_shop) == [300, 310]


async def test_pasted_rows_show_their_differences_and_stay_in_the_form(read_shop: Shop) -> None:
    world = read_shop.world
    read_shop.towel.stock = 310
    await world.command(MINJI, "stock")
    await press(read_shop, StockAction.PASTE)
    typed = f"{read_shop.towel.vendor_option_no}\t0"
    assert (await submit(world, MINJI, {"rows": typed})).errors == {}
    view = world.modal(MINJI)
    assert "310 → 0 품절" in text_of(view)
    assert view.state["rows"]["value"]["value"] == typed
    assert (await submit(world, MINJI, {"rows": typed.replace("\t0", "\t7")})).errors == {}
    assert "310 → 7" in text_of(world.modal(MINJI))
    assert (await submit(world, MINJI, {})).errors == {}
    assert await read_shop.left() == 7


async def test_where_the_sync_is_off_nothing_is_sent_and_nothing_is_read(read_shop: Shop) -> None:
    await change(read_shop, stock_on=False)
    read_shop.world.tmon.calls.clear()
    assert "티몬에는 아무것도 보내지 않습니다" in text_of(await upload(read_shop, "sku.csv", listed(read_shop, 0)))
    assert "새 SKU 1개" in text_of(await apply(read_shop))
    assert read_shop.world.tmon.calls_of("deals.get") == []


async def test_the_same_values_again_count_as_unchanged(read_shop: Shop) -> None:
    await upload(read_shop, "sku.csv", listed(read_shop, 5, 6))
    await apply(read_shop)
    shown = text_of(await upload(read_shop, "sku.csv", listed(read_shop, 5, 7)))
    assert "새 SKU 0개 · 바뀌는 SKU 1개 · 그대로인 SKU 1개" in shown
    assert "바뀐 SKU 1개" in text_of(await apply(read_shop))


async def test_a_result_leads_on(read_shop: Shop) -> None:
    world = read_shop.world
    await upload(read_shop, "sku.csv", listed(read_shop, 5))
    await apply(read_shop)
    await press(read_shop, StockAction.UNMAPPED)
    assert world.modal(MINJI).callback_id == StockView.UNMAPPED
    await upload(read_shop, "sku.csv", b"a,b\n1,2\n")
    assert "찾은 열: a, b" in text_of(world.modal(MINJI))
    await press(read_shop, StockAction.UPLOAD)
    assert world.modal(MINJI).callback_id == StockView.UPLOAD
    await upload(read_shop, "sku.csv", b"a,b\n1,2\n")
    await press(read_shop, StockAction.OPEN_LIST)
    assert world.modal(MINJI).callback_id == StockView.LIST


async def test_a_sample_file_is_sent_and_its_rows_are_skipped(read_shop: Shop) -> None:
    world = read_shop.world
    await world.command(MINJI, "stock")
    await press(read_shop, StockAction.UPLOAD)
    await press(read_shop, StockAction.SAMPLE)
    sample = next(file for file in world.slack.files.values() if file.name.endswith(".csv"))
    text = sample.content.decode("utf-8-sig")
    assert "예시-001" in text
    filled = (text + f"{read_shop.towel.vendor_option_no},3,0,0,수건,판매중\r\n").encode("utf-8-sig")
    assert "새 SKU 1개" in text_of(await upload(read_shop, "sku.csv", filled))


async def _settings(shop: Shop, **typed: Any) -> None:
    """The settings form of the store, saved with these values."""
    await look(shop.world)
    assert (await edit(shop.world, 3, typed)).errors == {}


async def test_the_switch_shows_what_it_would_change_first(read_shop: Shop) -> None:
    world = read_shop.world
    await change(read_shop, stock_on=False)
    read_shop.towel.stock = 310
    await read_shop.count(0)
    await _settings(read_shop, stock="on")
    shown = text_of(world.modal(MINJI))
    assert "품절되는 옵션 1개" in shown
    assert "310 → 0 품절" in shown
    assert read_shop.towel.stock == 310
    await read_shop.count(4)  # somebody counts while the preview is open
    assert (await submit(world, MINJI, {})).errors == {}
    assert "그사이 달라져" in text_of(world.modal(MINJI))
    assert "310 → 4" in text_of(world.modal(MINJI))
    assert (await submit(world, MINJI, {})).errors == {}
    await world.settle()
    await read_shop.sync()
    assert read_shop.towel.stock == 4


async def test_orders_and_another_stock_that_come_together_are_asked_about_together(read_shop: Shop) -> None:
    world = read_shop.world
    await change(read_shop, stock_on=False)
    await world.collect()
    read_shop.towel.stock = 310
    await read_shop.count(5)
    await look(world)
    await edit(world, 3, {"stock": "on", "confirm_mode": "auto"})
    assert "310 → 5" in text_of(world.modal(MINJI))
    await read_shop.count(4)
    world.tmon.new_order(read_shop.store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    await submit(world, MINJI, {})
    again = text_of(world.modal(MINJI))
    for said in ("그사이 달라져", "310 → 4", "주문 1건은 어떻게"):
        assert said in again
    await submit(world, MINJI, {"take_waiting": "no"})
    async with world.db.read() as session:
        assert (await session.get_one(Store, (read_shop.store.team_id, read_shop.store.id))).stock_on


async def test_the_switch_asks_once_more_where_it_cannot_compare(read_shop: Shop) -> None:
    world = read_shop.world
    await change(read_shop, stock_on=False, product_on=False)
    await read_shop.count(0)
    await _settings(read_shop, stock="on")
    assert "비교할 수 없습니다" in text_of(world.modal(MINJI))
    assert (await submit(world, MINJI, {})).errors.keys() == {"unseen"}
    assert (await submit(world, MINJI, {"unseen": ["yes"]})).errors == {}
    await read_shop.sync()
    assert read_shop.towel.stock == 0


async def test_the_button_of_a_notice_shows_it_too(read_shop: Shop) -> None:
    world = read_shop.world
    await read_shop.count(0)
    read_shop.towel.stock = 310
    await world.command(MINJI, "stock")
    await change(read_shop, stock_on=False)
    await press(read_shop, StockAction.SYNC)
    await press(read_shop, SwitchAction.TURN_ON)
    await world.settle()
    assert "310 → 0 품절" in text_of(world.modal(MINJI))
    assert (await submit(world, MINJI, {})).errors == {}
    await read_shop.sync()
    assert read_shop.towel.stock == 0


@pytest.mark.parametrize("way", ["command", "list", "notice"])
async def test_the_master_switch_shows_it_too(read_shop: Shop, way: str) -> None:
    world = read_shop.world
    await read_shop.count(0)
    read_shop.towel.stock = 310
    if way == "notice":
        await world.command(MINJI, "stock")
    await change(read_shop, sync_on=False)
    if way == "command":
        await world.command(MINJI, "연동 켜기")
    elif way == "list":
        await world.command(MINJI, "stores")
        await press(read_shop, StoreAction.RESUME)
    else:
        await press(read_shop, StockAction.SYNC)
        await press(read_shop, SwitchAction.TURN_ON)
    await world.settle()
    shown = text_of(world.modal(MINJI))
    assert "연동설정 → 사용" in shown
    assert len(world.slack.open_modal(MINJI)) == (1 if way == "command" else 2)
    assert "310 → 0 품절" in shown
    assert not (await _stored(read_shop)).sync_on
    assert (await submit(world, MINJI, {})).errors == {}
    assert (await _stored(read_shop)).sync_on
    await read_shop.sync()
    assert read_shop.towel.stock == 0


async def test_the_master_switch_waits_for_a_slow_answer_in_a_form(read_shop: Shop) -> None:
    world = read_shop.world
    await read_shop.count(0)
    await change(read_shop, sync_on=False)
    world.tmon.faults.slow_seconds, world.tmon.faults.only = 1.5, {"deals.get"}
    await world.command(MINJI, "sync on")
    await world.settle()
    await until(lambda: "품절되는 옵션 1개" in text_of(world.modal(MINJI)), 15)
    assert len(world.slack.open_modal(MINJI)) == 1


@pytest.mark.parametrize("off", [{"stock_on": False}, {}], ids=["no stock sync", "nothing changes"])
async def test_the_master_switch_asks_nothing_where_no_stock_changes(read_shop: Shop, off: dict[str, Any]) -> None:
    world = read_shop.world
    await change(read_shop, sync_on=False, **off)
    await world.command(MINJI, "sync on")
    assert "연동을 켰습니다" in private(world, MINJI)[-1]
    assert world.slack.open_modal(MINJI) == []
    assert (await _stored(read_shop)).sync_on


async def _stored(shop: Shop) -> Store:
    return await shop.world.bot.services[StoreService].get(shop.store.team_id, shop.store.id)


async def test_the_setup_of_a_known_store_shows_it_too(read_shop: Shop) -> None:
    world = read_shop.world
    await change(read_shop, stock_on=False)
    read_shop.towel.stock = 310
    await read_shop.count(0)
    await world.command(MINJI, f"setup {read_shop.store.name}")
    for step in range(3):
        typed = {"stock": "on"} if step == 2 else {}
        assert (await submit(world, MINJI, typed)).errors == {}
    assert "310 → 0 품절" in text_of(world.modal(MINJI))
    assert read_shop.towel.stock == 310
    assert (await submit(world, MINJI, {})).errors == {}
    await until(lambda: world.modal(MINJI).callback_id == "setup.result", 15)
    await read_shop.sync()
    assert read_shop.towel.stock == 0


async def test_a_result_finds_whoever_has_closed_the_form(read_shop: Shop) -> None:
    world = read_shop.world
    await upload(read_shop, "sku.csv", listed(read_shop, 5))
    world.tmon.faults.slow_seconds, world.tmon.faults.only = 1.5, {"deals.get"}
    view = world.modal(MINJI)
    assert (await world.slack.submit(MINJI, view.id, {})).ok  # answered with the sentence that files are read
    await world.slack.close(MINJI, view.id)
    await world.settle()
    await until(lambda: any("새 SKU 1개" in text for text in private(world, MINJI)), 15)
    assert await read_shop.left() == 5


async def test_of_too_many_deals_the_first_are_compared_and_it_is_asked_once_more(read_shop: Shop) -> None:
    seen = [{"deal_no": 10**12 + n, "title": f"상품 {n}"} for n in range(300)]
    async with read_shop.world.db.write() as session:
        await insert_seen(session, read_shop.store, seen, read_shop.world.clock())
    read_shop.towel.stock = 310
    read_shop.world.tmon.calls.clear()
    text = text_of(await upload(read_shop, "sku.csv", listed(read_shop, 0)))
    assert "310 → 0 품절" in text
    assert "모두 비교하지는 못했습니다" in text
    assert len(read_shop.world.tmon.calls_of("deals.get")) == 300
    assert (await submit(read_shop.world, MINJI, {})).errors.keys() == {"unseen"}
