"""What of a buyer may stand in a channel: nothing that leads to them, and still words that tell what is the matter."""

import re
import time
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
        return min(timeit.repeat(lambda: mask_text(text), timer=time.process_time, number=1, repeat=3))

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
        "재고 1,204개 남았나요",
        "14,900원짜리로 바꿔 주세요",
        "2026년 11월 26일까지 받고 싶어요",
        "11/26(목) 도착 예정인가요",
        "주문번호 9100200310 확인 부탁드립니다",
        "주문 9100200310 취소할게요",
        "9100200310번 주문 언제 오나요",
        "상품번호 4455667788 재입고 되나요",
        "딜 12345678 옵션 3 색상 문의",
        "사이즈 95, 100, 105 중에 100으로요",
        "신발 255에서 260으로 교환",
        "갤럭시 S24 울트라 512GB 케이스 있나요",
        "아이폰 15 프로 맥스 256기가 호환되나요",
        "LG 그램 17Z90R 어댑터 호환 여부",
        "삼성 RF85C90F1AP 냉장고 부품",
        "다이슨 V15 필터 3개",
        "65인치 TV 벽걸이 가능한가요",
        "1.5L 12병 두 묶음",
        "10kg 쌀 2포대",
        "한 박스에 24개 들었나요",
        "3+1 행사 언제까지인가요",
        "1+1 맞나요?",
        "쿠폰 10% 할인 적용이 안 돼요",
        "배송비 3,000원 두 번 결제됐어요",
        "총 128,700원 결제했는데 맞나요",
        "오후 2시 30분 이후에 와 주세요",
        "오전 9시부터 오후 6시까지만 가능",
        "2시~4시 사이 방문",
        "12월 1일부터 12월 15일까지 여행이라 늦게 보내 주세요",
        "영업일 기준 3일 걸리나요",
        "침대 퀸 1500x2000 커버",
        "커튼 150x230cm 2장",
        "30수 면 100% 맞나요",
        "220V 60Hz 제품인가요",
        "5,000mAh 보조배터리",
        "색상 코드 #FF8800 인가요",
        "A4 80g 2500매",
        "모델명 KM-2040dn 토너",
        "품번 SH-1204-BK 재고",
        "유통기한이 2027년 3월까지인가요",
        "제조일자 20260901 로트 B1204",
        "옵션 1번 2개, 2번 3개 주문했어요",
        "빨강 2 파랑 3 노랑 1",
        "이 제품 일 년 보증 되나요",
        "삼 일 안에 오나요",
        "구월에 주문했어요",
        "하나 더 주문할게요 둘 다 파란색",
        "공구 세트 구성 알려주세요",
        "육포 오리지널 2봉",
        "칠판 사이즈 90x60",
        "팔찌 이니셜 각인 되나요",
        "I ordered 2 boxes on Nov 26, still waiting",
        "Do you have size 10 in black? Price $24.99",
        "Is the 2nd item refundable within 7 days?",
        "Order 9100200310 not arrived",
        "Can I get 3 more for 15,900 won?",
        "송장 번호 알려 주세요",
        "송장 123456789012 조회가 안 됩니다",
        "냉동 만두 1.2kg x 4",
        "서울 경기 외 지역도 당일 배송 되나요",
        "길이가 너무 길어요 30cm 줄일 수 있나요",
        "로고 색이 사진과 달라요",
        "구멍이 3개 나 있어요",
        "면도기 날 8개입",
        "두 번째 주문인데 이번엔 늦네요",
        "라인이 예뻐요 또 살게요",
        "네이버보다 싸서 샀어요",
        "인스타에서 보고 주문했어요",
        "카톡 선물하기로 되나요",
        "주문한 지 10일 됐는데 아직 배송준비중이에요",
        "2번째 문의입니다 답변 좀",
        "2026년 12월 3일 (목) 오전 11시에 받고 싶습니다",
        "14,900원 x 3개 = 44,700원 맞나요",
        "14900원 할인가 11900원",
        "사이즈가 S/M/L/XL 중에 뭐가 맞나요? 키 175 몸무게 68",
        "키 160에 55kg이면 어떤 사이즈",
        "허리 28인치 총장 102cm",
        "230, 240, 250 있나요",
        "가로 60 세로 40 높이 30",
        "600x400x300mm 박스 10장",
        "커피 200g 2봉, 500g 1봉",
        "갤럭시탭 S9 FE 11인치 128GB WiFi",
        "아이패드 10세대 64기가",
        "캐논 CRG-045H 토너",
        "HP 680 잉크 F6V27AA",
        "모델 SM-S921N 케이스",
        "WH-1000XM5 색상",
        "품번 A1B2C3D4",
        "KC인증번호 XU100123 확인",
        "주문번호: 9100200311 / 상품번호: 4455667",
        "주문번호는 9100200311입니다",
        "9100200311 주문건 취소해 주세요",
        "딜번호 4455667788",
        "order no. 9100200311",
        "배송지 변경 되나요",
        "반품 배송비 6,000원 인가요",
        "쿠폰 5,000원 적용하고 3,000 포인트 썼어요",
        "구매 후 30일 이내 환불 가능?",
        "에이에스 1년, 유상 2만원",
        "오늘 13시 전에 주문하면 오늘 출발?",
        "주문은 11월 20일, 결제는 11월 21일, 아직 11월 26일",
        "12~13일, 15~16일, 19~20일 중 가능한 날",
        "1차 2차 3차 재입고 일정",
        "칼로리 120kcal 단백질 20g 당류 3g",
        "100% 100매 100원",
        "010 사이즈는 없나요",
        "5호 반지 9호로 교환",
        "101호점에서 샀어요",
        "공구함 3단 2개",
        "이 제품 사이즈 일치하나요 오늘 오나요",
        "다음 주 월요일 오전에 발송하나요",
        "네이버 최저가보다 비싸요",
        "구글 홈 미니 호환되나요",
        "카카오페이 결제 오류나요",
        "라인 색이 달라요",
        "at first I liked it",
        "The color is great, 10 out of 10",
        "2 for 1 deal still on? 24.99 USD",
        "Delivered Nov 20, 2026 at 3:15 pm",
        "naver.com에서 봤어요",
        "우동 2인분, 라면 5봉",
        "신라면 40개입 1박스",
        "로션 200ml 1+1",
        "유통기한 2027.03.15까지",
        "온도 -18도 보관",
        "볼트 M8 x 50 10개",
        "12V 5A 어댑터",
        "기장 3.5cm 줄여 주세요",
        "비밀번호 설정은 어떻게 하나요",
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
