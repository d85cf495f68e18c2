"""Tokens and headers (docs/tmon-api.md, ch. 2)."""

import asyncio
import base64

import pytest
from aiohttp import web

from tests.tmon.api.conftest import PARTNER, VENDOR, Waits
from tests.tmon.api.examples import order
from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, text_reply
from tmon.api import (
    NotOffered,
    PartnerCredentials,
    PartnerRejected,
    StoreApi,
    Throttled,
    TmonApi,
    TokenRefused,
    Unavailable,
    UnexpectedResponse,
    VendorCredentials,
    VendorRejected,
)

DEAD = json_reply({"error": "invalid_token", "error_description": "Invalid access token"}, 401)
DEAD_WITH_200 = json_reply({"error": "invalid_token"})
DEAD_AS_XML = text_reply("<OAuth2Exception><error>invalid_token</error></OAuth2Exception>", 401, "application/xml")


async def test_token_request_and_headers(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(order()))
    await store.orders.get(9100200301)

    (token,) = stub_server.token_requests
    assert token.headers["Content-Type"].startswith("multipart/form-data")
    assert token.body == b'{"grant_type": "client_credentials"}'
    assert base64.b64decode(token.headers["Authorization"].removeprefix("Basic ")) == b"client-sample:vendor-secret-1"
    (asked,) = stub_server.asked
    assert asked.path == "/api/SAMPLEVENDOR/orders/9100200301"
    assert asked.headers["Authorization"] == "Bearer token-1"
    assert asked.headers["X-Partner-Id"] == "seller01"
    assert asked.headers["X-Partner-Token"] == PARTNER.partner_token
    assert asked.headers["Accept"] == asked.headers["Content-Type"] == "application/json"


async def test_twenty_calls_of_two_stores_share_one_token(stub_server: StubServer, api: TmonApi) -> None:
    stub_server.says(json_reply(order()))
    stores = [api.store(VENDOR, PARTNER), api.store(VENDOR, PartnerCredentials("seller02", "other"))]
    await asyncio.gather(*(stores[number % 2].orders.get(number) for number in range(20)))
    assert len(stub_server.asked) == 20
    assert len(stub_server.token_requests) == 1


async def test_other_vendor_credentials_have_a_token_of_their_own(stub_server: StubServer, api: TmonApi) -> None:
    stub_server.says(json_reply(order()))
    own = VendorCredentials("own-client", "own-secret", vendor_id="OWN/VENDOR")
    await api.store(VENDOR, PARTNER).orders.get(1)
    await api.store(own, PARTNER).orders.get(2)
    assert len(stub_server.token_requests) == 2
    assert [asked.headers["Authorization"] for asked in stub_server.asked] == ["Bearer token-1", "Bearer token-2"]
    assert stub_server.asked[1].path == "/api/OWN%2FVENDOR/orders/2"


@pytest.mark.parametrize("dead", [DEAD, DEAD_WITH_200, DEAD_AS_XML])
async def test_dead_token_is_renewed_once_and_the_second_answer_returned(
    stub_server: StubServer, store: StoreApi, dead: Reply
) -> None:
    stub_server.says(dead, json_reply(order()))
    assert (await store.orders.get(9100200301)).order_no == 9100200301
    assert len(stub_server.token_requests) == 2
    assert [asked.headers["Authorization"] for asked in stub_server.asked] == ["Bearer token-1", "Bearer token-2"]


async def test_second_answer_counts_even_if_it_is_a_refusal(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(DEAD, json_reply({"error": "유효하지 않은 파트너 정보입니다."}, 401))
    with pytest.raises(PartnerRejected) as caught:
        await store.orders.get(1)
    assert caught.value.message == "유효하지 않은 파트너 정보입니다."


async def test_twice_invalid_token_is_given_up(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(DEAD)
    with pytest.raises(TokenRefused):
        await store.orders.get(1)
    assert len(stub_server.asked) == 2
    assert len(stub_server.token_requests) == 2


async def test_write_is_repeated_after_a_dead_token_for_tmon_did_nothing(
    stub_server: StubServer, store: StoreApi
) -> None:
    stub_server.says(DEAD, text_reply(""))
    await store.orders.confirm(1, 2, [])
    assert [asked.method for asked in stub_server.asked] == ["PUT", "PUT"]
    assert stub_server.asked[0].body == stub_server.asked[1].body


async def test_many_dead_tokens_at_once_are_renewed_once(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(order()))
    await store.orders.get(1)
    stub_server.says(*[DEAD] * 10, json_reply(order()))
    await asyncio.gather(*(store.orders.get(number) for number in range(10)))
    assert len(stub_server.token_requests) == 2


async def test_late_refusal_of_an_old_token_takes_the_new_one(stub_server: StubServer, store: StoreApi) -> None:
    arrived, renewed = asyncio.Event(), asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await renewed.wait()
        return await DEAD(request)

    stub_server.says(late, DEAD, json_reply(order()))
    slow = asyncio.create_task(store.orders.get(1))
    async with asyncio.timeout(5):
        await arrived.wait()
        await store.orders.get(2)
        renewed.set()
        await slow
    assert [asked.headers["Authorization"][-1] for asked in stub_server.asked] == ["1", "1", "2", "2"]
    assert len(stub_server.token_requests) == 2


async def test_same_token_handed_out_again_is_tolerated(stub_server: StubServer, store: StoreApi) -> None:
    same = json_reply({"access_token": "the-same", "vendorId": "SAMPLEVENDOR"})
    stub_server.token_replies = [same, same]
    stub_server.says(DEAD, json_reply(order()))
    await store.orders.get(1)
    assert len(stub_server.token_requests) == 2


async def test_token_is_renewed_before_it_ends(stub_server: StubServer, store: StoreApi, waits: Waits) -> None:
    stub_server.says(json_reply(order()))
    await store.orders.get(1)
    waits.now += 43199 - 61
    await store.orders.get(1)
    assert len(stub_server.token_requests) == 1
    waits.now += 2
    await store.orders.get(1)
    assert len(stub_server.token_requests) == 2


async def test_token_without_a_lifetime_is_kept(stub_server: StubServer, store: StoreApi, waits: Waits) -> None:
    stub_server.expires_in = None
    stub_server.says(json_reply(order()))
    await store.orders.get(1)
    waits.now += 10_000_000
    await store.orders.get(1)
    assert len(stub_server.token_requests) == 1


async def test_check_token_asks_anew_and_calls_nothing_else(stub_server: StubServer, store: StoreApi) -> None:
    await store.check_token()
    await store.check_token()
    assert len(stub_server.token_requests) == 2
    assert paths(stub_server.asked) == []
    stub_server.token_replies = [json_reply({"error": "invalid_client"}, 401)]
    with pytest.raises(VendorRejected) as caught:
        await store.check_token()
    assert (caught.value.call, caught.value.message, caught.value.status) == ("token", "invalid_client", 401)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"error": "invalid_client"}),
        (400, {"error": "invalid_client"}),
        (200, {"error": "invalid_client"}),
        (500, {"error": "unauthorized"}),
        (401, {"error": "unauthorized", "error_description": "Full authentication is required"}),
        (401, {"status": 401, "error": "Unauthorized", "path": "/oauth/token"}),
        (403, {"error": "사용할 수 없는 외부사입니다."}),
    ],
)
async def test_refused_vendor(stub_server: StubServer, store: StoreApi, status: int, answer: object) -> None:
    stub_server.token_replies = [json_reply(answer, status)]
    with pytest.raises(VendorRejected):
        await store.orders.get(1)
    assert paths(stub_server.asked) == []


async def test_token_call_is_repeated_when_tmon_is_down(stub_server: StubServer, store: StoreApi, waits: Waits) -> None:
    stub_server.token_replies = [text_reply("<html>502</html>", 502), drop_reply()]
    stub_server.says(json_reply(order()))
    await store.orders.get(1)
    assert len(stub_server.token_requests) == 3
    assert len(waits.slept) == 2


async def test_token_call_that_stays_down_fails_all_who_wait_together(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.token_replies = [json_reply({"error": "일시적인 오류입니다."}, 500)] * 100
    failures = await asyncio.gather(*(store.orders.get(n) for n in range(20)), return_exceptions=True)
    assert {type(failure) for failure in failures} == {Unavailable}
    assert len(stub_server.token_requests) == 4  # one patient attempt for all twenty

    stub_server.token_replies = []
    stub_server.says(json_reply(order()))
    await store.orders.get(1)  # the failure is not remembered


async def test_caller_that_is_cancelled_while_fetching_leaves_the_way_to_the_next(
    stub_server: StubServer, store: StoreApi
) -> None:
    stub_server.token_replies = [stub_server.hang]
    stub_server.says(json_reply(order()))
    first = asyncio.create_task(store.orders.get(1))
    await stub_server.hanging.wait()
    second = asyncio.create_task(store.orders.get(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).order_no == 9100200301
    assert len(stub_server.token_requests) == 2


async def test_token_answers_that_make_no_sense(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.token_replies = [json_reply({"token_type": "bearer"})]
    with pytest.raises(UnexpectedResponse) as missing:
        await store.check_token()
    assert missing.value.field == "access_token"
    stub_server.token_replies = [json_reply({"access_token": "t"})]
    with pytest.raises(UnexpectedResponse) as nameless:
        await store.orders.get(1)
    assert nameless.value.field == "vendorId"
    stub_server.token_replies = [json_reply({"error": "too many"}, 429, Retry_After="600")]
    with pytest.raises(Throttled) as throttled:
        await store.check_token()
    assert throttled.value.retry_after == 600
    stub_server.token_replies = [text_reply("nginx", 404)]
    with pytest.raises(NotOffered):
        await store.check_token()


@pytest.mark.parametrize("token", ["줄\n바꿈", "zero\x00", " edge ", "tab\there"])
async def test_key_that_no_header_can_hold_is_refused_without_asking(
    stub_server: StubServer, api: TmonApi, token: str
) -> None:
    with pytest.raises(PartnerRejected) as caught:
        await api.store(VENDOR, PartnerCredentials("seller01", token)).orders.get(1)
    assert token.strip() not in str(caught.value)
    assert stub_server.asked == []


async def test_korean_key_is_asked_about(stub_server: StubServer, api: TmonApi) -> None:
    stub_server.says(json_reply({"error": "유효하지 않은 파트너 정보입니다."}, 401))
    with pytest.raises(PartnerRejected):
        await api.store(VENDOR, PartnerCredentials("판매자", "인증키")).orders.get(1)
    assert len(stub_server.asked) == 1


def test_credentials_hide_secrets_and_check_the_data_key() -> None:
    shown = repr(VENDOR) + repr(PARTNER)
    assert "client-sample" in shown
    assert "seller01" in shown
    for secret in (VENDOR.client_secret, PARTNER.partner_token, str(VENDOR.personal_data_key)):
        assert secret not in shown
    for key in ("short", "0123456789abcdef0", "열여섯글자가아닌데요"):
        with pytest.raises(ValueError, match="16 ASCII") as caught:
            VendorCredentials("a", "b", personal_data_key=key)
        assert key not in str(caught.value)
