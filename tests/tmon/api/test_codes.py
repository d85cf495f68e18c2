"""Code tables and categories (docs/tmon-api.md, ch. 5)."""

import pytest

from tests.tmon.api.stub_server import StubServer, json_reply, paths
from tmon.api import StoreApi, UnexpectedResponse


async def test_codes(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(
        json_reply(
            {"DeliveryCorp": [{"code": 10099, "description": "자체배송", "x": 1}], "ClaimType": [], "DealStatus": []}
        )
    )
    groups = await store.codes.all()
    assert paths(stub_server.asked) == ["/codes"]
    assert list(groups) == ["DeliveryCorp", "ClaimType", "DealStatus"]
    assert [(code.code, code.description) for code in groups["DeliveryCorp"]] == [("10099", "자체배송")]


@pytest.mark.parametrize(
    ("answer", "field"),
    [([], "(answer)"), ({"DeliveryCorp": {}}, "(answer)")],
)
async def test_codes_of_another_shape(stub_server: StubServer, store: StoreApi, answer: object, field: str) -> None:
    stub_server.says(json_reply(answer))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.codes.all()
    assert caught.value.field == field
