"""What TMON says to a typed key, in words."""

from handlers.common_views.stores import reason_text
from handlers.texts import Texts
from tmon.errors import AppError
from tmon.models.stores import PendingReason
from tmon.stores.approval import ApprovalResult

KEY_SECONDS = 2.0
"""Seconds from a submission until TMON must have answered: Slack wants its answer within three, and the draft is stored first."""


def reject_refused_key(result: ApprovalResult | None, *, own_vendor: bool) -> None:
    """Raise AppError if TMON refused what this form can mend: the key, or the store's own vendor credentials."""
    if result is None:
        return
    if result.reason is PendingReason.KEY_REFUSED:
        raise AppError("setup.key_refused", field="api_key", message=_said(result))
    if result.reason is PendingReason.VENDOR_REFUSED and own_vendor:
        raise AppError("setup.vendor_refused", field="vendor_code", message=_said(result))


def _said(result: ApprovalResult) -> str:
    return f" ({result.message})" if result.message else ""


def key_note(t: Texts, result: ApprovalResult | None) -> str:
    """What is known of the key, as markup. None: TMON has not answered yet."""
    if result is None:
        return t("setup.key_asking")
    if result.reason is None:
        return t("setup.key_accepted")
    if result.reason is PendingReason.KEY_REFUSED:
        return "❌ " + t.md("setup.key_refused", message=_said(result))
    lines = [f"⏳ {reason_text(t, result.reason)} {t('setup.key_later')}"]
    if result.message:
        lines.append(t.md("common.tmon_said", message=result.message))
    return "\n".join(lines)
