"""Code tables and categories (docs/tmon-api.md, ch. 5 and 12). Codes that the document does not know are made up."""

from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox

_CODES: dict[str, dict[str, str]] = {
    "DeliveryCorp": {
        "10001": "CJ대한통운",
        "10002": "우체국택배",
        "10003": "한진택배",
        "10004": "롯데택배",
        "10005": "로젠택배",
        "10008": "경동택배",
        "10099": "자체배송",
    },
    "DealStatus": {"DS01": "판매대기", "DS02": "판매중", "DS03": "일시중지", "DS04": "판매종료"},
    "DeliveryStatus": {
        "D1": "결제완료",
        "D2": "주문확인",
        "D3": "송장등록",
        "D4": "배송중",
        "D5": "배송완료",
    },
    "ClaimType": {"C": "취소", "R": "환불", "X": "교환", "D": "재배송"},
    "ClaimStatus": {"C1": "요청", "C2": "승인", "C3": "완료", "C4": "미입금취소", "C8": "철회", "C9": "거절"},
    "ClaimReason": {
        "RCD1": "단순변심",
        "RCD2": "타사 이용",
        "RCD3": "배송지연",
        "RCD4": "품절 미배송",
        "RCD5": "옵션 잘못 선택",
        "RCD6": "상품정보 부족",
        "RCD7": "가격불만",
        "RCD8": "기타",
        "RCDc": "상품을 추가하여 재주문",
        "JCD1": "이미 출고",
        "JRD5": "반품상품 미도착",
        "JXD3": "재고부족",
        "HXD7": "교환 진행중",
    },
    "ProductType": {
        "DP01": "냉장냉동·신선",
        "DP02": "해외직배송",
        "DP03": "해외구매대행",
        "DP04": "화물설치",
        "DP05": "주문제작",
        "DP06": "주문후발주",
        "DP07": "일반상품",
        "DP08": "예외상품",
    },
    "DeliveryType": {"DD": "당일", "ND": "익일", "ED": "예외"},
    "DeliveryFeePolicy": {"FREE": "무료", "CONDITION": "조건부 무료", "PER": "선불", "AFTER": "착불"},
    "OriginCountryType": {"O": "국산", "D": "상품상세참조", "E": "직접입력", "N": "해당없음"},
    "KcAuthSubmitType": {"Y": "제출", "N": "해당없음", "X": "상품상세참조"},
    "LegalPermissionType": {"NONE": "해당없음"},
}

_CATEGORIES: dict[str, dict[str, tuple[str, ...]]] = {
    "식품·건강": {"신선식품": ("과일", "고구마·감자", "김·해조류"), "가공식품": ("오일·참기름", "청·잼", "견과")},
    "생활·주방": {
        "생활용품": ("수건", "발매트", "옷걸이"),
        "주방용품": ("밀폐용기", "주전자·포트"),
        "침구": ("이불", "베개"),
    },
    "패션의류": {"여성의류": ("가디건", "팬츠"), "남녀공용": ("티셔츠", "양말")},
    "가전·컴퓨터": {"조명": ("센서등", "스탠드")},
    "뷰티": {"스킨케어": ("크림", "선케어")},
    "출산·유아동": {"유아용품": ("기저귀", "물티슈")},
}
_BIG_NOS = {
    "식품·건강": 52000000,
    "생활·주방": 49000000,
    "패션의류": 51000000,
    "가전·컴퓨터": 57000000,
    "뷰티": 48000000,
    "출산·유아동": 54000000,
}


def codes(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /codes`: group → array of code and description."""
    return {
        group: [{"code": code, "description": description} for code, description in members.items()]
        for group, members in _CODES.items()
    }


def categories(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /categories`: a bare array; subcategories are maps, not arrays."""
    return [_node(_BIG_NOS[name], name, 10_000, children) for name, children in _CATEGORIES.items()]


def _node(no: int, name: str, step: int, children: dict[str, tuple[str, ...]] | tuple[str, ...]) -> dict[str, object]:
    nodes = []
    for position, child in enumerate(children, start=1):
        grandchildren = children[child] if isinstance(children, dict) else ()
        nodes.append(_node(no + position * step, child, step // 100, grandchildren))
    return {
        "no": no,
        "name": name,
        "selectable": not children,
        "subcategories": {str(node["no"]): node for node in nodes},
    }


ROUTES = (
    Route("codes", "GET", "/codes", codes),
    Route("categories", "GET", "/categories", categories, proposed=True),
)
