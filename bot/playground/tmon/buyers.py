"""Fictitious buyers.

Streets and quarters are called 가상 ("imaginary"). Phone numbers begin with 010-0 and safety numbers with 050x-0,
prefixes of no real Korean number, so that none of them can ring.
"""

from random import Random

from bot.playground.tmon.models import BuyerAccount, ShippingAddress

_FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
_GIVEN = (
    ("서연", "seoyeon"), ("민준", "minjun"), ("지우", "jiwoo"), ("하준", "hajun"), ("수빈", "subin"),
    ("도윤", "doyun"), ("예린", "yerin"), ("현우", "hyunwoo"), ("지혜", "jihye"), ("성민", "sungmin"),
    ("은지", "eunji"), ("태호", "taeho"), ("미경", "mikyung"), ("영숙", "youngsook"), ("정호", "jungho"),
    ("다은", "daeun"), ("상철", "sangchul"), ("소영", "soyoung"), ("준혁", "junhyuk"), ("나래", "narae"),
)  # fmt: skip
_TOWNS = (
    ("서울특별시 마포구", "04"), ("서울특별시 송파구", "05"), ("서울특별시 노원구", "01"), ("경기도 성남시 분당구", "13"),
    ("경기도 고양시 일산동구", "10"), ("경기도 수원시 영통구", "16"), ("인천광역시 연수구", "21"), ("대전광역시 유성구", "34"),
    ("대구광역시 수성구", "42"), ("부산광역시 해운대구", "48"), ("광주광역시 광산구", "62"), ("강원특별자치도 춘천시", "24"),
    ("충청북도 청주시 흥덕구", "28"), ("전북특별자치도 전주시 완산구", "55"), ("울산광역시 남구", "44"),
)  # fmt: skip
_ISLANDS = (
    ("제주특별자치도 제주시", "63", 3000), ("제주특별자치도 서귀포시", "63", 3000),
    ("경상북도 울릉군 울릉읍", "40", 5000), ("인천광역시 옹진군 백령면", "23", 5000),
)  # fmt: skip
_MEMOS = (
    "문 앞에 놓아주세요",
    "부재 시 경비실에 맡겨 주세요",
    "배송 전에 미리 연락 부탁드립니다",
    "택배함에 넣어 주세요",
    "공동현관 #1204* 입니다",
    "빠른 배송 부탁드려요~",
)


class BuyerGenerator:
    """Generator of buyers and their data, deterministic by `rng`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def buyer(self) -> BuyerAccount:
        """A buyer, sometimes without a phone number, as TMON leaves it out."""
        given, roman = self._rng.choice(_GIVEN)
        name = self._rng.choice(_FAMILY) + given
        user_id = f"{roman}{self._rng.randint(0, 9999):04d}"
        phone = self.mobile()
        return BuyerAccount(user_id, name, None if self._rng.random() < 0.1 else phone)

    def name(self) -> str:
        """A full name."""
        return self._rng.choice(_FAMILY) + self._rng.choice(_GIVEN)[0]

    def mobile(self) -> str:
        """An unassigned mobile number."""
        return f"010-0{self._rng.randint(100, 999)}-{self._rng.randint(0, 9999):04d}"

    def safety_number(self) -> str:
        """An unassigned safety number (안심번호)."""
        return f"{self._rng.choice(('0504', '0507', '0508'))}-0{self._rng.randint(100, 999)}-{self._rng.randint(0, 9999):04d}"

    def address(self) -> ShippingAddress:
        """An address: one in twelve on an island, a few without the lot number, a few with an old postcode."""
        rng = self._rng
        surcharge = 0
        if rng.random() < 1 / 12:
            town, zone, surcharge = rng.choice(_ISLANDS)
        else:
            town, zone = rng.choice(_TOWNS)
        # Postcodes had six digits until 2015 and remain in old address books (docs/tmon-api.md, ch. 9.2).
        zip_code = f"{zone}{rng.randint(0, 9999):04d}" if rng.random() < 0.04 else f"{zone}{rng.randint(0, 999):03d}"
        detail = rng.choice(
            (
                f"{rng.randint(101, 118)}동 {rng.randint(1, 24)}0{rng.randint(1, 6)}호",
                f"가상빌라 {rng.randint(1, 4)}0{rng.randint(1, 4)}호",
                f"가상오피스텔 {rng.randint(2, 15)}{rng.randint(10, 40)}호",
                "1층",
                "",
            )
        )
        lot = f"{town} 가상동 {rng.randint(1, 900)}-{rng.randint(1, 40)}"
        street = f"{town} 가상로 {rng.randint(1, 320)}"
        return ShippingAddress(zip_code, None if rng.random() < 0.08 else lot, detail, street, surcharge)

    def memo(self) -> str | None:
        """A realistic delivery memo, sometimes with a phone number in it, often None."""
        chance = self._rng.random()
        if chance < 0.35:
            return None
        if chance < 0.5:
            return f"부재 시 {self.mobile()} 으로 전화 주세요"
        return self._rng.choice(_MEMOS)

    def customs_id(self) -> str:
        """A customs id (개인통관고유번호): P and twelve digits."""
        return f"P0000{self._rng.randint(0, 99999999):08d}"
