"""The home tab."""

TEXTS = {
    "home.title": "오늘의 티몬",
    "home.welcome": "👋 티몬 스토어를 연결해 보세요",
    "home.welcome_text": "스토어를 한 번 등록하면 새 주문이 Slack으로 들어오고, 버튼 하나로 발주확인할 수 있습니다. 5분이면 됩니다.",
    "home.welcome_steps": "*1.* 티몬 파트너센터에서 API 인증 Key를 발급받습니다.\n*2.* 판매자 ID와 Key, 담당자, 알림 채널을 입력합니다.\n*3.* 티몬이 확인하면 바로 주문 수집을 시작합니다.",
    "home.begin": "스토어 등록 시작",
    "home.incidents": "진행 중인 장애",
    "home.urgent": "가장 급한 주문",
    "home.order": "• *{until}* · {store} · `{number}` {title}",
    "home.order_held": "• *{until}* · {store} · `{number}` {title} (보류)",
    "home.stores": "스토어 {n}곳",
    "home.look": "보기",
    "home.go_orders": "주문 목록",
    "home.go_stores": "스토어 관리",
    "home.go_status": "연동 상태",
    "home.go_incidents": "장애",
    "home.go_setup": "스토어 등록·수정",
    "home.go_guide": "가이드",
    "home.go_help": "도움말",
    "home.refresh": "새로고침",
    "home.as_of": "{moment} 기준",
}
