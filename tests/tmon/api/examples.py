"""Answers of docs/tmon-api.md, ch. 18, and its invented key. All names, addresses and numbers are invented."""

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


def exchange() -> dict[str, Any]:
    """An item of 18.6."""
    return {
        "claimNo": 550009876,
        "tmonOrderNo": 9100200301,
        "claimType": "X",
        "claimStatus": "C1",
        "userId": "sUPJXbSlTcC7inojzIQtQw==",
        "userName": "yM1FinWbLU+4bKA9Kt95Yg==",
        "orderDate": "2024-03-05T13:58:41",
        "requestedDate": "2024-03-09T18:02:33",
        "holding": False,
        "claimImageRegistration": True,
        "originDeliveryInvoice": {"deliveryCorp": 10001, "invoiceNo": "600100200300"},
        "returnDeliveryInvoice": {"deliveryCorp": 10001},
        "returnDeliveryName": "yM1FinWbLU+4bKA9Kt95Yg==",
        "returnDeliveryMobile": "w/H40uf187c3AsLNxXTyWw==",
        "returnDeliveryZipCode": "P8LtwC8ydL8cYxJSwiAp0g==",
        "returnDeliveryStreetAddress": "p+I6mLF/Pq/eicmyV/xYh9JY0xczh8BxsT/quQyOtM/hJUHUVnNalo/ylfXGQGJ0",
        "returnDeliverySecondAddress": "Qzu+1AV0nNRQUlio7Khvkg==",
        "claimDeals": [
            {
                "tmonDealNo": 7700112233,
                "dealTitle": "가상브랜드 데일리 티셔츠",
                "requestReason": "RXD1",
                "claimDealOptions": [{"tmonDealOptionNo": 7700112301, "dealOptionTitle": "네이비 / L", "qty": 1}],
            }
        ],
    }


NAME_TAKEN = "기존 주소지명과 중복될 수 없습니다."


def address() -> dict[str, Any]:
    """18.7"""
    return {
        "no": 301122,
        "partnerNo": 40077,
        "type": "D",
        "addressName": "WH-SEOUL-01_D",
        "address": {
            "zipCode": "04532",
            "address": "서울특별시 중구 가상동 34-5",
            "addressDetail": "물류센터 2층",
            "streetAddress": "서울특별시 중구 가상로 12",
        },
        "managerName": "출고담당",
        "managerPhone": "02-1544-0000",
        "defaultAddress": False,
        "available": True,
    }


def template() -> dict[str, Any]:
    """The request of 18.8."""
    return {
        "deliveryTemplateName": "COND_30000_3000_J3000_I5000",
        "bundledDeliveryAble": True,
        "deliveryFeePolicy": "CONDITION",
        "deliveryFee": 3000,
        "deliveryFeeFreePrice": 30000,
        "productType": "DP07",
        "deliveryType": "ND",
        "longDistanceDeliveryAvailable": True,
        "longDistanceDeliveryPrepay": True,
        "longDistanceDeliveryFeeJeju": 3000,
        "longDistanceDeliveryFeeExcludingJeju": 5000,
        "partnerDeliveryAddressNo": 301122,
        "partnerReturnAddressNo": 301123,
        "tmonReturnCargoUsing": False,
    }


def option(number: int = 7700112301, **other: Any) -> dict[str, Any]:
    """An option of `deal`."""
    return {
        "vendorId": "SAMPLEVENDOR",
        "vendorDealNo": "SKU-TS-0001",
        "tmonDealNo": 7700112233,
        "vendorDealOptionNo": f"SKU-{number}",
        "tmonDealOptionNo": number,
        "title": "네이비 / L",
        "mainOption": True,
        "price": 15900,
        "salesPrice": 15900,
        "stock": 50,
        "display": True,
        "status": "DS02",
    } | other


def deal() -> dict[str, Any]:
    """The deal of 18.9 in the form of chapter 8.3."""
    return {
        "vendorId": "SAMPLEVENDOR",
        "vendorDealNo": "SKU-TS-0001",
        "tmonDealNo": 7700112233,
        "vendorPolicyNo": 999,
        "deliveryTemplateNo": 612345,
        "dealType": "D",
        "sections": ["색상", "사이즈"],
        "managedTitle": "데일리 티셔츠 2024SS",
        "adultOnly": False,
        "categoryNo": 51010101,
        "maxPurchaseQty": 999,
        "salesPeriod": {"start": "2024-03-01T00:00", "end": "2024-03-31T23:59:59"},
        "dealContents": {
            "title": "가상브랜드 데일리 티셔츠",
            "titleDecoration": "봄 신상 모음",
            "mainImages": ["https://img.example.com/ts/0001_main.jpg"],
            "detailContents": '<div><img src="https://img.example.com/ts/0001_detail.jpg"></div>',
            "productInfos": [
                {"productType": "의류", "productInfos": [{"section": "제품 소재", "description": "면 100%"}]}
            ],
            "originCountryType": "O",
        },
        "dealDeliveryInfo": {"deliveryCorp": "10001", "productType": "DP07"},
        "status": "DS02",
        "salesStatus": "ON_SALE",
        "dealOptionsPageInfo": {"totalCount": 2, "totalPage": 1, "currentPage": 1},
        "dealOptions": [option(), option(7700112302, title="화이트 / M", stock=30)],
        "creator": "client-sample",
        "createDate": "2024-02-20T10:00",
    }


def new_deal() -> dict[str, Any]:
    """The request of 18.9, without what the bot leaves to TMON."""
    return {
        "vendorDealNo": "SKU-TS-0001",
        "vendorPolicyNo": 999,
        "deliveryTemplateNo": 612345,
        "productType": "DP07",
        "categoryNo": 51010101,
        "sections": ["색상", "사이즈"],
        "managedTitle": "데일리 티셔츠 2024SS",
        "title": "가상브랜드 데일리 티셔츠",
        "titleDecoration": "봄 신상 모음",
        "maxPurchaseQty": 999,
        "mainImages": ["https://img.example.com/ts/0001_main.jpg"],
        "detailContents": '<div><img src="https://img.example.com/ts/0001_detail.jpg"></div>',
        "originCountryType": "O",
        "productInfos": [{"productType": "의류", "productInfos": [{"section": "제품 소재", "description": "면 100%"}]}],
        "kcAuthSubmitType": "N",
        "deliveryCorp": "10001",
        "useCustomsIdNo": False,
        "brandName": "가상브랜드",
        "dealOptions": [
            {
                "vendorDealOptionNo": "SKU-TS-0001-NV-L",
                "sections": ["네이비", "L"],
                "price": 15900,
                "salesPrice": 15900,
                "stock": 50,
                "display": True,
            },
            {
                "vendorDealOptionNo": "SKU-TS-0001-WH-M",
                "sections": ["화이트", "M"],
                "price": 15900,
                "salesPrice": 15900,
                "stock": 30,
                "display": True,
            },
        ],
    }


def registered() -> dict[str, Any]:
    """The answer of 18.9 to a new deal."""
    return {
        "vendorId": "SAMPLEVENDOR",
        "dealNo": {"SKU-TS-0001": 7700112233},
        "dealOptionNos": {"SKU-TS-0001-NV-L": 7700112301, "SKU-TS-0001-WH-M": 7700112302},
    }
