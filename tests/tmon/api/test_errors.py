"""Errors as they are printed."""

from tmon.api import Rejected, Remedy, UnexpectedResponse


def test_errors_are_short_and_say_where() -> None:
    assert str(Rejected("orders.confirm", "문장", 500)) == "orders.confirm: Rejected, HTTP 500"
    assert repr(UnexpectedResponse("orders.get", 200, field="deals.0")) == (
        "orders.get: UnexpectedResponse, HTTP 200, field deals.0: malformed"
    )
    assert Rejected("orders.confirm", "다른 이유입니다.", 500).remedy is Remedy.CORRECT
    assert not Rejected("orders.confirm", None, 500).already
