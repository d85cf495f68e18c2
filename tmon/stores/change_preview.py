"""Preview of the effects of changed settings, shown before saving."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.errors import state_key
from tmon.models.collection import ORDERS, SyncState
from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.scope import scope
from tmon.stores import auto_confirm
from tmon.stores.fields import SETTING_FIELDS
from tmon.stores.form import StoreForm

_CEILINGS = (
    ("auto_max_amount", "settings.effect_auto_max_amount", "settings.effect_auto_max_amount_off"),
    ("auto_max_quantity", "settings.effect_auto_max_quantity", "settings.effect_auto_max_quantity_off"),
)
"""Limits of automatic confirmation, and what is said of one that is set or taken away."""


@dataclass(frozen=True)
class ChangeEffect:
    """One effect: `key` is the text key, `values` fill the placeholders."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangePreview:
    """Effects of saving the settings."""

    effects: tuple[ChangeEffect, ...]
    waiting: int | None = None
    """Pending orders for which the user chooses whether automatic confirmation includes them; None: no choice."""
    begins: bool = False
    """Whether automatic confirmation starts on saving; otherwise, if chosen, after the first collection."""


async def preview(session: AsyncSession, store: Store, before: StoreForm, after: StoreForm) -> ChangePreview:
    """Return the effects of replacing the settings in `before` with those in `after`."""
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
        effects.append(ChangeEffect(state_key("settings.effect_mode", after.confirm_mode)))
    if "confirm_mode" in changed and after.confirm_mode is not ConfirmMode.MANUAL:
        begins = await auto_confirm.was_collected(session, store)
        if begins:
            waiting = (await auto_confirm.waiting(session, store))[0] or None
        if waiting is None:
            effects.append(ChangeEffect("settings.effect_nothing_waits" if begins else "settings.effect_begins_later"))
    for name, key, key_off in _CEILINGS:
        if name in changed:
            limit = getattr(after, name)
            effects.append(ChangeEffect(key, {name: limit}) if limit else ChangeEffect(key_off))
    if "extend_days" in changed:
        key = "settings.effect_extend" if after.extend_days else "settings.effect_extend_off"
        effects.append(ChangeEffect(key, {"days": after.extend_days} if after.extend_days else {}))
    if "channel" in changed:
        effects.append(ChangeEffect("settings.effect_channel", {"channel": after.channel}))
    if "cs_workers" in changed:
        key = "settings.effect_cs_workers" if after.cs_workers else "settings.effect_cs_workers_none"
        effects.append(ChangeEffect(key, {"people": tuple(after.cs_workers)} if after.cs_workers else {}))
    if "workers" in changed:
        key = "settings.effect_workers" if after.workers else "settings.effect_workers_none"
        effects.append(ChangeEffect(key, {"people": tuple(after.workers)} if after.workers else {}))
    return ChangePreview(tuple(effects), waiting, begins)


async def _switch_effect(
    session: AsyncSession, store: Store, name: str, on: bool, counts: Mapping[str, int]
) -> ChangeEffect:
    """Return the effect of turning a switch; for those that stop or start order collection with current numbers."""
    if name not in ("sync", ApiGroup.ORDER):
        return ChangeEffect(state_key("settings.effect", f"{name}_{'on' if on else 'off'}"))
    if not on:
        return ChangeEffect(state_key("settings.effect", f"{name}_off"), {"n": counts["open"]})
    since = await _collected_until(session, store)
    if since is None:
        return ChangeEffect(state_key("settings.effect", f"{name}_begin"))
    return ChangeEffect(state_key("settings.effect", f"{name}_on"), {"since": since})


async def _collected_until(session: AsyncSession, store: Store) -> datetime | None:
    row = await session.get(SyncState, (store.team_id, store.id, ORDERS))
    return None if row is None else row.watermark


async def _counts(session: AsyncSession, store: Store) -> dict[str, int]:
    rows = await session.execute(
        select(col(Order.state), func.count()).where(*scope(Order, store), is_unsettled()).group_by(col(Order.state))
    )
    counts: dict[OrderState, int] = {row[0]: row[1] for row in rows}
    return {
        "open": sum(counts.values()),
        "unknown": counts.get(OrderState.UNKNOWN, 0) + counts.get(OrderState.CONFIRMING, 0),
    }
