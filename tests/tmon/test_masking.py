"""What of a buyer may stand in a channel: nothing that leads to them, and still words that tell what is the matter."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.tmon.buyers import BuyerGenerator
from tmon.masking import mask_name, mask_text

PHONES = [
    "010-1234-5678",
    "01012345678",
    "010 1234 5678",
    "010.1234.5678",
    "010 - 1234 - 5678",
    "010)1234-5678",
    "(010) 1234-5678",
    "010·1234·5678",
    "010_1234_5678",
    "010–1234–5678",
    "010ㅡ1234ㅡ5678",
    "010－1234－5678",
    "０１０－１２３４－５６７８",
    "０１０　１２３４　５６７８",
    "+82 10-1234-5678",
    "+82-(0)10-1234-5678",
    "8210 1234 5678",
    "02-123-4567",
    "02) 123-4567",
    "0507-1234-5678",
    "1588-1234",
    "O1O-1234-5678",
    "공일공 일이삼사 오육칠팔",
    "공1공-1234-5678",
    "010\u200b1234\u200b5678",
    "0 1 0 1 2 3 4 5 6 7 8",
]
AROUND = st.sampled_from(["", " ", "부재 시 ", "전화 ", "로 연락 주세요", "!!", "(기사님) ", "\n", "12 ", "가상로 12 "])


@pytest.mark.parametrize("phone", PHONES)
@settings(max_examples=20)
@given(before=AROUND, after=AROUND)
def test_no_phone_survives(phone: str, before: str, after: str) -> None:
    masked = mask_text(f"{before}{phone}{after}")
    for part in ("1234", "5678", "4567", "일이삼사", "오육칠팔", "１２３４"):
        assert part not in masked


@given(st.text())
def test_no_eight_digits_in_a_row_survive_in_any_text(text: str) -> None:
    assert re.search(r"\d{8}", mask_text(text)) is None


@given(st.from_regex(r"([0-9][ .\-]{0,2}){8,30}", fullmatch=True), AROUND, AROUND)
def test_no_eight_separated_digits_survive(number: str, before: str, after: str) -> None:
    assert re.search(r"(\d[ .\-]{0,2}){8}", mask_text(f"{before}{number}{after}")) is None


@pytest.mark.parametrize("number", ["110-123-456789", "900101-1234567", "3333-01-1234567", "P000012345678"])
def test_account_resident_and_customs_numbers_do_not_survive(number: str) -> None:
    assert re.search(r"\d{4}", mask_text(f"환불 계좌는 {number} 입니다")) is None


@given(st.emails(), AROUND, AROUND)
def test_no_email_survives(email: str, before: str, after: str) -> None:
    masked = mask_text(f"{before}{email}{after}")
    assert "@" not in masked
    assert email.split("@")[1] not in masked


@pytest.mark.parametrize("email", ["kim.sy+1@naver.com", "kim＠naver.com", "kim @ naver . com", "김서연@한글.한국"])
def test_emails_as_people_write_them(email: str) -> None:
    assert mask_text(f"메일은 {email} 로") == "메일은 ＊＊＊ 로"


@given(st.integers(0, 10_000))
def test_no_address_survives(seed: int) -> None:
    address = BuyerGenerator(Random(seed)).address()
    for place in (address.street, address.lot):
        if place:
            masked = mask_text(f"여기로 보내 주세요: {place} {address.detail} 감사합니다")
            assert not set(re.findall(r"\d+", f"{place} {address.detail}")) & set(re.findall(r"\d+", masked))
            assert masked.startswith("여기로 보내 주세요: ")
            assert masked.endswith("감사합니다")


@pytest.mark.parametrize(
    "text",
    [
        "재고 확인 중",
        "3월 12일 입고, 20개 남음",
        "추가로 2개 더 보내 주세요",
        "오전 10시~12시 배송",
        "1,000,000원 이상 주문",
        "공동현관 #1204*",
        "ㅋㅋ 감사합니다~ ①번 상품",
        "사이즈 270 으로 교환 예정",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert mask_text(text) == text


def test_nothing_is_nothing() -> None:
    assert mask_text(None) == mask_text("") == mask_name(None) == mask_name("  ") == ""


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("김", "*"),
        ("김연", "김*"),
        ("김서연", "김*연"),
        (" 김서연 ", "김*연"),
        ("남궁민수", "남**수"),
        ("황보하늘별", "황***별"),
        ("가나다라마바사아자차", "가***차"),
        ("Daniel Choi", "D***i"),
        ("Al", "A*"),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(min_size=1, max_size=100))
def test_of_a_name_two_letters_are_left_at_most(name: str) -> None:
    masked = mask_name(name)
    assert len(masked) <= 5
    assert sum(letter != "*" for letter in masked) <= 2
