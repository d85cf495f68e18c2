"""Checks of a store's switches."""

from tmon.errors import AppError, state_key
from tmon.models.stores import ApiGroup, Store


class SwitchOff(AppError):
    """A switch of `store` is off; `group` is None for the master switch (연동설정).

    Users who manage `store` can turn it on.
    """

    def __init__(self, store: Store, group: ApiGroup | None) -> None:
        super().__init__("switches.off_sync" if group is None else state_key("switches.off", group), store=store.name)
        # a copy, because the transaction that raises this rolls back its own row
        self.store = Store(**store.model_dump())
        self.group = group


def require_on(store: Store | None, group: ApiGroup) -> None:
    """Raise SwitchOff if the switch of `group` or the master switch is off, AppError if `store` is None or removed."""
    if store is None or store.removed_at is not None:
        raise AppError("common.store_gone")
    if not store.sync_on:
        raise SwitchOff(store, None)
    if not store.group_on(group):
        raise SwitchOff(store, group)
