"""The help."""

TEXTS = {
    "help.title": "*`/tmon` 명령*",
    "help.line": "`{command} {word}` (`{other}`) {does}",
    "help.setup": "스토어를 등록하거나 설정을 바꿉니다",
    "help.stores": "스토어 목록: 수정, 연동 중지·재개, 삭제",
    "help.status": "스토어마다 상태와 문제, 대기 중인 주문을 봅니다",
    "help.orders": "발주확인을 기다리는 주문을 급한 순서로 봅니다",
    "help.cs": "답변을 기다리는 문의를 봅니다",
    "help.collect": "`주문` 또는 `문의` 를 붙여 지금 수집합니다",
    "help.sync": "`켜기` 또는 `끄기` 를 붙여 연동을 켜고 끕니다",
    "help.templates": "주소록과 배송 템플릿을 가져오고 등록합니다",
    "help.products": "알고 있는 상품의 상태·가격·재고·판매기간을 봅니다",
    "help.stock": "SKU를 등록하고 티몬 재고와 맞춥니다",
    "help.incidents": "진행 중이거나 최근에 있었던 장애를 봅니다",
    "help.admin": "관리자: 런플 표시, 권한, 감사 기록을 봅니다",
    "help.guide": "티몬 입점과 API Key 발급 방법을 봅니다",
    "help.help": "이 도움말을 봅니다",
    "help.note": "스토어가 여럿이면 뒤에 스토어명을 붙여 주세요. 예: `/tmon 설정 우리가게`",
    "help.unknown": "`{word}` 은(는) 모르는 명령입니다.",
    "help.near": "혹시 이 명령인가요? {names}",
}
