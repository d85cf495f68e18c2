"""Registering deals, changing them and adding options (docs/tmon-api.md, ch. 8.1, 8.2, 8.4).

TMON limits "create and update together" to 10 calls in 20 minutes per deal (ch. 8.2). All three count here, and
`deals.sales_period` too, as it is unknown which of them do: a client that respects that is safe either way. Calls that fail
for another reason count as well, calls rejected because of the limit do not.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from bot.playground.tmon.deal_listings import NO_END, ListedOption, Listing, terms_of
from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.routes.bodies import Fields, fields_of, number, only, text
from bot.playground.tmon.routes.deal_forms import (
    FIXED,
    KEY_LENGTH,
    OptionForm,
    read_change,
    read_date,
    read_document,
    read_new_deal,
    read_new_options,
)
from bot.playground.tmon.routes.deal_rules import (
    REGISTERED,
    check_deal,
    check_new_options,
    check_option_text,
    check_titles_differ,
)
from bot.playground.tmon.routes.deals import count_change, deal_of
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.routes.templates import template_of
from bot.playground.tmon.state import Sandbox

_FIRST_DEAL, _DEAL_STEP = 7700200000, 1000
"""Numbers of options are those between two deals."""


def create(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /deals`: the deal and all its options, or nothing. Answers with their numbers."""
    fields = fields_of(request.body)
    key = text(fields, "vendorDealNo", KEY_LENGTH)
    count_change(sandbox, key)
    if any(listing.vendor_deal_no == key and not listing.deleted for listing in sandbox.deals.values()):
        raise ApiError(500, REGISTERED)
    document, options = read_new_deal(fields)
    start = read_date(fields, "salesStartDate") if "salesStartDate" in fields else request.now
    end = read_date(fields, "salesEndDate") if "salesEndDate" in fields else NO_END
    if end <= start:
        raise ApiError(400, "salesEndDate은(는) salesStartDate보다 늦어야 합니다.")
    _check_policy(request, fields, needed=True)
    template = template_of(sandbox, request, document["deliveryTemplateNo"])
    check_deal(sandbox, document, template, fields)
    check_new_options(sandbox, document.get("sections", ()), options)
    _check_main_option(document, {option.key for option in options})
    listing = Listing(
        partner_id=request.partner.partner_id,
        deal_no=max(_FIRST_DEAL, (max(sandbox.deals, default=0) // _DEAL_STEP + 1) * _DEAL_STEP),
        vendor_deal_no=key,
        document=document,
        terms=terms_of(template.policy),
        created_at=request.now,
        sales_start=start,
        sales_end=end,
        options={},
    )
    sandbox.deals[listing.deal_no] = listing
    return {
        "vendorId": request.vendor.vendor_id,
        "dealNo": {key: listing.deal_no},
        "dealOptionNos": _add(listing, options, request, "deals.create"),
    }


def add_options(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /deals/{dealNo}/options`: all of them or none. Answers with the bare map of their numbers."""
    listing = deal_of(sandbox, request)
    count_change(sandbox, listing.limit_key)
    fields = fields_of(request.body)
    only(fields, {"dealOptions"})
    options = read_new_options(fields)
    check_new_options(sandbox, listing.document.get("sections", ()), options, listing)
    return _add(listing, options, request, "deals.add_options")


def update(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /deals/{dealNo}`: deal and options succeed or fail separately, inside an HTTP 200 (docs/tmon-api.md, ch. 8.2).

    A half that is not sent, or says what is so already, is skipped.
    """
    listing = deal_of(sandbox, request)
    count_change(sandbox, listing.limit_key)
    fields = fields_of(request.body)
    changes, options = read_change(fields)
    _check_policy(request, fields, needed=False)
    fixed = sorted(changes.keys() & FIXED)
    if fields.get("vendorDealNo", listing.vendor_deal_no) != listing.vendor_deal_no:
        fixed.append("vendorDealNo")
    given = {name: value for name, value in changes.items() if name not in FIXED}
    document = read_document({**listing.document, **given}) if given else listing.document
    template = template_of(sandbox, request, document["deliveryTemplateNo"])

    def change_deal() -> bool:
        _check_fixed(fixed)
        if document == listing.document:
            return False
        check_deal(sandbox, document, template, given)
        _change_deal(request, listing, document)
        listing.terms = terms_of(template.policy)
        return True

    return {
        "deal": _half(change_deal),
        "dealOptions": _half(lambda: _change_options(sandbox, request, listing, options)),
    }


def _half(change: Callable[[], bool]) -> dict[str, object]:
    """The result of one half; `change` returns whether it changed anything."""
    try:
        changed = change()
    except ApiError as error:
        return {"success": False, "skip": False, "message": error.document["error"]}
    return {"success": True, "skip": not changed}


def _change_deal(request: AuthorizedRequest, listing: Listing, document: dict[str, Any]) -> None:
    before = listing.document
    if before["adultOnly"] and not document["adultOnly"]:
        raise ApiError(500, "성인상품으로 등록된 딜은 해제할 수 없습니다.")
    _check_main_option(document, {option.vendor_option_no for option in listing.options.values()})
    differing = {name for name in before.keys() | document.keys() if before.get(name) != document.get(name)}
    old, new = ({name: said[name] for name in differing if name in said} for said in (before, document))
    listing.note(request.now, "deals.update", None, old, new)
    listing.document = document


def _change_options(sandbox: Sandbox, request: AuthorizedRequest, listing: Listing, options: list[OptionForm]) -> bool:
    after: dict[int, ListedOption] = dict(listing.options)
    for form in options:
        option = listing.option_with_key(form.key)
        if option is None:
            raise ApiError(500, f"존재하지 않는 딜옵션입니다.({form.key})")
        _check_fixed(form.fixed)
        if form.key in sandbox.faults.failing_options:
            raise ApiError(500, "옵션을 변경하지 못했습니다. 잠시 후 다시 시도해 주세요.")
        check_option_text(sandbox, listing.document.get("sections", ()), form)
        after[option.option_no] = replace(
            option,
            title=form.title or option.title,
            sections=form.sections or option.sections,
            description=form.description or option.description,
            price=form.price or option.price,
        )
    check_titles_differ(option.title for option in after.values())
    changed = [no for no, option in listing.options.items() if option != after[no]]
    for no in changed:
        before, option = listing.options[no], after[no]
        listing.note(request.now, "deals.update", no, (before.title, before.price), (option.title, option.price))
        vars(before).update(vars(option))
    return bool(changed)


def _add(listing: Listing, options: list[OptionForm], request: AuthorizedRequest, call: str) -> dict[str, int]:
    """Add the options to the deal; returns the map from the seller's keys to TMON's numbers."""
    numbers = {}
    for no, form in enumerate(options, start=max(listing.options, default=listing.deal_no) + 1):
        option = ListedOption(
            option_no=no,
            title=form.title or "",
            price=form.price or 0,
            stock=form.stock,
            vendor_option_no=form.key,
            display=form.display,
            sections=form.sections,
            description=form.description,
        )
        listing.options[no] = option
        listing.note(request.now, call, no, None, (option.title, option.price))
        numbers[form.key] = no
    return numbers


def _check_fixed(names: Collection[str]) -> None:
    if names:
        raise ApiError(500, f"{', '.join(names)}은(는) 딜 수정으로 변경할 수 없는 항목입니다.")


def _check_policy(request: AuthorizedRequest, fields: Fields, *, needed: bool) -> None:
    if needed or "vendorPolicyNo" in fields:
        given = number(fields, "vendorPolicyNo")
        if given != request.vendor.policy_no:
            raise ApiError(500, f"정책번호가 유효하지 않습니다.({given})")


def _check_main_option(document: Mapping[str, Any], keys: Collection[str | None]) -> None:
    main = document.get("mainDealOptionNo")
    if main is not None and main not in keys:
        raise ApiError(500, f"존재하지 않는 딜옵션입니다.({main})")


ROUTES = (
    Route("deals.create", "POST", "/deals", create),
    Route("deals.update", "PUT", "/deals/{dealNo}", update),
    Route("deals.add_options", "POST", "/deals/{dealNo}/options", add_options),
)
