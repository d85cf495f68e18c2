"""Delivery templates (docs/tmon-api.md, ch. 7). No call changes or deletes one."""

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import StoredTemplate
from bot.playground.tmon.routes.addresses import address_of
from bot.playground.tmon.routes.bodies import Fields, fields_of, flag, number, one_of, text
from bot.playground.tmon.routes.queries import page_of, path_number
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox

_FIRST_NO = 612345
PRODUCT_TYPES = ("DP01", "DP02", "DP03", "DP04", "DP05", "DP06", "DP07", "DP08")
_HIGHEST_SURCHARGE = 300_000


def create(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /partners/templates`: responds with the new number, even if an identical template exists."""
    fields = fields_of(request.body)
    template = StoredTemplate(
        no=next_template_no(sandbox),
        partner_id=request.partner.partner_id,
        name=text(fields, "deliveryTemplateName"),
        policy={**_fee(fields), **_kind(fields), **_islands(fields), **_addresses(sandbox, request, fields)},
    )
    sandbox.templates[template.no] = template
    return {"deliveryTemplateNo": template.no}


def list_templates(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /partners/templates`: paged."""
    own = [item for item in sandbox.templates.values() if item.partner_id == request.partner.partner_id]
    return page_of(request, [_wire(template) for template in own])


def get(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /partners/templates/{no}`."""
    return _wire(template_of(sandbox, request, path_number(request, "no")))


def next_template_no(sandbox: Sandbox) -> int:
    """An unused template number."""
    return max(sandbox.templates, default=_FIRST_NO - 1) + 1


def template_of(sandbox: Sandbox, request: AuthorizedRequest, no: int) -> StoredTemplate:
    """The template with this number. Raises ApiError if it does not exist or belongs to another partner."""
    template = sandbox.templates.get(no)
    if template is None or template.partner_id != request.partner.partner_id:
        raise ApiError(500, f"존재하지 않는 배송템플릿입니다.({no})")
    return template


def _fee(fields: Fields) -> dict[str, object]:
    fee_policy = one_of(fields, "deliveryFeePolicy", ("FREE", "CONDITION", "PER", "AFTER"))
    policy: dict[str, object] = {
        "bundledDeliveryAble": flag(fields, "bundledDeliveryAble"),
        "deliveryFeePolicy": fee_policy,
        "deliveryFee": number(fields, "deliveryFee"),
    }
    if fee_policy == "CONDITION":
        policy["deliveryFeeFreePrice"] = number(fields, "deliveryFeeFreePrice", 1)
    return policy


def _kind(fields: Fields) -> dict[str, object]:
    policy: dict[str, object] = {
        "productType": one_of(fields, "productType", PRODUCT_TYPES),
        "deliveryType": one_of(fields, "deliveryType", ("DD", "ND", "ED")),
    }
    if policy["deliveryType"] == "DD":
        policy["ddayDeliveryTime"] = text(fields, "ddayDeliveryTime")
    return policy


def _islands(fields: Fields) -> dict[str, object]:
    """Surcharges for Jeju and islands; `Discription` is TMON's spelling."""
    if not flag(fields, "longDistanceDeliveryAvailable", False):
        return {"longDistanceDeliveryAvailable": False}
    prepay = flag(fields, "longDistanceDeliveryPrepay")
    if prepay:
        names = ("longDistanceDeliveryFeeJeju", "longDistanceDeliveryFeeExcludingJeju")
    else:
        names = ("longDistanceDeliveryDiscriptionMin", "longDistanceDeliveryDiscriptionMax")
    first, second = (number(fields, name, 0, _HIGHEST_SURCHARGE) for name in names)
    if not prepay and first > second:
        raise ApiError(400, f"{names[0]}은(는) {names[1]}보다 클 수 없습니다.")
    return {
        "longDistanceDeliveryAvailable": True,
        "longDistanceDeliveryPrepay": prepay,
        names[0]: first,
        names[1]: second,
    }


def _addresses(sandbox: Sandbox, request: AuthorizedRequest, fields: Fields) -> dict[str, object]:
    """The ship-from and return addresses, and the return method."""
    policy: dict[str, object] = {}
    for name, kind, called in (
        ("partnerDeliveryAddressNo", "D", "배송지(D)"),
        ("partnerReturnAddressNo", "R", "반송지(R)"),
    ):
        address = address_of(sandbox, request, number(fields, name))
        if address.kind != kind or not address.available:
            raise ApiError(500, f"{name}은(는) 사용 가능한 {called} 주소지여야 합니다.")
        policy[name] = address.no
    policy["tmonReturnCargoUsing"] = flag(fields, "tmonReturnCargoUsing", False)
    if "userDirectlyReturnDeliverySelectable" in fields:
        policy["userDirectlyReturnDeliverySelectable"] = flag(fields, "userDirectlyReturnDeliverySelectable")
    return policy


def _wire(template: StoredTemplate) -> dict[str, object]:
    return {"deliveryTemplateNo": template.no, "deliveryTemplateName": template.name, **template.policy}


ROUTES = (
    Route("templates.create", "POST", "/partners/templates", create),
    Route("templates.list", "GET", "/partners/templates", list_templates, proposed=True),
    Route("templates.get", "GET", "/partners/templates/{no}", get, proposed=True),
)
