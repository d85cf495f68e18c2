"""The panel beside the chat: what it says of the sandbox, and what its buttons do there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.playground.page.morning import Morning
from bot.playground.page.sandbox_panel import MANY_ORDERS, NOTHING_ON_SALE, SandboxPanel
from bot.playground.tmon import DEMO_PARTNERS, PROPOSED_CALLS, Listing, Sandbox, demo_sandbox
from tests.clock import MovableClock

STORE = DEMO_PARTNERS[0].partner_id


@pytest.fixture
def sandbox(clock: MovableClock) -> Sandbox:
    return demo_sandbox(clock)


@pytest.fixture
def desk(sandbox: Sandbox, clock: MovableClock) -> SandboxPanel:
    def pass_a_day() -> None:
        clock.advance(timedelta(days=1))

    return SandboxPanel(sandbox, Morning(sandbox, lambda: None), pass_a_day, lambda: None)


def deals(sandbox: Sandbox) -> list[Listing]:
    """The deals of the store."""
    return [deal for deal in sandbox.deals.values() if deal.partner_id == STORE]


def sell_out(sandbox: Sandbox, left: int = 0) -> None:
    """Leaves so much of one option, and nothing of all others."""
    for deal in deals(sandbox):
        for option in deal.options.values():
            option.stock = 0
    on_sale = next(deal for deal in deals(sandbox) if deal.sales_status(sandbox.clock()) == "ON_SALE")
    next(iter(on_sale.options.values())).stock = left


def test_nothing_on_sale_is_a_sentence(desk: SandboxPanel, sandbox: Sandbox) -> None:
    sell_out(sandbox)
    before = len(sandbox.orders)
    assert desk.press("new_order", STORE) == NOTHING_ON_SALE
    assert desk.press("many_orders", STORE) == NOTHING_ON_SALE
    assert len(sandbox.orders) == before


def test_orders_until_all_is_sold(desk: SandboxPanel, sandbox: Sandbox) -> None:
    sell_out(sandbox, left=5)
    before = len(sandbox.orders)
    sentence = desk.press("many_orders", STORE)
    placed = len(sandbox.orders) - before
    assert 0 < placed < MANY_ORDERS
    assert sentence == f"주문 {placed}건 뒤에 상품이 다 팔렸습니다."
    assert sum(line.stock for line in desk.view(STORE).deals) == 0


def test_deals_say_what_is_left(desk: SandboxPanel, sandbox: Sandbox) -> None:
    listed = deals(sandbox)
    lines = {line.deal_no: line for line in desk.view(STORE).deals}
    assert lines.keys() == {deal.deal_no for deal in listed}
    for deal in listed:
        line = lines[deal.deal_no]
        assert line.stock == sum(option.stock for option in deal.options.values())
        assert line.synced == all(option.vendor_option_no for option in deal.options.values())
    first = listed[0]
    next(iter(first.options.values())).stock = 0
    first.paused = True
    listed[1].deleted = True
    changed = {line.deal_no: line for line in desk.view(STORE).deals}
    assert changed[first.deal_no].sold_out == lines[first.deal_no].sold_out + 1
    assert changed[first.deal_no].state == "일시 중지"
    assert listed[1].deal_no not in changed


def test_faults_of_stock_and_of_proposed_calls(desk: SandboxPanel, sandbox: Sandbox) -> None:
    assert desk.press("fail_option", STORE) is None
    view = desk.view(STORE)
    (key,) = sandbox.faults.failing_options
    assert key in view.fault_about
    assert view.failing_option
    assert desk.press("heal_option", STORE) is None
    assert sandbox.faults.failing_options == set()
    assert desk.press("proposed_off", STORE) is None
    assert sandbox.faults.not_offered == PROPOSED_CALLS
    assert desk.view(STORE).fault == "제안된 호출 없음"
    assert desk.press("proposed_on", STORE) is None
    assert desk.view(STORE).fault == ""
    assert desk.press("fail_option", STORE) is None
    assert desk.press("normal", STORE) is None
    assert sandbox.faults.failing_options == set()
    for deal in deals(sandbox):
        for option in deal.options.values():
            option.vendor_option_no = None
    assert desk.press("fail_option", STORE) == "재고를 맞출 수 있는 옵션이 없습니다."


def test_inquiries_come_and_are_answered(desk: SandboxPanel, sandbox: Sandbox) -> None:
    def waiting() -> int:
        questions = [one for one in sandbox.questions.values() if one.partner_id == STORE and not one.answered]
        groups = [one.groups[-1] for one in sandbox.cs_inquiries.values() if one.partner_id == STORE]
        return len(questions) + sum(not group.answered for group in groups)

    before, matters = waiting(), len(sandbox.cs_inquiries)
    for _ in range(3):
        assert desk.press("new_question", STORE) is None
        assert desk.press("new_cs_inquiry", STORE) is None
    assert waiting() == before + 6
    assert len(sandbox.cs_inquiries) == matters + 3
    for _ in range(before + 6):
        assert desk.press("answer_inquiry", STORE) is None
    assert desk.press("answer_inquiry", STORE) == "답변을 기다리는 문의가 없습니다."


def test_settlement_comes_late_and_is_corrected(desk: SandboxPanel, sandbox: Sandbox) -> None:
    before = dict(sandbox.settlement)
    assert desk.press("settlement_late", STORE) is None
    assert len(sandbox.settlement) > len(before)
    assert desk.press("settlement_corrected", STORE) is None
    assert any(row.adjust_code == 1 for row in sandbox.settlement.values())
    opened = DEMO_PARTNERS[3].partner_id
    assert "정정할 정산이 없습니다" in str(desk.press("settlement_corrected", opened))


def test_reviews_come_and_their_calls_are_turned_off(desk: SandboxPanel, sandbox: Sandbox) -> None:
    for _ in range(3):
        assert desk.press("new_review", STORE) is None
    assert min(review.score for review in sandbox.reviews.values()) <= 2
    assert desk.press("reviews_off", STORE) is None
    shown = desk.view(STORE)
    assert (shown.reviews_off, shown.proposed_off, shown.fault) == (True, False, "후기 API 없음")
    assert desk.press("reviews_on", STORE) is None
    assert not desk.view(STORE).reviews_off
    assert sandbox.faults.not_offered == set()


def test_stock_and_sale_are_changed_by_hand(desk: SandboxPanel, sandbox: Sandbox) -> None:
    deal = next(deal for deal in deals(sandbox) if len({option.stock for option in deal.options.values()}) > 2)
    fullest = max(deal.options.values(), key=lambda option: option.stock)
    before, others = fullest.stock, sum(option.stock for option in deal.options.values()) - fullest.stock
    assert desk.press("add_five", STORE, deal.deal_no) is None
    assert desk.press("take_one", STORE, deal.deal_no) is None
    assert fullest.stock == before + 4
    next(iter(deal.options.values())).display = False
    assert desk.press("pause_deal", STORE, deal.deal_no) is None
    line = next(line for line in desk.view(STORE).deals if line.deal_no == deal.deal_no)
    assert (line.stock, line.hidden, line.paused, line.state) == (others + before + 4, 1, True, "일시 중지")
    assert desk.press("resume_deal", STORE, deal.deal_no) is None
    assert not deal.paused
    for option in deal.options.values():
        option.stock = 0
    assert desk.press("take_one", STORE, deal.deal_no) == "더 뺄 재고가 없습니다."
    assert deal.changes == []  # no call did it
    foreign = next(deal for deal in sandbox.deals.values() if deal.partner_id != STORE)
    assert desk.press("pause_deal", STORE, foreign.deal_no) == desk.press("pause_deal", STORE)
    assert desk.press("pause_deal", STORE) == "그런 스토어나 동작이 없습니다."


def test_what_is_not_there_is_said(desk: SandboxPanel) -> None:
    assert desk.press("new_order", "nobody") == desk.press("explode", STORE) == "그런 스토어나 동작이 없습니다."


def test_only_answers_to_writes_are_lost_and_other_faults_are_whole() -> None:
    sandbox = demo_sandbox()
    desk = SandboxPanel(sandbox, Morning(sandbox, lambda: None), lambda: None, lambda: None)
    assert desk.press("hang_after_write", STORE) is None
    assert sandbox.faults.applies_to("orders.confirm", STORE)
    assert not sandbox.faults.applies_to("orders.list", STORE)
    assert desk.press("html_503", STORE) is None
    assert sandbox.faults.applies_to("orders.list", STORE)


def counts(desk: SandboxPanel) -> dict[str, int]:
    return dict(desk.view(STORE).states)


def test_buyers_claim_what_is_shipped_and_cancel_what_is_not(desk: SandboxPanel, sandbox: Sandbox) -> None:
    kinds = {"buyer_returns": "반품요청", "buyer_exchanges": "교환요청", "buyer_asks_again": "재배송요청"}
    for act, label in kinds.items():
        assert counts(desk)[label] == 0
        assert desk.press(act, STORE) is None
        assert counts(desk)[label] == 1
    assert desk.press("buyer_returns", STORE) == "반품할 주문이 없습니다. 먼저 송장을 등록해 주세요."
    newest = sandbox.partners[STORE].orders[-1]
    assert desk.press("buyer_cancels", STORE) is None
    assert [claim.order for claim in sandbox.claims.values()][-1] is newest
    pressed = 1
    while desk.press("buyer_cancels", STORE) is None:
        pressed += 1
    assert pressed == 5  # three that nobody confirmed, two in preparation
    assert counts(desk)["취소요청"] == 5
    assert desk.press("buyer_cancels", STORE) == "취소할 주문이 없습니다. 먼저 새 주문을 만들어 주세요."


def test_the_newest_claim_is_taken_back(desk: SandboxPanel, sandbox: Sandbox, clock: MovableClock) -> None:
    assert desk.press("buyer_withdraws", STORE) == "철회할 클레임이 없습니다."
    desk.press("buyer_cancels", STORE)
    clock.advance(timedelta(minutes=1))
    desk.press("buyer_returns", STORE)
    assert desk.press("buyer_withdraws", STORE) is None
    assert (counts(desk)["취소요청"], counts(desk)["반품요청"]) == (1, 0)


def test_carriers_come_by_and_deliver_and_the_bot_looks_at_once(sandbox: Sandbox) -> None:
    looked: list[int] = []
    desk = SandboxPanel(sandbox, Morning(sandbox, lambda: None), lambda: None, lambda: looked.append(1))
    before = counts(desk)
    assert before["송장등록"] == before["배송중"] == before["배송완료"] == 1
    assert desk.press("carrier_collects", STORE) is None
    assert (counts(desk)["송장등록"], counts(desk)["배송중"]) == (0, 2)
    assert desk.press("carrier_collects", STORE) == "집하할 상품이 없습니다. 먼저 송장을 등록해 주세요."
    assert desk.press("carrier_delivers", STORE) is None
    assert (counts(desk)["배송중"], counts(desk)["배송완료"]) == (0, 3)
    assert desk.press("carrier_delivers", STORE) == "배송 중인 상품이 없습니다. '택배 집하'를 먼저 눌러 주세요."
    assert len(looked) == 2


def test_a_day_passes_and_the_panel_says_what_time_it_is(desk: SandboxPanel) -> None:
    assert desk.view(STORE).now == "3월 10일 (화) 오전 10:00"
    assert desk.press("pass_a_day", STORE) is None
    assert desk.view(STORE).now == "3월 11일 (수) 오전 10:00"


def test_image_hosts_fall_silent(desk: SandboxPanel, sandbox: Sandbox) -> None:
    assert desk.press("images_silent", STORE) is None
    assert sandbox.picture("https://img.example.com/1.jpg") is None
    view = desk.view(STORE)
    assert (view.images_silent, view.fault) == (True, "이미지 서버 멈춤")
    desk.press("images_back", STORE)
    assert (desk.view(STORE).images_silent, desk.view(STORE).fault) == (False, "")
    assert sandbox.picture("https://img.example.com/1.jpg")


def test_a_word_is_forbidden_and_allowed_again(desk: SandboxPanel, sandbox: Sandbox) -> None:
    desk.press("forbid_word", STORE)
    assert (desk.view(STORE).word_forbidden, sandbox.has_forbidden_word("수건 무료배송")) == (True, True)
    desk.press("allow_word", STORE)
    assert (desk.view(STORE).word_forbidden, sandbox.has_forbidden_word("수건 무료배송")) == (False, False)
    assert sandbox.has_forbidden_word("금칙어 수건")


def test_the_limit_of_the_deals_of_one_store_is_used_up(
    desk: SandboxPanel, sandbox: Sandbox, clock: MovableClock
) -> None:
    keys = [deal.limit_key for deal in deals(sandbox)]
    other = next(deal for deal in sandbox.deals.values() if deal.partner_id != STORE)
    sandbox.count_deal_call(keys[0])
    desk.press("use_up_deal_calls", STORE)
    assert not any(sandbox.count_deal_call(key) for key in keys)
    assert sandbox.count_deal_call(other.limit_key)
    clock.advance(timedelta(minutes=20))
    assert all(sandbox.count_deal_call(key) for key in keys)
