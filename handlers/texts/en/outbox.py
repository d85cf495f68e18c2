"""What the operator reads when messages do not leave."""

TEXTS = {
    "outbox.stuck_subject": "[TMON] Messages do not go out",
    "outbox.stuck": "Messages have been waiting for more than 10 minutes",
    "outbox.stuck_means": "People hear late of new orders and of trouble. No message is lost: they go out in order once this is mended.",
    "outbox.stuck_do": "`tmon-bot doctor` on the server tells where it is stuck. If it is Slack, check SLACK_BOT_TOKEN and slack-status.com; if it is mail, check SMTP_URL. If both are well, restart the bot and look into its log.",
    "outbox.since": "From",
    "outbox.until": "Until",
    "outbox.waiting": "Waiting",
    "outbox.counts": "{slack} in Slack, {mails} by mail",
    "outbox.error": "Last error",
    "outbox.footer": "You are told once more when it is over.",
    "outbox.flows_subject": "[TMON] Messages go out again",
    "outbox.flows": "What was waiting has gone out",
    "outbox.flows_means": "Messages came late during this time. There is nothing to do.",
}
