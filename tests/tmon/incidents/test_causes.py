"""What a failure is called."""

from tests.tmon.incidents.failures import DOWN, KEY, VENDOR
from tmon.api.errors import (
    Rejected,
    Throttled,
    TokenRefused,
    UnexpectedResponse,
)
from tmon.incidents.causes import error_code


def test_codes_of_errors() -> None:
    errors = [DOWN, KEY, VENDOR, TokenRefused("x"), Rejected("x"), Throttled("x"), UnexpectedResponse("x", field="a")]
    assert [error_code(error) for error in errors] == [
        "unavailable", "key_rejected", "vendor_rejected", "vendor_rejected", "rejected", "throttled", "unexpected_answer",
    ]  # fmt: skip
