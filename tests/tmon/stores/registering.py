"""How the tests register stores."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.tmon import DEMO_PARTNERS
from tests.clock import MovableClock
from tests.tmon.stores.test_fields import API, CONTACT, SETTINGS
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.stores.form import StoreForm
from tmon.stores.service import StoreService

OWNER = Person("T1", "U1")
OTHER = Person("T1", "U2", is_admin=True)
ELSEWHERE = Person("T2", "U9")
LIVING, MARKET = DEMO_PARTNERS[:2]


async def draft(stores: StoreService, person: Person = OWNER, store_id: str = "", **typed: Any) -> StoreForm:
    """Types the whole form into a draft."""
    form = stores.form(await stores.get(person.team_id, store_id)) if store_id else StoreForm()
    answers = {1: {**API, "seller_id": LIVING.partner_id, "api_key": LIVING.token}, 2: CONTACT, 3: SETTINGS}
    for step, fields in answers.items():
        changed = {name: typed[name] for name in fields if name in typed}
        form = await stores.check_step(person, store_id, step, form, changed if store_id else {**fields, **changed})
    await stores.drafts.save(person, store_id, form, step=3)
    return form


async def registered(stores: StoreService, person: Person = OWNER, **typed: Any) -> Store:
    """A store that was saved and checked."""
    await draft(stores, person, **typed)
    store = await stores.save(person, "")
    return await stores.check(person.team_id, store.id, saved_by=person.user_id)


async def rows(db: Database, table: type[Any]) -> list[Any]:
    """Everything in a table."""
    async with db.read() as session:
        return list(await session.scalars(select(table)))


def refused(error: pytest.ExceptionInfo[AppError]) -> tuple[str, str | None]:
    """What an error says, and where."""
    return error.value.key, error.value.field


def order(store: Store, number: int, clock: MovableClock, **values: Any) -> Order:
    """An order of `store`."""
    now = clock()
    given = {
        "team_id": store.team_id,
        "store_id": store.id,
        "order_no": number,
        "state": OrderState.NEW,
        "ordered_at": now,
        "paid_at": now,
        "confirm_by": now,
        "ship_by": now,
        "amount": 1000,
        "delivery_fee": 0,
        "quantity": 1,
        "title": "딜",
        "first_seen_at": now,
        "updated_at": now,
    }
    return Order(**{**given, **values})
