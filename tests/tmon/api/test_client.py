"""The client and the sandbox read the contract apart from each other; here they meet."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from bot.playground.tmon import (
    DEMO_PARTNERS,
    DEMO_VENDOR,
    PROPOSED_CALLS,
    Mode,
    Sandbox,
    buyer_cancels,
    complete_claim,
    demo_sandbox,
    new_question,
    serve,
)
from tests.clock import MovableClock
from tests.tmon.api.calls import NEW_DEAL
from tests.tmon.api.conftest import Waits
from tmon.api import (
    AddressType,
    ChangedPart,
    ClaimKind,
    ClaimStatus,
    DealChange,
    DeliveryStatus,
    NewDeal,
    NewOption,
    NotOffered,
    OptionChange,
    OptionQuantity,
    Order,
    PartnerCredentials,
    PartnerRejected,
    Rejected,
    Remedy,
    SalesStatus,
    StoreApi,
    Throttled,
    TmonApi,
    Unavailable,
    UnknownOutcome,
    UnreadableAnswer,
    VendorCredentials,
    VendorRejected,
    leaves,
)
from tmon.clock import KST

SELLER = DEMO_PARTNERS[0]


@pytest.fixture
def sandbox(clock: MovableClock) -> Sandbox:
    """Two shops with some days behind them."""
    return demo_sandbox(clock)


@pytest.fixture
async def url(sandbox: Sandbox) -> AsyncIterator[str]:
    """Where it listens."""
    server = await serve(sandbox)
    yield server.url
    await server.stop()


@pytest.fixture
async def shop(url: str, waits: Waits) -> AsyncIterator[StoreApi]:
    """The first shop's client."""
    async with TmonApi(url, sleep=waits.sleep, monotonic=waits.monotonic) as api:
        yield first_shop(api)


@pytest.fixture
async def hasty_shop(url: str, waits: Waits) -> AsyncIterator[StoreApi]:
    """The same, but it waits a third of a second for an answer."""
    timeouts = httpx.Timeout(5.0, read=0.3)
    async with TmonApi(url, timeouts=timeouts, sleep=waits.sleep, monotonic=waits.monotonic) as api:
        yield first_shop(api)


def first_shop(api: TmonApi) -> StoreApi:
    key = DEMO_VENDOR.personal_data_key
    vendor = VendorCredentials(
        DEMO_VENDOR.client_id, DEMO_VENDOR.client_secret, personal_data_key=key, policy_no=DEMO_VENDOR.policy_no
    )
    return api.store(vendor, PartnerCredentials(SELLER.partner_id, SELLER.token))


async def waiting(shop: StoreApi, clock: MovableClock) -> list[Order]:
    end = clock() - timedelta(minutes=31)
    return await shop.orders.list(end - timedelta(days=6), end, DeliveryStatus.D1)


async def confirm(shop: StoreApi, order: Order) -> None:
    deal = order.deals[0]
    lines = [OptionQuantity(option.option_no, option.quantity) for option in deal.options]
    await shop.orders.confirm(order.order_no, deal.deal_no, lines)


async def test_collect_read_and_confirm(sandbox: Sandbox, shop: StoreApi, clock: MovableClock) -> None:
    orders = await waiting(shop, clock)
    assert len(orders) == 3
    for order in orders:
        kept = sandbox.orders[order.order_no]
        assert order.ordered_at == kept.ordered_at
        assert order.paid_at == kept.deposited_at
        assert order.buyer.receiver_name == kept.receiver_name
        assert order.buyer.receiver_phone == kept.receiver_phone
        assert order.buyer.unreadable == ()

    order = orders[0]
    await confirm(shop, order)
    assert (await shop.orders.get(order.order_no)).deals[0].status is DeliveryStatus.D2
    first = await shop.orders.initial(order.order_no)
    assert {fee.delivery_no for fee in first.delivery_fees} == {deal.delivery_no for deal in order.deals}
    with pytest.raises(Rejected) as again:
        await confirm(shop, order)
    assert again.value.already


async def test_search_over_several_pages(sandbox: Sandbox, shop: StoreApi, clock: MovableClock) -> None:
    sandbox.new_orders(SELLER.partner_id, 250)
    end = clock() - timedelta(minutes=31)
    pages = [page async for page in shop.orders.search(end - timedelta(hours=1), end, DeliveryStatus.D1)]
    assert len(pages) >= 3
    assert len({order.order_no for page in pages for order in page}) >= 250


async def test_claims(sandbox: Sandbox, shop: StoreApi, clock: MovableClock) -> None:
    order = (await waiting(shop, clock))[0]
    asked = buyer_cancels(sandbox, order.order_no, partner_id=SELLER.partner_id)
    assert asked is not None
    pages = [
        page
        async for page in shop.claims.search(ClaimKind.CANCEL, clock() - timedelta(days=1), clock(), ClaimStatus.C1)
    ]
    (claim,) = [claim for page in pages for claim in page]
    assert (claim.claim_no, claim.order_no, claim.kind) == (asked.claim_no, order.order_no, ClaimKind.CANCEL)
    assert claim.requested_at == asked.requested_at
    assert (await shop.claims.get(ClaimKind.CANCEL, claim.claim_no)).status is ClaimStatus.C1
    assert [one.claim_no for one in await shop.claims.of_order(order.order_no)] == [claim.claim_no]
    complete_claim(sandbox, claim.claim_no)
    done = await shop.claims.get(ClaimKind.CANCEL, claim.claim_no)
    assert done.status is ClaimStatus.C3
    assert done.completed_at is not None


async def test_codes_and_categories(shop: StoreApi) -> None:
    assert "10099" in {code.code for code in (await shop.codes.all())["DeliveryCorp"]}
    (first, *_) = await shop.categories.tree()
    while not first.selectable:
        first = first.children[0]


async def test_rules_are_told_in_tmons_words(shop: StoreApi, clock: MovableClock) -> None:
    with pytest.raises(Rejected) as too_long:
        await shop.orders.list(clock() - timedelta(days=9), clock() - timedelta(days=1), DeliveryStatus.D1)
    with pytest.raises(Rejected) as too_new:
        await shop.orders.list(clock() - timedelta(days=1), clock(), DeliveryStatus.D1)
    with pytest.raises(Rejected) as unknown:
        await shop.orders.get(1)
    for refusal in (too_long, too_new, unknown):
        assert refusal.value.message
        assert not refusal.value.already


async def test_credentials(sandbox: Sandbox, shop: StoreApi, clock: MovableClock) -> None:
    await waiting(shop, clock)
    sandbox.faults.expire_tokens()
    await waiting(shop, clock)
    assert len(sandbox.calls_of("token")) == 2
    sandbox.faults.reject_partners = {SELLER.partner_id}
    with pytest.raises(PartnerRejected):
        await waiting(shop, clock)
    sandbox.faults.clear()
    sandbox.faults.reject_vendor = True
    with pytest.raises(VendorRejected):
        await waiting(shop, clock)


@pytest.mark.parametrize("mode", ["error_500", "html_502", "html_503", "empty", "truncated", "hang", "down"])
async def test_reads_outlive_a_fault(sandbox: Sandbox, hasty_shop: StoreApi, clock: MovableClock, mode: Mode) -> None:
    await hasty_shop.check_token()
    sandbox.faults.mode, sandbox.faults.times = mode, 1
    assert len(await waiting(hasty_shop, clock)) == 3
    sandbox.faults.mode = mode
    with pytest.raises(UnreadableAnswer if mode in ("empty", "truncated") else Unavailable):
        await waiting(hasty_shop, clock)


@pytest.mark.parametrize("mode", ["error_500", "html_502", "html_503", "hang", "hang_after_write", "down"])
async def test_writes_are_sent_once(sandbox: Sandbox, hasty_shop: StoreApi, clock: MovableClock, mode: Mode) -> None:
    order = (await waiting(hasty_shop, clock))[0]
    sandbox.faults.mode, sandbox.faults.times = mode, 1
    with pytest.raises(UnknownOutcome):
        await confirm(hasty_shop, order)
    (put,) = [call for call in sandbox.calls if call.method == "PUT"]
    assert put.path.endswith("/confirm")
    took_effect = (await hasty_shop.orders.get(order.order_no)).deals[0].status is DeliveryStatus.D2
    assert took_effect == (mode == "hang_after_write")


async def test_throttled_and_not_offered(sandbox: Sandbox, shop: StoreApi, clock: MovableClock, waits: Waits) -> None:
    await shop.check_token()
    sandbox.faults.mode, sandbox.faults.retry_after = "throttled", 2
    with pytest.raises(Throttled) as caught:
        await waiting(shop, clock)
    assert caught.value.retry_after == 2
    assert len(waits.slept) == 3
    sandbox.faults.mode = None
    sandbox.faults.not_offered = {"orders.initial"}
    with pytest.raises(NotOffered):
        await shop.orders.initial(sandbox.partners[SELLER.partner_id].orders[0].order_no)


async def test_address_book(shop: StoreApi) -> None:
    ship_from, return_to = await shop.addresses.list()
    assert (ship_from.type, return_to.type) == (AddressType.SHIP_FROM, AddressType.RETURN_TO)
    with pytest.raises(Rejected) as taken:
        await shop.addresses.create(ship_from)
    assert taken.value.duplicate_name
    assert await shop.addresses.by_name(ship_from.name) == ship_from
    assert await shop.addresses.by_name("없는 이름") is None
    made = await shop.addresses.create(ship_from.model_copy(update={"name": "둘째 출고지", "default": True}))
    assert not (await shop.addresses.list())[0].default
    changed = await shop.addresses.update(made.no, made.model_copy(update={"address_detail": "3층"}))
    assert changed == made.model_copy(update={"address_detail": "3층"})
    assert await shop.addresses.by_name("둘째 출고지") == changed


async def test_delivery_templates(sandbox: Sandbox, shop: StoreApi) -> None:
    present = [template async for page in shop.delivery_templates.list() for template in page]
    first = present[0]
    no = await shop.delivery_templates.create(first)
    assert await shop.delivery_templates.get(no) == first.model_copy(update={"delivery_template_no": no})
    with pytest.raises(Rejected):
        await shop.delivery_templates.create(first.model_copy(update={"partner_return_address_no": 1}))
    sandbox.faults.mode, sandbox.faults.times = "empty", 1
    with pytest.raises(UnknownOutcome):
        await shop.delivery_templates.create(first)
    assert len([one async for page in shop.delivery_templates.list() for one in page]) == len(present) + 2


async def test_deals(sandbox: Sandbox, shop: StoreApi) -> None:
    no, listing = next((no, deal) for no, deal in sandbox.deals.items() if deal.partner_id == SELLER.partner_id)
    deal = await shop.deals.get(no)
    assert await shop.deals.by_vendor_no(listing.vendor_deal_no or "") == deal
    assert (deal.sales_start, deal.sales_end) == (listing.sales_start, listing.sales_end)
    assert deal.title == listing.title
    keys = [option.vendor_option_no or "" for option in deal.options]
    sandbox.faults.failing_options = {keys[1]}
    results = await shop.deals.set_stock(no, {keys[0]: 7, keys[1]: 8})
    assert [results[key].success for key in keys[:2]] == [True, False]
    assert results[keys[1]].message
    assert (await shop.deals.set_display(no, {keys[0]: False}))[keys[0]].success
    await shop.deals.pause(no)
    paused = await shop.deals.get(no)
    assert paused.sales_status is SalesStatus.PAUSE
    assert (paused.options[0].stock, paused.options[0].display) == (7, False)
    assert paused.options[1] == deal.options[1]
    await shop.deals.resume(no)
    assert (await shop.deals.get(no)).sales_status is SalesStatus.ON_SALE
    with pytest.raises(Rejected) as gone:
        await shop.deals.get(1)
    assert gone.value.deal_gone


async def test_sales_period(sandbox: Sandbox, shop: StoreApi, clock: MovableClock) -> None:
    no = next(no for no, deal in sandbox.deals.items() if deal.partner_id == SELLER.partner_id)
    end = clock().replace(microsecond=0) + timedelta(days=90)
    for _ in range(10):
        await shop.deals.set_sales_period(no, end)
    with pytest.raises(Throttled):
        await shop.deals.set_sales_period(no, end)
    assert (await shop.deals.get(no)).sales_end == end
    clock.advance(timedelta(minutes=20))
    with pytest.raises(Rejected):
        await shop.deals.set_sales_period(no, end, end + timedelta(days=1))


async def test_what_nobody_has_seen_may_not_be_there(sandbox: Sandbox, shop: StoreApi, clock: MovableClock) -> None:
    no = next(no for no, deal in sandbox.deals.items() if deal.partner_id == SELLER.partner_id)
    sandbox.faults.not_offered = set(PROPOSED_CALLS)
    with pytest.raises(NotOffered):
        await shop.deals.set_sales_period(no, clock() + timedelta(days=90))
    with pytest.raises(NotOffered):
        await anext(shop.delivery_templates.list())
    with pytest.raises(NotOffered):
        await shop.delivery_templates.get(612345)
    assert (await shop.deals.get(no)).deal_no == no
    assert await shop.addresses.list()


async def test_inquiries(sandbox: Sandbox, shop: StoreApi, clock: MovableClock) -> None:
    for _ in range(60):
        new_question(sandbox, SELLER.partner_id)
    today = clock().astimezone(KST).date()
    start = today - timedelta(days=6)
    pages = [page async for page in shop.inquiries.questions(start, today)]
    assert [len(page) for page in pages] == [50, 12]  # two of the demo's among them
    kept = sandbox.questions[pages[0][0].article_no]
    assert (pages[0][0].content, pages[0][0].asked_at) == (kept.content, kept.asked_at)
    ((listed,),) = [page async for page in shop.inquiries.cs_inquiries(start, today)]
    whole = await shop.inquiries.cs_inquiry(listed.inquiry_no)
    inquiry = sandbox.cs_inquiries[listed.inquiry_no]
    assert whole.customer_message == inquiry.customer_message
    assert [(group.group_no, group.asked_at) for group in whole.groups] == [
        (group.group_no, group.asked_at) for group in inquiry.groups
    ]


async def fitting(sandbox: Sandbox, shop: StoreApi) -> NewDeal:
    """A deal that this shop can register."""
    paths = leaves(await shop.categories.tree())
    category = next(path[-1].no for path in paths if path[-1].name == "반팔")
    listing = next(one for one in sandbox.deals.values() if one.partner_id == SELLER.partner_id)
    template = next(no for no, kept in sandbox.templates.items() if kept.no == listing.template_no)
    kind = (await shop.deals.get(listing.deal_no)).product_type
    more = {"delivery_template_no": template, "product_type": kind, "category_no": category}
    return NEW_DEAL.model_copy(update=more)


async def test_register_change_and_add_options(sandbox: Sandbox, shop: StoreApi) -> None:
    new = await fitting(sandbox, shop)
    made = await shop.deals.create(new)
    told = await shop.deals.by_vendor_no(new.vendor_deal_no)
    assert told.deal_no == made.deal_no
    assert {option.vendor_option_no: option.option_no for option in told.options} == made.option_nos
    for name in ("title", "managed_title", "title_decoration", "category_no", "delivery_template_no", "sections"):
        assert getattr(told, name) == getattr(new, name)
    for name in ("images", "detail", "origin", "notices", "carrier", "max_purchase_qty", "product_type"):
        assert getattr(told, name) == getattr(new, name)
    for sent, option in zip(new.options, told.options, strict=True):
        assert (option.sections, option.price, option.stock, option.display) == (
            sent.sections,
            sent.price,
            sent.stock,
            True,
        )

    with pytest.raises(Rejected) as caught:
        await shop.deals.create(new)
    assert caught.value.deal_exists

    first, second = made.option_nos
    cheaper = OptionChange(vendor_option_no=first, price=12900)
    changed = await shop.deals.update(new.vendor_deal_no, DealChange(title="새 이름", options=(cheaper,)))
    assert (changed.deal, changed.options) == (ChangedPart(False, None), ChangedPart(False, None))
    again = await shop.deals.update(made.deal_no, DealChange(title="새 이름", options=(cheaper,)))
    assert (again.deal, again.options) == (ChangedPart(True, None), ChangedPart(True, None))

    same = OptionChange(vendor_option_no=second, sections=new.options[0].sections)
    half = await shop.deals.update(new.vendor_deal_no, DealChange(title="또 새 이름", options=(same,)))
    assert half.deal.refusal is None
    assert half.refusal is half.options.refusal
    assert half.refusal is not None
    assert (half.refusal.message, half.refusal.remedy) == ("중복된 옵션 타이틀", Remedy.CORRECT)

    more = NewOption(vendor_option_no="SKU-TS-0001-BK-S", sections=("블랙", "S"), price=13900, stock=3)
    added = await shop.deals.add_options(new.vendor_deal_no, [more])
    told = await shop.deals.get(made.deal_no)
    assert (told.title, [option.price for option in told.options]) == ("또 새 이름", [12900, 15900, 13900])
    assert told.options[2].option_no == added["SKU-TS-0001-BK-S"]


async def test_registering_at_a_bad_moment(sandbox: Sandbox, shop: StoreApi) -> None:
    new = await fitting(sandbox, shop)
    sandbox.faults.silent_image_hosts = {"img.example.com"}
    with pytest.raises(Rejected) as silent:
        await shop.deals.create(new)
    assert (silent.value.image_host_silent, silent.value.remedy) == (True, Remedy.RETRY)
    with pytest.raises(Rejected) as unknown:
        await shop.deals.by_vendor_no(new.vendor_deal_no)
    assert unknown.value.deal_gone
    for _ in range(9):
        with pytest.raises(Rejected):
            await shop.deals.create(new)
    with pytest.raises(Throttled):
        await shop.deals.create(new)
    with pytest.raises(Rejected) as gone:
        await shop.deals.update("SKU-TS-0002", DealChange(title="x"))
    assert gone.value.deal_gone
