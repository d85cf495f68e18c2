"""What of a buyer may stand in a channel: nothing that leads to them, and still words that tell what is the matter."""

import re
import timeit
import unicodedata
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.tmon.buyers import BuyerGenerator
from tmon.masking import MAX_LENGTH, mask_name, mask_text

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


DISGUISES = Path(__file__).parents[1] / "data" / "disguises.txt"
DIGITS = re.compile(r"[0-9공영일이삼사오육칠팔구]|하나|둘|셋|넷|다섯|one|two|three|four|five")


def disguises() -> list[tuple[str, str]]:
    """Kind and text of each disguised piece."""
    pieces, kind = [], ""
    for line in DISGUISES.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind = line[3:]
        elif not line.startswith("# "):
            pieces.append((kind, re.sub(r"\\(\\|n|t|x..|u....|U........)", _unescaped, line)))
    return pieces


def _unescaped(found: re.Match[str]) -> str:
    return found[0].encode().decode("unicode_escape")


def bare(text: str) -> str:
    """`text` with digits of every script and style as 0 to 9, in small letters, without what is invisible."""
    letters = []
    for letter in text:
        value = unicodedata.numeric(letter, -1)
        form = str(int(value)) if value in range(10) else unicodedata.normalize("NFKC", letter).lower()
        letters.append("".join(part for part in form if unicodedata.category(part) not in ("Cf", "Mn", "Me")))
    return "".join(letters)


def leaks(kind: str, left: str) -> bool:
    """Whether more of a disguised piece is left than leads to nobody."""
    left = bare(left)
    if "emails" in kind or "messengers" in kind:
        return "seoyeon" in left or "kim" in left
    if "addresses" in kind:
        return re.search(r"[0-9]|강남구|수원시|역삼동|일오이", left) is not None
    return len(DIGITS.findall(left)) > 3


@pytest.mark.parametrize("around", ["{}", "문의드려요 {} 감사합니다", "혹시 {}\n부탁해요", "({})"])
@pytest.mark.parametrize("kind", dict.fromkeys(kind for kind, _ in disguises()))
def test_no_disguise_helps(kind: str, around: str) -> None:
    pieces = [piece for of, piece in disguises() if of == kind]
    assert len(pieces) >= 20
    words = around.replace("{}", " ").split()
    assert [piece for piece in pieces if not leaks(kind, piece)] == []
    survived = []
    for piece in pieces:
        left = mask_text(around.format(piece))
        for word in words:
            left = left.replace(word, "")
        if leaks(kind, left):
            survived.append((piece, left))
    assert survived == []


def _of_category(*starts: str) -> list[str]:
    letters = (chr(code) for code in range(0x20, 0x20000) if not 0xD800 <= code < 0xE000)
    return [letter for letter in letters if unicodedata.category(letter).startswith(starts)]


STYLES = {
    digit: [letter for letter in _of_category("N") if unicodedata.digit(letter, -1) == digit] for digit in range(10)
}
UNSEEN = st.sampled_from(_of_category("Cf", "Mn", "Me"))
SEPARATORS = st.sampled_from([one for one in _of_category("P", "S", "Z") if unicodedata.numeric(one, None) is None])


@settings(max_examples=300)
@given(st.data(), st.sampled_from(["01012345678", "0212345678", "1101234567890", "9001011234567", "4111111111111111"]))
def test_a_number_in_any_script_and_with_any_separators_does_not_survive(data: st.DataObject, number: str) -> None:
    written = ""
    for digit in number:
        written += data.draw(st.sampled_from(STYLES[int(digit)]))
        written += "".join(data.draw(st.lists(st.one_of(UNSEEN, SEPARATORS), max_size=4)))
    assert len(re.findall("[0-9]", bare(mask_text(f"번호 {written} 입니다")))) <= 3


def test_a_text_is_cut_where_no_message_shows_it_and_nothing_comes_out_at_the_cut() -> None:
    for before in range(MAX_LENGTH - 15, MAX_LENGTH + 1):
        masked = mask_text("가" * (before - 1) + " 010-1234-5678 " + "나" * 20_000)
        assert len(masked) <= MAX_LENGTH + len("＊＊＊…")
        assert "010" not in masked
        assert masked.endswith("…")


@pytest.mark.parametrize(
    "unit",
    [*"가1a@로시동호ㅇ이점공일오o.,-\"' ①㈜", "a@", "1 ", "로1", "서울 ", "골뱅이", " at ", "동 1", "빌라 ", "a. "],
)
def test_a_text_of_one_sound_takes_no_longer_than_others(unit: str) -> None:
    def seconds(text: str) -> float:
        return min(timeit.repeat(lambda: mask_text(text), number=1, repeat=3))

    ordinary = seconds(("안녕하세요 3월 12일에 주문한 상품 2개 언제 오나요? " * 1000)[:20_000])
    assert seconds((unit * 20_000)[:20_000]) < 20 * ordinary


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
        "사이즈 270 / 2개 / 3월 12일까지",
        "12,000,000원에서 15,000,000원 사이",
        "1,000,000~2,000,000원 견적 부탁드려요",
        "2026-03-15까지 받을 수 있나요?",
        "오늘 바로 발송되나요? 내일 3시에 외출해요",
        "골뱅이 통조림 2캔 언제 오나요",
        "카카오 초콜릿 3박스 주문했어요",
        "서울 배송 가능한가요? 제주도 배송시 추가비용 있나요",
        "라인 프렌즈 인형 색상 문의드립니다",
        "톡톡 튀는 색으로 부탁해요",
        "하우스 귤 5kg 당도 어떤가요",
        "원룸용 건조대 2단 있나요",
        "3층 선반 2개 교환해 주세요",
        "2호 케이크 1개, 3호 케이크 2개",
        "다시 보내 주세요. 다시 다시 확인 바랍니다",
        "새로 2026년형으로 교환 되나요",
        "상품 3번 4번 옵션 둘 다 재고 있나요",
        "이 일은 오늘 처리해 주세요",
        "KF94 마스크 100매 2상자",
        "ABC-1234 모델 있나요",
        "What size is 270? I need it at 3 pm. Also do you ship by 10?",
        "Please meet at the store. The road is closed.",
        "5,900원 / 12,900원 / 39,000원 중 어떤 가격인가요",
        "10시에서 12시 사이, 14시에서 18시 사이 배송",
        "100ml x 12개, 500ml x 6개",
        "색상은 빨강 1, 파랑 2, 노랑 3",
        "가로 120cm 세로 60cm 높이 75cm",
        "크기 120x60x75",
        "3/12에 주문했는데 아직이에요",
        "냉동실에 넣어도 되나요",
        "동네 마트보다 싸네요",
        "유통기한 2026.12.31 맞나요",
        "USB-C 3.0 2개",
        "A동 B동 구분 없이",
        "1~2일 걸리나요, 3~4일 걸리나요?",
        "결제금액 45,800원 배송비 3,000원",
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
