"""How the tests read a list."""

from tests.tmon.spreadsheets.files import read
from tmon.stock.sku_import import SkuRow


def rows_of(name: str, data: bytes) -> list[SkuRow]:
    """The rows of a file without a fault."""
    rows, problems = read(name, data)
    assert problems == []
    return rows
