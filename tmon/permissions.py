"""Who may do what: the three rights of a store."""

from dataclasses import dataclass
from enum import StrEnum

from tmon.models.stores import Store


class Permission(StrEnum):
    """What a person may do with a store."""

    MANAGE = "manage"
    OPERATE = "work"
    VIEW = "see"


@dataclass(frozen=True)
class Person:
    """A member of a Slack workspace as far as rights and language go."""

    team_id: str
    user_id: str
    is_admin: bool = False
    is_full_member: bool = True
    locale: str = "ko-KR"

    @property
    def language(self) -> str:
        """`ko` or `en`: Korean unless the person's Slack speaks something else."""
        return "ko" if self.locale.startswith("ko") else "en"


def managers(store: Store) -> tuple[str, ...]:
    """Ids of those who manage by name; workspace owners and admins may as well."""
    return (store.registered_by,)


def operators(store: Store) -> tuple[str, ...]:
    """Ids of those who confirm: the chosen ones or, if none are chosen, those who manage."""
    return tuple(store.worker_ids) or managers(store)


def has_permission(person: Person, right: Permission, store: Store) -> bool:
    """Whether `person` has `right` on `store`. Guests, bots and people of other workspaces have none."""
    if not person.is_full_member or person.team_id != store.team_id:
        return False
    if right is Permission.VIEW:
        return True
    if right is Permission.OPERATE and store.worker_ids:
        return person.user_id in store.worker_ids
    return person.is_admin or person.user_id in managers(store)
