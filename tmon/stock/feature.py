"""Manifest of stock: stock by SKU, synchronised with TMON together with display and sale status."""

from tmon.feature import DomainFeature, FeatureCollector
from tmon.models.stores import ApiGroup
from tmon.spreadsheets.reader import SpreadsheetReader
from tmon.stock.attention import ATTENTION
from tmon.stock.collector import STOCK, StockCollector
from tmon.stock.push_preview import StockPreviews
from tmon.stock.service import StockService

FEATURE = DomainFeature(
    name="stock",
    services=lambda core: (StockService(core), StockPreviews(core), SpreadsheetReader()),
    collectors=(
        FeatureCollector(
            STOCK,
            ApiGroup.STOCK,
            lambda options: options.stock_sync,
            lambda services, store, _: StockCollector(services.core, store),
        ),
    ),
    attention=ATTENTION,
)
