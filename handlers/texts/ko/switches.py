"""Switches that are off, and turning them on."""

TEXTS = {
    "switches.off_sync": "⏸️ '{store}' 스토어의 연동이 중지되어 있어 처리하지 않았습니다.",
    "switches.off_product": "⏸️ '{store}' 스토어의 상품 API가 '사용 안 함'이라 처리하지 않았습니다.",
    "switches.off_order": "⏸️ '{store}' 스토어의 주문 API가 '사용 안 함'이라 처리하지 않았습니다.",
    "switches.off_cs": "⏸️ '{store}' 스토어의 CS API가 '사용 안 함'이라 처리하지 않았습니다.",
    "switches.off_stock": "⏸️ '{store}' 스토어의 진열/판매상태/재고연동 API가 '사용 안 함'이라 처리하지 않았습니다.",
    "switches.ask": "{people} 님 또는 워크스페이스 관리자가 다시 켤 수 있습니다.",
    "switches.turn_on_sync": "연동 켜기",
    "switches.turn_on_product": "상품 API 켜기",
    "switches.turn_on_order": "주문 API 켜기",
    "switches.turn_on_cs": "CS API 켜기",
    "switches.turn_on_stock": "재고연동 API 켜기",
    "switches.turned_on": "▶️ *{store}* 스토어의 {switch} 기능을 켰습니다. 멈춘 동안의 내용도 이어서 처리합니다. 하려던 일은 버튼을 다시 눌러 주세요.",
}
