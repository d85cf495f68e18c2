"""The table of calls."""

from tmon.api import ENDPOINTS, Certainty, endpoints


def test_table_of_calls_is_complete() -> None:
    declared: list[endpoints.Endpoint] = []
    for value in vars(endpoints).values():
        found = value.values() if isinstance(value, dict) else [value]
        declared += [one for one in found if isinstance(one, endpoints.Endpoint)]
    assert declared == list(ENDPOINTS)
    assert len({call.name for call in ENDPOINTS}) == len(ENDPOINTS)
    assert [call for call in ENDPOINTS if call.writes] == [
        call for call in ENDPOINTS if call.method != "GET" and call is not endpoints.TOKEN
    ]
    assert [call.name for call in ENDPOINTS if not call.path_confirmed] == [
        "categories.tree",
        "orders.initial",
        "waybills.notify_delay",
        "claims.of_order",
        "refunds.reject",
        "refunds.hold",
        "refunds.release",
        "exchanges.reject",
        "exchanges.return_invoice",
        "exchanges.hold",
        "exchanges.release",
        "redeliveries.approve",
        "redeliveries.reject",
        "delivery_templates.list",
        "delivery_templates.get",
        "deals.set_sales_period",
        "reviews.list",
        "reviews.reply",
    ]
    assert {call.path_certainty for call in ENDPOINTS} <= set(Certainty)
