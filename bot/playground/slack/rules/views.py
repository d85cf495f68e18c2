"""Validation of views (docs.slack.dev, reference, "Views")."""

from __future__ import annotations

import json
from typing import Any

from bot.playground.slack.rules.blocks import check_blocks, plain
from bot.playground.slack.rules.schema import Rule, Violation, Violations, anything, flag, shape, text, typed

VIEW_BLOCKS = 100
VIEW_BYTES = 250_000

_COMMON: dict[str, Rule] = {"private_metadata": text(3000, 0), "callback_id": text(255, 0), "external_id": text(255, 0)}
_VIEWS: dict[str, Rule] = {
    "modal": shape(
        {"type": anything, "title": plain(24), "blocks": anything},
        {**_COMMON, "submit": plain(24), "close": plain(24), "clear_on_close": flag, "notify_on_close": flag},
    ),
    "home": shape({"type": anything, "blocks": anything}, _COMMON),
}


def check_view(view: Any, kind: str) -> Violations:
    """Violations in a view of this type (``modal`` or ``home``); empty if Slack accepts it."""
    violations = Violations()
    typed(_VIEWS, {kind})(view, "/view", violations)
    if isinstance(view, dict) and "blocks" in view:
        in_blocks = Violations()
        check_blocks(view["blocks"], "/view/blocks", in_blocks, most=VIEW_BLOCKS, in_modal=kind == "modal")
        violations.extend(in_blocks)
    if not violations and kind == "modal" and "submit" not in view:
        for position, block in enumerate(view["blocks"]):
            if block["type"] == "input":
                violations.add(
                    "must define `submit` to use an `input` block in modals", f"/view/blocks/{position}/input"
                )
    if violations:
        violations.insert(0, Violation("failed to match all allowed schemas", "/view"))
    return violations


def too_large(view: Any) -> bool:
    """Whether Slack responds with ``view_too_large``."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES
