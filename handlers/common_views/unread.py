"""Records that could not be read, as several features mention them."""

from handlers.blocks import Block, button_beside
from handlers.payloads import encode
from handlers.texts import Texts
from handlers.unread.ids import UnreadAction, UnreadRef
from tmon.dashboard.stores import Overview
from tmon.models.stores import Store
from tmon.permissions import Permission, Person, has_permission


def sees_unread(person: Person, overview: Overview) -> bool:
    """Whether `person` is shown that records of this store could not be read: who works for it or manages it."""
    return overview.unread > 0 and has_permission(person, Permission.OPERATE, overview.store)


def open_button(t: Texts, store: Store, n: int) -> Block:
    """The button `읽지 못한 자료 n건`, which opens the list of one store."""
    text = t("unread.count", n=n)
    ref = encode(UnreadRef(store=store.id))
    return button_beside(t, text, store.name, f"{UnreadAction.OPEN}#{store.id}", ref)
