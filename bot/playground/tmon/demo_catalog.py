"""Catalog of the demo shops. Shops, brands and goods are fictitious; titles and prices are typical."""

from dataclasses import dataclass
from itertools import count

from bot.playground.tmon.category_tree import leaf_called

PLENTY = 300
"""Default stock of an option: enough for some days of the playground."""


@dataclass(frozen=True)
class GoodsOption:
    """A sellable option of a deal; `price` in KRW, `stock` in pieces when the shop opens."""

    option_no: int
    title: str
    price: int
    stock: int
    key: str | None
    """The seller's own number of the option (`vendorDealOptionNo`); None: it has none."""


@dataclass(frozen=True)
class Goods:
    """Initial values of a deal. `bundled` deals are shipped in one parcel, the others each in their own."""

    deal_no: int
    title: str
    options: tuple[GoodsOption, ...]
    sections: tuple[str, ...]
    """Names of the option groups, whose values the options' titles give, separated by " / "; empty: options have titles only."""
    category_no: int
    product_type: str
    """DP01 fresh food, DP03 overseas purchase, DP05 made to order, DP07 general (docs/tmon-api.md, ch. 12.8)."""
    fee: int
    free_from: int
    """Delivery is free from this amount (KRW) on; 0: never."""
    bundled: bool
    key: str | None
    """The seller's own number of the deal (`vendorDealNo`); None: it was entered by hand in the partner centre."""
    days_left: int | None
    """Days from the opening to the last day of the sale; negative: it has ended; None: 2900-12-31."""
    paused: bool


_deal_nos = count(7700112200, 100)


def _goods(
    title: str,
    options: dict[str, int],
    category: str,
    *,
    sections: tuple[str, ...] = (),
    product_type: str = "DP07",
    fee: int = 3000,
    free_from: int = 30000,
    bundled: bool = True,
    days_left: int | None = None,
    paused: bool = False,
    stocks: dict[str, int] | None = None,
    made_elsewhere: bool = False,
    keyless: tuple[str, ...] = (),
) -> Goods:
    """`stocks`: exceptions from PLENTY. `keyless`: options entered by hand; `made_elsewhere`: the whole deal was."""
    deal_no = next(_deal_nos)
    key = None if made_elsewhere else f"G{deal_no % 100_000}"
    numbered = tuple(
        GoodsOption(
            option_no=deal_no + n,
            title=name,
            price=price,
            stock=(stocks or {}).get(name, PLENTY),
            key=None if key is None or name in keyless else f"{key}-{n:02d}",
        )
        for n, (name, price) in enumerate(options.items(), start=1)
    )
    return Goods(
        deal_no,
        title,
        numbered,
        sections,
        leaf_called(category),
        product_type,
        fee,
        free_from,
        bundled,
        key,
        days_left,
        paused,
    )


LIVING = (
    _goods(
        "한빛리빙 국산 40수 호텔수건 170g",
        {"화이트 / 5장": 16900, "그레이 / 5장": 16900, "베이지 / 10장": 31900, "그레이 / 10장": 31900},
        "수건",
    ),
    _goods(
        "규조토 발매트 빨아쓰는 소프트 매트",
        {"그레이 / M": 9900, "아이보리 / M": 9900, "그레이 / L": 14900},
        "발매트",
        days_left=5,
        stocks={"아이보리 / M": 12, "그레이 / L": 0},
    ),
    _goods(
        "스텐 304 밀폐용기 냉장고 정리 세트",
        {"소 3종": 18900, "중 3종": 24900, "대 2종": 22900},
        "밀폐용기",
        days_left=60,
    ),
    _goods(
        "논슬립 바지걸이 옷걸이",
        {"블랙 / 20개": 11900, "베이지 / 20개": 11900, "블랙 / 40개": 20900},
        "옷걸이",
        days_left=4,
        made_elsewhere=True,
    ),
    _goods(
        "코튼 리플 여름 차렵이불",
        {"크림 / 싱글": 39900, "크림 / 퀸": 49900, "세이지 / 퀸": 49900},
        "이불",
        days_left=-3,
    ),
    _goods(
        "접이식 원목 좌식 테이블",
        {"오크 / 600": 34900, "월넛 / 800": 42900},
        "테이블",
        sections=("색상", "폭"),
        fee=5000,
        free_from=0,
        bundled=False,
        days_left=6,
    ),
    _goods("대나무 칫솔 10개입", {"부드러운모": 8900, "초극세모": 8900}, "칫솔", fee=2500),
    _goods(
        "무선 LED 센서등 자석 부착형",
        {"주광색 / 20cm": 7900, "전구색 / 20cm": 7900, "주광색 / 40cm": 12900},
        "센서등",
        days_left=30,
        stocks={"전구색 / 20cm": 5},
    ),
    _goods(
        "[해외구매대행] 법랑 드립포트 1L",
        {"아이보리": 45800, "네이비": 45800},
        "주전자·포트",
        product_type="DP03",
        fee=6000,
        free_from=0,
        bundled=False,
        days_left=7,
    ),
    _goods(
        "각인 우드 도어사인 주문제작",
        {"원형 15cm": 19800, "사각 20cm": 24800},
        "도어사인",
        product_type="DP05",
        bundled=False,
        days_left=90,
    ),
    _goods(
        "한빛리빙 규조토 컵받침 4개입", {"한빛리빙 규조토 컵받침 4개입": 12900}, "컵·머그", days_left=45, paused=True
    ),
)

MARKET = (
    _goods(
        "소담마켓 해남 햇고구마 꿀밤고구마",
        {"특상 3kg": 15900, "특상 5kg": 23900, "한입 5kg": 18900},
        "고구마·감자",
        product_type="DP01",
        free_from=0,
        bundled=False,
        days_left=2,
    ),
    _goods(
        "완도 곱창돌김 전장김 선물용",
        {"10봉": 13900, "20봉": 25900, "30봉 선물세트": 38900},
        "김·해조류",
        made_elsewhere=True,
    ),
    _goods("국산 참깨 저온압착 참기름", {"180ml": 17900, "300ml": 26900, "180ml 2병": 33900}, "오일·참기름"),
    _goods("소담 수제 유자청 무설탕", {"500g": 12900, "1kg": 21900}, "청·잼", days_left=25),
    _goods(
        "제주 노지감귤 당도선별",
        {"소과 5kg": 16900, "중과 5kg": 15900, "소과 10kg": 28900},
        "과일",
        product_type="DP01",
        fee=0,
        free_from=0,
        bundled=False,
        days_left=-10,
    ),
    _goods(
        "하루견과 매일 한 봉 30입", {"오리지널": 19900, "베리믹스": 21900}, "견과", days_left=6, keyless=("베리믹스",)
    ),
    _goods(
        "데일리 코튼 라운드 긴팔 티셔츠",
        {"화이트 / M": 15900, "화이트 / L": 15900, "네이비 / M": 15900, "네이비 / L": 15900, "카키 / XL": 16900},
        "긴팔",
        sections=("색상", "사이즈"),
    ),
    _goods(
        "밴딩 와이드 데님 팬츠",
        {"중청 / S": 28900, "중청 / M": 28900, "흑청 / M": 28900, "흑청 / L": 28900},
        "팬츠",
        sections=("색상", "사이즈"),
        days_left=45,
    ),
    _goods(
        "소프트 니트 가디건",
        {"오트밀 / FREE": 32900, "차콜 / FREE": 32900, "라벤더 / FREE": 32900},
        "가디건",
        days_left=90,
        paused=True,
    ),
    _goods(
        "무압박 중목 양말",
        {"무채색 5켤레": 8900, "파스텔 5켤레": 8900, "무채색 10켤레": 15900},
        "양말",
        fee=2500,
        stocks={"파스텔 5켤레": 8},
    ),
    _goods("국내산 볶음 땅콩 500g", {"국내산 볶음 땅콩 500g": 9900}, "견과", days_left=5),
)

PETS = (
    _goods(
        "그레인프리 강아지 사료 연어",
        {"2kg": 32900, "6kg": 79900},
        "사료",
        days_left=14,
        stocks={"6kg": 9},
    ),
    _goods("고양이 모래 두부 무향", {"7L": 8900, "7L 4개": 31900}, "모래", fee=2500, free_from=30000),
    _goods("터그 로프 장난감", {"S": 5900, "M": 7900, "L": 9900}, "장난감", bundled=True),
    _goods("LED 안전 목줄 충전식", {"블루 / S": 15900, "블루 / M": 15900, "핑크 / S": 15900}, "목줄", days_left=5),
)

IMPORTED = (
    _goods(
        "[해외구매대행] 북유럽 머그컵 355ml",
        {"화이트": 28900, "코발트": 28900},
        "컵·머그",
        product_type="DP03",
        fee=9000,
        free_from=0,
        bundled=False,
        days_left=21,
    ),
    _goods(
        "[해외구매대행] 트레킹 방수 재킷",
        {"올리브 / M": 189000, "올리브 / L": 189000, "블랙 / L": 189000},
        "재킷",
        product_type="DP03",
        fee=9000,
        free_from=0,
        bundled=False,
        days_left=6,
    ),
)
