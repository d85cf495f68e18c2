"""TMON's Interwork partner API for physical goods: the calls we make, typed (docs/tmon-api.md)."""

from tmon.api.addresses import Address, AddressType, NewAddress
from tmon.api.auth import PartnerCredentials, VendorCredentials
from tmon.api.categories import Category
from tmon.api.claim_acts import OWN_DELIVERY, CancelledOption, ClaimParcel
from tmon.api.claims import Claim, Claimant, ClaimDeal, ClaimKind, ClaimOption, ClaimStatus, ClaimWaybill
from tmon.api.client import StoreApi, TmonApi
from tmon.api.codes import Code
from tmon.api.deals import Deal, DealOption, OptionResult, SalesStatus
from tmon.api.delivery_templates import DeliveryType, FeePolicy, NewTemplate, ProductType, Template
from tmon.api.endpoints import ENDPOINTS, Certainty, Endpoint
from tmon.api.errors import (
    AuthError,
    NotAsked,
    NotOffered,
    PartnerRejected,
    Rejected,
    Remedy,
    Throttled,
    TmonError,
    TokenRefused,
    Unavailable,
    UnexpectedResponse,
    UnknownOutcome,
    UnreadableAnswer,
    VendorMissing,
    VendorRejected,
)
from tmon.api.inquiries import CsInquiry, CsInquiryDetail, MessageGroup, Question
from tmon.api.orders import (
    Buyer,
    DeliveryFee,
    DeliveryStatus,
    InitialDeliveryFee,
    InitialState,
    OptionPromotion,
    OptionQuantity,
    Order,
    OrderDeal,
    OrderOption,
)
from tmon.api.reviews import Review
from tmon.api.settlement import SettledGoods, SettledOrder, SettlementItem
from tmon.api.waybills import DelayReason, Parcel
from tmon.api.wire import Records, UnreadItem, unread_of

__all__ = [
    "ENDPOINTS",
    "OWN_DELIVERY",
    "Address",
    "AddressType",
    "AuthError",
    "Buyer",
    "CancelledOption",
    "Category",
    "Certainty",
    "Claim",
    "ClaimDeal",
    "ClaimKind",
    "ClaimOption",
    "ClaimParcel",
    "ClaimStatus",
    "ClaimWaybill",
    "Claimant",
    "Code",
    "CsInquiry",
    "CsInquiryDetail",
    "Deal",
    "DealOption",
    "DelayReason",
    "DeliveryFee",
    "DeliveryStatus",
    "DeliveryType",
    "Endpoint",
    "FeePolicy",
    "InitialDeliveryFee",
    "InitialState",
    "MessageGroup",
    "NewAddress",
    "NewTemplate",
    "NotAsked",
    "NotOffered",
    "OptionPromotion",
    "OptionQuantity",
    "OptionResult",
    "Order",
    "OrderDeal",
    "OrderOption",
    "Parcel",
    "PartnerCredentials",
    "PartnerRejected",
    "ProductType",
    "Question",
    "Records",
    "Rejected",
    "Remedy",
    "Review",
    "SalesStatus",
    "SettledGoods",
    "SettledOrder",
    "SettlementItem",
    "StoreApi",
    "Template",
    "Throttled",
    "TmonApi",
    "TmonError",
    "TokenRefused",
    "Unavailable",
    "UnexpectedResponse",
    "UnknownOutcome",
    "UnreadItem",
    "UnreadableAnswer",
    "VendorCredentials",
    "VendorMissing",
    "VendorRejected",
    "unread_of",
]
