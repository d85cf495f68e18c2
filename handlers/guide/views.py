"""The guide, one topic at a time, short enough for a phone."""

from handlers.blocks import Block, actions, button, header, modal, section
from handlers.guide.ids import GuideAction, GuideView
from handlers.texts import Texts

TOPICS = ("join", "documents", "key", "register")
_TITLES = {
    "join": "guide.join",
    "documents": "guide.documents",
    "key": "guide.key",
    "register": "guide.register",
}
_SECTIONS = {
    "join": ("guide.join_what", "guide.join_kinds", "guide.join_steps"),
    "documents": (
        "guide.documents_all",
        "guide.documents_person",
        "guide.documents_company",
        "guide.documents_public",
    ),
    "key": ("guide.key_verified", "guide.key_steps", "guide.key_care"),
    "register": ("guide.register_steps", "guide.register_fields", "guide.register_after"),
}


def guide(t: Texts, topic: str) -> Block:
    """One topic, with buttons to the others."""
    shown = topic if topic in TOPICS else TOPICS[0]
    buttons = [
        button(t(_TITLES[other]), f"{GuideAction.TOPIC}#{other}", other, style="primary" if other == shown else None)
        for other in TOPICS
    ]
    blocks = [actions(*buttons), header(t(_TITLES[shown])), *(section(t(key)) for key in _SECTIONS[shown])]
    return modal(t("guide.title"), blocks, callback_id=GuideView.GUIDE, close=t("common.close"))
