"""The guide."""

from handlers.guide import views as guide_views
from handlers.texts import Texts


def test_an_unknown_topic_is_the_first(t: Texts) -> None:
    assert guide_views.guide(t, "no such topic") == guide_views.guide(t, guide_views.TOPICS[0])
