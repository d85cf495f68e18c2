"""The notice about a right that somebody lacks, with a button to ask for it."""

from handlers.blocks import Block, actions, button, section
from handlers.common_views.ids import RightsAction, RightsRef
from handlers.payloads import encode
from handlers.permissions import PermissionDenied
from handlers.texts import Texts


def no_right_notice(t: Texts, error: PermissionDenied) -> list[Block]:
    """Who has the right, and a button that asks whoever registered the store for it."""
    ref = encode(RightsRef(store=error.store_id, right=error.right))
    return [section(t.md(error.key, **error.values)), actions(button(t("rights.ask"), RightsAction.ASK, ref))]
