"""Collecting by hand."""

TEXTS = {
    "collect.what_orders": "주문",
    "collect.what_inquiries": "문의",
    "collect.under_way": "'{store}' {what} 내용을 수집하고 있습니다…",
    "collect.done": "'{store}' {what} 수집을 마쳤습니다. {changes}",
    "collect.nothing": "새로운 내용이 없습니다.",
    "collect.failed": "'{store}' {what} 내용을 수집하지 못했습니다. {why}",
    "collect.inactive": "'{store}' 스토어는 아직 승인 완료 상태가 아니어서 수집하지 않습니다. `/tmon status` 에서 확인해 주세요.",
    "collect.ask": "무엇을 수집할지 적어 주세요: `/tmon collect orders`, `/tmon collect cs`",
}
