"""How the tests write addresses."""

from typing import Any

PATH = "/partners/addresses"


NEW: dict[str, Any] = {
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
}
