"""What is wrong with stores."""

from handlers.samples.fixtures import NASTY, overview, store
from handlers.stores import status_views, views
from handlers.stores.ids import MenuRef
from handlers.texts import Texts
from tests.handlers.views_of_stores import OWNER, good
from tmon.models.stores import ConfirmMode, StoreState
from tmon.stores.fields import MAX


def test_a_full_page_of_everything_wrong(t: Texts) -> None:
    worst = {"pending_message": NASTY * 30, "channel_ok": False, "confirm_mode": ConfirmMode.AUTO, "sync_on": False}
    many = [
        overview(store("&" * MAX["store_name"], id=f"st_{number}", state=StoreState.KEY_REJECTED, **worst))
        for number in range(25)
    ]
    for page in (-1, 0, 1, 2, 99):
        good(views.store_list(t, OWNER, many, page))
        good(status_views.status(t, many, page, OWNER))
    good(views.store_list(t, OWNER, [], 0))
    good(views.removal_form(t, many[0].store, 12345, MenuRef(store="st_0", page=2)))
