"""Reasons of claims (docs/tmon-api.md, ch. 12.4, 12.5): what they mean, and who is at fault.

The meanings serve where `/codes` names none. Who is at fault TMON does not say: that table is our own, and is shown as such.
"""

from enum import StrEnum

from tmon.models.claims import ClaimKind


class Family(StrEnum):
    """Prefix of the codes that belong to one act or request."""

    RCD = "RCD"
    """Why a cancel is asked for; the reasons of a seller's own cancel are among them."""
    RRD = "RRD"
    """Why a return is asked for."""
    RXD = "RXD"
    """Why an exchange is asked for."""
    RDD = "RDD"
    """Why a redelivery is asked for."""
    JCD = "JCD"
    """Why a cancel is refused."""
    JRD = "JRD"
    """Why a return is refused."""
    JXD = "JXD"
    """Why an exchange is refused."""
    JDD = "JDD"
    """Why a redelivery is refused."""
    HXD = "HXD"
    """Why an exchange is held."""
    HRD = "HRD"
    """Why a return is held."""


class Fault(StrEnum):
    """Who is at fault for a claim, as a hint."""

    BUYER = "buyer"
    SELLER = "seller"
    CARRIER = "carrier"
    UNCLEAR = "unclear"


ALREADY_SHIPPED = "JCD1"
NOT_RETURNED = "JRD5"
NO_STOCK = "JXD3"
EXCHANGE_RUNNING = "HXD7"
SOLD_OUT, OTHER, WRONG_LISTING = "RCD4", "RCD8", "RCDd"
SELLERS_CANCEL = (SOLD_OUT, WRONG_LISTING, OTHER)
"""Reasons of a seller's own cancel (품절 취소), in the order in which they are offered."""

_B, _S, _C, _U = Fault.BUYER, Fault.SELLER, Fault.CARRIER, Fault.UNCLEAR

_REQUESTS: dict[str, tuple[str, Fault]] = {
    "RCD1": ("단순변심", _B),
    "RCD2": ("타사 이용", _B),
    "RCD3": ("배송지연", _S),
    "RCD4": ("품절 미배송", _S),
    "RCD5": ("옵션 잘못 선택", _B),
    "RCD6": ("상품정보 부족", _S),
    "RCD7": ("가격불만", _B),
    "RCD8": ("기타", _U),
    "RCD9": ("이벤트 미당첨", _B),
    "RCDa": ("무통장 미입금 취소", _B),
    "RCDb": ("금지거래행위", _U),
    "RCDc": ("상품을 추가하여 재주문", _B),
    "RCDd": ("상품정보 오등록", _S),
    "RCDe": ("단독구매 불가", _B),
    "RCDf": ("언론보도/사회적 이슈", _U),
    "RRD1": ("단순변심/사이즈 불만", _B),
    "RRD2": ("품질불만", _S),
    "RRD3": ("제품상이", _S),
    "RRD4": ("제품하자", _S),
    "RRD5": ("상품누락/오배송", _S),
    "RRD6": ("배송지연", _S),
    "RRD7": ("기타", _U),
    "RRD8": ("재고품절", _S),
    "RRD9": ("CU 귀책", _C),
    "RRDa": ("이벤트 미당첨", _B),
    "RRDb": ("배송사고: 분실/파손", _C),
    "RRDc": ("금지거래행위", _U),
    "RRDd": ("포장·상품 파손", _C),
    "RRDe": ("상품정보 오등록", _S),
    "RRDf": ("언론보도/사회적 이슈", _U),
    "RRDg": ("색상/사이즈가 기대와 다름", _B),
    "RRDh": ("다른 상품 배송", _S),
    "RXD1": ("사이즈/색상 교환", _B),
    "RXD2": ("배송사고(파손)", _C),
    "RXD3": ("제품하자", _S),
    "RXD4": ("오배송", _S),
    "RXD5": ("기타", _U),
    "RXD6": ("배송분실", _C),
    "RDD1": ("일부 미배송", _S),
    "RDD2": ("배송분실", _C),
    "RDD3": ("기타", _U),
    "RDD4": ("품절 미배송", _S),
    "RDD5": ("배송파손", _C),
}
_SELLERS = {
    ALREADY_SHIPPED: "이미 출고",
    NOT_RETURNED: "반품상품 미도착",
    NO_STOCK: "재고부족",
    EXCHANGE_RUNNING: "교환 진행중",
}

MEANINGS = {code: meaning for code, (meaning, _) in _REQUESTS.items()} | _SELLERS
"""What the codes that were seen in use mean."""

_FAMILIES = {
    ClaimKind.CANCEL: Family.RCD,
    ClaimKind.RETURN: Family.RRD,
    ClaimKind.EXCHANGE: Family.RXD,
    ClaimKind.REDELIVERY: Family.RDD,
}


def fault_of(kind: ClaimKind, reason: str) -> Fault:
    """Return who is at fault for a request, by our own table; UNCLEAR for a code of another kind or one never seen."""
    if not reason.startswith(_FAMILIES[kind]):
        return Fault.UNCLEAR
    return _REQUESTS.get(reason, ("", Fault.UNCLEAR))[1]
