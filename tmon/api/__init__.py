"""TMON's Interwork partner API for physical goods: the calls we make, typed (wire contract)."""

from tmon.api.auth import PartnerCredentials, VendorCredentials
from tmon.api.calls import CALLS, Call, Certainty
from tmon.api.cancellations import Claim, ClaimDeal, ClaimOption, ClaimStatus, ClaimType
from tmon.api.categories import Category
from tmon.api.client import StoreApi, TmonApi
from tmon.api.codes import Code
from tmon.api.errors import (
    AuthError,
    NotOffered,
    PartnerRejected,
    Rejected,
    Remedy,
    Throttled,
    TmonError,
    TokenRefused,
    Unavailable,
    UnexpectedAnswer,
    UnknownOutcome,
    VendorRejected,
)
from tmon.api.orders import (
    Buyer,
    DeliveryFee,
    DeliveryStatus,
    FirstState,
    InitialDeliveryFee,
    OptionPromotion,
    OptionQuantity,
    Order,
    OrderDeal,
    OrderOption,
)

__all__ = [
    "CALLS",
    "AuthError",
    "Buyer",
    "Call",
    "Category",
    "Certainty",
    "Claim",
    "ClaimDeal",
    "ClaimOption",
    "ClaimStatus",
    "ClaimType",
    "Code",
    "DeliveryFee",
    "DeliveryStatus",
    "FirstState",
    "InitialDeliveryFee",
    "NotOffered",
    "OptionPromotion",
    "OptionQuantity",
    "Order",
    "OrderDeal",
    "OrderOption",
    "PartnerCredentials",
    "PartnerRejected",
    "Rejected",
    "Remedy",
    "StoreApi",
    "Throttled",
    "TmonApi",
    "TmonError",
    "TokenRefused",
    "Unavailable",
    "UnexpectedAnswer",
    "UnknownOutcome",
    "VendorCredentials",
    "VendorRejected",
]
