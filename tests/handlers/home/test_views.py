"""What the home tab says."""

from handlers.features import FEATURES, complete, subcommands
from handlers.home import views
from handlers.samples.fixtures import MOMENT, order, overview, store
from handlers.texts import Texts
from tests.handlers.drawing import OWNER, shown
from tmon.dashboard.home import HomeSummary
from tmon.models.stores import StoreState

WORDS = subcommands(complete(FEATURES))


def test_home_puts_what_is_wrong_first_and_pages_only_where_it_must(t: Texts) -> None:
    good, bad = store("가 좋은 가게", state=StoreState.APPROVED), store("하 아픈 가게", sync_on=False)
    facts = HomeSummary((overview(good), overview(bad)), ((good, order()),), (), ())
    tab = shown(views.home_tab(t, WORDS, OWNER, facts, MOMENT))
    assert "home.page" not in tab
    assert "9100200301" in tab
    many = tuple(overview(store(f"가게 {number:02}", id=f"st_{number}")) for number in range(50))
    view = views.home_tab(t, WORDS, OWNER, HomeSummary(many, (), (), ()), MOMENT)
    assert "home.page" in shown(view)
    assert len(view["blocks"]) <= 100
