"""The partner's address book (docs/tmon-api.md, ch. 6)."""

import re

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import AddressBookEntry
from bot.playground.tmon.routes.bodies import Fields, fields_of, flag, one_of, text
from bot.playground.tmon.routes.queries import path_number
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import without_absent

NAME_TAKEN = "기존 주소지명과 중복될 수 없습니다."
"""Contains TMON's exact words (docs/tmon-api.md, ch. 13.2)."""

_FIRST_NO = 301122
_ZIP_CODE = re.compile(r"\d{5}", re.ASCII)
_PHONE = re.compile(r"0\d{1,3}-\d{3,4}-\d{4}", re.ASCII)


def list_addresses(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /partners/addresses`: a bare array, the whole book or the entry named `addressName`."""
    names = request.query.getall("addressName", [])
    return [_wire(address, request) for address in _book(sandbox, request) if not names or address.name in names]


def create(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /partners/addresses`: responds with the complete entry."""
    address = _read(fields_of(request.body), next_address_no(sandbox), request)
    return _keep(sandbox, request, address)


def update(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`PUT /partners/addresses/{no}`: missing fields stay unchanged, `address` is replaced as a whole."""
    present = address_of(sandbox, request, path_number(request, "no"))
    address = _read({**_wire(present, request), **fields_of(request.body)}, present.no, request)
    address.available = present.available
    in_use = any(
        present.no in (template.policy["partnerDeliveryAddressNo"], template.policy["partnerReturnAddressNo"])
        for template in sandbox.templates.values()
    )
    if in_use and address.kind != present.kind:
        raise ApiError(500, "배송템플릿에서 사용 중인 주소지의 타입은 변경할 수 없습니다.")
    return _keep(sandbox, request, address)


def _keep(sandbox: Sandbox, request: AuthorizedRequest, address: AddressBookEntry) -> object:
    others = [other for other in _book(sandbox, request) if other.no != address.no]
    if any(other.name == address.name for other in others):
        raise ApiError(500, NAME_TAKEN)
    if address.default:
        for other in others:
            other.default = False
    sandbox.addresses[address.no] = address
    return _wire(address, request)


def next_address_no(sandbox: Sandbox) -> int:
    """An unused address number."""
    return max(sandbox.addresses, default=_FIRST_NO - 1) + 1


def address_of(sandbox: Sandbox, request: AuthorizedRequest, no: int) -> AddressBookEntry:
    """The entry with this number. Raises ApiError if it does not exist or belongs to another partner."""
    address = sandbox.addresses.get(no)
    if address is None or address.partner_id != request.partner.partner_id:
        raise ApiError(500, f"존재하지 않는 주소지입니다.({no})")
    return address


def _book(sandbox: Sandbox, request: AuthorizedRequest) -> list[AddressBookEntry]:
    return [address for address in sandbox.addresses.values() if address.partner_id == request.partner.partner_id]


def _read(fields: Fields, no: int, request: AuthorizedRequest) -> AddressBookEntry:
    location = fields_of(fields.get("address", {}))
    zip_code, phone = text(location, "zipCode"), text(fields, "managerPhone")
    if not _ZIP_CODE.fullmatch(zip_code):
        raise ApiError(400, "zipCode은(는) 5자리 우편번호여야 합니다.")
    if phone.startswith("080"):
        raise ApiError(400, "managerPhone은(는) 080으로 시작하는 번호를 사용할 수 없습니다.")
    if not _PHONE.fullmatch(phone):
        raise ApiError(400, "managerPhone은(는) 지역번호와 하이픈(-)을 포함해야 합니다.")
    return AddressBookEntry(
        no=no,
        partner_id=request.partner.partner_id,
        kind=one_of(fields, "type", ("D", "R")),
        name=text(fields, "addressName"),
        zip_code=zip_code,
        lot=text(location, "address"),
        detail=text(location, "addressDetail"),
        street=text(location, "streetAddress") if location.get("streetAddress") else None,
        manager_name=text(fields, "managerName"),
        manager_phone=phone,
        default=flag(fields, "defaultAddress", False),
    )


def _wire(address: AddressBookEntry, request: AuthorizedRequest) -> dict[str, object]:
    return {
        "no": address.no,
        "partnerNo": request.partner.partner_no,
        "type": address.kind,
        "addressName": address.name,
        "address": without_absent(
            zipCode=address.zip_code,
            address=address.lot,
            addressDetail=address.detail,
            streetAddress=address.street,
        ),
        "managerName": address.manager_name,
        "managerPhone": address.manager_phone,
        "defaultAddress": address.default,
        "available": address.available,
    }


ROUTES = (
    Route("addresses.list", "GET", "/partners/addresses", list_addresses),
    Route("addresses.create", "POST", "/partners/addresses", create),
    Route("addresses.update", "PUT", "/partners/addresses/{no}", update),
)
