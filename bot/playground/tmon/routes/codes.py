"""Code tables and categories (docs/tmon-api.md, ch. 5 and 12). Codes that the document does not know are made up."""

from bot.playground.tmon.category_tree import TOP_CATEGORIES, CategoryNode
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.routes.waybills import CARRIERS
from bot.playground.tmon.state import Sandbox

_CODES: dict[str, dict[str, str]] = {
    "DeliveryCorp": CARRIERS,
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
        "RCD9": "이벤트 미당첨",
        "RCDa": "무통장 미입금 취소",
        "RCDb": "금지거래행위",
        "RCDc": "상품을 추가하여 재주문",
        "RCDd": "상품정보 오등록",
        "RCDe": "단독구매 불가",
        "RCDf": "언론보도/사회적 이슈",
        "RRD1": "단순변심/사이즈 불만",
        "RRD2": "품질불만",
        "RRD3": "제품상이",
        "RRD4": "제품하자",
        "RRD5": "상품누락/오배송",
        "RRD6": "배송지연",
        "RRD7": "기타",
        "RRD8": "재고품절",
        "RRD9": "CU 귀책",
        "RRDa": "이벤트 미당첨",
        "RRDb": "배송사고: 분실/파손",
        "RRDc": "금지거래행위",
        "RRDd": "포장·상품 파손",
        "RRDe": "상품정보 오등록",
        "RRDf": "언론보도/사회적 이슈",
        "RRDg": "색상/사이즈가 기대와 다름",
        "RRDh": "다른 상품 배송",
        "RXD1": "사이즈/색상 교환",
        "RXD2": "배송사고(파손)",
        "RXD3": "제품하자",
        "RXD4": "오배송",
        "RXD5": "기타",
        "RXD6": "배송분실",
        "RDD1": "일부 미배송",
        "RDD2": "배송분실",
        "RDD3": "기타",
        "RDD4": "품절 미배송",
        "RDD5": "배송파손",
        "JCD1": "이미 출고",
        "JRD1": "사용 또는 훼손된 상품",
        "JRD2": "구성품 누락",
        "JRD3": "반품 가능 기간 경과",
        "JRD5": "반품상품 미도착",
        "JXD1": "교환상품 미도착",
        "JXD2": "사용 또는 훼손된 상품",
        "JXD3": "재고부족",
        "JDD1": "정상 배송 확인",
        "JDD2": "재고부족",
        "HXD1": "교환상품 미도착",
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

_REFUND_HOLD_REASONS = {"HRD1": "반품상품 미도착", "HRD2": "반품상품 검수중"}


def claim_reasons(sandbox: Sandbox, family: str) -> dict[str, str]:
    """Reasons of claims whose code begins with `family`, by code."""
    reasons = _CODES["ClaimReason"] | (_REFUND_HOLD_REASONS if sandbox.refund_hold else {})
    return {code: name for code, name in reasons.items() if code.startswith(family)}


def codes(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /codes`: group → array of code and description."""
    tables = _CODES | {"ClaimReason": claim_reasons(sandbox, "")}
    return {
        group: [{"code": code, "description": description} for code, description in members.items()]
        for group, members in tables.items()
    }


def categories(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /categories`: a bare array; subcategories are maps, not arrays."""
    return [_node(category) for category in TOP_CATEGORIES]


def _node(category: CategoryNode) -> dict[str, object]:
    return {
        "no": category.no,
        "name": category.name,
        "selectable": not category.children,
        "subcategories": {str(child.no): _node(child) for child in category.children},
    }


ROUTES = (
    Route("codes", "GET", "/codes", codes),
    Route("categories", "GET", "/categories", categories, proposed=True),
)
