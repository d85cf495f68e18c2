from handlers.common_views.partner_center import partner_center_buttons
from handlers.texts import Texts
from tests.clock import MovableClock
from tmon.clock import KST


def test_the_partner_centre_is_a_link_where_the_deployment_has_its_address() -> None:
    t = Texts("ko", MovableClock(), KST, partner_center="https://spc.example.com/login")
    (shown,) = partner_center_buttons(t, "7")
    assert (shown["text"]["text"], shown["url"]) == ("파트너센터", "https://spc.example.com/login")
    assert shown["action_id"].endswith("#7")


def test_the_partner_centre_is_named_in_words_where_it_has_none() -> None:
    assert partner_center_buttons(Texts("ko", MovableClock(), KST)) == []
