"""What waits on the start page is what somebody can still do something about."""

from datetime import UTC, datetime

from tests.clock import MovableClock
from tests.core import make_core
from tmon.dashboard.service import Dashboard
from tmon.database import Database
from tmon.features import FEATURES
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink
from tmon.models.stores import Store, StoreState

TEAM, STORE = "T1", "st_1"
NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)


def refused(deal_no: int, *, gone: bool = False, linked: bool = True) -> list[Deal | DealOption | OptionLink]:
    """A deal of which TMON refused everything: stock, display and sale status."""
    deal = Deal(team_id=TEAM, store_id=STORE, deal_no=deal_no, known_since=NOW, sale_problem="거절")
    deal.deleted_at = NOW if gone else None
    option = DealOption(team_id=TEAM, store_id=STORE, deal_no=deal_no, option_no=1, display_problem="거절")
    link = OptionLink(team_id=TEAM, store_id=STORE, deal_no=deal_no, option_no=1, sku_id="sk_1", problem="거절")
    return [deal, option, link] if linked else [deal, option]


async def test_what_nobody_tries_again_does_not_wait(db: Database, clock: MovableClock) -> None:
    store = Store(
        team_id=TEAM,
        id=STORE,
        seller_id="s",
        name="귤나라",
        name_key="귤나라",
        channel_id="C1",
        registered_by="U1",
        state=StoreState.APPROVED,
        created_at=NOW,
        updated_at=NOW,
    )
    async with db.write() as session:
        session.add(store)
        session.add_all([*refused(1), *refused(2, gone=True), *refused(3, linked=False)])
    facts = await Dashboard(make_core(db, clock), FEATURES).home(TEAM)
    assert {one.task: one.count for one in facts.tasks} == {"refused": 1, "display": 1, "sale": 1}
