"""Answers of the wire contract's chapter 18, and its invented key. All names, addresses and numbers are invented."""

from typing import Any

KEY = "0123456789abcdef"

VECTORS = {
    "김서연": "yM1FinWbLU+4bKA9Kt95Yg==",
    "010-1234-5678": "w/H40uf187c3AsLNxXTyWw==",
    "04532": "P8LtwC8ydL8cYxJSwiAp0g==",
    "서울특별시 중구 가상로 12": "p+I6mLF/Pq/eicmyV/xYh9JY0xczh8BxsT/quQyOtM/hJUHUVnNalo/ylfXGQGJ0",
    "101동 1203호": "Qzu+1AV0nNRQUlio7Khvkg==",
    "": "N3Ii4GGpJMWRzZwn6hY+1A==",
}

CONFIRM_REFUSED = "배송주문 확인처리가 불가능한 배송상태입니다."


def order() -> dict[str, Any]:
    """18.2"""
    return {
        "tmonOrderNo": 9100200301,
        "userId": "sUPJXbSlTcC7inojzIQtQw==",
        "userName": "yM1FinWbLU+4bKA9Kt95Yg==",
        "userPhone": "w/H40uf187c3AsLNxXTyWw==",
        "receiverName": "WFgbDwuMH5QZPwYRDLWkEA==",
        "receiverPhone": "Fca92rLcYeNNUGMLyKhpiQ==",
        "receiverAddress": {
            "zipCode": "P8LtwC8ydL8cYxJSwiAp0g==",
            "address": "p+I6mLF/Pq/eicmyV/xYh7McBB/JCG22IpoRD0saSsw1MVArYyUZ5rqN9yUWrQzr",
            "addressDetail": "Qzu+1AV0nNRQUlio7Khvkg==",
            "streetAddress": "p+I6mLF/Pq/eicmyV/xYh9JY0xczh8BxsT/quQyOtM/hJUHUVnNalo/ylfXGQGJ0",
        },
        "deliveryMemo": "문 앞에 놓아주세요",
        "additionalMessage": "",
        "orderDate": "2024-03-05T13:58:41",
        "depositDate": "2024-03-05T14:07",
        "deals": [
            {
                "tmonDealNo": 7700112233,
                "dealTitle": "가상브랜드 데일리 티셔츠",
                "deliveryNo": "880011001",
                "deliveryStatus": "D1",
                "updatedDate": "2024-03-05T14:07:12",
                "deliveryFee": {
                    "amount": 3000,
                    "tmonAmount": 0,
                    "partnerAmount": 0,
                    "userAmount": 3000,
                    "longDistanceAmount": 0,
                    "longDistanceTmonAmount": 0,
                    "longDistancePartnerAmount": 0,
                    "longDistanceUserAmount": 0,
                },
                "dealOptions": [
                    {
                        "tmonDealOptionNo": 7700112301,
                        "dealOptionTitle": "네이비 / L",
                        "salesPrice": 15900,
                        "purchasePrice": 31800,
                        "qty": 2,
                    },
                    {
                        "tmonDealOptionNo": 7700112302,
                        "dealOptionTitle": "화이트 / M",
                        "salesPrice": 15900,
                        "purchasePrice": 15900,
                        "qty": 1,
                    },
                ],
            }
        ],
    }


def cancellation() -> dict[str, Any]:
    """An item of 18.5."""
    return {
        "claimNo": 550001234,
        "tmonOrderNo": 9100200301,
        "claimType": "C",
        "claimStatus": "C1",
        "userId": "sUPJXbSlTcC7inojzIQtQw==",
        "userName": "yM1FinWbLU+4bKA9Kt95Yg==",
        "orderDate": "2024-03-05T13:58:41",
        "requestedDate": "2024-03-06T09:20",
        "claimDeals": [
            {
                "tmonDealNo": 7700112233,
                "dealTitle": "가상브랜드 데일리 티셔츠",
                "requestReason": "RCD5",
                "requestReasonDetail": "사이즈를 잘못 골랐어요",
                "claimDealOptions": [{"tmonDealOptionNo": 7700112302, "dealOptionTitle": "화이트 / M", "qty": 1}],
            }
        ],
    }
