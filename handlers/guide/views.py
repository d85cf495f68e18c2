"""The guide, one topic at a time, short enough for a phone."""

from handlers.blocks import Block, actions, button, divider, header, modal, section
from handlers.common_views.ids import CommandAction
from handlers.common_views.partner_center import partner_center_buttons
from handlers.guide.ids import GuideAction, GuideView
from handlers.texts import Texts

TOPICS = ("join", "documents", "key", "register")
_TITLES = {
    "join": "guide.join",
    "documents": "guide.documents",
    "key": "guide.key",
    "register": "guide.register",
}
_AT_TMON = ("join", "documents", "key")
"""Topics about what is done in TMON's partner centre."""
_SECTIONS = {
    "join": ("guide.join_about", "guide.join_what", "guide.join_kinds", "guide.join_steps"),
    "documents": (
        "guide.documents_all",
        "guide.documents_person",
        "guide.documents_company",
        "guide.documents_public",
    ),
    "key": ("guide.key_verified", "guide.key_steps", "guide.key_care"),
    "register": ("guide.register_steps", "guide.register_fields", "guide.register_after"),
}


def guide(t: Texts, topic: str, *, registers: bool = True) -> Block:
    """One topic, with buttons to the others. `registers`: it does not lie above the form to which its end leads."""
    shown = topic if topic in TOPICS else TOPICS[0]
    tabs = [
        button(
            t("guide.here", topic=t(_TITLES[other])) if other == shown else t(_TITLES[other]),
            f"{GuideAction.TOPIC}#{other}",
            other,
        )
        for other in TOPICS
    ]
    blocks = [actions(*tabs), divider(), header(t(_TITLES[shown])), *(section(t(key)) for key in _SECTIONS[shown])]
    if ways := [*_onward(t, shown, registers=registers), *(partner_center_buttons(t) if shown in _AT_TMON else [])]:
        blocks += [divider(), actions(*ways)]
    return modal(t("guide.title"), blocks, callback_id=GuideView.GUIDE, close=t("common.close"))


def _onward(t: Texts, shown: str, *, registers: bool) -> list[Block]:
    """The button to what comes next."""
    place = TOPICS.index(shown) + 1
    if place < len(TOPICS):
        following = TOPICS[place]
        return [button(t("guide.next", topic=t(_TITLES[following])), f"{GuideAction.TOPIC}#next", following)]
    return [button(t("guide.begin"), f"{CommandAction.RUN}#setup", "setup", style="primary")] if registers else []
