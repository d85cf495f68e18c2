"""Permissions of users on a store."""

from dataclasses import dataclass, field
from enum import StrEnum

from tmon.models.stores import Store


class Permission(StrEnum):
    """What a user may do with a store."""

    MANAGE = "manage"
    OPERATE = "work"
    ANSWER = "answer"
    """OPERATE for questions, CS inquiries and reviews."""
    PRODUCTS = "products"
    """OPERATE for products and their files, unless only managers may (`Store.product_managers_only`)."""
    VIEW = "see"


@dataclass(frozen=True)
class Person:
    """A user of a Slack workspace, with what permissions and language depend on."""

    team_id: str
    user_id: str
    is_admin: bool = False
    is_full_member: bool = True
    locale: str = "ko-KR"
    name: str = field(default="", repr=False, compare=False)
    """The name that the workspace shows, for texts in which Slack draws no mentions."""

    @property
    def language(self) -> str:
        """`ko` or `en`: Korean unless the user's Slack is set to another language."""
        return "ko" if self.locale.startswith("ko") else "en"


def managers(store: Store) -> tuple[str, ...]:
    """Return the ids of the store's own managers; workspace owners and admins may manage as well."""
    return (store.registered_by,)


def operators(store: Store) -> tuple[str, ...]:
    """Return the ids of those who are to confirm orders: the order staff or, if none are chosen, the managers.

    Those who manage the store may confirm as well.
    """
    return tuple(store.worker_ids) or managers(store)


def cs_people(store: Store) -> tuple[str, ...]:
    """Return the ids of those who are to answer questions: the CS staff (CS 담당자) or, if none are chosen, the `operators`."""
    return tuple(store.cs_worker_ids) or operators(store)


def has_permission(person: Person, right: Permission, store: Store) -> bool:
    """Return whether `person` has `right` on `store`. Guests, bots and users of other workspaces have none."""
    if not person.is_full_member or person.team_id != store.team_id:
        return False
    if right is Permission.VIEW:
        return True
    if right in (Permission.OPERATE, Permission.ANSWER) and person.user_id in store.worker_ids:
        return True
    if right is Permission.PRODUCTS and person.user_id in store.worker_ids and not store.product_managers_only:
        return True
    if right is Permission.ANSWER and person.user_id in store.cs_worker_ids:
        return True
    return person.is_admin or person.user_id in managers(store)
