"""The status of every store."""

TEXTS = {
    "status.title": "연동 상태",
    "status.all_well": "✅ 스토어 {total}곳 모두 정상입니다.",
    "status.some_wrong": "⚠️ 스토어 {total}곳 중 {n}곳을 확인해 주세요.",
    "status.nothing_waits": "발주확인 대기 없음",
    "status.waiting": "발주확인 대기 *{n}건* · 가장 급한 주문 {until}",
    "status.waiting_held": "{waiting} · 보류 {n}건 포함",
}
