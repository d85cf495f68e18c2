"""가격 변경: the options of one product, or a percentage over several; previewed, and sent as an uploaded file is."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.products import price_views
from handlers.products.ids import DealRef, PercentRef, PriceRef, ProductsRef
from handlers.products.page import managed_product
from handlers.products.previews import Checks, show_preview, typed_deal
from handlers.request import SlackRequest
from tmon.errors import AppError
from tmon.listings import checks
from tmon.listings.checks import MAX_DEALS, MAX_OPTIONS_PER_FILE
from tmon.listings.documents import Problem, SheetContent, SheetDeal, SheetOption
from tmon.listings.fields import O, Tab
from tmon.listings.uploads import ListingUploads
from tmon.models.products import DealOption
from tmon.models.stores import ApiGroup
from tmon.pages import Page
from tmon.permissions import Permission
from tmon.products.catalog import CatalogService
from tmon.products.detail import DealDetail
from tmon.products.prices import LEAST, MOST, DealPrices, PricedDeal, changed_by, percentage
from tmon.spreadsheets.cells import CellProblem
from tmon.stores.switches import require_on


async def open_price(request: SlackRequest) -> None:
    """Handle 가격 변경 on a product's page: the form takes its place."""
    ref = decode(DealRef, request.value)
    facts = await managed_product(request, ref.store, ref.deal)
    if not price_views.priced(facts):
        raise AppError("products.no_priced_option")
    await request.show(price_views.price_form(request.t, facts, PriceRef(store=ref.store, deal=ref.deal), {}))


async def turn_price_page(request: SlackRequest) -> None:
    """Turn to another page of the form; what was typed on this one is kept."""
    ref = decode(PriceRef, request.value)
    facts = await managed_product(request, ref.store, ref.deal)
    form = read_form(request.view)
    typed = {**await _kept(request, facts, ref), **_typed(facts, form)}
    content = SheetContent(deals=[_deal(facts, typed)])
    uploads = request.services[ListingUploads]
    if ref.upload:
        await uploads.redraft(request.person, ref.upload, content)
    else:
        ref = ref.model_copy(update={"upload": (await uploads.draft(request.person, ref.store, content)).id})
    ref = ref.model_copy(update={"version": ref.version + 1})
    percent = str(form.get(price_views.PERCENT) or "")
    await request.show(price_views.price_form(request.t, facts, ref, typed, percent))


async def preview_prices(request: SlackRequest) -> None:
    """Handle 미리보기 of one product's prices. With a percentage the single prices do not count."""
    ref = decode(PriceRef, request.view.get("private_metadata"))
    facts = await managed_product(request, ref.store, ref.deal)
    form = read_form(request.view)
    options, renew = price_views.priced(facts), None
    if said := str(form.get(price_views.PERCENT) or "").strip():
        percent = _percent(said)
        typed = _changed(facts, percent)

        async def renew() -> SheetContent:
            newer = await managed_product(request, ref.store, ref.deal)
            return SheetContent(deals=[_deal(newer, _changed(newer, percent))])
    else:
        typed = {**await _kept(request, facts, ref), **_typed(facts, form)}
        _check_page(Page.of(options, ref.page, price_views.PAGE).items, typed)
    deal = _deal(facts, typed)
    now = {facts.numbers[one.option_no]: one.price for one in options}
    if not deal.problems and all(one.price in (None, now[one.number]) for one in deal.options):
        raise AppError("products.nothing_changed")
    back = price_views.back_button(request.t, ref.store, ref.deal)
    await show_preview(request, ref.store, SheetContent(deals=[deal]), [back], renew)


async def open_percent(request: SlackRequest) -> None:
    """Handle 선택한 상품 가격 변경 of the list: ask for the percentage."""
    ref = decode(ProductsRef, request.value)
    store = await request.store(ref.store, Permission.PRODUCTS)
    require_on(store, ApiGroup.PRODUCT)
    page = await request.services[CatalogService].page(request.team_id, ref.store, ref.search, ref.page)
    shown = {one.deal_no for one in page.items}
    ticked = [int(one) for one in read_form(request.view).get("select") or [] if str(one).isdecimal()]
    chosen = tuple(number for number in ticked if number in shown)
    if not chosen and not page.matching:
        raise AppError("products.nothing_to_price")
    form = PercentRef(store=ref.store, search=ref.search, deals=chosen)
    await request.push(price_views.percent_form(request.t, form, page.matching))


async def preview_percent(request: SlackRequest) -> None:
    """Handle 미리보기 of a percentage over several products."""
    ref = decode(PercentRef, request.view.get("private_metadata"))
    require_on(await request.store(ref.store, Permission.PRODUCTS), ApiGroup.PRODUCT)
    form = read_form(request.view)
    percent = _percent(str(form.get(price_views.PERCENT) or ""))
    chosen = ref.deals if form.get(price_views.TARGET) == price_views.CHOSEN else None

    async def content() -> SheetContent:
        found = await request.services[DealPrices].of(request.team_id, ref.store, chosen, ref.search, MAX_DEALS)
        if len(found) > MAX_DEALS or sum(len(one.options) for one in found) > MAX_OPTIONS_PER_FILE:
            raise AppError(
                "products.too_many_prices", field=price_views.TARGET, most=MAX_DEALS, options=MAX_OPTIONS_PER_FILE
            )
        return SheetContent(deals=[_changed_deal(line, one, percent) for line, one in enumerate(found, 1)])

    await show_preview(request, ref.store, await content(), renew=content)


def _changed_deal(line: int, deal: PricedDeal, percent: Decimal) -> SheetDeal:
    options = [
        SheetOption(line=place, number=one.number, price=changed_by(one.price, percent))
        for place, one in enumerate(deal.options, 1)
    ]
    return typed_deal(deal.number, deal.title, options=options, line=line)


def _changed(facts: DealDetail, percent: Decimal) -> dict[int, str]:
    """Return the prices of a product changed by a percentage, as if they were typed."""
    return {one.option_no: str(changed_by(one.price, percent)) for one in price_views.priced(facts)}


def _percent(said: str) -> Decimal:
    """Return the percentage. Raises AppError for its field."""
    if (percent := percentage(said)) is None:
        raise AppError("products.percent_wrong", field=price_views.PERCENT, least=int(LEAST), most=int(MOST))
    if not percent:
        raise AppError("products.nothing_changed", field=price_views.PERCENT)
    return percent


def _typed(facts: DealDetail, form: Mapping[str, Any]) -> dict[int, str]:
    """Return what stands in the inputs of the page, by TMON's number of the option."""
    fields = {one.option_no: form.get(price_views.price_field(one.option_no)) for one in price_views.priced(facts)}
    return {number: str(text).strip() for number, text in fields.items() if text is not None}


async def _kept(request: SlackRequest, facts: DealDetail, ref: PriceRef) -> dict[int, str]:
    """Return what was typed on other pages."""
    if not ref.upload:
        return {}
    upload = await request.services[ListingUploads].get(request.person, ref.upload)
    numbers = {seller_no: number for number, seller_no in facts.numbers.items()}
    options = [option for deal in upload.content.deals for option in deal.options]
    return {numbers[one.number]: one.cells.get(O.PRICE, "") for one in options if one.number in numbers}


def _check_page(options: Sequence[DealOption], typed: Mapping[int, str]) -> None:
    """Raise InvalidFields for what is wrong on the page that was sent; of other pages the preview says it."""
    found = Checks()
    for one in options:
        if text := typed.get(one.option_no):
            found.take(price_views.price_field(one.option_no), partial(checks.price, text))
    found.raise_if_wrong()


def _deal(facts: DealDetail, typed: Mapping[int, str]) -> SheetDeal:
    """Return the typed prices as a product of a sheet."""
    assert facts.product is not None
    options, problems = list[SheetOption](), list[Problem]()
    for line, one in enumerate(price_views.priced(facts), 1):
        text = typed.get(one.option_no, "")
        if not text:
            continue
        price = None
        try:
            price = checks.price(text)
        except CellProblem as problem:
            problems.append(
                Problem(tab=Tab.OPTIONS, line=line, field=O.PRICE, note=problem.key, values=dict(problem.values))
            )
        options.append(
            SheetOption(line=line, number=facts.numbers[one.option_no], price=price, cells={str(O.PRICE): text})
        )
    return typed_deal(facts.product.seller_no, facts.summary.deal.title, options=options, problems=problems)
