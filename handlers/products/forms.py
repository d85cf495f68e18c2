"""The forms of one product, each in the place of its page: sale, sale period, a new option, texts, and taking it over."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from handlers.blocks import Block, clip
from handlers.form_values import read_form, typed_date
from handlers.payloads import decode
from handlers.products import form_views, page_views
from handlers.products.form_views import DAYS, END, SOONER
from handlers.products.ids import DealRef, PeriodRef, TakeOverRef
from handlers.products.page import drawing, load, managed_product, show_with_picture
from handlers.products.page_parts import change_told
from handlers.products.previews import Checks, show_preview, typed_deal
from handlers.products.price_views import back_button
from handlers.request import SlackRequest
from tmon.clock import KST
from tmon.codes.service import CodeTables
from tmon.codes.tables import Carrier
from tmon.errors import AppError
from tmon.listings import checks
from tmon.listings.changes import ListingChanges
from tmon.listings.documents import Sale, SheetContent, SheetOption, Wanted, stored_remote
from tmon.listings.fields import OPTION_NUMBER, F, O, part
from tmon.listings.identity import check_number
from tmon.listings.judging import NO_END
from tmon.listings.names import ListingNames
from tmon.listings.standing import values_of
from tmon.listings.taking_over import NUMBER, TakeOvers
from tmon.models.products import Deal
from tmon.models.stores import ApiGroup, Store
from tmon.pages import Page
from tmon.permissions import Permission
from tmon.products.detail import DealDetail, DealDetails
from tmon.stores.switches import require_on

_CHECKS: Mapping[F, Callable[[str], Any]] = {
    F.MANAGED: checks.managed_title,
    F.TITLE: checks.title,
    F.PROMO: checks.promotion,
    F.KEYWORDS: checks.keywords,
    F.BRAND: checks.brand,
    F.MOST: checks.most,
}


# --- the sale ---


async def pause(request: SlackRequest) -> None:
    """Handle 판매 일시중지."""
    await _set_sale(request, Sale.PAUSE)


async def resume(request: SlackRequest) -> None:
    """Handle 판매 재개."""
    await _set_sale(request, Sale.RESUME)


async def _set_sale(request: SlackRequest, sale: Sale) -> None:
    ref = decode(DealRef, request.value)
    require_on(await request.store(ref.store, Permission.PRODUCTS), ApiGroup.STOCK)
    await _send(request, ref, Wanted(sale=sale))


async def _send(request: SlackRequest, ref: DealRef, wanted: Wanted) -> None:
    """Let a change be sent, and show the product's page with what became of it."""
    changes = request.services[ListingChanges]
    change_id = await changes.submit(request.person, ref.store, ref.deal, wanted)
    note = request.t("products.sending")
    view_id = await request.show(page_views.page(request.t, await load(request, ref), ref, note, picture=False))
    result = await changes.outcome(request.team_id, change_id)
    facts = await load(request, ref)
    await show_with_picture(request, view_id, drawing(request, facts, ref, change_told(request.t, result)))


# --- the sale period ---


async def open_period(request: SlackRequest) -> None:
    """Handle 판매기간 연장: ask for the end."""
    ref = decode(DealRef, request.value)
    facts = await _changeable(request, ref)
    await request.show(form_views.period_form(request.t, facts, PeriodRef(store=ref.store, deal=ref.deal), {}))


async def set_period(request: SlackRequest) -> None:
    """Handle 변경하기 of the sale period; an end before the present one has to be confirmed first."""
    ref = decode(PeriodRef, request.view.get("private_metadata"))
    here = DealRef(store=ref.store, deal=ref.deal)
    facts = await _changeable(request, here)
    form, deal = read_form(request.view), facts.summary.deal
    end = _end(form, deal, request.services.clock())
    present = deal.sales_end if deal.sales_end is not None and deal.sales_end < NO_END else None
    if present is not None and end.replace(second=0) == present.replace(second=0, microsecond=0):
        raise AppError("products.nothing_changed", field=END)
    if (present is None or end < present) and not form.get(SOONER):
        if ref.sooner:
            raise AppError("products.period_confirm", field=SOONER)
        again = ref.model_copy(update={"sooner": True})
        await request.show(form_views.period_form(request.t, facts, again, form))
        return
    await _send(request, here, Wanted(values={F.END: end}))


def _end(form: Mapping[str, Any], deal: Deal, now: datetime) -> datetime:
    """Return the end that was typed or chosen. Raises AppError for its field."""
    day, span = typed_date(form.get(END)), str(form.get(DAYS) or "")
    if day is not None and span:
        raise AppError("products.period_both", field=DAYS)
    if day is None and not span:
        raise AppError("products.period_missing", field=END)
    if day is None:
        if deal.sales_end is not None and deal.sales_end >= NO_END:
            raise AppError("products.period_endless", field=DAYS)
        if not span.isdecimal() or int(span) not in form_views.SPANS:
            raise AppError("common.stale_button")
        later = max(now, deal.sales_end or now)
        day = (later + timedelta(days=int(span))).astimezone(KST).date()
    found = Checks()
    end = found.take(END, partial(checks.moment, day.isoformat(), end=True))
    found.raise_if_wrong()
    assert end is not None
    if end <= now:
        raise AppError("listing_sheet.period_past", field=END)
    return end


# --- a new option ---


async def open_option(request: SlackRequest) -> None:
    """Handle 옵션 추가: ask for the option."""
    ref = decode(DealRef, request.value)
    facts = await managed_product(request, ref.store, ref.deal)
    stock_on = facts.summary.store.group_on(ApiGroup.STOCK)
    await request.show(form_views.option_form(request.t, facts, ref, _groups(facts), stock_on=stock_on))


async def preview_option(request: SlackRequest) -> None:
    """Handle 미리보기 of a new option."""
    ref = decode(DealRef, request.view.get("private_metadata"))
    facts = await managed_product(request, ref.store, ref.deal)
    assert facts.product is not None
    form = {name: str(value).strip() for name, value in read_form(request.view).items()}
    found, names = Checks(), [part(O.SECTIONS, number) for number in range(1, max(len(_groups(facts)), 1) + 1)]
    values = [found.take(name, partial(checks.option_value, form.get(name, ""))) for name in names]
    number = found.take(OPTION_NUMBER, partial(check_number, ref.store, form.get(OPTION_NUMBER, "")))
    price = found.take(O.PRICE, partial(checks.price, form.get(O.PRICE, "")))
    typed_stock, typed_code = form.get(O.STOCK, ""), form.get(O.SKU, "")
    stock = found.take(O.STOCK, partial(checks.stock, typed_stock)) if typed_stock else None
    code = found.take(O.SKU, partial(checks.sku_code, typed_code)) if typed_code else None
    if stock is None and code is None and not found.errors.get(O.STOCK):
        found.wrong(O.STOCK, "listing_sheet.stock_missing")
    if number is not None and number.casefold() in {one.casefold() for one in facts.numbers.values()}:
        found.wrong(OPTION_NUMBER, "products.option_number_used")
    found.raise_if_wrong()
    option = SheetOption(
        line=1,
        number=number or "",
        sections=tuple(value or "" for value in values),
        price=price,
        stock=stock,
        sku_code=code,
    )
    deal = typed_deal(facts.product.seller_no, facts.summary.deal.title, options=[option])
    await show_preview(request, ref.store, SheetContent(deals=[deal]), _back(request, ref))


def _groups(facts: DealDetail) -> list[str]:
    """Return the names of the deal's option groups, empty where TMON does not tell them."""
    told = [] if facts.document is None else [str(one) for one in facts.document.content.get("sections") or ()]
    most = max((len(one.sections) for one in facts.summary.options), default=0)
    return told if len(told) == most else [""] * most


# --- texts, delivery template, carrier ---


async def open_edit(request: SlackRequest) -> None:
    """Handle 내용 변경: the fields with what is known of them."""
    ref = decode(DealRef, request.value)
    facts = await managed_product(request, ref.store, ref.deal)
    values, carriers = await _values(request, facts)
    names = await request.services[ListingNames].of(request.team_id, ref.store)
    chosen = next((one for one in carriers if one.code == values.get(F.CARRIER)), None)
    await request.show(form_views.edit_form(request.t, facts, ref, values, names.templates, chosen))


async def preview_edit(request: SlackRequest) -> None:
    """Handle 미리보기 of changed texts. An emptied field stays as it is."""
    ref = decode(DealRef, request.view.get("private_metadata"))
    facts = await managed_product(request, ref.store, ref.deal)
    assert facts.product is not None
    before, carriers = await _values(request, facts)
    typed = {name: str(value).strip() for name, value in read_form(request.view).items()}
    shown = {name: clip(text, form_views.TEXT_FIELDS.get(name, len(text))) for name, text in before.items()}
    changed = {name: text for name in F if (text := typed.get(name, "")) and text != shown.get(name)}
    found, values = Checks(), dict[F, Any]()
    for name, text in changed.items():
        if name is F.TEMPLATE:
            values[name] = found.take(name, partial(checks.template, text, ()))
        elif name is F.CARRIER:
            values[name] = found.take(name, partial(checks.carrier, text, carriers))
        elif name in _CHECKS:
            values[name] = found.take(name, partial(_CHECKS[name], text))
    found.raise_if_wrong()
    if not values:
        raise AppError("products.nothing_changed")
    deal = typed_deal(facts.product.seller_no, facts.summary.deal.title, values)
    await show_preview(request, ref.store, SheetContent(deals=[deal]), _back(request, ref))


async def _values(request: SlackRequest, facts: DealDetail) -> tuple[dict[F, str], tuple[Carrier, ...]]:
    """Return the fields of a product as a form shows them, and the carriers of its store."""
    store = facts.summary.store
    carriers = await request.services[CodeTables].carriers(store.team_id, store.id)
    known: dict[F, Any] = {} if facts.product is None else values_of(facts.product.kept)
    if facts.document is not None:
        known |= stored_remote(facts.document, facts.summary.options, carriers).values
    shown = {name: known[name] for name in (*_CHECKS, F.TEMPLATE, F.CARRIER) if name in known}
    return {
        name: ", ".join(value) if isinstance(value, tuple | list) else str(value) for name, value in shown.items()
    }, carriers


# --- taking over ---


async def open_take_over(request: SlackRequest) -> None:
    """Handle 가져와서 관리: ask for the numbers."""
    ref = decode(DealRef, request.value)
    facts = await _changeable(request, ref)
    if facts.is_managed:
        raise AppError("products.managed_already")
    if facts.document is None:  # it was read by an older version, and not since
        raise AppError("products.not_read_whole")
    await request.show(form_views.take_over_form(request.t, facts, TakeOverRef(store=ref.store, deal=ref.deal)))


async def take_over(request: SlackRequest) -> None:
    """Handle 다음 and 가져와서 관리: keep the numbers of a page; with the last one the product is managed."""
    ref = decode(TakeOverRef, request.view.get("private_metadata"))
    here = DealRef(store=ref.store, deal=ref.deal)
    facts = await _changeable(request, here)
    form = read_form(request.view)
    page = Page.of(form_views.to_map(facts), ref.page, form_views.OPTIONS)
    number = str(form.get(NUMBER) or ref.number)
    options = {one.option_no: str(form.get(str(one.option_no)) or "") for one in page.items}
    last = page.number + 1 >= page.pages
    await request.services[TakeOvers].take_over(request.person, ref.store, ref.deal, number, options, last=last)
    if last:
        shown, note = await load(request, here), request.t("products.taken_over")
        view_id = await request.show(page_views.page(request.t, shown, here, note, picture=False))
        await show_with_picture(request, view_id, drawing(request, shown, here, note))
        return
    following = ref.model_copy(update={"page": page.number + 1, "number": number.strip()})
    facts = await request.services[DealDetails].of(request.team_id, ref.store, ref.deal)
    await request.show(form_views.take_over_form(request.t, facts, following))


# --- parts ---


async def _changeable(request: SlackRequest, ref: DealRef) -> DealDetail:
    """Return a deal that the person may change, managed here or not. Raises AppError: the right, or the switch is off."""
    store: Store = await request.store(ref.store, Permission.PRODUCTS)
    require_on(store, ApiGroup.PRODUCT)
    return await request.services[DealDetails].of(request.team_id, ref.store, ref.deal)


def _back(request: SlackRequest, ref: DealRef) -> list[Block]:
    return [back_button(request.t, ref.store, ref.deal)]
