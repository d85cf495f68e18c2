"""What a connection test and a test notice say."""

from handlers.samples.fixtures import overview, store
from handlers.stores import connection_check_views, settings_views
from handlers.texts import Texts
from tests.handlers.drawing import OWNER, shown
from tmon.models.stores import StoreState
from tmon.stores.connection_check import Mark, Step, StepResult
from tmon.stores.contact_notice import NoticeOutcome, NoticeState


def test_a_store_that_is_not_reached_can_be_tried_again_where_it_says_so(t: Texts) -> None:
    for state, channel_ok in (
        (StoreState.APPROVED, True),
        (StoreState.APPROVED, False),
        (StoreState.KEY_REJECTED, True),
    ):
        view = settings_views.store_view(t, OWNER, overview(store(state=state, channel_ok=channel_ok)))
        assert ("stores.recheck" in shown(view)) is not (state is StoreState.APPROVED and channel_ok)


def test_a_registrant_found_by_the_contacts_address_is_no_reason_to_worry(t: Texts) -> None:
    outcome = NoticeOutcome(NoticeState.DELIVERED, NoticeState.DELIVERED, store().registered_by)
    for is_theirs in (False, True):
        view = connection_check_views.notice(t, store(), outcome, "kim@example.com", is_theirs=is_theirs)
        assert ("⚠️" in shown(view)) is not is_theirs


def test_a_store_that_waits_is_offered_its_approval_after_a_good_test_only(t: Texts) -> None:
    for mark in Mark:
        results = [StepResult(step, mark) for step in Step]
        view = connection_check_views.connection(t, store(), results, dict.fromkeys(Step, "…"))
        assert ("stores.recheck" in shown(view)) is (mark is Mark.PASSED)
