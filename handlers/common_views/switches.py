"""The notice about a switch that blocks an action, with a button to turn it on."""

from handlers.blocks import Block, actions, button, context, section
from handlers.common_views.ids import SwitchAction, SwitchRef
from handlers.payloads import encode
from handlers.texts import Texts, mention
from tmon.permissions import Permission, Person, has_permission, managers
from tmon.stores.switches import SwitchOff


def switch_off_notice(t: Texts, person: Person, error: SwitchOff) -> list[Block]:
    """The reason, and a button to turn the switch on; people who do not manage the store see who does instead."""
    reason = section(t.md(error.key, **error.values))
    if not has_permission(person, Permission.MANAGE, error.store):
        return [reason, context(t.md("switches.ask", people=mention(*managers(error.store))))]
    text = t("switches.turn_on_sync") if error.group is None else t.of("switches.turn_on", error.group)
    ref = encode(SwitchRef(store=error.store.id, group=error.group))
    return [reason, actions(button(text, SwitchAction.TURN_ON, ref, style="primary"))]
