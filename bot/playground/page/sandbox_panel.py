"""The sandbox panel beside the chat: the TMON sandbox's state, its faults, and the calls it received."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot.playground.page.morning import Morning
from bot.playground.page.mrkdwn import SEOUL, WEEKDAYS, clock_time
from bot.playground.tmon import (
    PROPOSED_CALLS,
    REVIEW_CALLS,
    WRITES,
    ClaimType,
    Listing,
    Mode,
    NothingOnSale,
    Partner,
    Sandbox,
    answer_oldest,
    arrive_late,
    buyer_claims,
    carrier_collects,
    carrier_delivers,
    correct,
    new_cs_inquiry,
    new_question,
    new_review,
    withdraw_claim,
)
from bot.playground.tmon.deal_listings import NO_END

RECENT_CALLS = 30
SLOW_SECONDS = 4.0
MANY_ORDERS = 60
FORBIDDEN_WORD = "무료배송"
"""A word that TMON can be made to refuse, besides the word "금칙어" itself."""
_VENDOR = re.compile(r"^/api/[^/]+(?=/)")

NOTHING_ON_SALE = "팔 수 있는 상품이 없습니다. 모두 품절이거나, 숨겨졌거나, 판매가 끝났습니다."
SALES_STATES: Mapping[str, str] = {"READY": "판매 전", "ON_SALE": "판매 중", "PAUSE": "일시 중지", "END": "판매 종료"}
FAULTS: Mapping[Mode, tuple[str, str]] = {
    "down": ("API 중단", "티몬 API에 연결되지 않습니다."),
    "html_503": ("503 점검", "티몬이 점검 페이지로 답합니다."),
    "hang_after_write": (
        "처리 후 무응답",
        "발주확인처럼 무언가를 바꾸는 요청은 처리되지만 답이 오지 않습니다. 봇은 90초 뒤 티몬에 확인합니다.",
    ),
}
DEAL_STATES: Mapping[str, str] = {
    "D1": "결제완료",
    "D2": "배송준비",
    "D3": "송장등록",
    "D4": "배송중",
    "D5": "배송완료",
}
OPEN_CLAIMS: Mapping[ClaimType, str] = {"C": "취소요청", "R": "반품요청", "X": "교환요청", "D": "재배송요청"}
CANCELLED = "취소완료"
NOTHING_TO_CLAIM: Mapping[ClaimType, str] = {
    "C": "취소할 주문이 없습니다. 먼저 새 주문을 만들어 주세요.",
    "R": "반품할 주문이 없습니다. 먼저 송장을 등록해 주세요.",
    "X": "교환할 주문이 없습니다. 먼저 송장을 등록해 주세요.",
    "D": "재배송할 주문이 없습니다. 먼저 송장을 등록해 주세요.",
}


@dataclass(frozen=True)
class CallLine:
    """A call in the panel, without vendor, query and body, so without personal data. ``status`` 0: no response."""

    time: str
    method: str
    path: str
    status: int


@dataclass(frozen=True)
class DealLine:
    """A deal in the panel.

    ``stock`` is the total of all options; ``options``, ``sold_out`` and ``hidden`` are numbers of options.
    """

    deal_no: int
    title: str
    state: str
    ends: str
    stock: int
    options: int
    sold_out: int
    hidden: int
    paused: bool
    synced: bool
    """Whether every option has the seller's own number, which the bot needs to set its stock."""


@dataclass(frozen=True)
class PanelView:
    """Content of the panel for one partner. ``fault`` is empty if TMON works."""

    stores: list[Partner]
    partner_id: str
    key_revoked: bool
    fault: str
    fault_about: str
    states: list[tuple[str, int]]
    deals: list[DealLine]
    failing_option: bool
    images_silent: bool
    """Whether no host of pictures answers TMON."""
    word_forbidden: bool
    proposed_off: bool
    reviews_off: bool
    """Whether TMON has no reviews."""
    now: str
    """The sandbox's day and time."""
    playing: bool
    """Whether a morning is being played."""
    morning: str
    """What happened last in it."""
    calls: list[CallLine]


class SandboxPanel:
    """Reads and controls the sandbox for the page."""

    def __init__(
        self,
        sandbox: Sandbox,
        morning: Morning,
        pass_a_day: Callable[[], None],
        run_jobs: Callable[[], None],
    ) -> None:
        """`pass_a_day` moves the clock, `run_jobs` lets the bot look for what carriers did."""
        self._sandbox = sandbox
        self._run_jobs = run_jobs
        self._morning = morning
        self._acts: Mapping[str, Callable[[str], str | None]] = {
            "play_morning": morning.start,
            "stop_morning": lambda _: morning.stop(),
            "new_order": self._new_orders(1),
            "many_orders": self._new_orders(MANY_ORDERS),
            "buyer_cancels": self._claim("C"),
            "buyer_returns": self._claim("R"),
            "buyer_exchanges": self._claim("X"),
            "buyer_asks_again": self._claim("D"),
            "buyer_withdraws": self._withdraw,
            "carrier_collects": self._collect,
            "carrier_delivers": self._deliver,
            "pass_a_day": lambda _: pass_a_day(),
            "new_question": self._new_question,
            "new_cs_inquiry": self._new_cs_inquiry,
            "answer_inquiry": self._answer_inquiry,
            "settlement_late": self._settle_late,
            "settlement_corrected": self._correct_settlement,
            "revoke_key": sandbox.revoke_key,
            "restore_key": sandbox.restore_key,
            "fail_option": self._fail_option,
            "heal_option": lambda _: sandbox.faults.failing_options.clear(),
            "images_silent": lambda _: sandbox.faults.silent_image_hosts.add(""),
            "images_back": lambda _: sandbox.faults.silent_image_hosts.clear(),
            "forbid_word": lambda _: sandbox.forbidden_words.add(FORBIDDEN_WORD),
            "allow_word": lambda _: sandbox.forbidden_words.discard(FORBIDDEN_WORD),
            "use_up_deal_calls": sandbox.use_up_deal_calls,
            "proposed_off": lambda _: sandbox.faults.not_offered.update(PROPOSED_CALLS),
            "proposed_on": lambda _: sandbox.faults.not_offered.clear(),
            "new_review": self._new_review,
            "reviews_off": lambda _: sandbox.faults.not_offered.update(REVIEW_CALLS),
            "reviews_on": lambda _: sandbox.faults.not_offered.difference_update(REVIEW_CALLS),
            "slow": lambda _: self._fault(None, SLOW_SECONDS),
            "normal": lambda _: sandbox.faults.clear(),
        } | {mode: self._fault_act(mode) for mode in FAULTS}
        self._deal_acts: Mapping[str, Callable[[Listing], str | None]] = {
            "take_one": lambda listing: self._count_anew(listing, -1),
            "add_five": lambda listing: self._count_anew(listing, 5),
            "pause_deal": lambda listing: self._set_paused(listing, True),
            "resume_deal": lambda listing: self._set_paused(listing, False),
        }

    def press(self, act: str, partner_id: str, deal_no: int = 0) -> str | None:
        """Press a button of the panel, for a partner or one of its deals.

        Returns an error message, or None on success.
        """
        if partner_id in self._sandbox.partners:
            if act in self._acts:
                return self._acts[act](partner_id)
            deal = next((deal for deal in self._listings(partner_id) if deal.deal_no == deal_no), None)
            if deal is not None and act in self._deal_acts:
                return self._deal_acts[act](deal)
        return "그런 스토어나 동작이 없습니다."

    def view(self, partner_id: str) -> PanelView:
        """The panel's content for a partner; for an unknown id, the first one."""
        partners = self._sandbox.partners
        partner = partners.get(partner_id) or next(iter(partners.values()))
        fault, about = self._current_fault()
        return PanelView(
            stores=list(partners.values()),
            partner_id=partner.partner_id,
            key_revoked=partner.partner_id in self._sandbox.faults.reject_partners,
            fault=fault,
            fault_about=about,
            states=self._states(partner),
            deals=[self._deal(listing) for listing in self._listings(partner.partner_id)],
            failing_option=bool(self._sandbox.faults.failing_options),
            images_silent=bool(self._sandbox.faults.silent_image_hosts),
            word_forbidden=FORBIDDEN_WORD in self._sandbox.forbidden_words,
            proposed_off=bool(self._sandbox.faults.not_offered - REVIEW_CALLS),
            reviews_off=self._sandbox.faults.not_offered >= REVIEW_CALLS,
            now=_moment(self._sandbox.clock()),
            playing=self._morning.playing,
            morning=self._morning.told,
            calls=[
                CallLine(
                    f"{call.at.astimezone(SEOUL):%H:%M:%S}", call.method, _VENDOR.sub("", call.path), call.status or 0
                )
                for call in islice(reversed(self._sandbox.calls), RECENT_CALLS)
            ],
        )

    def _new_orders(self, count: int) -> Callable[[str], str | None]:
        def act(partner_id: str) -> str | None:
            for made in range(count):
                try:
                    self._sandbox.new_order(partner_id)
                except NothingOnSale:
                    return f"주문 {made}건 뒤에 상품이 다 팔렸습니다." if made else NOTHING_ON_SALE
            return None

        return act

    def _fail_option(self, partner_id: str) -> str | None:
        """Make changes of stock and display fail, inside an HTTP 200, for the option with the highest stock."""
        options = [option for listing in self._listings(partner_id) for option in listing.options.values()]
        keyed = [option for option in options if option.vendor_option_no]
        if not keyed:
            return "재고를 맞출 수 있는 옵션이 없습니다."
        fullest = max(keyed, key=lambda option: option.stock)
        self._sandbox.faults.failing_options.add(fullest.vendor_option_no or "")
        return None

    def _count_anew(self, listing: Listing, by: int) -> str | None:
        """Change the stock of the option with most stock at TMON, as if by hand: no order and no push explains it."""
        fullest = max(listing.options.values(), key=lambda option: option.stock)
        if fullest.stock + by < 0:
            return "더 뺄 재고가 없습니다."
        fullest.stock += by
        return None

    def _set_paused(self, listing: Listing, paused: bool) -> None:
        listing.paused = paused

    def _listings(self, partner_id: str) -> list[Listing]:
        return [deal for deal in self._sandbox.deals.values() if deal.partner_id == partner_id and not deal.deleted]

    def _deal(self, listing: Listing) -> DealLine:
        options = listing.options.values()
        ends = listing.sales_end.astimezone(SEOUL)
        return DealLine(
            deal_no=listing.deal_no,
            title=listing.title,
            state=SALES_STATES[listing.sales_status(self._sandbox.clock())],
            ends="기한 없음" if listing.sales_end == NO_END else f"{ends.month}월 {ends.day}일까지",
            stock=sum(option.stock for option in options),
            options=len(options),
            sold_out=sum(option.stock == 0 for option in options),
            hidden=sum(not option.display for option in options),
            paused=listing.paused,
            synced=all(option.vendor_option_no for option in options),
        )

    def _claim(self, kind: ClaimType) -> Callable[[str], str | None]:
        """Claim the newest order that allows it; a cancel takes one that nobody has confirmed first."""

        def act(partner_id: str) -> str | None:
            sandbox = self._sandbox
            if buyer_claims(sandbox, kind, partner_id=partner_id) is not None:
                return None
            for order in reversed(sandbox.partners[partner_id].orders):
                if buyer_claims(sandbox, kind, order.order_no, partner_id=partner_id) is not None:
                    return None
            return NOTHING_TO_CLAIM[kind]

        return act

    def _withdraw(self, partner_id: str) -> str | None:
        """Let a buyer take back the claim that was made last."""
        claims = [claim for claim in self._sandbox.claims.values() if claim.partner_id == partner_id and claim.open]
        if not claims:
            return "철회할 클레임이 없습니다."
        withdraw_claim(self._sandbox, max(claims, key=lambda claim: (claim.requested_at, claim.claim_no)).claim_no)
        return None

    def _collect(self, partner_id: str) -> str | None:
        if not carrier_collects(self._sandbox, partner_id):
            return "집하할 상품이 없습니다. 먼저 송장을 등록해 주세요."
        self._run_jobs()
        return None

    def _deliver(self, partner_id: str) -> str | None:
        if not carrier_delivers(self._sandbox, partner_id):
            return "배송 중인 상품이 없습니다. '택배 집하'를 먼저 눌러 주세요."
        self._run_jobs()
        return None

    def _new_question(self, partner_id: str) -> None:
        new_question(self._sandbox, partner_id)

    def _new_cs_inquiry(self, partner_id: str) -> None:
        """Add a CS inquiry; every third one is urgent, every fourth one comes with files."""
        asked = len(self._sandbox.cs_inquiries)
        new_cs_inquiry(self._sandbox, partner_id, emergency=asked % 3 == 2, files=2 if asked % 4 == 3 else 0)

    def _answer_inquiry(self, partner_id: str) -> str | None:
        return None if answer_oldest(self._sandbox, partner_id) else "답변을 기다리는 문의가 없습니다."

    def _new_review(self, partner_id: str) -> None:
        """Let a buyer write a review; some of them are low ratings."""
        new_review(self._sandbox, partner_id)

    def _settle_late(self, partner_id: str) -> None:
        arrive_late(self._sandbox, partner_id)

    def _correct_settlement(self, partner_id: str) -> str | None:
        return None if correct(self._sandbox, partner_id) else "정정할 정산이 없습니다. 먼저 배송을 끝내 주세요."

    def _fault_act(self, mode: Mode) -> Callable[[str], None]:
        return lambda _: self._fault(mode)

    def _fault(self, mode: Mode | None, slow_seconds: float = 0.0) -> None:
        self._sandbox.faults.mode = mode
        # reads still work: this shows how the bot verifies a write whose response was lost
        self._sandbox.faults.only = set(WRITES) if mode == "hang_after_write" else None
        self._sandbox.faults.slow_seconds = slow_seconds

    def _current_fault(self) -> tuple[str, str]:
        faults = self._sandbox.faults
        if faults.mode:
            return FAULTS.get(faults.mode, (faults.mode, "티몬 API가 정상이 아닙니다."))
        if faults.slow_seconds:
            return f"API 느림 ({faults.slow_seconds:g}초)", "모든 요청의 답이 늦게 옵니다."
        if faults.reject_partners:
            names = ", ".join(self._sandbox.partners[partner].name for partner in sorted(faults.reject_partners))
            return "API 키 폐기", f"{names}의 키를 티몬이 거절합니다."
        if faults.failing_options:
            return (
                "옵션 변경 실패",
                f"{', '.join(sorted(faults.failing_options))} 옵션의 재고, 진열, 가격이 바뀌지 않습니다.",
            )
        if faults.silent_image_hosts:
            return "이미지 서버 멈춤", "상품을 등록하거나 바꿀 때 이미지 서버가 티몬에 답하지 않습니다."
        if faults.not_offered and faults.not_offered <= REVIEW_CALLS:
            return "후기 API 없음", "구매후기 조회와 답글에 404로 답합니다."
        if faults.not_offered:
            return "제안된 호출 없음", "판매기간 연장처럼 티몬에 있는지 알 수 없는 호출에 404로 답합니다."
        return "", "티몬 API가 정상으로 답합니다."

    def _states(self, partner: Partner) -> list[tuple[str, int]]:
        least = [
            min(deal.status for deal in deals)
            for order in partner.orders
            if (deals := order.deals_of(partner.partner_id))
        ]
        claims = [claim for claim in self._sandbox.claims.values() if claim.partner_id == partner.partner_id]
        waiting = Counter(claim.kind for claim in claims if claim.open)
        cancelled = sum(claim.kind == "C" and claim.status == "C3" for claim in claims)
        counts = Counter(least)
        return [
            *((label, counts[state]) for state, label in DEAL_STATES.items()),
            *((label, waiting[kind]) for kind, label in OPEN_CLAIMS.items()),
            (CANCELLED, cancelled),
        ]


def _moment(at: datetime) -> str:
    local = at.astimezone(SEOUL)
    return f"{local.month}월 {local.day}일 ({WEEKDAYS[local.weekday()]}) {clock_time(local)}"
