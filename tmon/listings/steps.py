"""The calls that bring a deal from what TMON has to what is wanted: the next one, and whether one has arrived. Pure functions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from tmon import api
from tmon.api import NO_PERMISSION, KcSubmission, OriginCountry, SalesStatus
from tmon.api.deal_limits import option_text
from tmon.listings.documents import (
    Detail,
    ProductFacts,
    RemoteDeal,
    RemoteOption,
    Sale,
    Values,
    Wanted,
    WantedOption,
    dump_values,
)
from tmon.listings.fields import CREATE_ONLY, PERIOD, F, O
from tmon.listings.judging import compare
from tmon.listings.option_judging import find_option
from tmon.models.listings import detail_hash
from tmon.writes.remote_write import Truth

ENDLESS = datetime(2900, 12, 31, 14, 59, 59, tzinfo=UTC)
"""TMON's end of the sale of what is sold without end (docs/tmon-api.md, ch. 8.1)."""


_TOGETHER = (
    (F.NOTICE, F.NOTICE_TEXT),
    (F.NOTICE_TEXT, F.NOTICE),
    (F.ORIGIN, F.ORIGIN_DETAIL),
    (F.KC, F.KC_NUMBERS),
)
"""What is sent along with what: one field on the wire, or of use only together."""


class Act(StrEnum):
    """A call to TMON. Stored; only added to."""

    REGISTER = "register"
    CHANGE = "change"
    ADD = "add_options"
    PERIOD = "period"
    DISPLAY = "display"
    PAUSE = "pause"
    RESUME = "resume"


COUNTED = frozenset({Act.REGISTER, Act.CHANGE, Act.ADD, Act.PERIOD})
"""Acts that count, or may count, against TMON's limit of calls per deal (docs/tmon-api.md, ch. 8.2)."""


class Step(BaseModel):
    """One call: its act, and exactly what it says."""

    act: Act
    values: Values = {}
    options: dict[str, dict[str, Any]] = {}
    """By `number_key`, then by the names of `O`."""
    grouped: bool = False
    """The deal has option groups; otherwise an option's only text is its title."""
    needs_permission: bool = False
    """As of `Wanted`."""
    first: bool = False
    """A registration before which none was tried: a deal that TMON has by then is not ours."""


def next_step(
    wanted: Wanted, product: ProductFacts, remote: RemoteDeal | None, kept: Mapping[F, Any], done: Collection[str]
) -> Step | None:
    """Return what to send next, after `done`; None: nothing is left. No act is sent again that TMON carried out.

    Raises ValueError if the deal to be changed is gone.
    """
    if remote is None:
        if not wanted.is_new or Act.REGISTER in done:
            raise ValueError("the deal is gone")
        return _register(wanted)
    steps = (
        _change(wanted, product, remote, kept),
        _add(wanted, product, remote),
        _period(wanted, remote, kept),
        _display(wanted, product, remote),
        _sale(wanted, remote),
    )
    return next((step for step in steps if step is not None and step.act not in done), None)


def arrived(step: Step, product: ProductFacts, remote: RemoteDeal | None) -> Truth:
    """Return whether TMON carried out a step, by what it tells afterwards."""
    if remote is None:
        return Truth.NOT_DONE
    match step.act:
        case Act.REGISTER:
            return Truth.DONE
        case Act.PAUSE:
            is_done = remote.status == SalesStatus.PAUSE
        case Act.RESUME:
            is_done = remote.status != SalesStatus.PAUSE
        case _:
            told = [name for name in step.values if name in remote.values]
            is_done = all(compare(name, remote.values[name], step.values[name]) for name in told)
            is_done &= bool(told) or not step.values  # what it does not tell may be sent again
            is_done &= all(_has(_there(key, product, remote), fields) for key, fields in step.options.items())
    return Truth.DONE if is_done else Truth.NOT_DONE


def kept_after(kept: Mapping[F, Any], step: Step) -> dict[str, Any]:
    """Return what TMON took last, as it is stored, after it took the values of a step."""
    values = {**kept, **step.values}
    if isinstance(detail := values.get(F.DETAIL), str):
        values[F.DETAIL] = Detail(hash=detail_hash(detail), length=len(detail))
    return dump_values(values)


def new_deal(step: Step, product: ProductFacts, stocks: Mapping[str, int]) -> api.NewDeal:
    """Return the deal to be registered. `stocks`: what each option starts with, by `number_key`."""
    assert product.vendor_deal_no is not None
    return api.NewDeal(
        vendor_deal_no=product.vendor_deal_no,
        product_type=step.values[F.TYPE],
        sections=step.values.get(F.SECTIONS) or None,
        sales_start=step.values.get(F.START),
        sales_end=step.values.get(F.END),
        options=tuple(new_options(step, product, stocks)),
        **_fields(step),
    )


def deal_change(step: Step, product: ProductFacts) -> api.DealChange:
    """Return what a step changes."""
    options = [
        api.OptionChange(
            vendor_option_no=_key(product, key), price=fields.get(O.PRICE), **_texts(step, fields.get(O.SECTIONS))
        )
        for key, fields in step.options.items()
    ]
    return api.DealChange(options=tuple(options) or None, **_fields(step))


def new_options(step: Step, product: ProductFacts, stocks: Mapping[str, int]) -> list[api.NewOption]:
    """Return the options to be added. Raises KeyError if it is not said what one starts with."""
    return [
        api.NewOption(
            vendor_option_no=_key(product, key),
            price=fields[O.PRICE],
            stock=stocks[key],
            **_texts(step, fields[O.SECTIONS]),
        )
        for key, fields in step.options.items()
    ]


def _register(wanted: Wanted) -> Step:
    return Step(
        act=Act.REGISTER,
        values=wanted.values,
        options={key: _start(option) for key, option in wanted.options.items()},
        grouped=bool(wanted.values.get(F.SECTIONS)),
        needs_permission=wanted.needs_permission,
    )


def _change(wanted: Wanted, product: ProductFacts, remote: RemoteDeal, kept: Mapping[F, Any]) -> Step | None:
    told = {**kept, **remote.values}
    values = {
        name: value
        for name, value in wanted.values.items()
        if name not in CREATE_ONLY | PERIOD
        if name not in told or not compare(name, told[name], value)
        if not (name is F.ADULT and value is False)  # TMON does not take it back
    }
    values |= {
        other: told[other]
        for name, other in _TOGETHER
        if name in values and other not in values and other in told and _goes_along(name, values[name])
    }
    options: dict[str, dict[str, Any]] = {}
    for key, option in wanted.options.items():
        if (there := _there(key, product, remote)) is None:
            continue
        fields = {str(name): value for name in (O.SECTIONS, O.PRICE) if (value := getattr(option, name)) is not None}
        if changed := {name: value for name, value in fields.items() if not _has(there, {name: value})}:
            options[key] = changed
    if not values and not options:
        return None
    return Step(
        act=Act.CHANGE,
        values=values,
        options=options,
        grouped=remote.groups() > 0,
        needs_permission=wanted.needs_permission and F.CATEGORY in values,
    )


def _goes_along(name: F, value: Any) -> bool:
    """Return whether a value of a field wants the other field of `_TOGETHER`."""
    return bool({F.ORIGIN: value == OriginCountry.TYPED, F.KC: value == KcSubmission.SUBMITTED}.get(name, True))


def _add(wanted: Wanted, product: ProductFacts, remote: RemoteDeal) -> Step | None:
    missing = {
        key: _start(option)
        for key, option in wanted.options.items()
        if option.is_new and _there(key, product, remote) is None
    }
    return Step(act=Act.ADD, options=missing, grouped=remote.groups() > 0) if missing else None


def _period(wanted: Wanted, remote: RemoteDeal, kept: Mapping[F, Any]) -> Step | None:
    told = {**kept, **remote.values}
    changed = {
        name: value
        for name, value in wanted.values.items()
        if name in PERIOD and (name not in told or not compare(name, told[name], value))
    }
    if not changed:
        return None
    end = wanted.values.get(F.END) or told.get(F.END, ENDLESS)  # without an end the call says nothing
    return Step(act=Act.PERIOD, values={F.END: end} | changed)


def _display(wanted: Wanted, product: ProductFacts, remote: RemoteDeal) -> Step | None:
    changed = {
        key: {str(O.DISPLAY): option.display}
        for key, option in wanted.options.items()
        if option.display is not None
        if (there := _there(key, product, remote)) is not None and there.display != option.display
    }
    return Step(act=Act.DISPLAY, options=changed) if changed else None


def _sale(wanted: Wanted, remote: RemoteDeal) -> Step | None:
    is_paused = remote.status == SalesStatus.PAUSE
    if wanted.sale is Sale.PAUSE and not is_paused:
        return Step(act=Act.PAUSE)
    return Step(act=Act.RESUME) if wanted.sale is Sale.RESUME and is_paused else None


def _start(option: WantedOption) -> dict[str, Any]:
    """Return what is said of a new option. It is shown at first; hiding it is a step of its own."""
    names = (O.SECTIONS, O.PRICE, O.STOCK, O.SKU)
    return {str(name): value for name in names if (value := getattr(option, name)) is not None}


def _there(key: str, product: ProductFacts, remote: RemoteDeal) -> RemoteOption | None:
    fact = product.options.get(key)
    return None if fact is None else find_option(remote, fact, None)


def _has(there: RemoteOption | None, fields: Mapping[str, Any]) -> bool:
    """Return whether TMON has what is said of an option; its stock is not looked at, as it is sold meanwhile."""
    if there is None:
        return False
    texts = fields.get(O.SECTIONS)
    return (
        (texts is None or tuple(map(option_text, texts)) == tuple(map(option_text, there.sections)))
        and fields.get(O.PRICE, there.price) == there.price
        and fields.get(O.DISPLAY, there.display) == there.display
    )


def _key(product: ProductFacts, key: str) -> str:
    wire_no = product.options[key].vendor_option_no
    assert wire_no is not None
    return wire_no


def _texts(step: Step, texts: Sequence[str] | None) -> dict[str, Any]:
    if texts is None:
        return {}
    return {"sections": tuple(texts)} if step.grouped else {"title": texts[0]}


def _fields(step: Step) -> dict[str, Any]:
    """Return the values of a step by the names of `tmon.api.DealFields`."""
    values = step.values
    fields = {_NAMES[name]: value for name, value in values.items() if name in _NAMES}
    if F.NOTICE in values and F.NOTICE_TEXT in values:
        items = tuple(api.NoticeItem(section=item, description=text) for item, text in values[F.NOTICE_TEXT])
        fields["notices"] = (api.Notice(group=values[F.NOTICE], items=items),)
    if F.KC_NUMBERS in values and values.get(F.KC, KcSubmission.SUBMITTED) == KcSubmission.SUBMITTED:
        fields["kc_auths"] = tuple(api.KcAuth(section=item, no=no) for item, no in values[F.KC_NUMBERS])
    if step.needs_permission:
        fields["legal_permission"] = NO_PERMISSION
    return fields


_NAMES = {
    F.TITLE: "title",
    F.MANAGED: "managed_title",
    F.PROMO: "title_decoration",
    F.CATEGORY: "category_no",
    F.TEMPLATE: "delivery_template_no",
    F.CARRIER: "carrier",
    F.IMAGES: "images",
    F.DETAIL: "detail",
    F.ORIGIN: "origin",
    F.ORIGIN_DETAIL: "origin_detail",
    F.KC: "kc",
    F.MOST: "max_purchase_qty",
    F.ADULT: "adult_only",
    F.KEYWORDS: "keywords",
    F.BRAND: "brand",
}
