"""Messages of Slack's client in Korean."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.playground.slack import InteractionResult

_FAILURES: Mapping[str, str] = {
    "timeout": "앱이 응답하지 않습니다. 3초 안에 답이 없었습니다 (operation_timeout). 다시 시도해 주세요.",
    "http_error": "앱이 오류로 응답했습니다 (http_service_error). 다시 시도해 주세요.",
    "no_bot": "앱이 응답하지 않습니다. 봇이 Slack에 연결되어 있지 않습니다 (dispatch_failed).",
    "unknown_command": "그런 명령은 없습니다. / 를 누르면 쓸 수 있는 명령이 보입니다.",
}
_FIELDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Please complete this required field\.", "필수 항목입니다."),
        (r"Please enter a valid email address\.", "올바른 이메일 주소를 입력해 주세요."),
        (r"Please enter a valid URL\.", "올바른 URL을 입력해 주세요."),
        (r"Please enter a number\.", "숫자를 입력해 주세요."),
        (r"Please enter a whole number\.", "정수를 입력해 주세요."),
        (r"Please enter a number between (\S+) and (\S+)\.", r"\1에서 \2 사이의 숫자를 입력해 주세요."),
        (r"Must be less than (\d+) characters\.", r"\1자보다 짧게 입력해 주세요."),
        (r"Must be more than (\d+) characters\.", r"\1자보다 길게 입력해 주세요."),
        (r"You can select at most (\d+) items\.", r"최대 \1개까지 고를 수 있습니다."),
        (r"Only these file types can be uploaded: (.+)\.", r"\1 파일만 올릴 수 있습니다."),
        (r"Files can be at most (\d+) MB\.", r"\1MB 이하의 파일만 올릴 수 있습니다."),
    )
)


def failure_message(result: InteractionResult) -> str | None:
    """The message for a failed action; None if it succeeded or only has field errors."""
    if result.error is None or result.errors:
        return None
    return _FAILURES.get(result.error, f"앱의 답을 Slack이 받아들이지 않았습니다 ({result.error}).")


def field_messages(result: InteractionResult) -> dict[str, str]:
    """Block id → message below the field. Messages of the app stay unchanged, those of the client are translated."""
    if result.error != "invalid_input":
        return dict(result.errors)
    return {block_id: to_korean(sentence) for block_id, sentence in result.errors.items()}


def to_korean(sentence: str) -> str:
    """Translate a message of Slack's client; others stay unchanged."""
    for pattern, korean in _FIELDS:
        if found := pattern.fullmatch(sentence):
            return found.expand(korean)
    return sentence
