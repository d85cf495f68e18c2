"""The switches of a store: what may be done while they stand as they do."""

from tmon.errors import AppError, state_key
from tmon.models.stores import ApiGroup, Store


class SwitchOff(AppError):
    """A switch stands in the way of what was asked for.

    Whoever manages `store` can turn it on; `group` is None where it is the master switch (연동설정).
    """

    def __init__(self, store: Store, group: ApiGroup | None) -> None:
        super().__init__("switches.off_sync" if group is None else state_key("switches.off", group), store=store.name)
        self.store = Store(**store.model_dump())  # the transaction that it is raised in takes its own row back
        self.group = group


def require_on(store: Store | None, group: ApiGroup) -> None:
    """Raises AppError unless calls of `group` may leave for `store` now: SwitchOff when its switches say no."""
    if store is None or store.removed_at is not None:
        raise AppError("common.store_gone")
    if not store.sync_on:
        raise SwitchOff(store, None)
    if not store.group_on(group):
        raise SwitchOff(store, group)
