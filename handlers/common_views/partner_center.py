"""The way to TMON's partner centre, for what only people can do there."""

from handlers.blocks import Block, button
from handlers.common_views.ids import PartnerCenterAction
from handlers.texts import Texts


def partner_center_button(t: Texts, suffix: str = "") -> Block | None:
    """The button 파트너센터; None if the deployment has no address, so that the words have to do.

    `suffix`: tells several of them in one view apart.
    """
    if t.partner_center is None:
        return None
    action_id = f"{PartnerCenterAction.OPEN}#{suffix}" if suffix else PartnerCenterAction.OPEN
    return button(t("common.partner_center"), action_id, url=t.partner_center)


def partner_center_buttons(t: Texts, suffix: str = "") -> list[Block]:
    """The same as a list of one or none, to follow other buttons."""
    found = partner_center_button(t, suffix)
    return [] if found is None else [found]
