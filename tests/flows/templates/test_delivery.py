"""`/tmon templates` through real sockets: address book and delivery templates, each path and each answer of TMON's."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.stores.test_setup import buttons, click, labels, private, submit, text_of
from tests.flows.world import World, until
from tmon.models.audit import Audit
from tmon.models.stores import Store
from tmon.models.templates import AddressChange, DeliveryTemplate, PartnerAddress, WriteState
from tmon.permissions import Person
from tmon.stores.service import StoreService

LIVING = DEMO_PARTNERS[0]
ADDRESS = {
    "name": "김포 제2창고",
    "kind": "D",
    "zip_code": "10045",
    "street_address": "경기도 김포시 가상로 77",
    "address": "경기도 김포시 가상동 34-5",
    "address_detail": "2층",
    "manager_name": "한출고",
    "manager_phone": "031-998-7654",
}
CONDITION = {
    "name": "5만원 이상 무료",
    "fee": "3,000",
    "free_from": "50000",
    "jeju": "3000",
    "other_islands": "5,000원",
}
LIST_CALLS = {"templates.list", "templates.get"}


async def new_store(world: World, **over: Any) -> Store:
    """A store whose shop at TMON has two addresses and a few templates."""
    open_shop(world.tmon, world.tmon.partners[LIVING.partner_id])
    return await world.add_store(registered_by=MINJI, **over)


async def press(world: World, action: str, user: str = MINJI) -> InteractionResult:
    """Presses the first button of the modal whose action id begins with `action`."""
    found = next(name for name in buttons(world.modal(user)) if name == action or name.startswith(f"{action}#"))
    return await click(world, user, found)


async def opened(world: World, user: str = MINJI) -> View:
    """The overview, addresses imported."""
    await world.command(user, "templates")
    await press(world, "templates.import_addresses", user)
    return world.modal(user)


async def type_in(world: World, values: dict[str, str], user: str = MINJI) -> InteractionResult:
    """Types by field name and sends the form."""
    names = {block["block_id"].partition("~")[0]: block["block_id"] for block in world.modal(user).blocks}
    return await submit(world, user, {names[field]: value for field, value in values.items()})


async def choose(world: World, field: str, value: str, user: str = MINJI) -> None:
    """Chooses what the form grows with."""
    view = world.modal(user)
    await world.slack.click(user, view_id=view.id, action_id=f"templates.changed#{field}", value=value)
    await world.settle()


async def fill_policy(world: World, user: str = MINJI, **over: str) -> InteractionResult:
    """A conditional policy, typed from a fresh form up to the preview."""
    await choose(world, "fee_policy", "CONDITION", user)
    await choose(world, "islands", "yes", user)
    return await type_in(world, {**CONDITION, **over}, user)


async def register(world: World, user: str = MINJI) -> InteractionResult:
    """The second confirmation."""
    return await submit(world, user, {"sure": ["yes"]})


async def templates(world: World) -> list[DeliveryTemplate]:
    async with world.db.read() as session:
        return list(await session.scalars(select(DeliveryTemplate)))


async def addresses(world: World) -> list[PartnerAddress]:
    async with world.db.read() as session:
        return list(await session.scalars(select(PartnerAddress)))


async def changes(world: World) -> list[AddressChange]:
    async with world.db.read() as session:
        return list(await session.scalars(select(AddressChange)))


async def audited(world: World) -> list[str]:
    async with world.db.read() as session:
        return [row.action for row in await session.scalars(select(Audit))]


def made(world: World) -> list[str]:
    """Names of the templates at TMON that this test made."""
    return [template.name for template in world.tmon.templates.values() if template.name == CONDITION["name"]]


async def settle_later(world: World, after: timedelta = timedelta(minutes=6)) -> None:
    """The job that settles doubts, some time later."""
    world.clock.advance(after)
    await next(job for job in world.bot.jobs if job.name == "settle writes").run()
    await world.settle()


async def set_product(world: World, store: Store, *, on: bool) -> None:
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).product_on = on


# --- the address book ---
async def test_the_delivery_side_is_locked_until_the_addresses_are_imported(world: World) -> None:
    await new_store(world)
    await world.command(MINJI, "템플릿")
    view = world.modal(MINJI)
    assert "🔒" in text_of(view)
    assert "templates.new" not in buttons(view)
    await press(world, "templates.import_addresses#unlock")
    view = world.modal(MINJI)
    assert "주소 2개를 가져왔습니다" in text_of(view)
    assert "🔒" not in text_of(view)
    assert "templates.new" in buttons(view)
    await press(world, "templates.addresses")
    shown = text_of(world.modal(MINJI))
    assert "출고담당" in shown
    assert "출고지" in shown
    assert "기본 주소" in shown


async def test_only_those_who_manage_the_store_see_it(world: World) -> None:
    await new_store(world)
    await world.command(JUNHO, "templates")
    assert world.slack.open_modal(JUNHO) == []
    assert f"<@{MINJI}>" in private(world, JUNHO)[-1]


async def test_an_address_is_registered_at_tmon_at_once(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    assert labels(world.modal(MINJI)) == [
        *("템플릿 제목", "주소지 타입", "우편번호", "도로명주소", "지번주소", "상세주소"),
        *("담당자 이름", "담당자 전화번호", "기본 주소"),
    ]
    await type_in(world, {**ADDRESS, "default": ["yes"]})  # type: ignore[dict-item]
    assert "저장했습니다" in text_of(world.modal(MINJI))
    (at_tmon,) = [one for one in world.tmon.addresses.values() if one.name == ADDRESS["name"]]
    assert (at_tmon.kind, at_tmon.manager_phone, at_tmon.default) == ("D", "031-998-7654", True)
    kept = {row.no: row for row in await addresses(world)}
    assert [no for no, row in kept.items() if row.is_default] == [at_tmon.no]
    assert "한출고" not in kept[at_tmon.no].content
    assert [(one.state, one.content) for one in await changes(world)] == [(WriteState.DONE, None)]
    assert {"address.import", "address.register"} <= {*await audited(world)}


@pytest.mark.parametrize(
    ("phone", "sentence"),
    [
        ("080-123-4567", "080으로 시작하는"),
        ("1544-0000", "02-1544-0000"),
        ("12-34", "하이픈"),
    ],
)
async def test_phone_rules_are_told_at_the_field(world: World, phone: str, sentence: str) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    acted = await type_in(world, {**ADDRESS, "manager_phone": phone})
    assert sentence in acted.errors["manager_phone~new"]
    assert world.tmon.calls_of("addresses.create") == []


async def test_an_edit_says_how_many_templates_it_touches(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    count = len(await templates(world))
    assert count
    await press(world, "templates.addresses")
    await press(world, "templates.edit_address")
    assert f"*{count}개*" in text_of(world.modal(MINJI))
    await type_in(world, {"manager_name": "새담당"})
    (no,) = [int(call.path.rsplit("/", 1)[1]) for call in world.tmon.calls_of("addresses.update")]
    assert world.tmon.addresses[no].manager_name == "새담당"
    await press(world, "templates.addresses")
    assert "새담당" in text_of(world.modal(MINJI))


async def test_tmon_refuses_an_edit_and_the_local_copy_stays(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.addresses")
    before = {row.no: row.content for row in await addresses(world)}
    await press(world, "templates.edit_address")
    await type_in(world, {"kind": "R"})  # TMON does not let the type of an address in use change
    shown = text_of(world.modal(MINJI))
    assert "저장하지 못했습니다" in shown
    assert "타입은 변경할 수 없습니다" in shown
    assert {row.no: row.content for row in await addresses(world)} == before
    await press(world, "templates.retry_address")
    assert labels(world.modal(MINJI))[0] == "템플릿 제목"


@pytest.mark.parametrize("known_here", [True, False])
async def test_a_taken_name_leads_to_the_address_that_has_it(world: World, known_here: bool) -> None:
    await new_store(world)
    await opened(world)
    taken = next(iter(world.tmon.addresses.values()))
    if not known_here:
        async with world.db.write() as session:
            store_id = (await session.scalars(select(Store))).one().id
            row = await session.get_one(PartnerAddress, (world.slack.team_id, store_id, taken.no))
            await session.delete(row)
    await press(world, "templates.new_address")
    await type_in(world, {**ADDRESS, "name": taken.name})
    shown = text_of(world.modal(MINJI))
    assert "이미 있습니다" in shown
    assert taken.manager_name in shown
    assert len(world.tmon.calls_of("addresses.create")) == (not known_here)
    assert taken.no in {row.no for row in await addresses(world)}
    await press(world, "templates.retry_address")
    acted = await type_in(world, {"name": "또 다른 창고"})
    assert acted.errors == {}
    assert "또 다른 창고" in {one.name for one in world.tmon.addresses.values()}


@pytest.mark.parametrize("edited", [False, True])
async def test_an_address_whose_answer_is_lost_is_looked_up_by_its_name(world: World, edited: bool) -> None:
    await new_store(world)
    await opened(world)
    if edited:
        await press(world, "templates.addresses")
        await press(world, "templates.edit_address")
    else:
        await press(world, "templates.new_address")
    call = "addresses.update" if edited else "addresses.create"
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang_after_write", {call}, 1
    await type_in(world, ADDRESS)
    assert "저장했습니다" in text_of(world.modal(MINJI))
    assert len(world.tmon.calls_of(call)) == 1
    assert "김포 제2창고" in {row.name for row in await addresses(world)}


async def test_an_address_that_did_not_arrive_is_told_once_that_is_sure(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang", {"addresses.create"}, 1
    await type_in(world, ADDRESS)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world, timedelta(seconds=30))
    assert [one.state for one in await changes(world)] == [WriteState.UNKNOWN]
    assert "확인하고 있습니다" in private(world, MINJI)[-1]
    await settle_later(world)
    assert [one.state for one in await changes(world)] == [WriteState.FAILED]
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    assert len(world.tmon.calls_of("addresses.create")) == 1


async def test_tmon_does_not_list_addresses(world: World) -> None:
    await new_store(world)
    world.tmon.faults.not_offered = {"addresses.list"}
    await opened(world)
    view = world.modal(MINJI)
    assert "🔒" in text_of(view)
    assert "templates.import_named_address" in buttons(view)
    world.tmon.faults.not_offered = set()  # by name it answers
    await press(world, "templates.import_named_address")
    await submit(world, MINJI, {"name": "없는 창고"})
    assert "이름의 주소가 없습니다" in text_of(world.modal(MINJI))
    await press(world, "templates.import_named_address")
    await submit(world, MINJI, {"name": next(iter(world.tmon.addresses.values())).name})
    assert "🔒" not in text_of(world.modal(MINJI))


# --- delivery templates ---
async def test_the_form_grows_with_the_policy(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    plain = ["템플릿 이름", "묶음배송", "배송비 정책", "반품 편도 배송비 (원)", "상품 유형", "배송 유형"]
    end = ["출고지", "반품지", "티몬지정 반품택배"]
    assert labels(world.modal(MINJI)) == [*plain, "제주·도서산간 배송", *end]
    await choose(world, "fee_policy", "CONDITION")
    assert "무료배송 기준 금액 (원)" in labels(world.modal(MINJI))
    await choose(world, "fee_policy", "PER")
    assert "무료배송 기준 금액 (원)" not in labels(world.modal(MINJI))
    assert "배송비 (원)" in labels(world.modal(MINJI))
    await choose(world, "delivery_type", "DD")
    assert "당일발송 마감시간" in labels(world.modal(MINJI))
    await choose(world, "islands", "yes")
    assert "제주 추가 배송비 (원)" in labels(world.modal(MINJI))
    await choose(world, "islands_prepaid", "no")
    assert "제주 추가 배송비 (원)" not in labels(world.modal(MINJI))
    assert "추가 배송비 최대 (원)" in labels(world.modal(MINJI))


async def test_registered_after_a_preview_in_words_and_a_second_confirmation(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    acted = await fill_policy(world)
    assert acted.errors == {}
    shown = text_of(world.modal(MINJI))
    assert "5만원 이상 무료, 미만 3,000원, 제주 +3,000원, 그 외 도서산간 +5,000원" in shown
    assert "수정하거나 삭제할 수 없습니다" in shown
    assert world.tmon.calls_of("templates.create") == []
    refused = await world.slack.submit(MINJI, world.modal(MINJI).id, {})
    assert "sure" in refused.errors
    await register(world)
    assert "등록했습니다" in text_of(world.modal(MINJI))
    assert len(world.tmon.calls_of("templates.create")) == 1
    (row,) = [one for one in await templates(world) if one.name == CONDITION["name"]]
    assert (row.state, row.pending_by) == (WriteState.DONE, MINJI)
    at_tmon = world.tmon.templates[row.no or 0].policy
    assert (at_tmon["deliveryFeeFreePrice"], at_tmon["longDistanceDeliveryFeeExcludingJeju"]) == (50000, 5000)
    assert "template.register" in await audited(world)


async def test_back_from_the_preview_keeps_what_was_typed(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    await press(world, "templates.back")
    acted = await type_in(world, {"fee": "2500"})
    assert acted.errors == {}
    assert "5만원 이상 무료, 미만 2,500원" in text_of(world.modal(MINJI))


@pytest.mark.parametrize("known_here", [True, False])
async def test_an_identical_template_is_offered_instead(world: World, known_here: bool) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.list")
    await press(world, "templates.copy")
    if not known_here:  # somebody made it in the partner centre
        async with world.db.write() as session:
            for row in await session.scalars(select(DeliveryTemplate)):
                await session.delete(row)
    await type_in(world, {"name": "같은 것"})
    if not known_here:
        await register(world)
    assert "이미 있어 새로 만들지 않았습니다" in text_of(world.modal(MINJI))
    assert world.tmon.calls_of("templates.create") == []
    await press(world, "templates.back")
    assert "같은 것" in text_of(world.modal(MINJI)), "what was typed is still there"


async def test_a_template_is_never_edited_but_copied(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.list")
    assert "수정하거나 삭제할 수 없습니다" in text_of(world.modal(MINJI))
    assert {name.partition("#")[0] for name in buttons(world.modal(MINJI))} == {"templates.copy", "templates.overview"}
    await press(world, "templates.copy")
    await type_in(world, {"name": "복사본", "fee": "7777"})
    await register(world)
    assert "복사본" in {template.name for template in world.tmon.templates.values()}


async def test_two_people_register_the_same_at_once(world: World) -> None:
    await new_store(world)
    people = (MINJI, JUNHO)  # MINJI may as an admin
    async with world.db.write() as session:
        (await session.scalars(select(Store))).one().registered_by = JUNHO
    for user in people:
        await opened(world, user)
        await press(world, "templates.new", user)
        await fill_policy(world, user)
    await asyncio.gather(*(register(world, user) for user in people))
    assert len(world.tmon.calls_of("templates.create")) == 1
    assert len(made(world)) == 1


async def test_a_lost_answer_is_looked_up_in_tmons_list(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only = "hang_after_write", {"templates.create"}
    world.tmon.faults.times = 1
    await register(world)
    assert "등록했습니다" in text_of(world.modal(MINJI))
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 1)


@pytest.mark.parametrize("mode", ["empty", "truncated"])
async def test_an_answer_without_the_number_is_looked_up_as_well(world: World, mode: Any) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = mode, {"templates.create"}, 1
    await register(world)
    assert "등록했습니다" in text_of(world.modal(MINJI))
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 1)


async def test_tmon_goes_silent_after_the_write_and_is_asked_later(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only = "hang_after_write", {"templates.create"}
    pressed = asyncio.create_task(register(world))
    await until(lambda: world.tmon.calls_of("templates.create"))
    world.tmon.faults.mode, world.tmon.faults.only = "down", None
    await pressed
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    # meanwhile the same policy is refused
    await press(world, "templates.overview")
    await press(world, "templates.new")
    acted = await fill_policy(world)
    assert "두 번 만들어지지 않도록" in next(iter(acted.errors.values()))
    await settle_later(world)
    assert "확인하고 있습니다" in private(world, MINJI)[-1]
    world.tmon.faults.clear()
    await settle_later(world, timedelta(seconds=30))
    assert "등록했습니다" in private(world, MINJI)[-1]
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 1)


async def test_a_template_that_did_not_arrive_can_be_registered_again_once_that_is_sure(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang", {"templates.create"}, 1
    await register(world)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world, timedelta(seconds=30))
    assert {row.state for row in await templates(world) if row.no is None} == {WriteState.UNKNOWN}
    await settle_later(world)
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    await world.command(MINJI, "templates")
    await press(world, "templates.new")
    await fill_policy(world)
    await register(world)
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 2)


@pytest.mark.parametrize("there", [True, False])
async def test_without_a_list_a_person_decides(world: World, there: bool) -> None:
    await new_store(world)
    world.tmon.faults.not_offered = LIST_CALLS
    await opened(world)
    await press(world, "templates.import")
    assert "목록을 제공하지 않습니다" in text_of(world.modal(MINJI))
    await press(world, "templates.new")
    assert "확인하지 못합니다" in text_of(world.modal(MINJI))
    await fill_policy(world)
    assert "확인하지 못합니다" in text_of(world.modal(MINJI))
    world.tmon.faults.mode = "hang_after_write" if there else "hang"
    world.tmon.faults.only, world.tmon.faults.times = {"templates.create"}, 1
    await register(world)
    assert "파트너센터에서 확인한 뒤" in text_of(world.modal(MINJI))
    asked = len(world.tmon.calls_of("templates.list"))
    await settle_later(world)
    assert len(world.tmon.calls_of("templates.list")) == asked  # TMON said it once
    (row,) = await templates(world)
    assert row.state is WriteState.UNKNOWN
    await press(world, "templates.overview")
    await press(world, "templates.new")
    acted = await fill_policy(world)
    assert "두 번 만들어지지 않도록" in next(iter(acted.errors.values()))
    await world.command(MINJI, "templates")
    if there:
        no = max(world.tmon.templates)
        await press(world, "templates.is_there")
        assert "숫자로" in (await submit(world, MINJI, {"no": "육백"})).errors["no"]
        await submit(world, MINJI, {"no": str(no)})
        (row,) = await templates(world)
        assert (row.state, row.no) == (WriteState.DONE, no)
    else:
        await press(world, "templates.not_there")
        await press(world, "templates.new")
        await fill_policy(world)
        await register(world)
    assert len(made(world)) == 1


async def test_without_a_list_templates_are_added_by_number(world: World) -> None:
    await new_store(world)
    world.tmon.faults.not_offered = LIST_CALLS
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.add")
    await submit(world, MINJI, {"no": "612345", "name": "우리 템플릿"})
    assert "우리 템플릿" in text_of(world.modal(MINJI))
    await press(world, "templates.list")
    assert "조건을 알려 주지 않는" in text_of(world.modal(MINJI))
    assert [name for name in buttons(world.modal(MINJI)) if "copy" in name] == []
    world.tmon.faults.not_offered = {"templates.list"}  # it tells single ones
    await press(world, "templates.overview")
    await press(world, "templates.add")
    await submit(world, MINJI, {"no": "612345"})
    (row,) = await templates(world)
    assert row.policy is not None
    await press(world, "templates.add")
    await submit(world, MINJI, {"no": "999"})
    assert "존재하지 않는 배송템플릿" in text_of(world.modal(MINJI))


async def test_nothing_is_sent_when_the_list_cannot_be_read(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"templates.list"}
    await register(world)
    assert "보낸 것은 없습니다" in text_of(world.modal(MINJI))
    assert world.tmon.calls_of("templates.create") == []
    assert await templates(world) == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("error_500_json", "요청을 처리하는 중 오류"),
        ("throttled", "보내지 못했습니다"),
    ],
)
async def test_tmon_refuses_a_template(world: World, mode: Any, words: str) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = mode, {"templates.create"}, 1
    await register(world)
    shown = text_of(world.modal(MINJI))
    assert "등록하지 못했습니다" in shown
    assert words in shown
    await press(world, "templates.copy")  # 다시 입력
    await type_in(world, {})
    await register(world)
    assert len(made(world)) == 1


@pytest.mark.parametrize(
    "sentence", ["ResourceAccessException: I/O error", "PersistenceException", "502 Bad Gateway from upstream"]
)
async def test_trouble_inside_tmon_is_a_doubt_and_not_a_refusal(world: World, sentence: str) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = "error_500_json", {"templates.create"}, 1, sentence
    await register(world)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    assert [row.state for row in await templates(world) if row.no is None] == [WriteState.UNKNOWN]


@pytest.mark.parametrize("mode", ["error_500", "html_502", "html_503", "down"])
async def test_a_gateway_in_between_tells_nothing_about_a_template(world: World, mode: Any) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = mode, {"templates.create"}, 1
    await register(world)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world)
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    assert len(world.tmon.calls_of("templates.create")) == 1


@pytest.mark.parametrize(
    ("mode", "sentence", "state", "words"),
    [
        ("error_500_json", "요청을 처리하는 중 오류", WriteState.FAILED, "요청을 처리하는 중 오류"),
        ("error_500_json", "CannotCreateTransactionException", WriteState.UNKNOWN, "확인하고 있습니다"),
        ("throttled", "", WriteState.FAILED, "보내지 못했습니다"),
        ("html_502", "", WriteState.UNKNOWN, "확인하고 있습니다"),
        ("down", "", WriteState.UNKNOWN, "확인하고 있습니다"),
    ],
)
async def test_what_tmon_answers_to_an_address(
    world: World, mode: Any, sentence: str, state: WriteState, words: str
) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = mode, {"addresses.create"}, 1, sentence
    await type_in(world, ADDRESS)
    assert words in text_of(world.modal(MINJI))
    assert [one.state for one in await changes(world)] == [state]
    assert len(await addresses(world)) == 2  # the local copy follows what TMON accepted, nothing else
    assert len(world.tmon.calls_of("addresses.create")) == 1


async def test_a_dead_token_is_renewed_and_one_template_is_made(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.expire_tokens()
    await register(world)
    assert len(made(world)) == 1


async def test_a_rejected_key_is_told_and_laid_to_the_store(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    world.tmon.revoke_key(LIVING.partner_id)
    await type_in(world, ADDRESS)
    assert "Key를 받아들이지" in text_of(world.modal(MINJI))
    async with world.db.read() as session:
        assert (await session.scalars(select(Store))).one().state == "key_rejected"


# --- the switch ---
async def test_while_the_switch_is_off_no_call_leaves(world: World) -> None:
    store = await new_store(world)
    await opened(world)
    await set_product(world, store, on=False)
    calls = len(world.tmon.calls)
    await world.command(MINJI, "templates")
    assert "switches.turn_on" in "".join(buttons(world.modal(MINJI)))
    await press(world, "templates.import_addresses")
    assert "switches.turn_on" in "".join(buttons(world.modal(MINJI)))
    await press(world, "templates.import")
    assert "switches.turn_on" in "".join(buttons(world.modal(MINJI)))
    for refused in ("new_address", "new"):
        await press(world, f"templates.{refused}")
        assert "switches.turn_on" in await world.notice(MINJI)
    assert len(world.tmon.calls) == calls
    await set_product(world, store, on=True)
    await press(world, "templates.import")
    assert len(world.tmon.calls) > calls


async def test_doubts_wait_while_the_switch_is_off(world: World) -> None:
    store = await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    await fill_policy(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang", {"templates.create"}, 1
    await register(world)
    await set_product(world, store, on=False)
    calls = len(world.tmon.calls)
    await settle_later(world)
    assert len(world.tmon.calls) == calls
    await set_product(world, store, on=True)
    await settle_later(world)
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]


async def test_a_removed_store_takes_its_address_book_along(world: World) -> None:
    store = await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    await world.bot.services[StoreService].remove(Person(world.slack.team_id, MINJI), store.id)
    assert await addresses(world) == []
    assert await templates(world) == []
