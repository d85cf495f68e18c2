"""Addresses of the partner: where goods leave and where they come back, 주소록 (docs/tmon-api.md, ch. 6)."""

from typing import Annotated, Any

from pydantic import AliasPath, BeforeValidator, Field

from tmon.api import endpoints
from tmon.api.errors import UnexpectedResponse
from tmon.api.session import ApiSession
from tmon.api.wire import ApiEnum, ApiModel, Filled, Number, Records, Switch, read, read_each, require_known


class AddressType(ApiEnum):
    """Purpose of an address (docs/tmon-api.md, ch. 12.9)."""

    SHIP_FROM = "D"  # 배송지
    RETURN_TO = "R"  # 반송지
    UNKNOWN = "unknown"


class NewAddress(ApiModel):
    """An address to be sent. `name` (관리주소명) is unique within the store; personal data is left out of the repr."""

    type: AddressType
    name: str = Field(validation_alias="addressName")
    zip_code: str = Field(validation_alias=AliasPath("address", "zipCode"), repr=False)
    address: str = Field(validation_alias=AliasPath("address", "address"), repr=False)
    """Lot-number address (지번주소)."""
    address_detail: Annotated[str, BeforeValidator(lambda value: "" if value is None else value)] = Field(
        default="", validation_alias=AliasPath("address", "addressDetail"), repr=False
    )
    street_address: Filled = Field(default=None, validation_alias=AliasPath("address", "streetAddress"), repr=False)
    """Road-name address (도로명주소)."""
    manager_name: str = Field(repr=False)
    manager_phone: str = Field(repr=False)
    """Hyphenated, with an area code, not 080 (docs/tmon-api.md, ch. 6.1)."""
    default: Switch = Field(default=False, validation_alias="defaultAddress")
    """Setting it unsets the previous default."""


class Address(NewAddress):
    """An address at TMON. Delivery templates refer to it by `no`."""

    no: Number
    available: bool = True


AddressList = Records[Address]  # an alias, because inside `Addresses` the name `list` is a method


def _read_addresses(data: Any) -> AddressList:
    return read_each(data, lambda item: read(Address, item), "no")


def _read_address(data: Any) -> Address:
    return read(Address, data)


class Addresses:
    """A store's addresses."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def list(self) -> AddressList:
        """Return all addresses. That TMON lists all without a name is an assumption: Rejected is possible."""
        return await self._session.read(endpoints.ADDRESSES, _read_addresses)

    async def by_name(self, name: str) -> Address | None:
        """Return the address with exactly this name, or None."""
        found = await self._session.read(endpoints.ADDRESS_BY_NAME, _read_addresses, query={"addressName": name})
        address = next((address for address in found if address.name == name), None)
        if address is None and found.unread:  # it may be the one that cannot be read
            raise UnexpectedResponse(
                endpoints.ADDRESS_BY_NAME.name, field=found.unread[0].field, why=found.unread[0].why
            )
        return address

    async def create(self, address: NewAddress) -> Address:
        """Create an address and return it with its number.

        Never repeated. Raises UnknownOutcome if it was sent and its number is not known: it can be looked up by its
        name. Raises Rejected with `.duplicate_name` if the name is taken, ValueError for an unknown type.
        """
        return await self._session.write(endpoints.ADDRESS_CREATE, _read_address, _body(address))

    async def update(self, no: int, address: NewAddress) -> Address:
        """Replace all values of an address and return the result. Raises the same errors as `create`."""
        return await self._session.write(endpoints.ADDRESS_UPDATE, _read_address, _body(address), no=no)


def _body(address: NewAddress) -> dict[str, Any]:
    location = {"zipCode": address.zip_code, "address": address.address, "addressDetail": address.address_detail}
    if address.street_address is not None:
        location["streetAddress"] = address.street_address
    return {
        "type": require_known(address.type),
        "addressName": address.name,
        "address": location,
        "managerName": address.manager_name,
        "managerPhone": address.manager_phone,
        "defaultAddress": address.default,
    }
