"""Stock by SKU: kept in step with TMON, with the sale status that follows from it."""

from tmon.feature import DomainFeature, FeatureCollector
from tmon.models.stores import Group
from tmon.stock.attention import ATTENTION
from tmon.stock.collector import STOCK, StockSync
from tmon.stock.service import Stock

FEATURE = DomainFeature(
    name="stock",
    services=lambda core: (Stock(core),),
    collectors=(
        FeatureCollector(
            STOCK,
            Group.STOCK,
            lambda options: options.stock_sync,
            lambda services, store, _: StockSync(services.core, store),
        ),
    ),
    attention=ATTENTION,
)
