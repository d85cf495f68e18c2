"""The guide."""

from handlers.samples.fixtures import overview, store
from handlers.stores import views
from handlers.texts import Texts
from tmon.permissions import Person


def test_who_does_not_manage_gets_no_buttons(t: Texts) -> None:
    view = views.store_list(t, Person("T1", "U9"), [overview(store())], 0)
    assert "actions" not in {block["type"] for block in view["blocks"]}
