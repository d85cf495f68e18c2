"""Changes of a stored store: applied, audited, and announced in its channel."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from tmon import audit
from tmon.ids import new_id
from tmon.models.stores import ApiGroup, ConfirmMode, Store, StoreState
from tmon.outbox import enqueue_update, post
from tmon.permissions import Person
from tmon.sealing import Place, Sealer
from tmon.stores import approval, auto_confirm, contact_address
from tmon.stores.fields import SETTING_FIELDS, name_key
from tmon.stores.form import StoreForm, is_other_key, stored_credentials
from tmon.stores.messages import StoreChanged, WorkerChosen

OnOffSetting = Literal["report_revenue", "product_managers_only"]
"""Settings of a store that are on or off, and nothing else: fields of `Store`."""
RECHECK_AFTER = timedelta(minutes=2)
"""Time after which a store is checked again if its check did not finish (the process died)."""


async def change(
    session: AsyncSession, store: Store, form: StoreForm, person: Person, sealer: Sealer, now: datetime
) -> list[str]:
    """Apply `form` to `store` on behalf of `person`; return the names of the changed fields.

    Changed credentials need a new approval: the caller has to check them at TMON. Collections that were switched on are
    due at once. Audit and channel message contain the values of settings before and after, but only the names of other
    fields.
    """
    before = StoreForm.of(store, sealer)
    running = _running(store)
    changed = [name for name in StoreForm.model_fields if getattr(form, name) != getattr(before, name)]
    stored = stored_credentials(store, sealer)
    credentials = form.credentials(stored)
    if credentials != stored:
        store.credentials = sealer.seal(credentials, Place.of(store, "credentials"))
    if is_other_key(credentials, stored) or form.seller_id != store.seller_id:
        store.seller_id = form.seller_id
        store.state, store.pending_reason, store.pending_message = StoreState.PENDING, None, None
    if store.state is not StoreState.APPROVED:
        store.check_due_at = now + RECHECK_AFTER
    if "confirm_mode" in changed:
        store.confirm_mode, store.auto_from = form.confirm_mode, None
        await enqueue_update(session, store.team_id, [auto_confirm.offer_key(store.id)], now=now)
    previous_channel = store.channel_id
    if "channel" in changed:
        store.channel_id, store.channel_ok = form.channel, False
    chosen = {*form.workers, *form.cs_workers} - {*before.workers, *before.cs_workers}
    await tell_chosen(session, store, chosen, person, now)
    store.name, store.name_key = form.store_name, name_key(form.store_name)
    store.contact = sealer.seal(form.contact(), Place.of(store, "contact"))
    if form.contact_email.casefold() != before.contact_email.casefold():
        await contact_address.begin(session, store, form.contact_email.casefold(), sealer)
    form.fill(store, sealer)
    store.updated_at = now
    values = {name: [getattr(before, name), getattr(form, name)] for name in SETTING_FIELDS if name in changed}
    await _record(session, store, person, running, changed, values, previous_channel, now)
    return changed


async def tell_chosen(
    session: AsyncSession, store: Store, chosen: Collection[str], person: Person, now: datetime
) -> None:
    """Tell people that `person` chose them to confirm the orders of `store`, or to answer its questions."""
    for user in sorted(set(chosen) - {person.user_id}):
        message = WorkerChosen(store=store.id, user=user, who=person.user_id)
        await post(session, store, message, key=f"store/{store.id}/worker/{user}/{new_id('ch')}", to=user, now=now)


async def turn(
    session: AsyncSession, store: Store, group: ApiGroup | None, person: Person, now: datetime, *, on: bool
) -> None:
    """Turn a switch of `store` (None: the master switch); collections that are switched on are due at once."""
    name = "sync" if group is None else group.value
    column = f"{name}_on"
    if getattr(store, column) is on:
        return
    running = _running(store)
    setattr(store, column, on)
    store.updated_at = now
    await _record(session, store, person, running, [name], {name: [not on, on]}, store.channel_id, now)


async def set_on_off(
    session: AsyncSession, store: Store, person: Person, now: datetime, name: OnOffSetting, *, on: bool
) -> bool:
    """Change a setting that is on or off. Returns whether that is new."""
    if getattr(store, name) is on:
        return False
    setattr(store, name, on)
    store.updated_at = now
    values: dict[str, list[bool]] = {name: [not on, on]}
    await _record(session, store, person, _running(store), [*values], values, store.channel_id, now)
    return True


async def switch_to_manual(session: AsyncSession, store: Store, person: Person, now: datetime) -> None:
    """Switch `store` to manual confirmation, because the condition for its automatic mode no longer holds."""
    values = {"confirm_mode": [store.confirm_mode, ConfirmMode.MANUAL]}
    store.confirm_mode, store.auto_from, store.updated_at = ConfirmMode.MANUAL, None, now
    await enqueue_update(session, store.team_id, [auto_confirm.offer_key(store.id)], now=now)
    await _record(session, store, person, _running(store), ["confirm_mode"], values, store.channel_id, now)


async def _record(
    session: AsyncSession,
    store: Store,
    person: Person,
    running: set[ApiGroup],
    changed: Sequence[str],
    values: Mapping[str, Any],
    previous_channel: str,
    now: datetime,
) -> None:
    """Audit and announce a change, and make collections due. `running`: the groups that were on before; `previous_channel`: the
    previous channel (a new one gets a greeting of its own)."""
    if _running(store) - running and store.state is StoreState.APPROVED:
        await approval.collect_now(session, store, now)
    fields = [name for name in changed if name not in values]
    audit.record(
        session, store, person.user_id, _action(fields, values), now, fields=list(changed), values=dict(values)
    )
    if not changed:
        return
    message = StoreChanged(store=store.id, who=person.user_id, fields=fields, values=dict(values))
    await post(session, store, message, key=f"store/{store.id}/changed/{new_id('ch')}", to=previous_channel, now=now)


def _running(store: Store) -> set[ApiGroup]:
    """Return the groups whose calls are switched on."""
    return {group for group in ApiGroup if store.group_on(group)}


def _action(fields: Sequence[str], values: Mapping[str, Any]) -> str:
    """Return the audit action; a change of only the master switch has its own actions."""
    if fields or values.keys() != {"sync"}:
        return "store.edit"
    return "store.resume" if values["sync"][1] else "store.pause"
