"""Inquiries by buyers and answers by sellers in the partner centre: events outside of the API.

Texts contain realistic phone numbers, addresses and accounts; none of them is real (see `buyers`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from bot.playground.tmon.buyers import BuyerGenerator
from bot.playground.tmon.deal_listings import sellable_listings
from bot.playground.tmon.models import BuyerQuestion, CounselorMessage, CsCase
from bot.playground.tmon.state import Sandbox

_QUESTIONS = (
    "사이즈가 어떻게 되나요? 실측 부탁드립니다.",
    "오늘 주문하면 언제 도착하나요?",
    "재입고 언제 되나요? 입고되면 {phone} 으로 문자 주세요",
    "여러 개 사면 묶음배송 되나요?",
    "선물 포장 가능한가요? 받는 곳은 {address} 입니다.",
    "색상이 화면이랑 많이 다른가요?",
    "현금영수증은 {user}@example.com 으로 보내 주세요.",
)
_MATTERS = (
    ("배송문의", "아직도 배송이 안 왔어요. {phone} 으로 연락 주세요.", "고객님이 배송 예정일 확인을 요청하셨습니다."),
    ("상품문의", "구성품이 하나 빠져서 왔습니다.", "누락 구성품 발송 가능 여부 회신 부탁드립니다."),
    (
        "환불문의",
        "환불은 가상은행 000-0000-{account} 계좌로 해 주세요.",
        "고객 환불 요청 건입니다. 처리 가능 여부 확인 부탁드립니다.",
    ),
    ("주소변경", "{address} 로 배송지 바꿔 주세요.", "출고 전이면 배송지 변경 가능한지 확인 부탁드립니다."),
    ("재고문의", "품절된 색상은 언제 다시 들어오나요?", "재입고 예정을 회신 부탁드립니다."),
    ("교환문의", "다른 사이즈로 바꿔 주세요. {phone} 입니다.", "교환 가능 여부와 예정 기간을 회신 부탁드립니다."),
)
"""By category, whose number is the place in this list, beginning with 1."""
_FIRST_ARTICLE, _FIRST_INQUIRY, _FIRST_GROUP = 3300451, 880021, 990041


def new_question(
    sandbox: Sandbox, partner_id: str, *, content: str | None = None, asked_at: datetime | None = None
) -> BuyerQuestion:
    """Add a question about one of the partner's deals; `asked_at` defaults to now."""
    number = len(sandbox.questions)
    rng = Random(f"question {number}")
    deal = rng.choice(sellable_listings(sandbox.partners[partner_id], sandbox.deals, sandbox.clock()))
    question = BuyerQuestion(
        article_no=_FIRST_ARTICLE + number,
        partner_id=partner_id,
        deal_no=deal.deal_no,
        deal_title=deal.title,
        writer=_writer(rng),
        content=content or _words(_QUESTIONS[number % len(_QUESTIONS)], rng),
        asked_at=asked_at or sandbox.clock(),
        order_no=_order_no(sandbox, partner_id, rng),
    )
    sandbox.questions[question.article_no] = question
    return question


def new_cs_inquiry(
    sandbox: Sandbox,
    partner_id: str,
    *,
    emergency: bool = False,
    asked_at: datetime | None = None,
    category_no: int | None = None,
    heavy_claim: bool = False,
    files: int = 0,
    takes_possibility: bool = True,
) -> CsCase:
    """Add a CS inquiry: a buyer complains to TMON, and a counsellor asks the partner. `asked_at` defaults to now.

    `category_no`: by default each in turn; answers to those of categories 4 and 6 name a period.
    """
    number = len(sandbox.cs_inquiries)
    rng = Random(f"cs inquiry {number}")
    deal = rng.choice(sellable_listings(sandbox.partners[partner_id], sandbox.deals, sandbox.clock()))
    kind = number % len(_MATTERS) if category_no is None else category_no - 1
    category, words, message = _MATTERS[kind]
    inquiry = CsCase(
        inquiry_no=_FIRST_INQUIRY + number,
        partner_id=partner_id,
        deal_no=deal.deal_no,
        deal_title=deal.title,
        writer=_writer(rng),
        category_no=kind + 1,
        category=category,
        customer_message=_words(words, rng),
        groups=[],
        order_no=_order_no(sandbox, partner_id, rng),
        emergency=emergency,
        heavy_claim=heavy_claim,
        files=files,
        takes_possibility=takes_possibility,
    )
    sandbox.cs_inquiries[inquiry.inquiry_no] = inquiry
    ask_again(sandbox, inquiry, message, asked_at=asked_at)
    return inquiry


def ask_again(sandbox: Sandbox, inquiry: CsCase, message: str, *, asked_at: datetime | None = None) -> CounselorMessage:
    """Add another counsellor message to the same inquiry; it is answered separately."""
    number = sum(len(one.groups) for one in sandbox.cs_inquiries.values())
    group = CounselorMessage(_FIRST_GROUP + number, message, asked_at or sandbox.clock())
    inquiry.groups.append(group)
    return group


def answer_oldest(sandbox: Sandbox, partner_id: str) -> bool:
    """Answer the oldest open inquiry, as in the partner centre. Returns whether there was one."""
    waiting: list[BuyerQuestion | CounselorMessage] = [
        question
        for question in sandbox.questions.values()
        if question.partner_id == partner_id and not question.answered
    ]
    waiting += [
        inquiry.groups[-1]
        for inquiry in sandbox.cs_inquiries.values()
        if inquiry.partner_id == partner_id and not inquiry.groups[-1].answered
    ]
    if not waiting:
        return False
    min(waiting, key=lambda one: one.asked_at).answered = True
    return True


def seed_inquiries(sandbox: Sandbox, partner_ids: Sequence[str]) -> None:
    """Add the demo's inquiries of the last days to these partners, most of them unanswered."""
    now = sandbox.clock()
    for position, partner_id in enumerate(partner_ids):
        later = timedelta(minutes=7) * position
        new_question(sandbox, partner_id, asked_at=now - timedelta(days=2, hours=5) + later).answered = True
        new_question(sandbox, partner_id, asked_at=now - timedelta(days=1, hours=3) + later)
        new_question(sandbox, partner_id, asked_at=now - timedelta(hours=2) + later)
        new_cs_inquiry(sandbox, partner_id, asked_at=now - timedelta(hours=5) + later)


def _writer(rng: Random) -> str:
    return BuyerGenerator(rng).buyer().user_id[:3] + "***"


def _words(pattern: str, rng: Random) -> str:
    buyers = BuyerGenerator(rng)
    return pattern.format(
        phone=buyers.mobile(),
        address=f"{buyers.address().street} {rng.randint(101, 118)}동 {rng.randint(1, 24)}01호",
        user=buyers.buyer().user_id,
        account=f"{rng.randint(0, 9999):04d}",
    )


def _order_no(sandbox: Sandbox, partner_id: str, rng: Random) -> int | None:
    """An order of the partner in half of the cases, else None."""
    orders = sandbox.partners[partner_id].orders
    return rng.choice(orders).order_no if orders and rng.random() < 0.5 else None
