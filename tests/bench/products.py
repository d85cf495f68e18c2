"""A sheet of 200 products with 1,000 options: read in the child process and judged, and the export of as many deals."""

import asyncio
import resource
import time
from collections.abc import Iterator

from tests.tmon.listings.sheets import FACTS, STORE_FACTS, book, deal, judged, option
from tmon.listings.documents import Kind
from tmon.listings.fields import F, O, part
from tmon.listings.sheet.layouts import LAYOUTS
from tmon.listings.sheet.reading import read_sheet
from tmon.spreadsheets.reader import SpreadsheetReader

DEALS, OPTIONS = 200, 5
LIMIT = 5.0
"""Seconds that reading and judging may take."""
DETAIL = "<p>가나다라마바사 아자차카타파하</p>\n" * 1_000
"""About as long as a cell of Excel takes."""


def rows() -> Iterator[tuple[dict[str, object], list[dict[str, object]]]]:
    for number in range(DEALS):
        name = f"A-{number}"
        yield (
            deal(name, **{F.DETAIL: f"{number}{DETAIL}"[:32_000]}),
            [option(name, f"{name}-{n}", **{part(O.SECTIONS, 2): f"{n}", O.PRICE: 10_000 + n}) for n in range(OPTIONS)],
        )


async def main() -> None:
    """Prints the seconds and what the memory of this process has grown by."""
    made = list(rows())
    data = book([product for product, _ in made], [one for _, options in made for one in options])
    del made
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    tables = await SpreadsheetReader().read_tabs("products.xlsx", data, LAYOUTS)
    read = time.perf_counter()
    content = await asyncio.to_thread(read_sheet, tables, FACTS)
    results = await asyncio.to_thread(judged, content, None, STORE_FACTS)
    end = time.perf_counter()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert [one.kind for one in results] == [Kind.NEW] * DEALS
    assert sum(len(one.deal.options) for one in results) == DEALS * OPTIONS
    print(f"(p) {DEALS} products, {DEALS * OPTIONS} options, {len(data) / 1024:.0f} kB:", end=" ")
    print(f"read {read - begin:.1f} s, judged {end - read:.1f} s,", end=" ")
    print(f"{(end - begin) / LIMIT:.2f} of the {LIMIT:.0f} s that it may take; memory +{grown:.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
