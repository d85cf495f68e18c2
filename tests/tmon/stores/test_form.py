"""What a form is filled with."""

from tests.tmon.stores.registering import OTHER, registered, rows
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.stores.service import StoreService


async def test_looking_at_the_stored_contact_is_recorded(stores: StoreService, db: Database) -> None:
    store = await registered(stores)
    await stores.drafts.save(OTHER, store.id, stores.form(store), step=2, saw_contact=True)
    look = next(row for row in await rows(db, Audit) if row.action == "store.see_contact")
    assert (look.user_id, look.store_id) == ("U2", store.id)
