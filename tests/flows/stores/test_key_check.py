"""The key is checked as it is typed; one that TMON refuses is told at its field and mended with one."""

import pytest

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from handlers.stores import setup
from tests.flows.stores.registering import (
    CONTACT,
    LIVING,
    REQUIRED,
    api,
    click,
    labels,
    private,
    stores,
    submit,
    text_of,
)
from tests.flows.world import World, until
from tmon.models.stores import PendingReason, StoreState
from tmon.sealing import Sealer
from tmon.stores.form import StoreForm


async def test_a_refused_key_is_told_at_its_field_and_nothing_goes_on(world: World) -> None:
    await world.command(MINJI, "setup")
    acted = await submit(world, MINJI, {**REQUIRED, "api_key": "wrong-key"})
    assert set(acted.errors) == {"api_key"}
    assert "받아들이지 않았습니다" in acted.errors["api_key"]
    assert labels(world.modal(MINJI))[0] == "판매자 ID"
    assert (await submit(world, MINJI, {"api_key": LIVING.token})).errors == {}
    assert labels(world.modal(MINJI))[0] == "담당자명"


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("html_503", "티몬에 연결할 수 없어"),
        ("down", "티몬에 연결할 수 없어"),
        ("hang", "계속 확인하고 있습니다"),
        ("throttled", "요청 수를 잠시 제한"),
    ],
)
async def test_where_tmon_does_not_answer_the_form_goes_on_and_says_so(world: World, mode: str, said: str) -> None:
    world.tmon.faults.mode = mode  # type: ignore[assignment]
    await world.command(MINJI, "setup")
    acted = await submit(world, MINJI, REQUIRED)
    assert acted.errors == {}
    assert acted.elapsed < 3
    view = world.modal(MINJI)
    assert labels(view)[0] == "담당자명"
    assert said in text_of(view)
    assert "기본값으로 바로 시작" not in text_of(view)


@pytest.mark.parametrize("at", ["contact", "settings"])
async def test_a_key_refused_late_leads_to_its_form_at_the_next_step(
    world: World, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "KEY_SECONDS", 0.3)
    world.tmon.faults.slow_seconds = 1
    world.tmon.faults.only = {"orders.list"}
    await world.command(MINJI, "setup")
    assert (await submit(world, MINJI, api(api_key="wrong-key"))).errors == {}
    before = world.modal(MINJI)
    assert labels(before)[0] == "담당자명"
    if at == "settings":
        await submit(world, MINJI, CONTACT)
        before = world.modal(MINJI)
    shown = text_of(before)
    await until(lambda: world.tmon.calls_of("orders.list")[-1].status)
    await world.settle()
    assert text_of(world.modal(MINJI)) == shown  # the open form is not touched
    world.tmon.faults.slow_seconds = 0
    await submit(world, MINJI, CONTACT if at == "contact" else {"channel": ORDERS, "workers": [JUNHO]})
    view = world.modal(MINJI)
    assert labels(view) == ["API 인증 Key"]
    assert "받아들이지 않았습니다" in text_of(view)
    assert await stores(world) == []
    assert set((await submit(world, MINJI, {"api_key": "wrong-too"})).errors) == {"api_key"}
    assert (await submit(world, MINJI, {"api_key": LIVING.token})).errors == {}
    if at == "contact":
        assert labels(world.modal(MINJI))[0] == "알림 채널"
        await submit(world, MINJI, {"channel": ORDERS, "workers": [JUNHO]})
    assert "승인 완료" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert store.worker_ids == [JUNHO]
    form = StoreForm.of(store, Sealer(world.settings.fernet_keys()))
    assert form.contact_name == "박담당"


async def test_a_refused_key_of_a_stored_store_is_mended_with_one_field(world: World) -> None:
    store = await world.add_store()
    world.tmon.faults.reject_partners.add(LIVING.partner_id)
    await world.collect()
    (store,) = await stores(world)
    assert store.state is StoreState.KEY_REJECTED
    await world.command(MINJI, "status")
    assert "❌ 인증 실패" in text_of(world.modal(MINJI))
    await click(world, MINJI, f"setup.fix_key#{store.id}")
    view = world.modal(MINJI)
    assert labels(view) == ["API 인증 Key"]
    assert "아래에 입력해 주세요" in text_of(view)
    assert "Key 고치기'를" not in text_of(view)
    assert set((await submit(world, MINJI, {"api_key": "wrong"})).errors) == {"api_key"}
    world.tmon.faults.reject_partners.clear()
    assert (await submit(world, MINJI, {"api_key": LIVING.token})).errors == {}
    assert "승인 완료" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert store.state is StoreState.APPROVED


async def test_a_store_whose_key_is_refused_says_so_and_leads_to_the_key(world: World) -> None:
    store = await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.TMON_DOWN)
    world.tmon.faults.reject_partners.add(LIVING.partner_id)
    await world.command(MINJI, "stores")
    await click(world, MINJI, "settings.open")
    await click(world, MINJI, "stores.recheck")
    shown = text_of(world.modal(MINJI))
    assert "❌ 인증 실패" in shown
    assert "다시 확인" not in shown
    primary = [one for block in world.modal(MINJI).blocks for one in block.get("elements", []) if one.get("style")]
    assert [one["text"]["text"] for one in primary] == ["Key 고치기"]
    await click(world, MINJI, f"setup.fix_key#{store.id}")
    assert labels(world.modal(MINJI)) == ["API 인증 Key"]
    assert len(world.slack.open_modal(MINJI)) == 1
    assert any("인증 실패" in text for text in private(world, MINJI))


async def test_refused_vendor_credentials_of_their_own_are_told_at_their_field(world: World) -> None:
    await world.command(MINJI, "setup")
    await click(world, MINJI, "setup.more")
    own = {"vendor_code": "V9", "access_key": "a", "secret_key": "s", "personal_data_key": "k" * 16}
    acted = await submit(world, MINJI, {**REQUIRED, **own})
    assert set(acted.errors) == {"vendor_code"}


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("허용되지 않은 IP 입니다.", "서버 주소(IP)를 허용하지 않았습니다"),
        ("API 사용 승인 대기 중입니다.", "아직 이 판매자의 API 사용을 승인하지 않았습니다"),
        ("조회할 수 없는 기간입니다.", "연동 확인을 거절했습니다"),
    ],
)
async def test_what_is_not_the_keys_fault_is_not_called_a_refused_key(world: World, sentence: str, said: str) -> None:
    faults = world.tmon.faults
    faults.mode, faults.only, faults.error_text = "error_500_json", {"orders.list"}, sentence
    await world.command(MINJI, "setup")
    assert (await submit(world, MINJI, REQUIRED)).errors == {}
    shown = text_of(world.modal(MINJI))
    assert said in shown
    assert sentence in shown
    await submit(world, MINJI, {})
    await submit(world, MINJI, {})
    shown = text_of(world.modal(MINJI))
    assert "승인 대기" in shown
    assert said in shown
    assert "Key 고치기" not in shown


async def test_a_refused_key_is_not_saved_over_one_that_works(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    await click(world, MINJI, "settings.open")
    await click(world, MINJI, "settings.edit#1")
    assert set((await submit(world, MINJI, {"api_key": "wrong"})).errors) == {"api_key"}
    (store,) = await stores(world)
    assert store.state is StoreState.APPROVED
