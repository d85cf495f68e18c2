"""Initial data of a shop: address book, delivery templates and deals."""

from dataclasses import replace

from bot.playground.tmon.deal_listings import list_goods
from bot.playground.tmon.demo_catalog import Goods
from bot.playground.tmon.models import AddressBookEntry, Partner, StoredTemplate
from bot.playground.tmon.routes.addresses import next_address_no
from bot.playground.tmon.routes.templates import next_template_no
from bot.playground.tmon.state import Sandbox

_RETURN_FEE = 3000
"""One-way return fee in KRW where delivery is free (docs/tmon-api.md, ch. 7.1)."""


def open_shop(sandbox: Sandbox, partner: Partner) -> Partner:
    """Add `partner` and put its goods on sale: a copy without orders, a ship-from and a return address, a template for each
    combination of terms, and the deals. Raises ValueError if a deal exists already.
    """
    partner = replace(partner, orders=[])
    for goods in partner.goods:
        if goods.deal_no in sandbox.deals:
            raise ValueError(f"deal {goods.deal_no} is there already")
    sandbox.partners[partner.partner_id] = partner
    _write_address_book(sandbox, partner)
    now = sandbox.clock()
    template_nos: dict[tuple[object, ...], int] = {}
    for goods in partner.goods:
        terms = (goods.product_type, goods.fee, goods.free_from, goods.bundled)
        if terms not in template_nos:
            template_nos[terms] = _add_template(sandbox, partner, goods)
        sandbox.deals[goods.deal_no] = list_goods(partner.partner_id, goods, now, template_nos[terms])
    return partner


def _write_address_book(sandbox: Sandbox, partner: Partner) -> None:
    first = next_address_no(sandbox)
    for no, kind, name, detail in (
        (first, "D", f"{partner.name} 출고지", "물류센터 2층"),
        (first + 1, "R", f"{partner.name} 반품지", "물류센터 1층 반품 담당"),
    ):
        sandbox.addresses[no] = AddressBookEntry(
            no=no,
            partner_id=partner.partner_id,
            kind=kind,
            name=name,
            zip_code="10045",
            lot=f"경기도 김포시 가상동 {partner.partner_no % 900}-5",
            detail=detail,
            street=f"경기도 김포시 가상로 {partner.partner_no % 300}",
            manager_name="출고담당" if kind == "D" else "반품담당",
            manager_phone=f"031-0{partner.partner_no % 900 + 100}-{no % 10_000:04d}",
            default=kind == "D",
        )


def _add_template(sandbox: Sandbox, partner: Partner, goods: Goods) -> int:
    no = next_template_no(sandbox)
    addresses = {a.kind: a.no for a in sandbox.addresses.values() if a.partner_id == partner.partner_id}
    fee_policy: dict[str, object]
    if goods.fee == 0:
        terms, fee_policy = "무료배송", {"deliveryFeePolicy": "FREE", "deliveryFee": _RETURN_FEE}
    elif goods.free_from:
        terms = f"{goods.free_from:,}원 이상 무료 {goods.fee:,}원"
        fee_policy = {
            "deliveryFeePolicy": "CONDITION",
            "deliveryFee": goods.fee,
            "deliveryFeeFreePrice": goods.free_from,
        }
    else:
        terms, fee_policy = f"선불 {goods.fee:,}원", {"deliveryFeePolicy": "PER", "deliveryFee": goods.fee}
    sandbox.templates[no] = StoredTemplate(
        no=no,
        partner_id=partner.partner_id,
        name=f"{goods.product_type} {terms}",
        policy={
            "bundledDeliveryAble": goods.bundled,
            **fee_policy,
            "productType": goods.product_type,
            "deliveryType": "ED" if goods.product_type in {"DP03", "DP05"} else "ND",
            "longDistanceDeliveryAvailable": True,
            "longDistanceDeliveryPrepay": True,
            "longDistanceDeliveryFeeJeju": 3000,
            "longDistanceDeliveryFeeExcludingJeju": 5000,
            "partnerDeliveryAddressNo": addresses["D"],
            "partnerReturnAddressNo": addresses["R"],
            "tmonReturnCargoUsing": False,
        },
    )
    return no
