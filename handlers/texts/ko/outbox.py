"""What the operator reads when messages do not leave."""

TEXTS = {
    "outbox.stuck_subject": "[티몬] 메시지가 나가지 않습니다",
    "outbox.stuck": "보내야 할 메시지가 10분 넘게 나가지 않고 있습니다",
    "outbox.stuck_means": "새 주문, 장애 알림이 담당자에게 늦게 도착합니다. 메시지는 사라지지 않으며, 풀리면 순서대로 나갑니다.",
    "outbox.stuck_do": "서버에서 `tmon-bot doctor` 를 실행하면 어디가 막혔는지 알 수 있습니다. Slack 쪽이면 SLACK_BOT_TOKEN 과 slack-status.com, 메일 쪽이면 SMTP_URL 을 확인해 주세요. 모두 정상인데도 나가지 않으면 봇을 다시 시작하고 로그를 확인해 주세요.",
    "outbox.since": "시작",
    "outbox.until": "끝",
    "outbox.waiting": "대기",
    "outbox.counts": "Slack {slack}건, 메일 {mails}건",
    "outbox.error": "마지막 오류",
    "outbox.footer": "풀리면 한 번 더 알려 드립니다.",
    "outbox.flows_subject": "[티몬] 메시지가 다시 나갑니다",
    "outbox.flows": "밀렸던 메시지가 모두 나갔습니다",
    "outbox.flows_means": "이 동안 메시지가 늦게 도착했습니다. 따로 하실 일은 없습니다.",
}
