"""Example rows of the form, one product for each kind of goods. Rows that begin like these are not read."""

from collections.abc import Mapping
from dataclasses import dataclass

from tmon.listings.fields import NO, NUMBER, OPTION_NUMBER, YES, F, O, part

Cells = Mapping[str, str | int]


@dataclass(frozen=True)
class Example:
    """A product with its options: cells by the names of the columns."""

    deal: Cells
    options: tuple[Cells, ...]
    places: tuple[str, ...]
    """Words in the paths of categories that it may stand in, the best first."""
    has_period: bool = False
    """It says from when until when it is sold."""


_CATEGORY: Cells = {
    F.CATEGORY: "대 > 중 > 소 (번호)",
    F.TEMPLATE: "배송 템플릿 이름 (번호)",
    F.CARRIER: "CJ대한통운",
}


def _deal(number: str, title: str, promotion: str, kind: str, **more: str) -> dict[str, str | int]:
    return {
        NUMBER: f"예시 {number}",
        F.MANAGED: f"{title} (관리용)",
        F.TITLE: title,
        F.PROMO: promotion,
        **_CATEGORY,
        F.TYPE: kind,
        part(F.IMAGES, 1): "https://img.example.com/main-1.jpg",
        F.DETAIL: "<p>상품을 설명하는 글이나 HTML</p>",
        F.ORIGIN: "국산",
        F.KC: "해당 없음",
        F.MOST: "99",
        F.ADULT: NO,
        **more,
    }


def _option(number: str, price: int, stock: int, *values: str, sku: str = "") -> dict[str, str | int]:
    texts = {part(O.SECTIONS, place): value for place, value in enumerate(values, 1)}
    return {OPTION_NUMBER: number, **texts, O.PRICE: price, O.STOCK: stock, O.DISPLAY: YES, O.SKU: sku}


EXAMPLES = (
    Example(
        _deal(
            "옷",
            "오가닉 면 반팔 티셔츠",
            "여름 신상 20% 할인",
            "일반상품",
            **{
                F.NOTICE: "의류",
                F.NOTICE_TEXT: "제품 소재: 면 100%\n색상: 흰색, 검정\n치수: S, M\n제조국: 대한민국",
                part(F.SECTIONS, 1): "색상",
                part(F.SECTIONS, 2): "사이즈",
                F.KEYWORDS: "반팔, 티셔츠, 오가닉",
                F.BRAND: "올리브데일리",
            },
        ),
        (
            _option("T-1-W-S", 15_900, 30, "흰색", "S", sku="TS-W-S"),
            _option("T-1-W-M", 15_900, 30, "흰색", "M", sku="TS-W-M"),
            _option("T-1-B-S", 16_900, 20, "검정", "S"),
        ),
        ("티셔츠", "의류", "패션"),
    ),
    Example(
        _deal(
            "식품",
            "제주 감귤 5kg",
            "산지에서 바로",
            "냉장냉동·신선",
            **{
                F.NOTICE: "식품(농·축·수산물)",
                F.NOTICE_TEXT: "품목: 감귤\n포장단위별 내용물의 용량: 5kg\n생산자: 상품상세참조\n원산지: 제주",
                part(F.SECTIONS, 1): "크기",
            },
        ),
        (_option("O-5-S", 19_900, 100, "소과"), _option("O-5-L", 22_900, 80, "대과")),
        ("과일", "식품"),
    ),
    Example(
        _deal(
            "전기용품",
            "접이식 LED 스탠드",
            "눈이 편한 조명",
            "일반상품",
            **{
                F.ORIGIN: "직접입력",
                F.ORIGIN_DETAIL: "중국",
                F.KC: "제출",
                F.KC_NUMBERS: "전기용품안전인증: HU071234-12345",
                F.NOTICE: "소형전자(MP3/전자사전 등)",
                F.NOTICE_TEXT: "품명 및 모델명: 스탠드 L1\n정격전압: 220V\n제조국: 중국",
                part(F.SECTIONS, 1): "색상",
            },
        ),
        (_option("L1-W", 39_000, 15, "화이트"),),
        ("스탠드", "조명", "가전"),
    ),
    Example(
        _deal(
            "주문제작",
            "이름 각인 원목 도마",
            "주문 후 7일 안에 제작",
            "주문제작",
            **{
                F.NOTICE: "주방용품",
                F.NOTICE_TEXT: "품명 및 모델명: 원목 도마\n재질: 호두나무\n제조국: 대한민국",
                part(F.SECTIONS, 1): "크기",
            },
        ),
        (_option("CB-M", 34_000, 50, "중"), _option("CB-L", 42_000, 50, "대")),
        ("도마", "주방용품", "주방", "생활"),
    ),
    Example(
        _deal(
            "옵션 없는 상품",
            "스테인리스 텀블러 500ml",
            "하루 종일 차갑게",
            "일반상품",
            **{
                F.NOTICE: "주방용품",
                F.NOTICE_TEXT: "품명 및 모델명: 텀블러 500\n재질: 스테인리스\n제조국: 대한민국",
            },
        ),
        (_option("TB-500", 12_900, 200),),
        ("텀블러", "컵", "주방용품", "주방", "생활"),
        has_period=True,
    ),
)
