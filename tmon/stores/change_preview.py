"""What a change of a store's settings will do, told before it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.collection import ORDERS, SyncState
from tmon.models.orders import OPEN_STATES, Order, OrderState
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.scope import scope
from tmon.stores import auto_confirm
from tmon.stores.fields import SETTING_FIELDS
from tmon.stores.form import StoreForm


@dataclass(frozen=True)
class ChangeEffect:
    """One consequence: `key` names its sentence, `values` fill the placeholders."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangePreview:
    """What saving will do."""

    effects: tuple[ChangeEffect, ...]
    waiting: int | None = None
    """Orders of which a person has to say whether automatic confirmation takes them along; None: nothing to ask."""
    begins: bool = False
    """Whether automatic confirmation begins with saving; else, if it was chosen, after the first collection."""


async def preview(session: AsyncSession, store: Store, before: StoreForm, after: StoreForm) -> ChangePreview:
    """The consequences of saving the settings of `after` in the place of `before`."""
    changed = {name for name in SETTING_FIELDS if getattr(before, name) != getattr(after, name)}
    effects: list[ChangeEffect] = []
    counts = await _counts(session, store)
    if "sync" in changed:
        effects.append(await _switch_effect(session, store, "sync", after.sync, counts))
    for group in (group for group in ApiGroup if group.value in changed):
        effects += [await _switch_effect(session, store, group.value, getattr(after, group.value), counts)]
    if counts["unknown"] and (before.sync and before.order) and not (after.sync and after.order):
        effects.append(ChangeEffect("settings.effect_unknown", {"n": counts["unknown"]}))
    waiting, begins = None, False
    if "confirm_mode" in changed:
        effects.append(ChangeEffect(f"settings.effect_mode_{after.confirm_mode}"))
    if "confirm_mode" in changed and after.confirm_mode is not ConfirmMode.MANUAL:
        begins = await auto_confirm.was_collected(session, store)
        if begins:
            waiting = (await auto_confirm.waiting(session, store))[0] or None
        if waiting is None:
            effects.append(ChangeEffect("settings.effect_nothing_waits" if begins else "settings.effect_begins_later"))
    for name in ("auto_max_amount", "auto_max_quantity"):
        if name in changed:
            limit = getattr(after, name)
            effects.append(
                ChangeEffect(f"settings.effect_{name}", {name: limit})
                if limit
                else ChangeEffect(f"settings.effect_{name}_off")
            )
    if "extend_days" in changed:
        key = "settings.effect_extend" if after.extend_days else "settings.effect_extend_off"
        effects.append(ChangeEffect(key, {"days": after.extend_days} if after.extend_days else {}))
    if "channel" in changed:
        effects.append(ChangeEffect("settings.effect_channel", {"channel": after.channel}))
    if "workers" in changed:
        key = "settings.effect_workers" if after.workers else "settings.effect_workers_none"
        effects.append(ChangeEffect(key, {"people": tuple(after.workers)} if after.workers else {}))
    return ChangePreview(tuple(effects), waiting, begins)


async def _switch_effect(
    session: AsyncSession, store: Store, name: str, on: bool, counts: Mapping[str, int]
) -> ChangeEffect:
    """What turning a switch does; for those that stop or start the collection of orders with what that means now."""
    if name not in ("sync", ApiGroup.ORDER):
        return ChangeEffect(f"settings.effect_{name}_{'on' if on else 'off'}")
    if not on:
        return ChangeEffect(f"settings.effect_{name}_off", {"n": counts["open"]})
    since = await _collected_until(session, store)
    if since is None:
        return ChangeEffect(f"settings.effect_{name}_begin")
    return ChangeEffect(f"settings.effect_{name}_on", {"since": since})


async def _collected_until(session: AsyncSession, store: Store) -> datetime | None:
    row = await session.get(SyncState, (store.team_id, store.id, ORDERS))
    return None if row is None else row.watermark


async def _counts(session: AsyncSession, store: Store) -> dict[str, int]:
    rows = await session.execute(
        select(col(Order.state), func.count())
        .where(*scope(Order, store), col(Order.state).in_(OPEN_STATES))
        .group_by(col(Order.state))
    )
    counts: dict[OrderState, int] = {row[0]: row[1] for row in rows}
    return {
        "open": sum(counts.values()),
        "unknown": counts.get(OrderState.UNKNOWN, 0) + counts.get(OrderState.CONFIRMING, 0),
    }
