"""Parameters of buttons and views: short, versioned, and distrusted when they come back."""

import pytest

from handlers.payloads import Payload, decode, encode
from tmon.errors import AppError


class Ref(Payload):
    """A parameter set."""

    store: str
    page: int = 0


def test_what_is_the_default_is_not_written() -> None:
    assert encode(Ref(store="st_1")) == '{"store":"st_1"}'
    assert decode(Ref, encode(Ref(store="st_1", page=3))) == Ref(store="st_1", page=3)


def test_fields_of_a_newer_version_are_passed_over() -> None:
    assert decode(Ref, '{"store":"st_1","v":2,"colour":"red"}') == Ref(store="st_1", v=2)


@pytest.mark.parametrize("text", [None, "", "{}", "st_1", "[]", '{"store": 5}', '{"store":"st_1","page":"x"}'])
def test_what_cannot_be_read_is_an_old_button(text: str | None) -> None:
    with pytest.raises(AppError) as refused:
        decode(Ref, text)
    assert refused.value.key == "common.stale_button"
