"""Manifest of products by sheet."""

from tmon.feature import DomainFeature
from tmon.listings.sheet.service import ListingSheets

FEATURE = DomainFeature(name="listings", services=lambda core: (ListingSheets(core),))
