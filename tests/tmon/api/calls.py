"""The writes that tests make."""

from datetime import UTC, datetime

from tmon.api import (
    KcSubmission,
    NewDeal,
    NewOption,
    Notice,
    NoticeItem,
    OptionQuantity,
    OriginCountry,
    ProductType,
    StoreApi,
)

LINES = [OptionQuantity(7700112301, 2), OptionQuantity(7700112302, 1)]


async def confirm(store: StoreApi) -> None:
    await store.orders.confirm(9100200301, 7700112233, LINES)


START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 5, 12, 0, 5, tzinfo=UTC)

NEW_DEAL = NewDeal(
    vendor_deal_no="SKU-TS-0001",
    product_type=ProductType.DP07,
    delivery_template_no=612345,
    category_no=51010101,
    sections=("색상", "사이즈"),
    managed_title="데일리 티셔츠 2024SS",
    title="가상브랜드 데일리 티셔츠",
    title_decoration="봄 신상 모음",
    max_purchase_qty=999,
    images=("https://img.example.com/ts/0001_main.jpg",),
    detail='<div><img src="https://img.example.com/ts/0001_detail.jpg"></div>',
    origin=OriginCountry.KOREA,
    notices=(Notice(group="의류", items=(NoticeItem(section="제품 소재", description="면 100%"),)),),
    kc=KcSubmission.NOT_APPLICABLE,
    carrier="10001",
    brand="가상브랜드",
    options=(
        NewOption(vendor_option_no="SKU-TS-0001-NV-L", sections=("네이비", "L"), price=15900, stock=50),
        NewOption(vendor_option_no="SKU-TS-0001-WH-M", sections=("화이트", "M"), price=15900, stock=30),
    ),
)
"""The deal of docs/tmon-api.md, ch. 18.9."""
